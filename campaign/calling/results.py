"""Results of calls as teams send them: read row by row, the good and the findings side by side.

A row that cannot be used is a finding with its reason, never an exception; a file that is no
results file raises. What a result does to the books is decided in `store/results.py`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

from campaign.decoding import signs
from campaign.errors import FileError
from campaign.money import AmountError, parse_minor

DISPOSITIONS = (
    "pledged",
    "contributed",
    "refused",
    "callback",
    "left_message",
    "no_answer",
    "busy",
    "disconnected",
    "wrong_number",
    "language_barrier",
    "deceased",
    "do_not_call",
    "not_home",
)
# The person was reached, whatever came of it; a contact in the field's words.
CONTACTS = frozenset(
    {"pledged", "contributed", "refused", "callback", "do_not_call", "language_barrier"}
)
# What centres write for the same thing.
_ALIASES = {
    "pledge": "pledged",
    "yes": "pledged",
    "donated": "contributed",
    "contribution": "contributed",
    "refusal": "refused",
    "no": "refused",
    "not_interested": "refused",
    "call_back": "callback",
    "voicemail": "left_message",
    "vm": "left_message",
    "message": "left_message",
    "na": "no_answer",
    "no_ans": "no_answer",
    "dead_number": "disconnected",
    "bad_number": "disconnected",
    "wrong": "wrong_number",
    "language": "language_barrier",
    "dnc": "do_not_call",
    "opt_out": "do_not_call",
    "remove": "do_not_call",
    "away": "not_home",
}
REQUIRED = ("packet_row_id", "started_at", "disposition")
COLUMNS = (
    *("packet_row_id", "call_id", "agent", "started_at", "duration_seconds", "disposition"),
    *("pledge_amount", "pledge_due_on", "instalments", "method", "email", "occupation"),
    *("employer", "callback_at", "notes"),
)
_MOST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class CallResult:
    """How one call ended, and what was said."""

    source_row: int
    row_id: str
    call_id: str
    started_at: datetime
    disposition: str
    agent: str = ""
    duration_seconds: int = 0
    pledge_cents: int | None = None
    pledge_due_on: date | None = None
    instalments: int = 1
    method: str = ""
    email: str = ""
    occupation: str = ""
    employer: str = ""
    callback_at: datetime | None = None
    notes: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The hash of all that was told: the same again is a repetition, else a change."""
        told = (
            self.row_id, self.call_id, self.started_at.timestamp(), self.disposition, self.agent,
            self.duration_seconds, self.pledge_cents, self.pledge_due_on, self.instalments,
            self.method, self.email, self.occupation, self.employer,
            self.callback_at.timestamp() if self.callback_at else None, self.notes,
            sorted(self.answers.items()),
        )  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ResultFinding:
    """A row that was not taken in, and why."""

    source_row: int
    kind: str
    reason: str
    call_id: str
    row_id: str
    fingerprint: str
    disposition: str = ""  # as far as it was understood: an opt-out counts whatever else is wrong

    @classmethod
    def of(cls, result: CallResult, kind: str, reason: str) -> Self:
        """Return the finding that a readable row ends as."""
        told = (result.call_id, result.row_id, result.fingerprint, result.disposition)
        return cls(result.source_row, kind, reason, *told)


class ResultsFileError(FileError):
    """The file is not a results file."""


def read_results(
    path: Path, now: datetime, questions: Iterable[str] = ()
) -> tuple[list[CallResult], list[ResultFinding]]:
    """Return the rows that can be used, in the order of the calls, and the findings.

    `questions` are the codes of the script's questions: columns of that name hold the answers.
    """
    text = _text(path)
    sign = max(",;\t", key=text.split("\n", 1)[0].count)  # as spreadsheets of other countries cut
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=sign)
    known = frozenset(questions)
    good: list[CallResult] = []
    findings: list[ResultFinding] = []
    try:
        columns = _columns(reader.fieldnames, path)
        for number, row in enumerate(reader, start=1):
            cells = _cells(row, columns)
            if not any(cells.values()):
                continue
            made = _parse(number, cells, now, known)
            if isinstance(made, CallResult):
                good.append(made)
            else:
                findings.append(made)
    except csv.Error as error:
        raise ResultsFileError(
            f"{path.name} is not a CSV file (line {reader.line_num})."
        ) from error
    if not good and not findings:
        raise ResultsFileError(f"{path.name} has a header and no results.")
    return sorted(good, key=lambda result: (result.started_at, result.call_id)), findings


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ResultsFileError(f"There is no file {path.name}.") from error
    except OSError as error:
        raise ResultsFileError(f"{path.name} cannot be read ({error.strerror}).") from error
    if not data.strip():
        raise ResultsFileError(f"{path.name} is empty.")
    if len(data) > _MOST_BYTES:
        raise ResultsFileError(f"{path.name} is larger than {_MOST_BYTES // 1_000_000} MB.")
    text = signs(data)
    if text is None or "\0" in text:
        raise ResultsFileError(f"{path.name} is no text file: export it as CSV UTF-8.")
    return text


