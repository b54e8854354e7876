"""Call centres: they take rows of a packet, call the invented donors, and send results back.

What comes of a call depends on the seed, the person and the number of the attempt alone, not on the
order of the rows or on who else is called. The columns of the results are fixed in README.md.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from campaign.money import parse_minor, to_major
from sandbox.chance import Chance
from sandbox.population import Population

QUESTIONS = ("top_issue", "volunteers")  # columns that no campaign asks for are passed over
COLUMNS = (
    "packet_row_id", "call_id", "agent", "started_at", "duration_seconds", "disposition",
    "pledge_amount", "pledge_due_on", "instalments", "method", "email", "occupation", "employer",
    "callback_at", "notes", *QUESTIONS,
)  # fmt: skip
UNREACHED = {"no_answer": 0.6, "left_message": 0.27, "busy": 0.06, "not_home": 0.07}
WHOSE_LINE = {"of_another": "wrong_number", "of_the_dead": "deceased"}
ISSUES = ("schools", "health care", "jobs", "climate", "housing", "roads")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallResult:
    """What an agent writes down after one call."""

    packet_row_id: str
    call_id: str
    agent: str
    started_at: datetime
    duration_seconds: int
    disposition: str
    pledge_cents: int | None = None
    pledge_due_on: date | None = None
    instalments: int = 1
    method: str = ""
    email: str = ""
    occupation: str = ""
    employer: str = ""
    callback_at: datetime | None = None
    notes: str = ""
    answers: dict[str, str] = field(default_factory=dict)

    def as_row(self) -> dict[str, str]:
        """Return the result as a row of the results file."""
        pledged = self.pledge_cents is not None
        return {
            "packet_row_id": self.packet_row_id,
            "call_id": self.call_id,
            "agent": self.agent,
            "started_at": self.started_at.isoformat(),
            "duration_seconds": str(self.duration_seconds),
            "disposition": self.disposition,
            "pledge_amount": "" if self.pledge_cents is None else to_major(self.pledge_cents),
            "pledge_due_on": self.pledge_due_on.isoformat() if self.pledge_due_on else "",
            "instalments": str(self.instalments) if pledged else "",
            "method": self.method,
            "email": self.email,
            "occupation": self.occupation,
            "employer": self.employer,
            "callback_at": self.callback_at.isoformat() if self.callback_at else "",
            "notes": self.notes,
            **{code: self.answers.get(code, "") for code in QUESTIONS},
        }


class CallCentre:
    """A team that calls; one object stands for one team."""

    def __init__(
        self,
        population: Population,
        code: str = "CENTRE",
        *,
        agents: int = 12,
        languages: Iterable[str] = ("en",),
    ) -> None:
        self.population = population
        self.code = code
        self.agents = agents
        self.languages = frozenset(languages)

    @property
    def roster(self) -> list[str]:
        """The codes of the people who call."""
        return [self._agent(number) for number in range(1, self.agents + 1)]

    def _agent(self, number: int) -> str:
        return f"{self.code.lower()}-{number:02d}"

    def results(
        self, rows: Iterable[Row], start: datetime, end: datetime, *, attempt: int = 1
    ) -> list[CallResult]:
        """Return a result for each row, called between the two moments, in the order of time.

        A row that brings its own `call_from` and `call_until` (ISO) is called between those,
        as far as the shift reaches, and not at all when they do not meet.
        """
        made = []
        times_met: Counter[int | str] = Counter()
        for row in rows:
            whom = self._whom(row)
            times_met[whom] += 1
            if (shift := _shift(row, start, end)) is not None:
                chance = Chance(self.population.seed, whom, attempt, times_met[whom], "when")
                length = int((shift[1] - shift[0]).total_seconds())
                at = shift[0] + timedelta(seconds=chance.between(0, max(0, length - 900)))
                made.append(self.call(row, at, attempt=attempt))
        return sorted(made, key=lambda result: (result.started_at, result.call_id))

    def write_results(
        self,
        rows: Iterable[Row],
        path: Path,
        start: datetime,
        end: datetime,
        *,
        attempt: int = 1,
    ) -> list[CallResult]:
        """Call every row and write the results file; return what is in it."""
        made = self.results(rows, start, end, attempt=attempt)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(result.as_row() for result in made)
        return made

    def call(self, row: Row, at: datetime, *, attempt: int = 1) -> CallResult:
        """Return what comes of calling this row at this moment.

        The row names the phone (`phone` or `phone_e164`), may name the person (`first_name`), the
        asks (`asks_cents`, or `asks` in dollars) and the legal headroom (`headroom_cents`, or
        `headroom` in dollars), above which nobody pledges.
        """
        chance = Chance(self.population.seed, self._whom(row), attempt, "call")
        person_id = self._person(row)
        # Packets number their rows by chance; the call's own id must come out the same again.
        own = Chance(self.population.seed, self._whom(row), attempt, at)
        facts: dict[str, Any] = {
            "packet_row_id": str(row.get("packet_row_id", "")),
            "call_id": f"{self.code}-{own.between(10**11, 10**12 - 1)}",
            "agent": self._agent(chance.between(1, self.agents)),
            "started_at": at.astimezone(UTC),
        }
        if person_id is None:
            return CallResult(**facts, duration_seconds=21, disposition="disconnected")
        person = self.population.person(person_id)
        facts |= self._conversation(person, row, at, chance)
        return CallResult(**facts)

    def _conversation(
        self, person: dict[str, Any], row: Row, at: datetime, chance: Chance
    ) -> dict[str, Any]:
        if person["line"] == "dead":
            return {"disposition": "disconnected", "duration_seconds": chance.between(8, 21)}
        if not chance.happens(_answer_chance(person, at)):
            disposition = chance.weighted(UNREACHED)
            return {"disposition": disposition, "duration_seconds": chance.between(12, 58)}
        disposition = self._disposition(person, chance)
        facts: dict[str, Any] = {
            "disposition": disposition,
            "duration_seconds": chance.between(35, 540),
        }
        if disposition == "callback":
            days = timedelta(days=chance.between(1, 3), minutes=15 * chance.between(-6, 6))
            return facts | {
                "callback_at": (at + days).astimezone(UTC),
                "notes": "asked to call back",
            }
        if disposition == "refused":
            return facts | {"answers": {"top_issue": chance.one_of(ISSUES)}}
        if disposition == "pledged":
            return self._pledge(person, row, at, chance, facts)
        return facts

    def _disposition(self, person: dict[str, Any], chance: Chance) -> str:
        if person["line"] in WHOSE_LINE:
            return WHOSE_LINE[str(person["line"])]
        if person["language"] not in self.languages and chance.happens(0.6):
            return "language_barrier"
        if chance.happens(0.02):
            return "do_not_call"
        if chance.happens(0.08):
            return "callback"
        return "pledged" if chance.happens(0.25 + 0.75 * person["pledge_chance"]) else "refused"

    def _pledge(
        self, person: dict[str, Any], row: Row, at: datetime, chance: Chance, facts: dict[str, Any]
    ) -> dict[str, Any]:
        stretch = 0.9 + 1.1 * chance.draw()
        cents = agreed_cents(person["usual_cents"], stretch, _asks(row), _headroom(row))
        if cents is None:
            return facts | {"disposition": "refused", "notes": "no ask within reach"}
        parts = chance.one_of((2, 3, 4)) if cents >= 10_000 and chance.happens(0.15) else 1
        tells_trade = chance.happens(0.88)
        return facts | {
            "pledge_cents": cents,
            "pledge_due_on": at.date() + timedelta(days=chance.one_of((7, 10, 14, 21))),
            "instalments": parts,
            "method": "email" if person["email"] else "mail",
            "email": person["email"],
            "occupation": person["occupation"] if tells_trade else "",
            "employer": person["employer"] if tells_trade else "",
            "answers": {
                "top_issue": chance.one_of(ISSUES),
                "volunteers": chance.one_of(("yes", "no")),
            },
        }

    def _person(self, row: Row) -> int | None:
        digits = re.sub(r"\D", "", str(row.get("phone_e164") or row.get("phone") or ""))[-10:]
        return self.population.find(phone=f"+1{digits}", first_name=row.get("first_name"))

    def _whom(self, row: Row) -> int | str:
        """Return the person, or the number that nobody has."""
        person_id = self._person(row)
        number = row.get("phone_e164") or row.get("phone")
        return str(number) if person_id is None else person_id


def agreed_cents(
    usual_cents: int, stretch: float, asks_cents: list[int], headroom_cents: int | None
) -> int | None:
    """Return the highest ask that the donor can be brought to; None when even the law forbids it.

    >>> agreed_cents(10_000, 1.5, [50_000, 15_000, 5_000], None)
    15000
    >>> agreed_cents(10_000, 1.5, [50_000, 15_000, 5_000], 9_000)
    5000
    """
    within = [ask for ask in asks_cents if headroom_cents is None or ask <= headroom_cents]
    wanted = int(usual_cents * stretch)
    reachable = [ask for ask in within if ask <= wanted]
    if reachable:
        return max(reachable)
    if within:
        return min(within) if min(within) <= 4 * usual_cents else None
    if asks_cents:
        return None
    # A survey row without asks: the donor names an amount of five dollars or more.
    named = max(500, wanted // 500 * 500)
    return named if headroom_cents is None or named <= headroom_cents else None


def _answer_chance(person: dict[str, Any], at: datetime) -> float:
    hour = at.astimezone(ZoneInfo(person["timezone"])).hour
    part = "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"
    return float(person["answer_chance"]) * (1.35 if part == person["reached_best"] else 0.9)


def _shift(row: Row, start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    if row.get("call_from") and row.get("call_until"):
        start = max(start, datetime.fromisoformat(str(row["call_from"])))
        end = min(end, datetime.fromisoformat(str(row["call_until"])))
    return (start, end) if start < end else None


def _asks(row: Row) -> list[int]:
    """Return the ask ladder in cents, from a list or from text such as `$500; $250`."""
    if row.get("asks_cents"):
        asks = row["asks_cents"]
        return [int(ask) for ask in (re.findall(r"\d+", asks) if isinstance(asks, str) else asks)]
    return [parse_minor(ask) for ask in re.findall(r"\d[\d.]*", str(row.get("asks") or ""))]


def _headroom(row: Row) -> int | None:
    if row.get("headroom_cents") not in (None, ""):
        return int(row["headroom_cents"])
    return parse_minor(str(row["headroom"])) if row.get("headroom") not in (None, "") else None
