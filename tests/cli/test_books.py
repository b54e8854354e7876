"""The doors of books and pledges: bad input says what to do, and decisions stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from config.settings import settings
from store import stripe_objects
from store.session import unit_of_work
from tests.conftest import Cli
from tests.support.stripe_like import StripeLike, serving

JAN = 1_767_225_600  # 2026-01-01 00:00 UTC
PLEDGES = """pledge_ref,first_name,last_name,email,amount,pledged_on
A-1,Ana,Li,ana@x.org,50.00,2025-12-20
A-2,Bo,Ray,bo@x.org,70.00,2025-12-20
"""
DAYS = ("--from", "2026-01-01", "--to", "2026-01-31")


def charge(number: int, cents: int, at: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"ch_{number}", "created": at, "amount": cents, "currency": "usd",
        "status": "succeeded", "balance_transaction": f"txn_{number}", **more,
    }  # fmt: skip


def save(*charges: dict[str, Any]) -> None:
    from config.clock import now

    with unit_of_work() as session:
        stripe_objects.save(session, "charge", charges, now())


def reconciled(cli: Cli, *days: str) -> dict[str, Any]:
    result = cli("books", "reconcile", *(days or DAYS), "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def pledges(cli: Cli, database: Engine, tmp_path: Path) -> Path:
    path = tmp_path / "pledges.csv"
    path.write_text(PLEDGES, encoding="utf-8")
    assert cli("pledges", "import", path).exit_code == 0
    return path


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["books", "sync", *DAYS], "STRIPE_API_KEY", id="no key"),
        pytest.param(
            ["books", "reconcile", "--from", "2026-02-01", "--to", "2026-01-01"],
            "before",
            id="days in the wrong order",
        ),
        pytest.param(
            ["books", "reconcile", "--from", "soon", "--to", "2026-01-01"], "--from", id="no day"
        ),
        pytest.param(["books", "bank", "nothing.csv"], "cannot be read", id="no statement"),
        pytest.param(["pledges", "import", "nothing.csv"], "cannot be read", id="no pledge file"),
        pytest.param(
            ["pledges", "links", "--campaign", "NONE"], "no campaign", id="unknown campaign"
        ),
        pytest.param(
            ["books", "resolve", "99", "--as", "noted", "--because", "x"],
            "exception",
            id="unknown exception",
        ),
        pytest.param(
            ["books", "resolve", "99", "--as", "maybe", "--because", "x"], "--as", id="answer"
        ),
        pytest.param(
            ["books", "journal", *DAYS, "--out", "journal.doc"], ".beancount", id="journal's form"
        ),
        pytest.param(
            ["books", "reconcile", *DAYS, "--out", "/no/such/folder/x.json"], "folder", id="out"
        ),
        pytest.param(["pledges", "write-off", "A-9", "--because", "x"], "A-9", id="unknown pledge"),
    ],
)
def test_bad_input_says_what_to_do(cli: Cli, database: Engine, words: list[str], says: str) -> None:
    result = cli(*words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_stripe_that_does_not_answer_is_named(
    cli: Cli, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_x")
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:1")
    monkeypatch.setattr("gateways.stripe._ATTEMPTS", 2)
    settings.cache_clear()
    result = cli("books", "sync", *DAYS)
    assert (result.exit_code, "does not answer" in result.stderr) == (2, True)


def test_a_key_that_is_refused_is_named(
    cli: Cli, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = StripeLike()
    world.faults = iter([401] * 9)
    with serving(world):
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_x")
        monkeypatch.setenv("STRIPE_API_BASE", world.base)
        settings.cache_clear()
        result = cli("books", "sync", *DAYS)
    assert (result.exit_code, "STRIPE_API_KEY" in result.stderr) == (2, True)


def test_a_sync_is_told_in_a_treasurers_words(
    cli: Cli, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = StripeLike()
    with serving(world):
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_x")
        monkeypatch.setenv("STRIPE_API_BASE", world.base)
        settings.cache_clear()
        result = cli("books", "sync", *DAYS)
    assert result.exit_code == 0, result.stderr
    assert "questions to Stripe" in result.stdout
    assert not [word for word in ("milliseconds", "not offered", "_") if word in result.stdout]


def test_the_period_is_cut_in_the_committees_time_zone(
    cli: Cli, pledges: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEDGELINE_TIMEZONE", "America/Los_Angeles")
    settings.cache_clear()
    with unit_of_work() as session:
        from store.committees import adopt_account

        adopt_account(session, "Europe/Paris", None)
    first, last = JAN + 8 * 3600, JAN + (31 * 24 + 8) * 3600 - 1
    save(
        charge(1, 100, first - 1), charge(2, 200, first), charge(3, 300, last),
        charge(4, 400, last + 1),
    )  # fmt: skip
    found = reconciled(cli)
    assert found["period"]["timezone"] == "America/Los_Angeles"
    assert sorted(row["payment_id"] for row in found["unallocated"]) == ["ch_2", "ch_3"]


def test_what_a_person_decides_stands_and_can_be_taken_back(cli: Cli, pledges: Path) -> None:
    save(charge(1, 9_900, JAN + 86_400, metadata={"pledge_ref": "A-77"}))
    found = reconciled(cli)
    (exception,) = found["exceptions"]
    assert exception["kind"] == "unknown_reference"
    words = ("books", "resolve", exception["id"], "--as", "pledge:a-2", "--because", "a slip")
    assert cli(*words).exit_code == 0
    again = cli(*words)
    assert (again.exit_code, "decided already" in again.stderr) == (2, True)
    found = reconciled(cli)
    (row,) = found["allocations"]
    assert (row["pledge_ref"], row["amount_cents"], row["tier"]) == ("A-2", 7_000, "confirmed")
    assert [row["amount_cents"] for row in found["unallocated"]] == [2_900]
    assert not found["exceptions"]
    undone = cli("books", "resolve", exception["id"], "--as", "undo", "--because", "no slip")
    assert undone.exit_code == 0
    found = reconciled(cli)
    assert [row["id"] for row in found["exceptions"]] == [exception["id"]]
    assert cli("audit", "verify").exit_code == 0


def test_a_suggestion_is_confirmed_or_refused_by_its_payment(cli: Cli, pledges: Path) -> None:
    save(charge(1, 5_000, JAN + 86_400, billing_details={"name": "Ana Li", "email": "ana@x.org"}))
    (row,) = reconciled(cli)["allocations"]
    assert row["tier"] == "suggested"
    assert (
        cli("books", "resolve", "ch_1", "--as", "confirm", "--because", "she said so").exit_code
        == 0
    )
    (row,) = reconciled(cli)["allocations"]
    assert (row["tier"], row["confidence"]) == ("confirmed", 1.0)
    cli("books", "resolve", "ch_1", "--as", "undo", "--because", "wrong")
    cli("books", "resolve", "ch_1", "--as", "not:A-1", "--because", "a birthday gift")
    assert reconciled(cli)["allocations"] == []


def test_a_written_off_pledge_is_paid_no_more(cli: Cli, pledges: Path) -> None:
    assert cli("pledges", "write-off", "a-1", "--because", "moved away").exit_code == 0
    save(charge(1, 5_000, JAN + 86_400, metadata={"pledge_ref": "A-1"}))
    found = reconciled(cli)
    assert found["allocations"] == []
    assert found["totals"]["written_off_cents"] == 5_000
    assert not [row for row in found["invariants"] if row["status"] == "broken"]


def test_the_document_is_the_same_on_stdout_and_in_the_file(
    cli: Cli, pledges: Path, tmp_path: Path
) -> None:
    out = tmp_path / "r.json"
    result = cli("books", "reconcile", *DAYS, "--json", "--out", out)
    assert json.loads(result.stdout) == json.loads(out.read_text(encoding="utf-8"))
    assert set(json.loads(result.stdout)) == {
        "period", "allocations", "unallocated", "exceptions", "invariants", "totals",
        "input_hash", "output_hash",
    }  # fmt: skip


def test_rejected_rows_come_back_and_are_mended(cli: Cli, database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(PLEDGES + "A-3,Cy,Roe,cy@x.org,much,2025-12-20\n", encoding="utf-8")
    found = json.loads(cli("pledges", "import", path, "--json").stdout)
    assert (found["imported"], found["quarantined"]) == (2, 1)
    rejects = Path(found["rejects_file"])
    mended = rejects.read_text(encoding="utf-8").replace("much", "10")
    rejects.write_text(mended, encoding="utf-8")
    assert json.loads(cli("pledges", "import", rejects, "--json").stdout)["imported"] == 1


def test_a_team_that_nobody_knows_is_named(cli: Cli, database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "pledge_ref,email,amount,pledged_on,team\nB-1,a@x.org,5,2025-12-20,ANNEX\n",
        encoding="utf-8",
    )
    assert "No team is known as ANNEX" in cli("pledges", "import", path).stdout
    again = json.loads(cli("pledges", "import", path, "--json").stdout)
    assert again["unknown_teams"] == ["ANNEX"]
