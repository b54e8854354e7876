"""Prefect's server, started so that it makes the runs of its schedules.

Prefect 3.8 hands the `state` of each run that it plans to a bulk insert, and keeps it in a table
of its own right after. SQLAlchemy 2.1 refuses an attribute there that does not say how it is
stored, so that no schedule ever ran. Prefect 3.9 leaves it out by itself: then this goes.
"""

from __future__ import annotations

from typing import Any

from prefect.cli import app
from prefect.server.database.orm_models import FlowRun


def _stored_apart(_model: type[FlowRun], _row: dict[str, Any], _state: dict[str, Any]) -> None:
    """Store nothing with the run."""


if __name__ == "__main__":
    vars(FlowRun)["state"].inplace.bulk_dml(_stored_apart)
    app()
