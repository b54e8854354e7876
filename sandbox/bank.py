"""The sandbox's bank: it receives payouts, gives some back, and writes statements."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path

from campaign.money import to_major


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of the account: money in is positive."""

    booked_on: date
    amount: int
    currency: str
    description: str
    reference: str


@dataclass
class Bank:
    """One account at the bank, an account number a currency."""

    lines: list[BankLine] = field(default_factory=list)

    def book(
        self, day: date, amount: int, description: str, reference: str, currency: str = "usd"
    ) -> None:
        """Write a line."""
        self.lines.append(BankLine(day, amount, currency, description, reference))

    def between(
        self, first: date | None = None, last: date | None = None, currency: str = "usd"
    ) -> list[BankLine]:
        """Return the lines of these days, both included, in the order of the days."""
        wanted = (
            line
            for line in self.lines
            if line.currency == currency
            and (first is None or line.booked_on >= first)
            and (last is None or line.booked_on <= last)
        )
        return sorted(wanted, key=lambda line: line.booked_on)

    def write_csv(self, path: Path, first: date | None = None, last: date | None = None) -> int:
        """Write a statement as `date, amount, description, reference`; return how many lines."""
        lines = self.between(first, last)
        path.write_text(statement_csv(lines), encoding="utf-8", newline="")
        return len(lines)

    def write_ofx(self, path: Path, first: date | None = None, last: date | None = None) -> int:
        """Write a statement as OFX 1.0.2; return how many lines."""
        lines = self.between(first, last)
        path.write_text(statement_ofx(lines), encoding="ascii", newline="")
        return len(lines)


def statement_csv(lines: Iterable[BankLine]) -> str:
    """Return the lines as a CSV statement, amounts signed and in dollars."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["date", "amount", "description", "reference"])
    for line in lines:
        amount = to_major(line.amount, line.currency)
        writer.writerow([line.booked_on.isoformat(), amount, line.description, line.reference])
    return text.getvalue()


def statement_ofx(lines: list[BankLine]) -> str:
    """Return the lines as an OFX statement, as banks in the United States export it."""
    days = [line.booked_on for line in lines] or [date(2026, 1, 1)]
    total = sum(line.amount for line in lines)
    rows = "\r\n".join(_ofx_line(number, line) for number, line in enumerate(lines, start=1))
    return (
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\n"
        "CHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        f"<DTSERVER>{max(days):%Y%m%d}<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>"
        "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS>"
        "<CURDEF>USD<BANKACCTFROM><BANKID>110000000<ACCTID>000123456789"
        "<ACCTTYPE>CHECKING</BANKACCTFROM>"
        f"<BANKTRANLIST><DTSTART>{min(days):%Y%m%d}<DTEND>{max(days):%Y%m%d}\r\n"
        f"{rows}\r\n</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>{to_major(total)}<DTASOF>{max(days):%Y%m%d}</LEDGERBAL>"
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
