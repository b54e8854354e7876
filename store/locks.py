"""What is locked in the database, and in which order: so no two wait for each other.

Whoever locks several things asks for them in this order, and for several of a kind by number:

1. The advisory locks under `Lock`, each with a number of its own, but for the last. Those that last
   longer than a transaction (an import, letters, reports, a day) come first, then ADMISSION: nobody
   else brings people in, joins, parts, forgets or plans for them. Then those of one subject.
2. The table of people, which a long list has for itself while it lays their indexes aside.
3. Calls (`hold_calls`), by whoever hands them out, records them, or changes their people.
4. People.
5. AUDIT: entries are written as a transaction ends (`store/audit`), so that nobody waits for what
   another still has to do. What may have come until then is looked for under that lock, and caught
   up with after letting go of it.

Where the database finds two who wait for each other all the same, as may be where results of many
calls reach other people through their numbers, one of them ends with CollisionError: a step is then
done again by itself, whoever did it by hand is told to.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.orm import Session


class Lock(IntEnum):
    """What only one may do at a time."""

    MIGRATING = 7_305_447
    AUDIT = 7_305_448  # writing into the chain
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
    ACCOUNTS = 7_305_467


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
    calls first, too. `which` is a condition of assignments.
    """
    wait_for_a_long_list(session)
    held = f"select from assignment where {which} order by id for update"
    session.execute(text(f"select count(*) from ({held}) held"), values)


def wait_for_a_long_list(session: Session) -> None:
    """Wait while a list has the table of people for itself; keep it from taking it until the end.

    Whoever held a call and then waited for the people would be waited for by the list.
    """
    session.execute(text("lock table donor in row share mode"))


def hold_people(session: Session, which: str, **values: object) -> None:
    """Wait until nobody else changes these people, and hold them. `which` is a condition."""
    held = f"select from donor where {which} order by id for update"
    session.execute(text(f"select count(*) from ({held}) held"), values)
