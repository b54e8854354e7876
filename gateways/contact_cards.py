"""Contact cards (.vcf) as phones and address books write them: a row a card.

Cells are named as in a plain table, so that `campaign/lists` reads them like any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from gateways.file_bytes import Plain, open_plain

_BEGINS = b"BEGIN:VCARD"
# What the parts of a card's structured lines are, in their order.
_PARTS = {
    "N": ("Last Name", "First Name", "Middle Name", "Prefix", "Suffix"),
    "ADR": ("PO Box", "Unit", "Street", "City", "State", "Zip", "Country"),
    "ORG": ("Employer", "Department"),
}
_NAMES = {
    "FN": "Display Name", "TEL": "Phone", "EMAIL": "Email", "BDAY": "Birth Date",
    "TITLE": "Occupation", "NOTE": "Notes", "CATEGORIES": "Tags", "UID": "Card Id",
    "GENDER": "Gender",
}  # fmt: skip
_LEFT_OUT = frozenset({"BEGIN", "END", "VERSION", "PHOTO", "LOGO", "KEY", "SOUND", "PRODID", "REV"})
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BETWEEN_PARTS = re.compile(r"(?<!\\);")
_DAY = re.compile(r"^(\d{4})-?(\d\d)-?(\d\d)$")


def are_cards(path: Path) -> bool:
    """Whether a file begins as a contact card, whatever it is called."""
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().upper().startswith(_BEGINS)


def read_cards(path: Path, workspace: Path, name: str) -> list[tuple[str, ...]]:
    """Return a header and a row a card; what nobody knows stands under its own name."""
    cards = list(_cards(open_plain(path, workspace, name)))
    headers = list(dict.fromkeys(header for card in cards for header in card))
    headers.sort(key=lambda header: header == "Display Name")  # a name in its parts comes first
    return [tuple(headers), *(tuple(card.get(one, "") for one in headers) for card in cards)]


def _cards(plain: Plain) -> Iterator[dict[str, str]]:
    from vobject.base import ParseError, getLogicalLines, textLineToContentLine

    card: dict[str, str] = {}
    seen: Counter[str] = Counter()
    with plain.text() as file:
        for text, number in getLogicalLines(file, allowQP=True):
            try:
                line = textLineToContentLine(text, number)
            except (ParseError, LookupError, ValueError):  # no line, or in letters nobody knows
                card["Unread"] = f"{card.get('Unread', '')} {text}".strip()
                continue
            if line.name == "BEGIN" and card:  # a card without an end
                yield card
                card, seen = {}, Counter()
            card |= _cells(line.name, line.value, seen)
            if line.name == "END":
                yield card
                card, seen = {}, Counter()
    if card:
        yield card


def _cells(name: str, value: str, seen: Counter[str]) -> dict[str, str]:
    """Return the cells of a line; the second address or phone of a card is numbered."""
    if name in _LEFT_OUT or not value.strip(" ;"):
        return {}
    seen[name] += 1
    number = "" if seen[name] == 1 else f" {seen[name]}"
    if name in _PARTS:
        parts = zip(_PARTS[name], _BETWEEN_PARTS.split(value), strict=False)
        return {f"{part}{number}": _plain(text) for part, text in parts if text.strip()}
    text = _plain(value)
    if name == "TEL":
        text = re.sub(r"(?i)^tel:", "", text).replace(";ext=", " x")
    if name == "BDAY":
        text = _DAY.sub(r"\1-\2-\3", text.partition("T")[0])
    header = _NAMES.get(name, name.removeprefix("X-").replace("-", " ").title())
    return {f"{header}{number}": text}


def _plain(text: str) -> str:
    """Return a text without the signs that keep its commas and lines."""
    return _ESCAPED.sub(lambda one: "\n" if one[1] in "nN" else one[1], text).strip()
