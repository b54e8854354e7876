"""From a pledge file to the tie-out, through the command line and the sandbox's Stripe and bank."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from config.settings import settings
from sandbox.population import make_population
from sandbox.stripe_server import Sandbox, serve
from sandbox.world import World
from tests.conftest import Cli

PERIOD = ("--from", "2026-09-01", "--to", "2026-11-30")


@pytest.fixture
def world(database: Engine, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    clock = tmp_path / "clock"
    monkeypatch.setenv("PLEDGELINE_CLOCK_FILE", str(clock))
    population = make_population(seed=7, donors=400)
    return World(seed=7, population=population, clock_file=clock)


@pytest.fixture
def sandbox(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with serve(world) as running:
        monkeypatch.setenv("STRIPE_API_BASE", running.url)
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_sandbox")
        monkeypatch.setenv("PLEDGELINE_STRIPE_RATE", "500")
        settings.cache_clear()
        yield running


def write_pledges(world: World, path: Path, count: int) -> None:
    """Let the first people of the population pledge."""
    people = world.population.people.head(count)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["pledge_ref", "first_name", "last_name", "email", "phone", "postal_code", "amount",
             "pledged_on", "due_on", "instalments"]
        )  # fmt: skip
        for number, person in enumerate(people.to_dict("records")):
            rows.writerow(
                [f"J-{number:03d}", person["first_name"], person["last_name"], person["email"],
                 person["phone_e164"], str(person["zip"])[:5], [50, 100, 250][number % 3],
                 "2026-09-08", "2026-09-22", 3 if number % 10 == 0 else 1]
            )  # fmt: skip


def run(cli: Cli, *words: object) -> dict[str, Any]:
    result = cli(*words, "--json")
    assert result.exit_code == 0, result.stderr or result.stdout
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_every_cent_is_explained(
    cli: Cli, world: World, sandbox: Sandbox, home: Path, tmp_path: Path
) -> None:
    write_pledges(world, tmp_path / "pledges.csv", 150)
    assert run(cli, "pledges", "import", tmp_path / "pledges.csv")["imported"] == 150
    made = run(cli, "pledges", "links")
    assert made["links made"] == 150
    assert run(cli, "pledges", "links") == {"links closed": 0, "links made": 0}
    for _ in range(6):
        world.donors_pay(home / "files" / "outbox")
        world.advance(timedelta(days=8))
        run(cli, "pledges", "remind")
    world.bank.write_csv(tmp_path / "bank.csv")
    run(cli, "books", "sync", *PERIOD)
    run(cli, "books", "bank", tmp_path / "bank.csv")
    document = run(cli, "books", "reconcile", *PERIOD)
    broken = [row for row in document["invariants"] if row["status"] == "broken"]
    assert not broken
    assert document["totals"]["unexplained_cents"] == 0
    assert document["totals"]["confirmed_cents"] > 0
    again = run(cli, "books", "reconcile", *PERIOD)
    assert again["output_hash"] == document["output_hash"]
    assert again["exceptions"] == document["exceptions"]
    kinds = {row["kind"] for row in document["exceptions"]}
    assert {"payout_failed", "dispute_lost", "payment_failed_late", "overpayment"} <= kinds
