"""Letters that the law asks for: written once each, as paper and as mail, and kept as proof."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from campaign.compliance.books import in_window
from campaign.compliance.filer import two_names
from campaign.compliance.letters import Committee as Writer
from campaign.compliance.letters import Letter, as_text, kept, letters_of, paid_for_by
from campaign.compliance.periods import cycle_starts
from campaign.days import day_of
from campaign.errors import RuleError
from campaign.requests import LettersRequest
from config.clock import now
from config.settings import settings
from gateways import report_files, whole_files
from gateways.letters import Parcel, post_office
from reports.pdf import render
from store import audit, compliance, letters
from store.committees import Committee, the_committee
from store.locks import Lock
from store.session import one_at_a_time, unit_of_work
from tasks.filings import books_of
from tasks.policies import step

log = logging.getLogger(__name__)


@step
def write_letters(request: LettersRequest) -> dict[str, Any]:
    """Write the letters that were not written yet: one PDF to print, and mail where asked for."""
    with one_at_a_time(Lock.LETTERS, request.kind):
        return _write(request)


def _write(request: LettersRequest) -> dict[str, Any]:
    with unit_of_work() as session:
        committee = the_committee(session)
        if request.kind == "best-efforts" and committee.kind == "nonprofit":
            raise RuleError("Best efforts are asked of political committees, not of a nonprofit.")
        books = books_of(session, committee, request.first_day, request.last_day)
        form = "F3" if committee.kind == "candidate" else "F3X"
        cycles = cycle_starts(form, request.first_day, request.last_day, committee.office)
        window = in_window(books, cycles, request.last_day, [request.last_day])
        gifts = window.loc[window["received_on"] >= request.first_day]
        if request.kind != "best-efforts":
            gifts = kept(gifts, compliance.returned_cents(session, committee.currency))
        writer = _writer(committee)
        drafted = letters_of(request.kind, writer, gifts, request.last_day.year)
        known = letters.known_keys(session, {letter.kind for letter in drafted})
    fresh = [letter for letter in drafted if (letter.kind, letter.key) not in known]
    if not fresh:
        return {
            "kind": request.kind,
            "written": 0,
            "mailed": 0,
            "before": len(drafted),
            "path": None,
        }
    path = _paper(request, committee, writer, fresh)
    mailed = _mail(writer, fresh) if request.send else 0
    at = now()
    with unit_of_work() as session:
        letters.note(session, fresh, at=at, path=str(path), is_mailed=request.send)
        audit.append(
            session,
            "letters.written",
            f"letters:{request.kind}",
            {"letters": len(fresh), "mailed": mailed, "sha256": report_files.sha256_of(path)},
            at=at,
        )
    log.info("%s: %d letters", request.kind, len(fresh))
    return _outcome(request, len(fresh), mailed, len(drafted) - len(fresh), str(path))


def _outcome(
    request: LettersRequest, written: int, mailed: int, before: int, path: str | None
) -> dict[str, Any]:
    return {
        "kind": request.kind,
        "written": written,
        "mailed": mailed,
        "before": before,
        "path": path,
    }


def _writer(committee: Committee) -> Writer:
    last, first = two_names(committee.treasurer_name)
    return Writer(
        name=committee.name,
        kind=committee.kind,
        paid_for_by=committee.paid_for_by,
        ein=committee.ein,
        treasurer=f"{first} {last}, Treasurer".strip() if last else "",
        currency=committee.currency,
    )


def _paper(
    request: LettersRequest, committee: Committee, writer: Writer, fresh: list[Letter]
) -> Path:
    today = day_of(now(), committee.timezone)
    # The same letters have the same name: killed before they were noted, they are written again.
    digest = hashlib.sha256("|".join(letter.key for letter in fresh).encode()).hexdigest()[:8]
    folder = settings().folder("files", "letters")
    path = Path(request.out) if request.out else folder / f"{request.kind}-{today}-{digest}.pdf"
    place = ", ".join(part for part in (committee.street, committee.city, committee.state) if part)
    data = {
        "title": f"Letters: {request.kind}",
        "committee": committee.name,
        "place": f"{place} {committee.postal_code or ''}".strip(),
        "day": f"{today:%B} {today.day}, {today.year}",
        "treasurer": writer.treasurer,
        "paid_for_by": paid_for_by(writer),
        "letters": [
            {
                "name": letter.name,
                "address": list(letter.address),
                "subject": letter.subject,
                "paragraphs": list(letter.paragraphs),
                "reply": letter.has_reply_form,
                "key": letter.key,
            }
            for letter in fresh
        ],
    }
    with report_files.draft_folder(folder) as draft:
        render(draft / "letters.pdf", "letters.typ", data)
        whole_files.write_whole(path, (draft / "letters.pdf").read_bytes())
    return path


def _mail(writer: Writer, fresh: list[Letter]) -> int:
    office, mailed = post_office(), 0
    for letter in fresh:
        if letter.email is None:
            continue
        name = f"{letter.kind}-{hashlib.sha256(letter.key.encode()).hexdigest()[:12]}"
        office.send(Parcel(name, "email", letter.email, letter.subject, as_text(letter, writer)))
        mailed += 1
    return mailed
