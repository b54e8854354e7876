"""The dated tables of `rules/`, read once: thresholds, limits and report periods.

Belongs here: reading, and the choice of the row in force on a day. Does not belong here: what a
rule means.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from campaign.errors import FileError
from campaign.money import AmountError, parse_minor

FOLDER = Path(__file__).resolve().parents[2] / "rules"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One sum or one number of days that the law sets."""

    name: str
    more_than_cents: int | None
    at_least: int | None
    days: int | None
    first_day_before_election: int | None
    last_day_before_election: int | None
    citation: str
    confidence: str
    effective_from: date
    effective_to: date | None

    def reached(self, cents: int) -> bool:
        """Whether the sum is one that the rule is about."""
        if self.more_than_cents is not None:
            return cents > self.more_than_cents
        return self.at_least is not None and cents >= self.at_least


@dataclass(frozen=True, slots=True)
class Limit:
    """How much one may give to another, and when that holds."""

    contributor: str
    recipient: str
    per: str
    amount_cents: int | None
    effective_from: date | None
    effective_to: date | None
    citation: str
    confidence: str

    def holds(self, day: date) -> bool:
        """Whether the row is in force on the day."""
        return (self.effective_from or date.min) <= day <= (self.effective_to or date.max)


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A report code with the day it closes and the day it is due."""

    code: str
    forms: tuple[str, ...]
    kind: str
    closes: str
    due: str
    citation: str


@lru_cache(maxsize=1)
def thresholds() -> dict[str, Threshold]:
    """Return every threshold by its name."""
    data = tomllib.loads((FOLDER / "thresholds.toml").read_text(encoding="utf-8"))
    return {name: _threshold(name, row) for name, row in data.items()}


def _threshold(name: str, row: dict[str, object]) -> Threshold:
    at_least = row.get("at_least")
    more_than = row.get("more_than")
    is_count = isinstance(at_least, str) and "." not in at_least
    return Threshold(
        name=name,
        more_than_cents=parse_minor(str(more_than)) if more_than else None,
        at_least=None if at_least is None else _count_or_cents(str(at_least), is_count),
        days=_whole(row.get("days")),
        first_day_before_election=_whole(row.get("first_day_before_election")),
        last_day_before_election=_whole(row.get("last_day_before_election")),
        citation=str(row["citation"]),
        confidence=str(row["confidence"]),
        effective_from=date.fromisoformat(str(row["effective_from"])),
        effective_to=_day(str(row.get("effective_to", ""))),
    )


def _count_or_cents(text: str, is_count: bool) -> int:
    return int(text) if is_count else parse_minor(text)


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def contribution_limits(extra: Path | None = None) -> tuple[Limit, ...]:
    """Return the limits that the program knows, and those that a treasurer added in a file."""
    rows = _limits_of(FOLDER / "contribution_limits.csv", 0)
    if extra is not None and extra.exists():
        return rows + _limits_of(extra, extra.stat().st_mtime_ns)
    return rows


@lru_cache(maxsize=8)
def _limits_of(path: Path, _written: int) -> tuple[Limit, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        try:
            return tuple(limit_of(row) for row in reader)
        except (KeyError, TypeError, ValueError, AmountError) as error:
            raise FileError(
                f"Line {reader.line_num} of {path.name} cannot be read as a contribution limit: "
                "it needs contributor, recipient, per, amount, effective_from, effective_to, "
                "citation and confidence, with dates as 2026-11-04."
            ) from error


def limit_of(row: Mapping[str, str]) -> Limit:
    """Return the limit that a row of the table means."""
    return Limit(
        contributor=row["contributor"],
        recipient=row["recipient"],
        per=row["per"],
        amount_cents=parse_minor(row["amount"]) if row["amount"] else None,
        effective_from=_day(row["effective_from"]),
        effective_to=_day(row["effective_to"]),
        citation=row["citation"],
        confidence=row["confidence"],
    )


@lru_cache(maxsize=1)
def report_periods() -> dict[str, ReportPeriod]:
    """Return every report code of the FEC with its closing and due day."""
    with (FOLDER / "report_periods.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: ReportPeriod(
                row["code"],
                tuple(row["forms"].split()),
                row["kind"],
                row["closes"],
                row["due"],
                row["citation"],
            )
            for row in csv.DictReader(file)
        }


@lru_cache(maxsize=1)
def vague_purposes() -> frozenset[str]:
    """Return the purposes that the FEC does not take as an answer."""
    with (FOLDER / "vague_purposes.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["purpose"] for row in csv.DictReader(file))


def rules_version(limits: Iterable[Limit] = ()) -> str:
    """Return a short hash of every table in `rules/`: a report says which law it applied.

    Of the limits in force, those that the committee added count, wherever they are kept.
    """
    digest = hashlib.sha256()
    files = sorted(path for path in FOLDER.iterdir() if path.suffix in {".csv", ".toml"})
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    shipped = contribution_limits()
    for added in (row for row in limits if row not in shipped):
        digest.update(repr(added).encode())
    return digest.hexdigest()[:12]
