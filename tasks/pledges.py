"""Bringing in pledges that were made elsewhere."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from campaign.errors import FileError, InputError
from campaign.giving.pledge_file import PledgeFile, pledges_of, read_pledges
from config.clock import now
from config.settings import settings
from gateways.pledge_sheets import read_pledge_sheet
from gateways.whole_files import write_whole
from gateways.workbooks import is_workbook
from store import audit, pledges
from store.session import unit_of_work
from tasks.policies import step


@step
def import_pledge_file(path: str) -> dict[str, Any]:
    """Bring in a pledge file; return what became of its rows. Rejected rows come back as a file."""
    started = time.monotonic()
    read = _read(Path(path))
    if read.pledges.empty:
        first = read.findings[0]
        raise FileError(
            f"No pledge of {Path(path).name} can be used; row {first.row}: "
            f"{first.column} {first.problem}."
        )
    sha256 = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    rejects = _write_rejects(read.rejects().to_csv(index=False), sha256) if read.findings else None
    at = now()
    with unit_of_work() as session:
        counts = pledges.import_pledges(session, read.pledges, source=f"file:{sha256[:12]}", at=at)
        if counts.imported or counts.changed:
            detail = {"imported": counts.imported, "changed": counts.changed}
            audit.append(session, "pledges imported", f"file:{sha256}", detail, at=at)
        strangers = pledges.unknown_teams(session, read.pledges["team"].dropna().unique())
    return {
        "rows_read": read.rows_read,
        "imported": counts.imported,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "quarantined": read.rows_read - len(read.pledges),
        "unknown_teams": strangers,
        "rejects_file": str(rejects) if rejects else None,
        "seconds": round(time.monotonic() - started, 2),
    }


def _read(path: Path) -> PledgeFile:
    if path.is_file() and is_workbook(path):
        return pledges_of(read_pledge_sheet(path), path.name)
    return read_pledges(path)


def _write_rejects(content: str, sha256: str) -> Path:
    path = settings().folder("files", "rejects") / f"pledges_{sha256[:12]}.csv"
    write_whole(path, content.encode())
    return path


@step
def write_off_pledge(ref: str, because: str) -> int:
    """Give up what is open of a pledge; return the cents."""
    if not because.strip():
        raise InputError("Say why with --because.")
    with unit_of_work() as session:
        pledge = pledges.find(session, ref)
        paid = pledges.paid_cents(session, pledge.id)
        return pledges.write_off(session, ref, because.strip(), at=now(), paid_cents=paid)
