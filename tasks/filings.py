"""Filings of the FEC: drawn up from the books, judged, written, kept."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from campaign.compliance.books import (
    ReportBooks,
    draw_filing,
    open_books,
    untold_gifts,
    with_earmarks,
)
from campaign.compliance.earmarks import sources_of
from campaign.compliance.filer import Filer, two_names
from campaign.compliance.filing import Filing, counts
from campaign.compliance.limits import with_generals
from campaign.compliance.outside import read_outside
from campaign.compliance.periods import Coverage, coverage, coverage_on
from campaign.compliance.rule_tables import rules_version
from campaign.days import Period, day_of
from campaign.errors import InputError, RuleError
from campaign.requests import FilingRequest, ReportRequest
from config.clock import now
from config.settings import settings
from gateways import whole_files
from reports import fec
from reports.preflight import Preflight, Problem, preflight
from store import audit, compliance
from store import reports as kept
from store.committees import Committee, the_committee
from store.locks import Lock
from store.session import one_at_a_time, unit_of_work
from tasks.policies import step
from tasks.preparers import preparer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a filing."""

    report: str
    path: str
    is_clean: bool
    form: str
    code: str
    first_day: date
    last_day: date
    due_on: date
    records: dict[str, int]
    cover: dict[str, int]
    errors: dict[str, int]
    warnings: dict[str, int]
    checks_path: str


def filer_of(committee: Committee) -> Filer:
    """Return the committee as a filing's cover names it."""
    last, first = two_names(committee.treasurer_name)
    candidate_last, candidate_first = two_names(committee.candidate_name)
    return Filer(
        committee_id=committee.fec_id or "",
        name=committee.name,
        kind=committee.kind,
        street=committee.street or "",
        city=committee.city or "",
        state=committee.state or "",
        zip=committee.postal_code or "",
        treasurer_last=last,
        treasurer_first=first,
        office=committee.office or "",
        candidate_id=committee.candidate_fec_id or "",
        candidate_last=candidate_last,
        candidate_first=candidate_first,
        district=committee.district or "",
    )


def books_of(
    session: Session, committee: Committee, first_day: date, last_day: date
) -> ReportBooks:
    """Return the books up to the last day, in the committee's time zone and currency."""
    period = Period(first_day, last_day, committee.timezone)
    frames = compliance.book_frames(
        session,
        zone=committee.timezone,
        currency=committee.currency,
        since=period.starts_at,
        until=period.ends_at,
        last_day=last_day,
    )
    return open_books(frames, compliance.elections(session), last_day)


@step
def draw_up_filing(request: FilingRequest) -> Filed:
    """Draw up a Form 3 or 3X, judge it, and write it; with errors it is written as a draft."""
    with one_at_a_time(Lock.REPORTS, request.form):
        return _draw_up(request)


def _draw_up(request: FilingRequest) -> Filed:
    outside_path = Path(request.outside_path) if request.outside_path else None
    outside = read_outside(outside_path, request.form)
    with unit_of_work() as session:
        committee = the_committee(session)
        days = _coverage(session, committee, request)
        books = books_of(session, committee, days.first_day, days.last_day)
        sources = sorted(sources_of(outside.conduits))
        gifts = compliance.earmarked_gifts(session, sources, committee.currency, days.last_day)
    books = with_earmarks(books, gifts, outside.conduits)
    filing = draw_filing(filer_of(committee), days, books, outside)
    number = _amendment_number(filing) if request.amends else 0
    today = day_of(now(), committee.timezone)
    content = fec.draw_up(filing, today, amends=request.amends, number=number)
    checked = preflight(content, committee.kind).with_warnings(
        [*_left_out(books, days), *_not_over(filing)]
    )
    path, checks_path = _write(request, days, content, checked)
    code = _keep(filing, content, checked, path)
    log.info("%s: %d records, %d errors", code, len(filing.records), len(checked.errors))
    return Filed(
        report=code,
        path=str(path),
        is_clean=not checked.errors,
        form=days.form,
        code=days.code,
        first_day=days.first_day,
        last_day=days.last_day,
        due_on=days.due_on,
        records=counts(filing),
        cover=filing.column_a,
        errors=by_rule(checked.errors),
        warnings=by_rule(checked.warnings),
        checks_path=str(checks_path),
    )


@step
def draw_up_filing_of(request: ReportRequest) -> dict[str, Any] | None:
    """Draw up the filing that covers the last of these days; None for a nonprofit."""
    with unit_of_work() as session:
        committee = the_committee(session)
        elections = with_generals(compliance.elections(session), request.last_day, request.last_day)
    if committee.kind == "nonprofit" or request.edition == "nonprofit":
        return None
    form: Literal["F3", "F3X"] = "F3" if committee.kind == "candidate" else "F3X"
    days = coverage_on(form, request.last_day, elections, committee.office)
    out = None
    if request.out_dir:
        out = str(Path(request.out_dir) / f"{days.form}-{days.code}-{days.year}.fec")
    filed = draw_up_filing.fn(FilingRequest(form=form, report=days.code, year=days.year, out=out))
    return summary_of(filed)


