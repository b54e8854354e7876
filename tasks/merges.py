"""Who is one person and who is two: what waits for a decision, and what was decided."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from campaign.cells import neutral
from campaign.errors import FileError, InputError
from config.clock import now
from config.settings import settings
from gateways.whole_files import written_whole
from store import donor_pairs, unmerging
from store.session import unit_of_work
from tasks.policies import step

_SAYS = {
    "same": "merged", "merged": "merged", "yes": "merged",
    "not_same": "not_same", "not same": "not_same", "different": "not_same", "no": "not_same",
}  # fmt: skip
_SIDES = ("name", "born", "phone", "email", "address")
COLUMNS = (
    "donor_a", "donor_b", "verdict", "probability", "agree_on", "differ_on", "kind",
    *(f"{side}_{what}" for what in _SIDES for side in "ab"),
)  # fmt: skip


@step
def waiting_pairs(kind: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the pairs of people who may be one, and their kinds, the likeliest first."""
    with unit_of_work() as session:
        kinds = [each for each in _kinds(session) if kind in (None, each["kind"])]
        if kind is not None and not kinds:
            donor_pairs.refuse_unknown(session, kind)
        return {"kinds": kinds, "pairs": donor_pairs.waiting(session, kind)}


def _kinds(session: Session) -> list[dict[str, Any]]:
    return [
        {"kind": kind.code, "why": kind.why, "pairs": count, "likely_one": round(share, 2)}
        for kind, share, count in donor_pairs.kinds(session)
    ]


@step
def write_pairs(path: str, kind: str | None = None) -> int:
    """Write the pairs that wait as a file with a column to decide in; return how many."""
    target = Path(path)
    if not target.parent.is_dir():
        raise FileError(f"There is no folder {target.parent} to write into.")
    waiting = waiting_pairs.fn(kind)["pairs"]
    with written_whole(target) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_lines(waiting))
    return len(waiting)


def _lines(waiting: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    for pair in waiting:
        evidence = pair["evidence"]
        lists = (", ".join(evidence.get(name, [])) for name in ("agree", "differ"))
        sides = (str(pair[side][what] or "") for what in _SIDES for side in ("first", "second"))
        numbers = (str(pair["first_id"]), str(pair["second_id"]), "", str(pair["probability"]))
        yield [*numbers, *lists, pair["kind"], *map(neutral, sides)]


@step
def answer_kind(kind: str, verdict: str, *, keep: bool) -> dict[str, Any]:
    """Say of all pairs of a kind that they are merged or not_same; return how many it concerns.

    One transaction: killed at any moment nothing is decided, and repeating does it again. Without
    `keep` it is only counted.
    """
    with unit_of_work() as session:
        return donor_pairs.answer_kind(
            session, kind, verdict, by=settings().actor, now=now(), keep=keep
        )


@step
def decide_pair(first: int, second: int, verdict: str) -> None:
    """Keep what a person decided of two people: merged or not_same."""
    with unit_of_work() as session:
        donor_pairs.decide(session, first, second, verdict, by=settings().actor, now=now())


@step
def decide_file(path: str) -> dict[str, int]:
    """Keep every decision of a file, or none: same, or not_same; a blank waits on."""
    verdicts = _read_verdicts(Path(path))
    counts = {"merged": 0, "not_same": 0}
    with unit_of_work() as session:
        leads: dict[int, int] = {}
        for first, second, verdict in verdicts:
            low, high = sorted((_lead(leads, first), _lead(leads, second)))
            if verdict == "merged" and low == high:
                continue  # two other lines made them one already
            donor_pairs.decide(session, low, high, verdict, by=settings().actor, now=now())
            counts[verdict] += 1
            if verdict == "merged":
                leads[high] = low
    return counts


def _lead(leads: dict[int, int], donor: int) -> int:
    while donor in leads:
        donor = leads[donor]
    return donor


def _read_verdicts(path: Path) -> list[tuple[int, int, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path}.") from error
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise FileError(f"{path.name} cannot be read as CSV in UTF-8.") from error
    if not rows or not {"donor_a", "donor_b", "verdict"} <= rows[0].keys():
        raise FileError(f"{path.name} needs the columns donor_a, donor_b and verdict.")
    found = []
    for line, row in enumerate(rows, start=2):
        said = (row["verdict"] or "").strip().lower()
        if not said:
            continue
        numbers = [(row[name] or "").strip() for name in ("donor_a", "donor_b")]
        if said not in _SAYS or not all(number.isdecimal() for number in numbers):
            raise InputError(
                f"{path.name}, line {line}: two donors' numbers and same or not_same are needed."
            )
        found.append((int(numbers[0]), int(numbers[1]), _SAYS[said]))
    # What is two is said first: a merge that would bring such two together is then refused.
    return sorted(found, key=lambda one: one[2] != "not_same")


@step
def undo_merge(donor_id: int) -> dict[str, int]:
    """Make two people of a merged one again; return whom, and what went back."""
    with unit_of_work() as session:
        return unmerging.undo_merge(session, donor_id, by=settings().actor, now=now())
