"""What stands against filing: `hardmoney`'s rules, and our own for what it lets through.

Belongs here: reading the bytes that would be filed and judging them. Does not belong here:
how they were drawn up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import hardmoney

from campaign.compliance import cover
from campaign.compliance.records import UNKNOWN
from campaign.compliance.rule_tables import report_periods, vague_purposes
from campaign.compliance.us_states import is_known

_ELECTION = re.compile(r"[CEGOPRS]\d{4}\Z")
_COMMITTEE = re.compile(r"C\d{8}\Z")
_TRANSACTION = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,19}\Z")
_ITEMISED_ABOVE = Decimal(200)
_NO_NAME = frozenset({"", "UNKNOWN", "ANONYMOUS"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing an analyst or the FEC's machine would stop at."""

    severity: str  # error: not to be filed; warning: to be looked at
    rule: str
    line: int
    message: str
    source: str  # hardmoney or pledgeline

    def sentence(self) -> str:
        """Return the problem as a line of a list."""
        where = f"line {self.line}" if self.line else "the filing"
        return f"{self.severity}: {where}: {self.message} [{self.source}: {self.rule}]"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found, and how much was checked."""

    problems: tuple[Problem, ...]
    lines: int
    cover_checks: int

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stands against filing."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a treasurer should look at."""
        return tuple(problem for problem in self.problems if problem.severity != "error")

    def with_warnings(self, more: Iterable[Problem]) -> Preflight:
        """Return the same, with what only the books can tell."""
        return replace(self, problems=(*self.problems, *more))


def preflight(content: bytes, recipient: str | None = None) -> Preflight:
    """Return every problem of the filing; `recipient` is the committee's kind, for limits."""
    try:
        filing = hardmoney.parse(content)
    except hardmoney.FecError as error:
        problem = Problem("error", "unreadable", error.line_no or 0, str(error), "hardmoney")
        return Preflight((problem,), 0, 0)
    problems = [*_validated(filing), *_own(filing, content)]
    checks = 0
    if filing.base_form_type in cover.LINES:
        reconciliation = filing.reconcile()
        checks = len(reconciliation.checks)
        problems += [
            Problem("error", "cover_line", 2, f"{c.column} {c.line}: {c.rule}", "hardmoney")
            for c in reconciliation.mismatches()
        ]
    problems += _reviewed(filing, recipient)
    problems += _to_look_at(filing)
    unique = dict.fromkeys(sorted(problems, key=lambda p: (p.severity, p.line, p.rule)))
    return Preflight(tuple(unique), len(filing.lines) + 2, checks)


def _validated(filing: hardmoney.Filing) -> Iterator[Problem]:
    for found in filing.validate().findings:
        yield Problem(found.severity, found.rule, found.line_no, found.message, "hardmoney")


def _reviewed(filing: hardmoney.Filing, recipient: str | None) -> list[Problem]:
    kinds = {"candidate": "candidate", "pac": "pac", "party": "state-party"}
    review = filing.review(recipient=kinds.get(recipient or ""))
    return [
        Problem("warning", seen.concern, seen.line_no or 0, seen.detail, "hardmoney")
        for seen in review.observations
        # Our own check of the same names the line as an error.
        if seen.concern != "employer_occupation_missing"
    ]


def _to_look_at(filing: hardmoney.Filing) -> Iterator[Problem]:
    for line in filing.iter_lines(["SchA"]):
        if line["contributor_first_name"] == UNKNOWN:
            said = "The first name is not known."
            yield Problem("warning", "first_name", line.line_no, said, "pledgeline")
    for line in filing.iter_lines(["SchC"]):
        if line["entity_type"] == "ORG":
            said = "A loan from a bank needs Schedule C-1 beside it, which is not drawn up."
            yield Problem("warning", "bank_loan", line.line_no, said, "pledgeline")


def _own(filing: hardmoney.Filing, content: bytes) -> Iterator[Problem]:
    def error(rule: str, line: int, message: str) -> Problem:
        return Problem("error", rule, line, message, "pledgeline")

    yield from (error(*found) for found in _bytes_checks(content))
    yield from (error(*found) for found in _cover_checks(filing))
    yield from (error(*found) for found in _identifier_checks(filing))
    for line in filing.iter_lines():
        for check in _LINE_CHECKS.get(line.table, ()):
            found = check(filing, line)
            if found:
                yield error(found[0], line.line_no, found[1])


Found = tuple[str, int, str]
LineCheck = Callable[["hardmoney.Filing", "hardmoney.Line"], "tuple[str, str] | None"]


def _bytes_checks(content: bytes) -> Iterator[Found]:
    if not content.isascii():
        yield "ascii", 0, "A character outside of ASCII."
    if content.replace(b"\r\n", b"").strip(b"\x1c").count(b"\n") or not content.endswith(b"\r\n"):
        yield "line_ends", 0, "Records must end with CRLF."


