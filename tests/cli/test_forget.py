"""Forgetting on request: what may go is gone everywhere, what stays says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tasks.forgetting import erase_numbers
from tests.support.synthetic_books import Shape, write_books

Cli = Callable[..., Any]
LIST = """First Name,Last Name,Phone,Email,City,State,Zip
Forgetta,Mustergone,614-555-0142,forgetta@example.org,Columbus,OH,43004
Remember,Stayson,614-555-0143,remember@example.org,Columbus,OH,43004
"""


def test_a_person_without_gifts_is_gone_from_every_table_and_list(
    session: Session, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    assert cli("lists", "import", file, "--source", "BOARD").exit_code == 0
    donor = session.scalar(text("select id from donor where last_name ilike 'mustergone'"))
    asked = ("audit", "forget", donor, "--because", "e-mail of today", "--json")
    tried = json.loads(cli(*asked, "--dry-run").stdout)
    assert (tried["gone"], tried["keeps_identity"]) == ({}, False)
    done = json.loads(cli(*asked).stdout)
    assert done["gone"]["list_rows"] == 1
    assert done["gone"]["suppressed"] == 2
    rows, people = tmp_path / "rows.csv", tmp_path / "people.csv"
    assert cli("donors", "export", rows, "--rows").exit_code == 0
    assert cli("donors", "export", people).exit_code == 0
    for exported in (rows.read_text(), people.read_text()):
        lower = exported.lower()
        assert "mustergone" not in lower
        assert "forgetta" not in lower
        assert "stayson" in lower
    told = {"id", "first_row", "first_batch_id", "provenance", "consent", "language"}
    told |= {"status", "status_reason", "updated_at"}
    left = text("select to_jsonb(d) from donor d where id = :id")
    row = session.scalar(left, {"id": donor})
    assert {name for name, value in row.items() if value is not None} <= told
    # The numbers stay where they keep the person from being called again.
    assert session.scalar(text("select count(*) from suppression where source = 'erasure'")) == 2
    assert cli("audit", "verify").exit_code == 0


def test_whoever_was_merged_is_gone_as_all_that_they_were(
    session: Session, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    married = "Forgetta,Nolonger,614-555-0144,nolonger@example.org,Dayton,OH,45402\n"
    file.write_text(LIST + married, encoding="utf-8")
    assert cli("lists", "import", file, "--source", "BOARD").exit_code == 0
    one, two = session.scalars(
        text("select id from donor where first_name ilike 'forgetta' order by id")
    )
    assert cli("donors", "merge", one, two).exit_code == 0
    assert cli("audit", "forget", one, "--because", "a letter").exit_code == 0
    session.rollback()
    tables = session.scalars(
        text("select table_name from information_schema.tables where table_schema = 'public'"
             " and table_type = 'BASE TABLE' and table_name <> 'suppression'")
    ).all()  # fmt: skip
    holds = "select count(*) from {} t where to_jsonb(t)::text ~* '{}'"
    told = "forgetta|mustergone|nolonger|6145550142|6145550144"
    assert not [name for name in tables if session.scalar(text(holds.format(name, told)))]
    assert session.scalar(text("select count(*) from suppression where source = 'erasure'")) == 4
    refused = cli("donors", "unmerge", two)
    assert refused.exit_code == 2
    assert "cannot be undone" in " ".join(refused.stderr.split())


def test_a_contributors_record_stays_and_says_until_when(session: Session, cli: Cli) -> None:
    write_books(session, Shape(seed=2, charges=30, donors=5))
    session.execute(text("update pledge set status = 'fulfilled'"))
    told = {"occupation": "Baker", "notes": "ill", "survey": {"wish": "x"}}
    session.execute(
        text("update call_attempt set donor_id = 1, answers = :answers where id = 1"),
        {"answers": json.dumps(told)},
    )
    session.commit()
    said = text("select answers from call_attempt where id = 1")
    done = json.loads(cli("audit", "forget", 1, "--because", "letter", "--json").stdout)
    assert done["keeps_identity"]
    assert any(item["until"] and "102.9" in item["citation"] for item in done["kept"])
    assert session.scalar(text("select count(payer_email) from stripe_charge")), "what is told of"
    assert any("the payer's e-mail included" in item["what"] for item in done["kept"])
    assert session.scalar(said) == {"occupation": "Baker"}
    row = session.execute(text("select last_name, email, phone_e164 from donor where id = 1")).one()
    assert row.last_name
    assert row.email is None
    assert row.phone_e164 is None


def test_a_giver_whose_money_went_back_is_kept_as_a_contributor(session: Session, cli: Cli) -> None:
    write_books(session, Shape(seed=2, charges=30, donors=5))
    session.execute(text("update pledge set status = 'fulfilled'"))
    session.execute(
        text(
            "with gone as (delete from allocation returning charge_id, pledge_id, amount_cents) "
            "insert into allocation_before_return select * from gone"
        )
    )
    session.execute(text("update stripe_charge set payer_email = null"))
    session.commit()
    done = json.loads(cli("audit", "forget", 1, "--because", "letter", "--json").stdout)
    assert done["keeps_identity"]


def test_an_unknown_donor_is_one_sentence(database: object, cli: Cli) -> None:
    result = cli("audit", "forget", 99, "--because", "letter")
    assert result.exit_code == 2
    assert "no donor 99" in result.stderr


def test_the_number_of_a_call_stays_for_five_years_and_then_goes(
    session: Session, cli: Cli, clock: Any, tmp_path: Path
) -> None:
    """A call of August 2026 keeps its number until August 2031, though the person is forgotten."""
    write_books(session, Shape(seed=2, charges=30, donors=5))
    session.execute(text("update pledge set status = 'fulfilled'"))
    session.execute(
        text(
            "update call_attempt set phone_e164 = '+16145550142', donor_id = id % 5 + 1, "
            "started_at = '2026-08-03T18:00:00Z'"
        )
    )
    session.commit()
    left = text("select count(*) from call_attempt where phone_e164 is not null and donor_id = 1")
    others = text("select count(*) from call_attempt where phone_e164 is null and donor_id <> 1")
    clock.set(datetime(2031, 8, 3, 12, tzinfo=UTC))
    assert cli("audit", "forget", 1, "--because", "letter").exit_code == 0
    assert session.scalar(left)
    session.rollback()
    clock.set(datetime(2031, 8, 6, 12, tzinfo=UTC))
    assert erase_numbers.fn() > 0
    assert session.scalar(left) == 0
    assert session.scalar(others) == 0
    assert erase_numbers.fn() == 0
    assert cli("audit", "verify").exit_code == 0
