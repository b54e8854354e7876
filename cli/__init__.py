"""The pledgeline command: parse, call, print."""