def _cover_checks(filing: hardmoney.Filing) -> Iterator[Found]:
    summary, form = filing.summary, filing.base_form_type
    if not _COMMITTEE.match(summary.get("filer_committee_id_number", "")):
        yield "committee_id", 2, "The committee's FEC id is missing or is not C and eight digits."
    code = summary.get("report_code")
    if code is not None and form in cover.LINES:
        period = report_periods().get(code)
        if period is None or form not in period.forms:
            yield "report_code", 2, f"Form {form} has no report {code!r}."
        elif " " in period.kind and not _ELECTION.match(summary["election_code"]):
            yield "election_code", 2, f"Report {code} needs the code of its election."
        first, last = summary.date("coverage_from_date"), summary.date("coverage_through_date")
        if first is None or last is None or first > last:
            yield "coverage", 2, "The days covered are missing or out of order."
    if summary.get("state") and not is_known(summary["state"]):
        yield "state", 2, f"{summary['state']!r} is no state."


def _identifier_checks(filing: hardmoney.Filing) -> Iterator[Found]:
    lines = [line for line in filing.iter_lines() if "transaction_id" in line.keys()]  # noqa: SIM118 - no dict
    count = Counter(line["transaction_id"] for line in lines)
    schedule_of = {line["transaction_id"]: line.form_type for line in lines}
    for line in lines:
        identifier = line["transaction_id"]
        if not _TRANSACTION.match(identifier):
            yield "transaction_id", line.line_no, f"{identifier!r} is no transaction id."
        if count[identifier] > 1:
            yield "transaction_id_twice", line.line_no, f"{identifier} is used twice."
        back = line.get("back_reference_tran_id", "")
        if back and schedule_of.get(back) != line["back_reference_sched_name"]:
            yield "back_reference", line.line_no, f"{back} is not on the schedule it names."


def _form_line(filing: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    form = filing.base_form_type
    known = cover.LINES.get(form)
    token = line.form_type.replace("SA11A1", "SA11AI")
    if known is not None and token not in known:
        return "line_of_form", f"Form {form} has no line {line.form_type}."
    return None


def _election(filing: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    is_contribution = line.form_type.startswith(("SA11", "SB20"))
    if filing.base_form_type != "F3" or not is_contribution:
        return None
    if not _ELECTION.match(line["election_code"]):
        return "election_code", "The election that the money counts for is missing."
    return None


def _aggregate(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    amount, aggregate = line.amount("contribution_amount"), line.amount("contribution_aggregate")
    if line.is_memo or not line.form_type.startswith("SA11"):
        return None
    if amount is None or aggregate is None or aggregate < amount:
        return "aggregate", "The aggregate is below the amount."
    return None


def _employment(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    aggregate = line.amount("contribution_aggregate") or Decimal(0)
    if line["entity_type"] != "IND" or aggregate <= _ITEMISED_ABOVE:
        return None
    if line["contributor_employer"] and line["contributor_occupation"]:
        return None
    return "employment", "Employer or occupation is missing, and was not marked as requested."


def _giver(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    if line["entity_type"] == "IND" and line["contributor_last_name"].upper() in _NO_NAME:
        return "contributor", "The contributor's name is not known."
    return None


def _dates(filing: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    name = "contribution_date" if line.table == "SchA" else "expenditure_date"
    first = filing.summary.date("coverage_from_date")
    last = filing.summary.date("coverage_through_date")
    day = line.date(name)
    if day is None or first is None or last is None:
        return "date", "The date is missing."
    if not first <= day <= last:
        return "date", f"{day} is not in the days covered."
    return None


def _state(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    names = (name for name in line.keys() if name.endswith("_state"))  # noqa: SIM118 - no dict
    bad = [line[name] for name in names if line[name] and not is_known(line[name])]
    return ("state", f"{bad[0]!r} is no state.") if bad else None


def _purpose(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    purpose = line["expenditure_purpose_descrip"].strip().lower().rstrip(".")
    if not purpose:
        return "purpose", "The purpose is missing."
    if purpose in vague_purposes():
        return "purpose", f"{purpose!r} is too vague a purpose."
    return None


def _debt_sum(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    opening, incurred, paid, closing = (
        line.amount(f"{name}_this_period") or Decimal(0)
        for name in ("beginning_balance", "incurred_amount", "payment_amount", "balance_at_close")
    )
    if opening + incurred - paid != closing:
        return "debt", "Beginning and incurred less paid is not the closing balance."
    return None


def _loan_sum(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    lent, repaid, owed = (
        line.amount(name) or Decimal(0)
        for name in ("loan_amount_original", "loan_payment_to_date", "loan_balance")
    )
    if lent - repaid != owed:
        return "loan", "The loan less what was repaid is not its balance."
    return None


def _creditor(_: hardmoney.Filing, line: hardmoney.Line) -> tuple[str, str] | None:
    if not line["purpose_of_debt_or_obligation"]:
        return "purpose", "What the debt is for is missing."
    return None


_LINE_CHECKS: dict[str, Iterable[LineCheck]] = {
    "SchA": (_form_line, _election, _aggregate, _employment, _giver, _dates, _state),
    "SchB": (_form_line, _election, _dates, _state, _purpose),
    "SchC": (_loan_sum, _state),
    "SchD": (_debt_sum, _creditor, _state),
    "F65": (_state,),
}
