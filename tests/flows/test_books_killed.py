"""A sync or a reconciliation may be killed at any instant; repeated, it ends in the same books."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from campaign.requests import ReconcileRequest, SyncRequest
from config.settings import settings
from flows.reconcile_pledges import reconcile_pledges
from flows.sync_stripe import sync_stripe
from store.session import unit_of_work
from tests.flows.test_sync_stripe import REQUEST, make_world
from tests.support.stripe_like import StripeLike, serving

PLEDGES = """pledge_ref,first_name,email,amount,pledged_on
A-1,Ana,ana@x.org,10.00,2026-01-01
A-2,Bo,bo@x.org,10.00,2026-01-01
"""
# Started with everything imported, it says so, works, and can be killed in the midst of it.
CHILD = """
import sys
from datetime import date
from campaign.requests import ReconcileRequest, SyncRequest
from flows.reconcile_pledges import reconcile_pledges
from flows.sync_stripe import sync_stripe
from store.session import engine
engine()
days = dict(first_day=date(2026, 1, 1), last_day=date(2026, 1, 31))
sys.stdout.write("ready\\n"); sys.stdout.flush()
for _ in range(50):
    sync_stripe.fn(SyncRequest(**days))
    reconcile_pledges.fn(ReconcileRequest(**days))
"""
TABLES = ("stripe_charge", "stripe_balance_transaction", "allocation", "book_exception")


@pytest.fixture
def world(
    database: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StripeLike]:
    made = make_world(400)
    for row in made.records["charges"]:
        number = int(row["id"].removeprefix("ch_"))
        row["metadata"] = {"pledge_ref": "a-2"} if number == 7 else {}
        row["billing_details"] = {"email": "ana@x.org" if number == 9 else f"{number}@y.org"}
    with serving(made):
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_x")
        monkeypatch.setenv("STRIPE_API_BASE", made.base)
        monkeypatch.setenv("PLEDGELINE_STRIPE_RATE", "500")
        settings.cache_clear()
        path = tmp_path_factory.mktemp("pledges") / "p.csv"
        path.write_text(PLEDGES, encoding="utf-8")
        from tasks.pledges import import_pledge_file

        import_pledge_file.fn(str(path))
        yield made


def finish() -> tuple[str, dict[str, int]]:
    """Run to the end; return the output's hash and how many rows there are."""
    sync_stripe.fn(SyncRequest(**REQUEST.model_dump()))
    found = reconcile_pledges.fn(ReconcileRequest(**REQUEST.model_dump()))
    with unit_of_work() as session:
        counts = {
            table: int(session.scalar(text(f"select count(*) from {table}")) or 0)
            for table in TABLES
        }
    return str(found["output_hash"]), counts


def kill_at(seconds: float) -> None:
    """Start the work in a process of its own and kill it so long after it began."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdout=subprocess.PIPE, cwd=Path.cwd(),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.communicate()


def check(world: StripeLike, instants: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(instants):
        kill_at(chance.uniform(0.02, 1.2))
    assert finish() == finish()
    after, counts = finish()
    with unit_of_work() as session:
        for table in ("allocation", "book_exception", "payout_row", "stripe_refund",
                      "stripe_balance_transaction", "stripe_charge", "sync_window",
                      "balance_snapshot"):  # fmt: skip
            session.execute(text(f"truncate {table} cascade"))
    assert finish() == (after, counts)
    assert counts["stripe_charge"] == counts["stripe_balance_transaction"] == 400


def test_killed_twice_it_ends_the_same(world: StripeLike) -> None:
    check(world, instants=2, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_thirty_instants_it_ends_the_same(world: StripeLike) -> None:
    check(world, instants=30, seed=2)


def test_two_at_once_end_the_same(world: StripeLike) -> None:
    def run() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", CHILD.replace("range(50)", "range(2)")],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    both = [run(), run()]
    assert [process.wait(280) for process in both] == [0, 0]
    assert finish() == finish()
