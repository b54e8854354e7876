"""Statements of many banks become the same lines; what cannot be read says where."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as quickly
from hypothesis import strategies as st

from campaign.books.statements import BankRow
from campaign.errors import FileError
from campaign.money import to_major
from gateways.bank_files import read_statements
from sandbox.bank import FORMATS
from sandbox.bank_formats import BankLine, Statement

OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260910
<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0
<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>2
<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260901<DTEND>20260930
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260903120000<TRNAMT>1234.56<FITID>F1<NAME>STRIPE
<MEMO>TRANSFER</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>1.00<DTASOF>20260930</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def rows_of(path: Path) -> list[BankRow]:
    return [row for statement in read_statements(path) for row in statement.rows]


@pytest.mark.parametrize(
    ("text", "cents", "reference"),
    [
        pytest.param(
            "date,amount,description,reference\n2026-09-03,1234.56,STRIPE TRANSFER,po_1\n",
            123_456,
            "po_1",
            id="ours",
        ),
        pytest.param(
            'Posting Date,Description,Amount,Type\n09/03/2026,STRIPE TRANSFER,"1,234.56",ACH\n',
            123_456,
            None,
            id="a bank's",
        ),
        pytest.param(
            "Account 12\n\nDate;Details;Debit;Credit\n09/03/2026;STRIPE TRANSFER;;1234.56\n",
            123_456,
            None,
            id="two columns under a title",
        ),
        pytest.param(
            "Date,Description,Withdrawals,Deposits\n2026-09-03,STRIPE TRANSFER,12.00,\n",
            -1_200,
            None,
            id="a withdrawal",
        ),
        pytest.param(
            "date,amount,description\n2026-09-03,(12.00),STRIPE TRANSFER\n",
            -1_200,
            None,
            id="brackets",
        ),
        pytest.param(OFX, 123_456, "F1", id="ofx"),
    ],
)
def test_a_line_is_read_exactly(
    tmp_path: Path, text: str, cents: int, reference: str | None
) -> None:
    path = tmp_path / "bank"
    path.write_text(text, encoding="utf-8")
    (row,) = rows_of(path)
    assert (row.booked_on, row.amount_cents, row.currency) == (date(2026, 9, 3), cents, "usd")
    assert row.description == "STRIPE TRANSFER"
    assert row.reference == reference


def test_a_statement_saved_on_windows_keeps_its_accents(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes("date,amount,description\n2026-09-03,5.00,Café Zürich\n".encode("cp1252"))
    assert rows_of(path)[0].description == "Café Zürich"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"a,b\n1,2\n", "needs the columns", id="other table"),
        pytest.param(
            b"First Name,E-mail,Date,Amount\nAnn,a@example.org,2026-09-01,5.00\n",
            "names people",
            id="gifts",
        ),
        pytest.param(b"date,amount\n2026-09-03,lots\n", "line 2: the amount", id="amount"),
        pytest.param(b"date,amount\nsoon,1.00\n", "line 2: the date", id="date"),
        pytest.param(b"date,amount\n", "no line", id="header only"),
        pytest.param(b"\x89PNG\x80\x81", "neither OFX", id="picture"),
        pytest.param(b"<Document>camt.053<broken", "not a camt.053 file", id="broken xml"),
        pytest.param(b"<a>camt.053</a>", "no camt.053 statement", id="other xml"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>camt.053 &b;</a>',
            "not a camt.053 file",
            id="an entity that reads a file",
        ),
        pytest.param(b"01,a,b,260903,1200,1,80,,2/\n99,x", "not a BAI2 file", id="broken bai2"),
        pytest.param(b"OFXHEADER:100\n<OFX><broken", "OFX file", id="broken ofx"),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=says):
        read_statements(path)


@quickly(deadline=None, max_examples=40)
@given(amounts=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_no_cent_changes_on_the_way(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("bank") / "b.csv"
    lines = [f"2026-09-03,{to_major(cents)},x," for cents in amounts]
    path.write_text("\n".join(["date,amount,description,reference", *lines]), encoding="utf-8")
    assert [row.amount_cents for row in rows_of(path)] == amounts


LINE = BankLine(date(2026, 9, 3), 123_456, "usd", "STRIPE TRANSFER", "po_1")


@pytest.mark.parametrize("form", sorted(FORMATS))
@quickly(deadline=None, max_examples=25)
@given(
    lines=st.lists(
        st.builds(
            BankLine,
            st.dates(date(2026, 9, 1), date(2026, 9, 30)),
            st.integers(-(10**9), 10**9),
            st.just("usd"),
            st.sampled_from(["STRIPE TRANSFER", "RENT & LIGHT", "FEE, MONTHLY"]),
            st.sampled_from(["po_1", "x-2"]),
        ),
        min_size=1,
        max_size=12,
    ),
    opening=st.integers(0, 10**6),
)
def test_every_format_tells_the_same_lines_and_its_balances_add_up(
    tmp_path_factory: pytest.TempPathFactory, form: str, lines: list[BankLine], opening: int
) -> None:
    lines.sort(key=lambda line: line.booked_on)
    path = tmp_path_factory.mktemp("bank") / "statement"
    path.write_text(FORMATS[form](Statement(lines, opening)), encoding="utf-8")
    statements = read_statements(path)
    told = [(row.booked_on, row.amount_cents, row.currency) for row in rows_of(path)]
    assert told == [(line.booked_on, line.amount, line.currency) for line in lines]
    for statement in statements:
        assert statement.account == ("" if form == "csv" else "6789")
        assert not statement.findings
        if form in ("camt", "bai2"):
            assert statement.opening_cents is not None
            total = sum(row.amount_cents for row in statement.rows)
            assert statement.opening_cents + total == statement.closing_cents


def test_the_banks_own_day_counts_whatever_its_time_zone(tmp_path: Path) -> None:
    path = tmp_path / "evening.ofx"
    path.write_text(OFX.replace("20260903120000", "20260903233000[-5:EST]"), encoding="ascii")
    assert [row.booked_on for row in rows_of(path)] == [date(2026, 9, 3)]


def test_pending_entries_of_camt_are_not_booked(tmp_path: Path) -> None:
    path = tmp_path / "s.xml"
    text = FORMATS["camt"](Statement([LINE, LINE]))
    path.write_text(text.replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", 1), encoding="utf-8")
    assert len(rows_of(path)) == 1


@pytest.mark.parametrize(
    ("amounts", "balances", "finding", "ends"),
    [
        pytest.param((5, 2), (105, 107), [], (100, 107), id="oldest first"),
        pytest.param((2, 5), (107, 105), [], (100, 107), id="newest first"),
        pytest.param((5, 2), (105, 108), ["line 2"], (None, None), id="a gap"),
    ],
)
def test_a_running_balance_is_checked(
    tmp_path: Path,
    amounts: tuple[int, ...],
    balances: tuple[int, ...],
    finding: list[str],
    ends: tuple[int | None, int | None],
) -> None:
    path = tmp_path / "s.csv"
    rows = [f"2026-09-03,{a}.00,x,{b}.00" for a, b in zip(amounts, balances, strict=True)]
    path.write_text("\n".join(["Date,Amount,Description,Balance", *rows]), encoding="utf-8")
    (statement,) = read_statements(path)
    assert [text[-6:] for text in statement.findings] == finding
    cents = tuple(None if end is None else end * 100 for end in ends)
    assert (statement.opening_cents, statement.closing_cents) == cents


@pytest.mark.timeout(30)  # the library would read the last record again and again
def test_a_bai2_file_that_breaks_off_is_refused_wherever_it_does(tmp_path: Path) -> None:
    path = tmp_path / "s.bai"
    lines = FORMATS["bai2"](Statement([LINE, LINE])).splitlines()
    for kept in range(1, len(lines)):
        path.write_text("\n".join(lines[:kept]), encoding="utf-8")
        with pytest.raises(FileError, match="breaks off"):
            read_statements(path)


def test_a_bai2_file_whose_control_totals_are_wrong_is_read_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.bai"
    text = FORMATS["bai2"](Statement([LINE]))
    path.write_text(text.replace("123456,Z", "123457,Z"), encoding="utf-8")
    (statement,) = read_statements(path)
    assert statement.findings == ["the file's control totals are not those of its records"]
