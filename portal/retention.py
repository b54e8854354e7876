"""What is kept of people and how long: forget one who asks, or those whom no rule keeps any more.

Each takes a second look: the page first says who and what would go and what stays, and only what
was looked at is forgotten.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from campaign.compliance.retention import Kept, cutoffs, keeps_identity, kept
from campaign.compliance.rule_tables import thresholds
from campaign.days import day_of
from campaign.errors import StateError
from campaign.roles import Permission
from config.clock import now, real_now
from config.settings import settings
from portal.access import Needs, decided_by, sight_of
from portal.guard import subject_of
from portal.pages import committee, go, render
from portal.words import several
from store import audit, forgetting, retention
from store.portal_sessions import Viewer

router = APIRouter(prefix="/retention")
Forgetter = Annotated[Viewer, Depends(Needs(Permission.FORGET))]
Because = Annotated[str, Form(min_length=3, max_length=200)]
_AT_ONCE = 5_000  # people a press: the page that is looked at stays one page


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of the home whose files name people, and for how many days they are of use."""

    code: str
    title: str
    days: int


SHELVES = (
    Shelf("lists", "Lists as they were uploaded", 30),
    Shelf("rejects", "Rows that were set aside", 90),
    Shelf("packets", "Sealed packets", 60),
    Shelf("outbox", "Letters in the outbox", 30),
)


@router.get("")
def retention_page(request: Request, viewer: Forgetter, look: str = "") -> Response:
    """Show how long what is kept; and, when asked to look, who and what is due to go."""
    people = _due(viewer) if look == "due" else []
    with sight_of(viewer) as session:
        forgotten, latest = retention.forgotten_count(session)
    return render(
        request,
        "retention.html",
        viewer,
        rules=[thresholds()[name] for name in ("retain", "retain_calls")],
        shelves=[(shelf, len(_old_files(shelf, real_now()))) for shelf in SHELVES],
        forgotten=forgotten,
        latest=latest,
        has_looked=look == "due",
        people=people,
        mark=_mark(people),
        at_once=_AT_ONCE,
    )


def _due(viewer: Viewer) -> list[RowMapping]:
    with sight_of(viewer) as session:
        return _due_now(session)


def _due_now(session: Session) -> list[RowMapping]:
    zone = committee().timezone
    return retention.due(session, cutoffs(day_of(now(), zone)), zone, _AT_ONCE)


def _mark(people: Sequence[RowMapping]) -> str:
    """Return a mark of who was looked at, so that nobody else is forgotten."""
    return hashlib.sha256(",".join(str(row["id"]) for row in people).encode()).hexdigest()


@router.post("/due")
def forget_due(
    viewer: Forgetter, because: Because, mark: Annotated[str, Form(max_length=64)]
) -> Response:
    """Forget the people who were looked at; StateError when others are due by now."""
    at = now()
    with decided_by(viewer) as session:
        forgetting.hold(session, [row["id"] for row in _due_now(session)])
        people = _due_now(session)
        if not people or _mark(people) != mark:
            raise StateError("Others are due by now: look at them again first.")
        ids = [row["id"] for row in people]
        gone = forgetting.forget(session, ids, keep_identity=False, at=at)
        detail = {"people": len(ids), "because": because, "gone": gone}
        audit.append(session, "donors.retention", f"donors:{len(ids)}", detail, at=at)
    told = several(len(ids), "person is", "people are")
    return go("/retention", f"{told} forgotten; their numbers stay suppressed.")


@router.post("/files/{code}")
def drop_files(viewer: Forgetter, code: str) -> Response:
    """Delete the files of a shelf that are past their days."""
    shelf = next((one for one in SHELVES if one.code == code), None)
    if shelf is None:
        raise StateError("There is no such shelf.")
    old = _old_files(shelf, real_now())
    for path in old:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    with decided_by(viewer) as session:
        audit.append(session, "files.retention", f"files:{code}", {"files": len(old)})
    return go("/retention", f"{several(len(old), 'file is', 'files are')} deleted.")


def _old_files(shelf: Shelf, at: datetime) -> list[Path]:
    folder = settings().folder("files", shelf.code)
    oldest = (at - timedelta(days=shelf.days)).timestamp()
    return [path for path in folder.iterdir() if path.lstat().st_mtime < oldest]


# One person who asks ---------------------------------------------------------------------


@router.post("/look")
def look_at_person(
    request: Request, viewer: Forgetter, who: Annotated[str, Form(max_length=320)]
) -> Response:
    """Show who has a number or an address, and what would go and stay of each."""
    subject = subject_of(who)
    with sight_of(viewer) as session:
        found = retention.people_with(session, phone_e164=subject.phone_e164, email=subject.email)
    with decided_by(viewer) as session:
        stays = {row["id"]: _stays(session, row["id"]) for row in found}
        audit.append(session, "donor.look", "donors:forget", {"found": len(found)})
    return render(request, "retention_person.html", viewer, found=found, stays=stays)


def _stays(session: Session, donor_id: int) -> list[Kept]:
    zone = committee().timezone
    return kept(forgetting.footprint(session, donor_id, zone), day_of(now(), zone))


@router.post("/people/{donor_id}")
def forget_person(viewer: Forgetter, donor_id: int, because: Because) -> Response:
    """Forget a person as far as the law allows."""
    at = now()
    with decided_by(viewer) as session:
        forgetting.hold(session, [donor_id])
        items = _stays(session, donor_id)
        identity = keeps_identity(items)
        gone = forgetting.forget(session, [donor_id], keep_identity=identity, at=at)
        detail = {"keeps_identity": identity, "gone": gone, "because": because}
        audit.append(session, "donor.forgotten", f"donor:{donor_id}", detail, at=at)
    said = "Forgotten, but for what the law keeps." if identity else "Forgotten."
    return go("/retention", said)
