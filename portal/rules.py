"""The law as dated rows: read them, propose a new one, accept what another person proposed.

Accepted rows lie in the home's `rules/`, which the program reads after its own tables.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response

from campaign.compliance.rule_tables import contribution_limits
from campaign.errors import InputError
from campaign.money import AmountError, parse_minor, to_major
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import go, render
from store import portal_rules
from store.portal_sessions import Viewer

router = APIRouter(prefix="/rules")
Auditor = Annotated[Viewer, Depends(Needs(Permission.VIEW_AUDIT))]
Changer = Annotated[Viewer, Depends(Needs(Permission.CHANGE_RULES))]
_OURS = Path(__file__).resolve().parent.parent / "rules"
_LIMITS = "contribution_limits"
_COLUMNS = (
    *("contributor", "recipient", "per", "amount"),
    *("effective_from", "effective_to", "citation", "confidence"),
)


@router.get("")
def rules_page(request: Request, viewer: Auditor, table: str = _LIMITS) -> Response:
    """Show the dated tables that the program applies, with citation and confidence."""
    tables = {path.stem: _rows_of(path) for path in sorted(_OURS.glob("*.csv"))}
    tables = {name: rows for name, rows in tables.items() if "citation" in rows[0]}
    if table not in tables:
        raise NotFoundError("There is no such table.")
    header, *rows = _told(tables[table])
    with sight_of(viewer) as session:
        proposals = portal_rules.proposals(session, table)
    known = contribution_limits()
    return render(
        request,
        "rules.html",
        viewer,
        names=list(tables),
        chosen=table,
        header=header,
        rows=rows[:400],
        total=len(rows),
        proposals=proposals,
        can_grow=table == _LIMITS,
        contributors=sorted({row.contributor for row in known}),
        recipients=sorted({row.recipient for row in known}),
    )


def _told(table: list[list[str]]) -> list[list[str]]:
    """Return a table without the columns in which no row says anything."""
    header, *rows = table
    kept = [index for index in range(len(header)) if any(row[index] for row in rows)]
    return [[row[index] for index in kept] for row in table]


def _rows_of(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [row for row in csv.reader(line for line in lines if not line.startswith("#")) if row]


@router.post("/limits")
def propose_limit(
    viewer: Changer,
    contributor: Annotated[str, Form(max_length=40)],
    recipient: Annotated[str, Form(max_length=40)],
    per: Annotated[Literal["election", "calendar_year", "none"], Form()],
    amount: Annotated[str, Form(max_length=20)],
    effective_from: Annotated[date, Form()],
    citation: Annotated[str, Form(min_length=5, max_length=300)],
    confidence: Annotated[Literal["sure", "second-hand"], Form()],
    effective_to: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Propose a limit with its days of effect and its source; a second person accepts it."""
    known = contribution_limits()
    if contributor not in {row.contributor for row in known}:
        raise InputError("Choose a contributor that the table knows.")
    if recipient not in {row.recipient for row in known}:
        raise InputError("Choose a recipient that the table knows.")
    row = {
        "contributor": contributor,
        "recipient": recipient,
        "per": per,
        "amount": _amount(amount),
        "effective_from": effective_from.isoformat(),
        "effective_to": _last_day(effective_to, effective_from),
        "citation": " ".join(citation.split()),
        "confidence": confidence,
    }
    with decided_by(viewer) as session:
        portal_rules.propose(session, _LIMITS, row, viewer.actor, now())
    return go("/rules", "Proposed. It counts once a second person has accepted it.")


@router.post("/proposals/{proposal_id}")
def decide_proposal(
    viewer: Changer, proposal_id: int, verdict: Annotated[Literal["accept", "refuse"], Form()]
) -> Response:
    """Accept or refuse what another person proposed."""
    is_accepted = verdict == "accept"
    with decided_by(viewer) as session:
        rows = portal_rules.decide(
            session, proposal_id, accept=is_accepted, by=viewer.actor, now=now()
        )
        if is_accepted:
            _write(rows)
    return go("/rules", "Accepted; it counts from now on." if is_accepted else "Refused.")


def _write(rows: list[dict[str, str]]) -> None:
    """Lay the accepted rows into the home, whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    path = settings().folder("rules") / f"{_LIMITS}.csv"
    part = path.with_suffix(".part")
    part.write_text(text.getvalue(), encoding="utf-8", newline="")
    contribution_limits(part)  # what the program cannot read is not laid
    part.replace(path)


def _amount(text: str) -> str:
    try:
        cents = parse_minor(text)
    except AmountError:
        raise InputError("The limit is an amount: 3500 or 3500.00.") from None
    if cents <= 0:
        raise InputError("A limit is more than nothing.")
    return to_major(cents)


def _last_day(text: str, first_day: date) -> str:
    try:
        last_day = date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("The last day is not a day.") from None
    if last_day is not None and last_day < first_day:
        raise InputError("The last day is before the first.")
    return last_day.isoformat() if last_day else ""
