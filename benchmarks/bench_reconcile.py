"""How long a reconciliation of a million pledges and more than a million payments takes.

    python -m benchmarks reconcile            # PLEDGELINE_BENCH_PLEDGES=100000 for a smaller one

Target on 2 cores: 120 s and under 3 GB, for `books reconcile` as a user runs it, with the
database's reading and writing. Baseline: the same books, one payment at a time, as a plain loop
over an index by e-mail and amount would do it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from benchmarks.giving_books import charge_columns, instalments, pledge_columns
from benchmarks.giving_world import START, World, make_world

PLEDGES = int(os.environ.get("PLEDGELINE_BENCH_PLEDGES", "1000000"))
_EPOCH = pd.Timestamp("1970-01-01", tz="UTC")


def main() -> None:
    """Fill a home, reconcile it, print the figures."""
    with tempfile.TemporaryDirectory(prefix="pledgeline-bench-") as home:
        os.environ["PLEDGELINE_HOME"] = home
        os.environ.pop("PLEDGELINE_DATABASE_URL", None)
        fill = subprocess.run([sys.executable, "-m", "benchmarks.bench_reconcile", "fill"])
        if fill.returncode:
            raise SystemExit("The books could not be made.")
        rows = [
            ("first time", *_reconcile()),
            ("nothing has changed", *_reconcile()),
            ("matched anew, --again", *_reconcile("--again")),
        ]
    table = Table(title=f"{PLEDGES:,} pledges")
    for column in ("books reconcile", "seconds", "its processor seconds", "peak memory, MB"):
        table.add_column(column)
    for name, seconds, processor, megabytes in rows:
        table.add_row(name, f"{seconds:.0f}", f"{processor:.0f}", f"{megabytes:,.0f}")
    Console().print(table)


def _reconcile(*more: str) -> tuple[float, float, float]:
    command = ["-c", "from cli.main import main; main()", "books", "reconcile", *more]
    last = START + timedelta(days=720)
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *command, "--from", str(START), "--to", str(last)],
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit("books reconcile failed.")
    processor = usage.ru_utime + usage.ru_stime
    return time.monotonic() - started, processor, usage.ru_maxrss / 1024


def fill() -> None:
    """Write the world into the home's database."""
    from store.bulk import copy_table
    from store.session import unit_of_work

    world = make_world(PLEDGES, seed=5)
    with unit_of_work() as session:
        for name, frame in _tables(world):
            copy_table(session, name, pa.Table.from_pandas(frame, preserve_index=False))
    Console().print(f"{len(world.pledges):,} pledges, {len(world.payments):,} payments")


def _tables(world: World) -> list[tuple[str, pd.DataFrame]]:
    pledges = pledge_columns(world)
    charges = charge_columns(world)
    now = pd.Timestamp("2026-06-01", tz="UTC").isoformat()
    pledged = [str(row["pledged_on"]) for row in world.pledges]
    due = pd.Series([str(row["due_on"]) or None for row in world.pledges], dtype="str")
    parts = instalments(world)
    return [
        (
            "pledge",
            pledges[["ref", "first_name", "last_name", "email", "postal_code", "currency"]].assign(
                phone_e164=pledges["phone"], amount_cents=pledges["whole"], pledged_on=pledged,
                due_on=due, source="file:bench", status="open", created_at=now,
            ),
        ),
        ("instalment", parts.assign(due_on=parts["due_on"].map(date.isoformat))),
        (
            "stripe_charge",
            charges[["id", "status", "currency", "postal_code", "pledge_ref"]].assign(
                amount_cents=charges["cents"], captured_cents=charges["captured"],
                refunded_cents=charges["refunded"],
                created_at=(_EPOCH + pd.to_timedelta(charges["created"], unit="s")).map(
                    pd.Timestamp.isoformat
                ),
                payer_name=charges["name"], payer_email=charges["email"],
                payer_phone=charges["phone"], card_fingerprint=charges["card"],
                balance_transaction=charges["balance_transaction"], raw="{}", fetched_at=now,
            ),
        ),
        (
            "stripe_balance_transaction",
            pd.DataFrame(
                {
                    "id": charges["balance_transaction"], "type": "charge",
                    "reporting_category": "charge", "status": "available",
                    "amount_cents": charges["cents"], "fee_cents": 30,
                    "net_cents": charges["cents"] - 30, "currency": "usd",
                    "source": charges["id"], "raw": "{}", "fetched_at": now, "available_on": now,
                    "created_at": (_EPOCH + pd.to_timedelta(charges["created"], unit="s")).map(
                        pd.Timestamp.isoformat
                    ),
                }
            ),
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["fill"]:
        fill()
    else:
        main()
