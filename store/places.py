"""Where files lie, as the database keeps it: those in the home by their way from there.

A home may be moved, or restored from a backup at another place, and is whole all the same.
"""

from __future__ import annotations

from pathlib import Path

from config.settings import settings


def to_keep(path: str) -> str:
    """Return what the database keeps of a place."""
    place, home = Path(path).resolve(), settings().home
    return str(place.relative_to(home)) if place.is_relative_to(home) else str(place)


def found(kept: str) -> str:
    """Return the place that was kept."""
    return str(settings().home / kept)
