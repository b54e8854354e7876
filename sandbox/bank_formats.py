"""The bank's statements as files: CSV, OFX, camt.053 and BAI2, of the same lines.

Layouts: OFX 1.0.2; ISO 20022 camt.053.001.08; BAI2 (Cash Management Balance Reporting, version 2).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from itertools import groupby
from xml.sax.saxutils import escape

from campaign.money import to_major

ACCOUNT = "000123456789"
ROUTING = "110000000"


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of the account: money in is positive."""

    booked_on: date
    amount: int
    currency: str
    description: str
    reference: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines in the order of their days, and what the account held before them."""

    lines: Sequence[BankLine]
    opening: int = 0
    currency: str = "usd"

    @property
    def closing(self) -> int:
        """What the account holds after them."""
        return self.opening + sum(line.amount for line in self.lines)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        booked = [line.booked_on for line in self.lines] or [date(2026, 1, 1)]
        return min(booked), max(booked)


def as_csv(statement: Statement) -> str:
    """Return the lines as a CSV statement, amounts signed and in dollars."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["date", "amount", "description", "reference"])
    for line in statement.lines:
        amount = to_major(line.amount, line.currency)
        writer.writerow([line.booked_on.isoformat(), amount, line.description, line.reference])
    return text.getvalue()


def as_ofx(statement: Statement) -> str:
    """Return the lines as an OFX statement, as banks in the United States export it."""
    first, last = statement.days
    rows = "\r\n".join(_ofx_line(number, line) for number, line in enumerate(statement.lines, 1))
    return (
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\n"
        "CHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        f"<DTSERVER>{last:%Y%m%d}<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>"
        "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS>"
        f"<CURDEF>{statement.currency.upper()}<BANKACCTFROM><BANKID>{ROUTING}<ACCTID>{ACCOUNT}"
        "<ACCTTYPE>CHECKING</BANKACCTFROM>"
        f"<BANKTRANLIST><DTSTART>{first:%Y%m%d}<DTEND>{last:%Y%m%d}\r\n"
        f"{rows}\r\n</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>{to_major(statement.closing, statement.currency)}"
        f"<DTASOF>{last:%Y%m%d}</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"
    )


def _ofx_line(number: int, line: BankLine) -> str:
    kind = "CREDIT" if line.amount >= 0 else "DEBIT"
    return (
        f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{line.booked_on:%Y%m%d}"
        f"<TRNAMT>{to_major(line.amount, line.currency)}"
        f"<FITID>{line.booked_on:%Y%m%d}{number:06d}<NAME>{line.description[:32]}"
        f"<MEMO>{line.reference}</STMTTRN>"
    )


def as_camt(statement: Statement) -> str:
    """Return the lines as camt.053.001.08."""
    first, last = statement.days
    entries = "".join(map(_camt_entry, statement.lines))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>S{last:%Y%m%d}</MsgId><CreDtTm>{last}T23:59:59Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>S{first:%Y%m%d}-{last:%Y%m%d}</Id><CreDtTm>{last}T23:59:59Z</CreDtTm>"
        f"<FrToDt><FrDtTm>{first}T00:00:00Z</FrDtTm><ToDtTm>{last}T23:59:59Z</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id>"
        f"<Ccy>{statement.currency.upper()}</Ccy></Acct>"
        f"{_camt_balance('OPBD', statement.opening, first, statement.currency)}"
        f"{_camt_balance('CLBD', statement.closing, last, statement.currency)}"
        f"{entries}</Stmt></BkToCstmrStmt></Document>\n"
    )


def _camt_amount(amount: int, currency: str) -> str:
    sign = "CRDT" if amount >= 0 else "DBIT"
    major = to_major(abs(amount), currency)
    return f'<Amt Ccy="{currency.upper()}">{major}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'


def _camt_balance(kind: str, amount: int, day: date, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_camt_amount(amount, currency)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _camt_entry(line: BankLine) -> str:
    reference, text = escape(line.reference), escape(line.description)
    return (
        f"<Ntry>{_camt_amount(line.amount, line.currency)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.booked_on}</Dt></BookgDt><ValDt><Dt>{line.booked_on}</Dt></ValDt>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
        f"</BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def as_bai2(statement: Statement) -> str:
    """Return the lines as BAI2: a group a day, balances and control totals as banks fill them."""
    records: list[str] = []
    totals: list[int] = []
    held = statement.opening
    _, last = statement.days
    for day, lines in groupby(statement.lines, key=lambda line: line.booked_on):
        total, group, held = _bai2_day(day, list(lines), held, statement.currency)
        totals.append(total)
        records += group
    head = f"01,{ROUTING},PLEDGELINE,{last:%y%m%d},2359,1,80,,2/"
    return "\n".join([head, *records, f"99,{sum(totals)},{len(totals)},{len(records) + 2}/", ""])


def _bai2_day(
    day: date, lines: list[BankLine], opening: int, currency: str
) -> tuple[int, list[str], int]:
    closing = opening + sum(line.amount for line in lines)
    details = [_bai2_line(line) for line in lines]
    total = opening + closing + sum(abs(line.amount) for line in lines)
    account = [
        f"03,{ACCOUNT},{currency.upper()},010,{opening},,,015,{closing},,/",
        *details,
    ]
    account.append(f"49,{total},{len(account) + 1}/")
    head = f"02,PLEDGELINE,{ROUTING},1,{day:%y%m%d},2359,{currency.upper()},2/"
    group = [head, *account, f"98,{total},1,{len(account) + 2}/"]
    return total, group, closing


def _bai2_line(line: BankLine) -> str:
    code = "165" if line.amount >= 0 else "455"
    return f"16,{code},{abs(line.amount)},Z,,{line.reference},{line.description}"