def _left_out(books: ReportBooks, days: Coverage) -> list[Problem]:
    """Warn of gifts of these days that only lists tell of."""
    count = untold_gifts(books, days)
    if not count:
        return []
    said = (
        f"{count} gifts of these days stand on imported lists only and are not reported here: name "
        "the conduit they came through under [[conduits]] of the --outside file, if they are yours."
    )
    return [Problem("warning", "gifts_of_lists", 0, said, "pledgeline")]


def _not_over(filing: Filing) -> list[Problem]:
    """Warn where a termination report leaves money or debts: 11 CFR 102.3(a)."""
    if filing.coverage.code != "TER":
        return []
    left = {
        "debts": (filing.debts_cents, "A committee that owes money cannot terminate."),
        "cash": (
            filing.column_a["cash_on_hand_close_of_period"],
            "Cash is left: a termination report says what becomes of it.",
        ),
    }
    return [
        Problem("warning", f"termination_{name}", 2, said, "pledgeline")
        for name, (cents, said) in left.items()
        if cents
    ]


def _coverage(session: Session, committee: Committee, request: FilingRequest) -> Coverage:
    if committee.kind == "nonprofit":
        raise RuleError(
            "A nonprofit does not file with the FEC: use 'pledgeline reports treasurer'."
        )
    if request.report is None:
        raise InputError("Say which report to draw up, for example --report Q3.")
    year = request.through.year if request.through else request.year or _year(session, committee)
    whole_year = date(year, 1, 1), date(year, 12, 31)
    elections = with_generals(compliance.elections(session), *whole_year)
    # A candidate's committee reports around each of its elections; a PAC where it took part.
    filed = kept.closes_by_choice(session, "fec_f3x") if request.form == "F3X" else ()
    return coverage(
        request.form,
        request.report,
        year,
        elections,
        committee.office,
        through=request.through,
        filed=filed,
    )


def _year(session: Session, committee: Committee) -> int:
    """Return the newest year with receipts, else this one."""
    years = compliance.years_with_receipts(session, committee.timezone)
    return years[0] if years else day_of(now(), committee.timezone).year


def _amendment_number(filing: Filing) -> int:
    days = filing.coverage
    with unit_of_work() as session:
        before = kept.latest(session, f"fec_{days.form.lower()}", days.first_day, days.last_day)
    return max(1, before.edition if before else 1)


def by_rule(problems: Iterable[Problem]) -> dict[str, int]:
    """Return how often each rule was broken: sentences may name people, these do not."""
    return dict(Counter(problem.rule for problem in problems))


def _write(
    request: FilingRequest, days: Coverage, content: bytes, checked: Preflight
) -> tuple[Path, Path]:
    """Write the filing and beside it what its checks found; return both paths."""
    folder = settings().folder("files", "reports", "fec")
    name = f"{days.form}-{days.code}-{days.year}.fec"
    wanted = Path(request.out) if request.out else folder / name
    draft = wanted.with_name(f"{wanted.stem}.draft{wanted.suffix or '.fec'}")
    path, stale = (draft, wanted) if checked.errors else (wanted, draft)
    whole_files.write_whole(path, content)
    stale.unlink(missing_ok=True)  # of an earlier attempt
    checks = wanted.with_name(f"{wanted.stem}.checks.txt")
    account = (
        f"{checked.lines} lines and {checked.cover_checks} cover lines checked: "
        f"{len(checked.errors)} errors, {len(checked.warnings)} warnings."
    )
    sentences = [
        account,
        *(problem.sentence() for problem in checked.problems),
    ]
    whole_files.write_whole(checks, ("\n".join(sentences) + "\n").encode())
    return path, checks


def _keep(filing: Filing, content: bytes, checked: Preflight, path: Path) -> str:
    """Keep the filing as a report; the same bytes are the same edition."""
    days, kind = filing.coverage, f"fec_{filing.coverage.form.lower()}"
    digest = hashlib.sha256(content).hexdigest()
    at = now()
    with unit_of_work() as session:
        before = kept.latest(session, kind, days.first_day, days.last_day)
        if before is not None and before.input_hash == digest:
            return before.code
        name = f"{days.form}-{days.code}-{days.year}"
        edition = kept.editions(session, name) + 1
        code = f"{name}-{edition}"
        file = {"name": path.name, "bytes": len(content), "sha256": digest}
        detail: dict[str, Any] = {
            "form": days.form,
            "report": days.code,
            "errors": len(checked.errors),
            "warnings": len(checked.warnings),
            "rules": rules_version(),
            "records": counts(filing),
        }
        report = kept.Report(
            code=code,
            kind=kind,
            first_day=days.first_day,
            last_day=days.last_day,
            edition=edition,
            folder=str(path.parent),
            files=[file],
            figures=filing.column_a,
            input_hash=digest,
            status="draft",
            prepared_by=preparer(session),
            prepared_at=at,
            submitted_by=None,
            submitted_at=None,
            signed_by=None,
            signed_at=None,
            signature=None,
            detail=detail,
        )
        kept.add(session, report)
        audit.append(
            session, "report.drawn_up", f"report:{code}", detail | {"sha256": digest}, at=at
        )
        return code


def summary_of(filed: Filed) -> dict[str, Any]:
    """Return the outcome as the command prints it in JSON."""
    return asdict(filed)
