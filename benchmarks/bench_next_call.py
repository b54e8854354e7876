"""500 callers at once: how long until the next call is on the screen, and is any donor seen twice.

Target (DESIGN.md): no donor handed out twice, p99 ≤ 50 ms. Each caller asks once a minute, three
times as often as people do (20 calls an hour); a second round lets all of them ask within one
second. The baseline picks a row with a plain lock, so that callers wait for each other, and asks no
rule at all.
Run: python -m benchmarks.bench_next_call
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import text

from campaign.campaign_file import read_campaign_file
from store import campaigns
from store.bulk import copy_rows
from store.queue import Call, next_call
from store.session import unit_of_work
from store.spoken_results import record_result

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "federal-candidate.toml"
NOON = datetime(2026, 9, 9, 16, tzinfo=UTC)
_PACE = 60.0  # seconds from one call of a caller to the next
_DONOR = (
    *("id", "first_name", "last_name", "phone_e164", "line_type", "state", "postal_code"),
    *("country", "timezone", "phone_timezone", "status", "provenance", "updated_at"),
)


def prepare(donors: int, callers: int) -> tuple[int, list[int]]:
    """Fill a fresh database with donors, open calls and callers; return team and callers."""
    with unit_of_work() as session:
        campaigns.apply(session, read_campaign_file(EXAMPLE), NOON)
        team = campaigns.team_by_code(session, "HQ").id
        copy_rows(
            session,
            "donor",
            _DONOR,
            (
                (n, "Ann", f"Donor{n}", f"+1614{n:07d}", "mobile", "OH", "43004", "US")
                + ("America/New_York",) * 2
                + ("active", '["house"]', NOON)
                for n in range(1, donors + 1)
            ),
        )
        session.execute(
            text(
                "insert into plan (campaign_id, on_day, status, objective_cents, summary, "
                "input_hash, created_at) select id, '2026-09-09', 'published', 0, '{}', 'b', :at "
                "from campaign"
            ),
            {"at": NOON},
        )
        session.execute(
            text(
                "insert into assignment (plan_id, campaign_id, donor_id, team_id, status, "
                'priority, asks_cents, "window", reason, callable_from, callable_to, updated_at) '
                "select p.id, p.campaign_id, d.id, :team, 'open', d.id, '[25000, 10000]', '{}', "
                "'benchmark', :from, :to, :from from donor d cross join plan p"
            ),
            {"team": team, "from": NOON - timedelta(hours=1), "to": NOON + timedelta(hours=8)},
        )
        agents = session.execute(
            text(
                "insert into agent (team_id, code, name, languages, certified) select :team, "
                "'b' || n, 'B', '[\"en\"]', '{\"FALL-26\": \"2028-12-31\"}' "
                "from generate_series(1, :callers) n returning id"
            ),
            {"team": team, "callers": callers},
        )
        found = list(agents.scalars())
    with unit_of_work() as session:
        session.execute(text("analyze"))
    return team, found


class Shift:
    """Callers at work, each a thread; what each waited, and whom each was given."""

    def __init__(self, team: int) -> None:
        self.team = team
        self.waits: list[float] = []
        self.donors: list[int] = []

    def work(self, callers: Sequence[int], spread: float, until: float) -> None:
        """Let every caller ask, talk and record until the time is up."""
        threads = [
            threading.Thread(target=self._one, args=(caller, spread, until)) for caller in callers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one(self, caller: int, spread: float, until: float) -> None:
        dice = random.Random(caller)
        time.sleep(dice.random() * spread)
        while True:
            began = time.perf_counter()
            with unit_of_work() as session:
                call = next_call(session, self.team, caller, NOON)
            self.waits.append(time.perf_counter() - began)
            if not isinstance(call, Call):
                return
            self.donors.append(call.donor_id)
            time.sleep(dice.uniform(0.4, 0.6) * spread)
            with unit_of_work() as session:
                record_result(
                    session,
                    team_id=self.team,
                    agent_id=caller,
                    assignment_id=call.assignment_id,
                    disposition="no_answer",
                    now=NOON + timedelta(seconds=30),
                )
            if time.perf_counter() > until:
                return
            time.sleep(dice.uniform(0.4, 0.6) * spread)


def plainly(team: int) -> Callable[[int], float]:
    """Return the baseline: one row under a plain lock, held for a commit, no rule asked."""

    def ask(_: int) -> float:
        began = time.perf_counter()
        with unit_of_work() as session:
            row = session.execute(
                text(
                    "select id from assignment where team_id = :team and status = 'open' "
                    "order by priority limit 1 for update"
                ),
                {"team": team},
            ).scalar_one()
            session.execute(
                text("update assignment set status = 'withdrawn' where id = :id"), {"id": row}
            )
        return time.perf_counter() - began

    return ask


def told(name: str, waits: Sequence[float]) -> str:
    """Return the distribution of waits in milliseconds."""
    p50, p99 = np.percentile(np.array(waits) * 1000, [50, 99])
    return f"{name}: {len(waits):,} calls, p50 {p50:.0f} ms, p99 {p99:.0f} ms"


def baseline(team: int, callers: Sequence[int]) -> list[float]:
    """Return how long callers wait who all ask within one second and take a plain lock."""
    waits: list[float] = []
    ask = plainly(team)

    def one(caller: int) -> None:
        time.sleep(random.Random(caller).random())
        waits.append(ask(caller))

    threads = [threading.Thread(target=one, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def main() -> None:
    """Measure the queue in a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    team, callers = prepare(donors=given.callers * 40, callers=given.callers)
    with unit_of_work() as session:  # everything is imported and connected before the clock runs
        next_call(session, team, callers[0], NOON)
    steady = Shift(team)
    steady.work(callers, spread=_PACE, until=time.perf_counter() + given.seconds)
    rush = Shift(team)
    rush.work(callers, spread=1.0, until=0)
    seen = steady.donors + rush.donors
    print(
        told(f"{given.callers} callers, one call each {_PACE:.0f} s", steady.waits),
        "(target 50 ms)",
    )
    print(told(f"{given.callers} callers, all within one second", rush.waits))
    print(told("baseline, all within one second, plain lock and no rule", baseline(team, callers)))
    print(f"donors handed out twice: {len(seen) - len(set(seen))} of {len(seen):,} (target 0)")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        import os

        os.environ["PLEDGELINE_HOME"] = folder
        os.environ.pop("PLEDGELINE_DATABASE_URL", None)
        main()
        from store import session as store_session

        store_session.forget()
