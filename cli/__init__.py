"""The pledgeline command: parse, call, print."""

import config  # noqa: F401 - before Prefect is: that reads once what it may tell its makers
