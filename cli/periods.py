"""The days that a command is about, as two options."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from campaign.errors import InputError

First = Annotated[str, typer.Option("--from", help="First day, included: 2026-07-01.")]
Last = Annotated[str, typer.Option("--to", help="Last day, included: 2026-09-30.")]


def period(first: str, last: str) -> dict[str, date]:
    """Return first_day and last_day of a request; InputError where they are no period."""
    start, end = _day(first, "--from"), _day(last, "--to")
    if end < start:
        raise InputError(f"--to ({end}) is before --from ({start}).")
    return {"first_day": start, "last_day": end}


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"{option} must be a day like 2026-09-30, not {text!r}.") from error
