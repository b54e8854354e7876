"""48-hour notices: large gifts before an election, told once."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

from campaign.compliance.limits import Election, with_generals
from campaign.compliance.notices import large_gifts, notice_cover, notice_lines, windows
from campaign.days import day_of
from campaign.errors import RuleError, UnknownCodeError
from campaign.requests import FilingRequest
from config.clock import now
from config.settings import settings
from gateways import whole_files
from reports import fec
from reports.preflight import preflight
from store import audit, compliance
from store.committees import the_committee
from store.session import unit_of_work
from tasks.filings import books_of, by_rule, filer_of
from tasks.policies import step


@step
def draw_up_notice(request: FilingRequest) -> dict[str, Any]:
    """Write a Form 6 for the large gifts before an election; `report` may name the election."""
    at = now()
    with unit_of_work() as session:
        committee = the_committee(session)
        if committee.kind != "candidate":
            raise RuleError("48-hour notices are for a candidate's committee only.")
        today = day_of(at, committee.timezone)
        election = _election(
            with_generals(compliance.elections(session), today, today), request, today
        )
        window = windows([election])[0]
        books = books_of(session, committee, window.first_day, window.last_day)
        gifts = large_gifts(books.given, election)
        filer = filer_of(committee)
        records = [notice_cover(filer, today), *notice_lines(filer, gifts)]
        content = fec.filing_bytes(
            [fec.header(), *((record.table, record.values) for record in records)]
        )
        checked = preflight(content, committee.kind)
        path = (
            _write(request, election, content, is_clean=not checked.errors) if len(gifts) else None
        )
        detail = {
            "election": election.code,
            "gifts": len(gifts),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        audit.append(session, "report.notice", f"election:{election.code}", detail, at=at)
    return {
        "election": election.code,
        "first_day": str(window.first_day),
        "last_day": str(window.last_day),
        "gifts": len(gifts),
        "amount_cents": int(gifts["amount_cents"].sum()),
        "path": str(path) if path else None,
        "is_clean": not checked.errors or gifts.empty,
        "errors": by_rule(checked.errors),
        "warnings": by_rule(checked.warnings),
    }


def _election(elections: tuple[Election, ...], request: FilingRequest, today: date) -> Election:
    """Return the election that was asked for, else the next one, else the last one."""
    if request.election:
        for election in elections:
            if election.code == request.election:
                return election
        raise UnknownCodeError(
            "election", request.election, [election.code for election in elections]
        )
    later = [election for election in elections if election.held_on >= today]
    return later[0] if later else elections[-1]


def _write(request: FilingRequest, election: Election, content: bytes, *, is_clean: bool) -> Path:
    folder = settings().folder("files", "reports", "fec")
    wanted = Path(request.out) if request.out else folder / f"F6-{election.code}.fec"
    path = wanted if is_clean else wanted.with_name(f"{wanted.stem}.draft{wanted.suffix or '.fec'}")
    whole_files.write_whole(path, content)
    return path
