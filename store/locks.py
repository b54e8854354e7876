"""The advisory locks of the database: who waits for whom, each under a number of its own."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.orm import Session


class Lock(IntEnum):
    """What only one may do at a time."""

    MIGRATING = 7_305_447
    AUDIT = 7_305_448  # appending to the chain
    ADMISSION = 7_305_449
    PLEDGE_FILE = 7_305_450
    RECONCILING = 7_305_451
    STATEMENTS = 7_305_452
    PLANS = 7_305_460
    PACKETS = 7_305_461  # of a team
    IMPORT = 7_305_462  # from a source
    RESULTS = 7_305_463  # of a team
    LETTERS = 7_305_464
    REPORTS = 7_305_465  # of a kind
    DAY = 7_305_466


def wait_for(session: Session, lock: Lock, number: int | None = None) -> None:
    """Wait until nobody else holds the lock (of that number); hold it until the transaction ends.

    What was committed meanwhile is seen by the statements that follow.
    """
    if number is None:
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": lock})
    else:
        words = {"lock": lock, "number": number}
        session.execute(text("select pg_advisory_xact_lock(:lock, :number)"), words)


def hold_calls(session: Session, which: str, **values: object) -> None:
    """Wait until nobody else hands out these calls or takes in what came of them; hold them.

    Whoever takes in a result holds its call before the person: whatever changes people holds their
    calls first, too, so that no two wait for each other. `which` is a condition of assignments.
    """
    held = f"select from assignment where {which} order by id for update"
    session.execute(text(f"select count(*) from ({held}) held"), values)
