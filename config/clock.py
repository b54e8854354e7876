"""The only clock. The sandbox may set it, so that thirty days pass in a second."""

from __future__ import annotations

from datetime import UTC, datetime

from config.settings import settings


def now() -> datetime:
    """Return this moment in UTC; the sandbox's moment where its clock file is set."""
    clock_file = settings().clock_file
    if clock_file is not None and clock_file.exists():
        return datetime.fromisoformat(clock_file.read_text(encoding="ascii").strip())
    return datetime.now(UTC)


def real_now() -> datetime:
    """Return the moment outside of any sandbox: for sign-in, whose codes must not be set back."""
    return datetime.now(UTC)
