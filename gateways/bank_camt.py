"""Statements as camt.053 (and camt.052) of ISO 20022, read with entities and DTDs refused.

What the elements mean: ISO 20022 Message Definition Report, Bank-to-Customer Cash Management.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from campaign.books.statements import BankRow, BankStatement, account_key, one_text
from campaign.errors import FileError
from campaign.money import AmountError, parse_minor

_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)


def looks_like_camt(head: bytes) -> bool:
    """Whether the beginning of a file is a bank's XML."""
    return b"camt.05" in head or b"<BkToCstmr" in head


def read_camt(path: Path, content: bytes) -> list[BankStatement]:
    """Return the file's statements; FileError when it is none."""
    try:
        root = _plain(fromstring(content, forbid_dtd=True))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise FileError(f"{path.name} is not a camt.053 file that can be read.") from error
    found = [*root.iter("Stmt"), *root.iter("Rpt")]
    if not found:
        raise FileError(f"{path.name} is XML, but no camt.053 statement.")
    try:
        return [_statement(one) for one in found]
    except AmountError as error:
        raise FileError(f"{path.name}: an amount cannot be read.") from error
    except ValueError as error:
        raise FileError(f"{path.name}: {error}") from error


def _plain(root: Element) -> Element:
    """Take the namespaces off: the versions of the message differ in little else."""
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def _statement(element: Element) -> BankStatement:
    account = element.find("Acct")
    number = _text(account, "Id/IBAN") or _text(account, "Id/Othr/Id")
    balances = list(element.findall("Bal"))
    told = _text(account, "Ccy") or next((_currency(b) for b in balances), "")
    entries = element.findall("Ntry")
    currency = (told or next((_currency(entry) for entry in entries), "usd")).lower()
    rows = [_row(entry) for entry in entries if _status(entry) in ("BOOK", "")]
    findings = [
        f"a balance is in {code}, the account in {currency}"
        for code in sorted({_currency(balance) for balance in balances} - {currency, ""})
    ]
    return BankStatement(
        "camt",
        account_key(number),
        currency,
        rows,
        opening_cents=_balance(balances, _OPENING),
        closing_cents=_balance(balances, _CLOSING),
        number=_text(element, "ElctrncSeqNb") or _text(element, "Id"),
        first_day=_optional_day(_text(element, "FrToDt/FrDtTm")),
        last_day=_optional_day(_text(element, "FrToDt/ToDtTm")),
        findings=findings,
    )


def _row(entry: Element) -> BankRow:
    currency = _currency(entry)
    # Of a reversal, too, it says which way the money went now.
    sign = _sign(entry)
    details = list(entry.iter("TxDtls"))
    references = [
        _text(holder, place)
        for holder in (*(one.find("Refs") for one in details), entry)
        for place in ("EndToEndId", "TxId", "InstrId", "AcctSvcrRef", "NtryRef")
    ]
    told = [text for text in references if text and text.upper() != "NOTPROVIDED"]
    words = [
        *(text.text for text in entry.iter("Ustrd")),
        *(_text(party, "Nm") or _text(party, "Pty/Nm") for party in entry.iter("Dbtr")),
        _text(entry, "AddtlNtryInf"),
        *told[1:],
    ]
    booked_on = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm")
    booked_on = booked_on or _text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm")
    return BankRow(
        _day(booked_on),
        sign * parse_minor(_text(entry, "Amt"), currency),
        currency,
        one_text(*words),
        told[0] if told else None,
    )


def _sign(element: Element) -> int:
    word = _text(element, "CdtDbtInd")
    if word not in ("CRDT", "DBIT"):
        raise ValueError("an entry does not say whether it is a credit or a debit.")
    return 1 if word == "CRDT" else -1


def _status(entry: Element) -> str:
    """Return BOOK, PDNG or INFO; newer versions put it into a code of its own."""
    return _text(entry, "Sts/Cd") or _text(entry, "Sts")


def _balance(balances: list[Element], kinds: tuple[str, ...]) -> int | None:
    for kind in kinds:
        for balance in balances:
            if _text(balance, "Tp/CdOrPrtry/Cd") == kind:
                return _sign(balance) * parse_minor(_text(balance, "Amt"), _currency(balance))
    return None


def _currency(element: Element) -> str:
    amount = element.find("Amt")
    return str(amount.get("Ccy", "")).lower() if amount is not None else ""


def _text(element: Element | None, place: str) -> str:
    found = element.find(place) if element is not None else None
    return (found.text or "").strip() if found is not None else ""


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text[:10]).date()
    except ValueError:
        raise ValueError("an entry has no day on which it was booked.") from None


def _optional_day(text: str) -> date | None:
    return _day(text) if text else None
