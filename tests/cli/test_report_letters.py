"""Letters, notices and remedies at their door."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import hardmoney
import pypdfium2
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.synthetic_books import Shape, write_books

Cli = Callable[..., Any]
DAYS = ("--from", "2026-07-01", "--to", "2026-09-30")


def pages(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@pytest.fixture
def books(session: Session) -> Session:
    write_books(session, Shape(seed=11, charges=120, unknown_employer_share=0.5))
    session.commit()
    return session


def test_best_efforts_are_asked_for_once_and_kept_as_proof(
    books: Session, cli: Cli, tmp_path: Path
) -> None:
    paper = tmp_path / "letters.pdf"
    first = json.loads(
        cli("reports", "letters", "best-efforts", *DAYS, "--out", paper, "--send", "--json").stdout
    )
    written = pages(paper)
    assert first["written"] == len(written) > 0
    assert all("best efforts" in page and "Occupation" in page for page in written)
    assert all("Paid for by" in page for page in written)
    # A follow-up carries no new ask.
    assert not [
        page for page in written if "donate" in page.lower() or "give again" in page.lower()
    ]
    assert first["mailed"] == len(list((tmp_path / "home/files/outbox").glob("*.eml")))
    again = json.loads(cli("reports", "letters", "best-efforts", *DAYS, "--json").stdout)
    assert (again["written"], again["before"]) == (0, first["written"])
    # The package counts them as asked from then on.
    package = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)
    assert package["figures"]["best-efforts.count"] <= first["written"]


def test_a_gift_of_250_dollars_is_acknowledged_and_goods_are_told(
    session: Session, cli: Cli, tmp_path: Path
) -> None:
    shape = Shape(seed=12, charges=80, kind="nonprofit", refund_share=0, dispute_share=0)
    write_books(session, shape)
    session.execute(
        text(
            "update stripe_charge set raw = jsonb_set(raw, '{metadata}', "
            """'{"goods": "a dinner", "goods_value": "40.00"}') where captured_cents = 10000"""
        )
    )
    session.commit()
    paper = tmp_path / "receipts.pdf"
    done = cli("reports", "letters", "acknowledgement", *DAYS, "--out", paper, "--send", "--json")
    written = pages(paper)
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default).get_content()
        for path in (tmp_path / "home/files/outbox").glob("*.eml")
    ]
    assert mails
    assert not [page for page in (*written, *mails) if "Paid for by" in page]
    due = session.scalar(
        text("select count(*) from stripe_charge where captured_cents >= 25000 or "
             "captured_cents = 10000")
    )  # fmt: skip
    assert json.loads(done.stdout)["written"] == len(written) == due
    with_goods = [page for page in written if "a dinner" in page]
    assert with_goods
    assert all("$60.00" in page for page in with_goods)
    assert all("No goods or services" in page for page in written if page not in with_goods)
    package = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)
    assert "rows/fundraisers.csv" in package["files"]
    assert cli("reports", "fec", "--form", "F3", "--report", "Q3").exit_code == 2


@pytest.mark.parametrize("kind", ["acknowledgement", "year-end"])
def test_nobody_is_thanked_for_what_went_back(
    session: Session, cli: Cli, tmp_path: Path, kind: str
) -> None:
    """A letter for the tax return counts what was kept, whenever the rest was given back."""
    shape = Shape(seed=14, charges=60, kind="nonprofit", refund_share=0, dispute_share=0)
    write_books(session, shape)
    given = session.execute(
        text("select id, captured_cents, payer_name from stripe_charge c where not exists (select "
             "from stripe_charge o where o.payer_name = c.payer_name and o.id <> c.id) "
             "and captured_cents >= 50000 order by id limit 2")
    ).all()  # fmt: skip
    whole, part = given
    back = {whole.id: whole.captured_cents, part.id: part.captured_cents - 30_001}
    session.execute(
        text("insert into stripe_refund (id, charge, status, amount_cents, currency, created_at,"
             " raw, fetched_at) values ('re_' || :charge, :charge, 'succeeded', :cents, 'usd',"
             " '2026-11-15T12:00:00Z', '{}', now())"),
        [{"charge": charge, "cents": cents} for charge, cents in back.items()],
    )  # fmt: skip
    session.commit()
    paper = tmp_path / "letters.pdf"
    assert cli("reports", "letters", kind, *DAYS, "--out", paper).exit_code == 0
    written = pages(paper)
    assert not [page for page in written if whole.payer_name in page]
    (letter,) = (page for page in written if part.payer_name in page)
    assert "$300.01" in letter


@pytest.mark.parametrize("kind", ["acknowledgement", "year-end"])
def test_a_political_committee_speaks_of_no_deduction(
    books: Session, cli: Cli, tmp_path: Path, kind: str
) -> None:
    paper = tmp_path / "letters.pdf"
    assert cli("reports", "letters", kind, *DAYS, "--out", paper).exit_code == 0
    written = [" ".join(page.split()) for page in pages(paper)]
    assert written
    assert all("not deductible for federal income tax" in page for page in written)
    assert not [page for page in written if "tax records" in page or " 1 gifts" in page]


def test_large_gifts_before_an_election_are_told_in_a_notice(
    session: Session, cli: Cli, clock: Any, tmp_path: Path
) -> None:
    clock.set(datetime(2026, 10, 25, tzinfo=UTC))
    write_books(
        session,
        Shape(seed=13, charges=60, first_day=date(2026, 10, 10), last_day=date(2026, 11, 2),
              amounts=(99_999, 100_000), weights=(1, 1)),
    )  # fmt: skip
    session.commit()
    file = tmp_path / "f6.fec"
    done = json.loads(cli("reports", "fec", "--form", "F6", "--out", file, "--json").stdout)
    expected = session.scalar(
        text(
            "select count(*) from stripe_charge where captured_cents >= 100000 and "
            "(created_at at time zone 'America/New_York')::date "
            "between '2026-10-15' and '2026-10-31'"
        )
    )
    filing = hardmoney.parse_file(file)
    assert filing.validate().is_acceptable
    assert done["gifts"] == len(filing.lines_for("F65")) == expected
    assert done["gifts"] > 0


def test_where_no_gift_is_large_no_notice_is_written(
    session: Session, cli: Cli, clock: Any, tmp_path: Path
) -> None:
    clock.set(datetime(2026, 10, 25, tzinfo=UTC))
    write_books(
        session,
        Shape(seed=13, charges=20, first_day=date(2026, 10, 16), last_day=date(2026, 10, 24),
              amounts=(99_999,), weights=(1,)),
    )  # fmt: skip
    session.commit()
    file = tmp_path / "f6.fec"
    done = cli("reports", "fec", "--form", "F6", "--out", file, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["gifts"], told["amount_cents"], told["path"]) == (0, 0, None)
    assert not list(tmp_path.glob("*.fec"))


def test_a_redesignation_is_a_pair_of_memo_items(
    books: Session, cli: Cli, clock: Any, tmp_path: Path
) -> None:
    clock.set(datetime(2026, 9, 29, 12, tzinfo=UTC))
    charge = books.scalar(
        text(
            "select id from stripe_charge where captured_cents >= 50000 and refunded_cents = 0 "
            "order by id limit 1"
        )
    )
    enter = ("reports", "remedy", charge, "--as", "redesignation", "--because", "letter 7")
    assert "may still be moved" in cli(*enter, "--amount", "999999", "--to", "G2028").stderr
    assert cli(*enter, "--amount", "100", "--to", "next").exit_code == 2
    unsaid = cli(*enter[:-1], " ", "--amount", "100", "--to", "G2028")
    assert unsaid.exit_code == 2
    assert "where the giver's signed letter is kept" in unsaid.stderr
    assert cli(*enter, "--amount", "100.00", "--to", "G2028").exit_code == 0
    file = tmp_path / "q3.fec"
    assert cli("reports", "fec", "--form", "F3", "--report", "Q3", "--out", file).exit_code == 0
    filing = hardmoney.parse_file(file)
    memos = [line for line in filing.lines_for("SchA") if line.is_memo]
    assert [line["contribution_amount"] for line in memos] == ["-100.00", "100.00"]
    assert {line["election_code"] for line in memos} == {"G2026", "G2028"}
    assert len({line["back_reference_tran_id"] for line in memos}) == 1
    behind = memos[0]["back_reference_tran_id"]
    gift = next(line for line in filing.lines_for("SchA") if line["transaction_id"] == behind)
    assert gift["memo_text"] == "REDESIGNATION BELOW"
    assert filing.reconcile().balances


def test_money_from_outside_is_carried(books: Session, cli: Cli, tmp_path: Path) -> None:
    outside = tmp_path / "outside.toml"
    outside.write_text(
        """
        [opening]
        as_of = 2026-07-01
        cash_on_hand = "1000.00"
        [[receipts]]
        line = "SA11C"
        on = 2026-08-03
        amount = "2500.00"
        organisation = "Example Workers PAC"
        committee_id = "C00999888"
        street = "1 Example Plaza"
        city = "Columbus"
        state = "OH"
        zip = "43004"
        election = "G2026"
        [[payments]]
        line = "SB17"
        on = 2026-08-15
        amount = "100.00"
        organisation = "Example Calls LLC"
        purpose = "Telemarketing / fundraising calls"
        category = "003"
        pays_debt_of = "OHIO"
        """,
        encoding="utf-8",
    )
    file = tmp_path / "q3.fec"
    report = ("reports", "fec", "--form", "F3", "--report", "Q3", "--out", file)
    result = cli(*report, "--outside", outside, "--json")
    assert result.exit_code == 0, result.stdout
    cover = json.loads(result.stdout)["cover"]
    assert cover["cash_on_hand_beginning_period"] == 100_000
    assert cover["pac_contributions"] == 250_000
    debts = {line["creditor_organization_name"]: line for line in
             hardmoney.parse_file(file).lines_for("SchD")}  # fmt: skip
    assert debts["Example Calls LLC"]["payment_amount_this_period"] == "100.00"
    outside.write_text('[[receipts]]\nline = "SB99"\n', encoding="utf-8")
    wrong = cli(*report, "--outside", outside)
    assert wrong.exit_code == 2
    assert "no line 'SB99'" in wrong.stderr


def test_the_law_of_elections_is_not_a_nonprofits(session: Session, cli: Cli) -> None:
    write_books(session, Shape(seed=12, charges=80, kind="nonprofit", unknown_employer_share=1))
    session.commit()
    asked = cli("reports", "letters", "best-efforts", *DAYS)
    assert (asked.exit_code, len(asked.stderr.strip().splitlines())) == (2, 1)
    figures = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)["figures"]
    assert figures["best-efforts.count"] == figures["sources.count"] == 0
