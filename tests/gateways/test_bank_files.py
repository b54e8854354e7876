"""Statements of many banks become the same lines; what cannot be read says where."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as quickly
from hypothesis import strategies as st

from campaign.errors import FileError
from campaign.money import to_major
from gateways.bank_files import read_statement

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
    (row,) = read_statement(path)
    assert (row.booked_on, row.amount_cents, row.currency) == (date(2026, 9, 3), cents, "usd")
    assert row.description == "STRIPE TRANSFER"
    assert row.reference == reference


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"a,b\n1,2\n", "needs the columns", id="other table"),
        pytest.param(b"date,amount\n2026-09-03,lots\n", "line 2: the amount", id="amount"),
        pytest.param(b"date,amount\nsoon,1.00\n", "line 2: the date", id="date"),
        pytest.param(b"date,amount\n", "no line", id="header only"),
        pytest.param(b"\x89PNG\x80\x81", "neither OFX nor", id="picture"),
        pytest.param(b"OFXHEADER:100\n<OFX><broken", "OFX file", id="broken ofx"),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=says):
        read_statement(path)


@quickly(deadline=None, max_examples=40)
@given(amounts=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_no_cent_changes_on_the_way(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("bank") / "b.csv"
    lines = [f"2026-09-03,{to_major(cents)},x," for cents in amounts]
    path.write_text("\n".join(["date,amount,description,reference", *lines]), encoding="utf-8")
    assert [row.amount_cents for row in read_statement(path)] == amounts