def _columns(header: Iterable[str] | None, path: Path) -> dict[str, str]:
    """Return our name of each column in the header."""
    named = {name: re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") for name in header or ()}
    missing = [name for name in REQUIRED if name not in named.values()]
    if missing:
        raise ResultsFileError(f"{path.name} is not a results file: it lacks {', '.join(missing)}.")
    return named


def _cells(row: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, str]:
    return {ours: str(row.get(theirs) or "").strip() for theirs, ours in columns.items() if theirs}


class _BadCellError(ValueError):
    """One cell of a row cannot be used."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        super().__init__(reason)


def _parse(
    number: int, cells: Mapping[str, str], now: datetime, questions: frozenset[str]
) -> CallResult | ResultFinding:
    try:
        return _result(number, cells, now, questions)
    except _BadCellError as error:
        return ResultFinding(
            source_row=number,
            kind=error.kind,
            reason=str(error),
            call_id=cells.get("call_id", ""),
            row_id=cells.get("packet_row_id", ""),
            fingerprint=hashlib.sha256(repr(sorted(cells.items())).encode()).hexdigest()[:32],
            disposition=_code(cells.get("disposition", "")),
        )


def _result(
    number: int, cells: Mapping[str, str], now: datetime, questions: frozenset[str]
) -> CallResult:
    row_id = cells["packet_row_id"]
    if not row_id:
        raise _BadCellError("foreign_row", "the row names no row of a packet")
    started_at = _moment(cells["started_at"], "started_at")
    if started_at is None:
        raise _BadCellError("bad_time", "started_at is missing")
    if started_at > now + timedelta(minutes=10):
        raise _BadCellError("bad_time", "the call lies in the future")
    disposition = _disposition(cells["disposition"])
    cents = _cents(cells.get("pledge_amount", ""))
    if cents is not None and disposition != "pledged":
        raise _BadCellError(
            "contradiction", f"an amount is pledged, but the call was {disposition}"
        )
    return CallResult(
        source_row=number,
        row_id=row_id,
        call_id=cells.get("call_id") or f"{row_id}@{started_at.isoformat()}",
        started_at=started_at,
        disposition=disposition,
        agent=cells.get("agent", ""),
        duration_seconds=_whole(cells.get("duration_seconds", ""), "duration_seconds", 0, 86_400),
        pledge_cents=cents,
        pledge_due_on=_day(cells.get("pledge_due_on", "")),
        instalments=_whole(cells.get("instalments", ""), "instalments", 1, 60) or 1,
        method=cells.get("method", ""),
        email=cells.get("email", "").lower(),
        occupation=cells.get("occupation", ""),
        employer=cells.get("employer", ""),
        callback_at=_moment(cells.get("callback_at", ""), "callback_at"),
        notes=cells.get("notes", ""),
        answers={name: cells[name] for name in sorted(questions) if cells.get(name)},
    )


def _code(text: str) -> str:
    code = re.sub(r"[^a-z]+", "_", text.lower()).strip("_")
    return _ALIASES.get(code, code)


def _disposition(text: str) -> str:
    code = _code(text)
    if code not in DISPOSITIONS:
        raise _BadCellError("unknown_code", "the disposition is not a code of the packet")
    return code


def _moment(text: str, column: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _BadCellError("bad_time", f"{column} is not an ISO time") from None
    if moment.tzinfo is None:
        raise _BadCellError("bad_time", f"{column} lacks its offset, such as -05:00")
    return moment


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _BadCellError("bad_time", "pledge_due_on is not a date such as 2026-10-31") from None


def _cents(text: str) -> int | None:
    if not text:
        return None
    try:
        cents = parse_minor(text)
    except AmountError:
        raise _BadCellError("bad_amount", "pledge_amount is not an amount") from None
    if cents < 0 or cents > 10**11:
        raise _BadCellError("bad_amount", "pledge_amount is out of range")
    return cents or None


def _whole(text: str, column: str, least: int, most: int) -> int:
    if not text:
        return least
    if not re.fullmatch(r"\d{1,9}(\.0+)?", text) or not least <= float(text) <= most:
        raise _BadCellError("bad_number", f"{column} is not a whole number from {least} to {most}")
    return int(float(text))
