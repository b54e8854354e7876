"""The donors' letter box: they read what the product put into its local outbox.

A letter is any file there that holds the address of a payment page of this sandbox; a file with
many addresses (text messages) holds one a line. Whom it is for is told by its `To:`, else by a
telephone number in it, else by name and ZIP code.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from sandbox.people import plain
from sandbox.population import Population

_PAGE = re.compile(r"/pay/(test_[0-9A-Za-z]+)")
_PART = re.compile(r"part \d+ of \d+")
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")
_PHONE = re.compile(r"\+1\d{10}")
_ZIP = re.compile(r"\b\d{5}\b")
READABLE = frozenset({".eml", ".txt", ".html", ".json", ".csv", ".svg", ".typ"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One page's address that reached one person; `is_part` when it asks for an instalment."""

    person_id: int
    code: str
    is_part: bool = False


def read_letters(outbox: Path, seen: set[str], population: Population) -> tuple[list[Letter], int]:
    """Return the letters not seen before, and how many reached nobody we know."""
    letters, lost = [], 0
    for path in _unread(outbox, seen):
        raw = path.read_bytes()
        to, text = _parse(raw) if path.suffix == ".eml" else ("", raw.decode("utf-8", "replace"))
        for code, words in _pages_in(text):
            person_id = _reader(population, to, words)
            if person_id is None:
                lost += 1
            else:
                letters.append(Letter(person_id, code, bool(_PART.search(words))))
    return letters, lost


def _unread(outbox: Path, seen: set[str]) -> Iterator[Path]:
    for path in sorted(outbox.rglob("*")) if outbox.is_dir() else []:
        name = str(path.relative_to(outbox))
        if path.suffix in READABLE and name not in seen and path.is_file():
            seen.add(name)
            yield path


def _pages_in(text: str) -> list[tuple[str, str]]:
    """Return each page's code with the words around it: its line, in a file of many messages."""
    codes = list(dict.fromkeys(_PAGE.findall(text)))
    if len(codes) < 2:
        return [(code, text) for code in codes]
    return [(code, line) for line in text.splitlines() for code in _PAGE.findall(line)]


def _parse(raw: bytes) -> tuple[str, str]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(message, EmailMessage):
        return "", ""
    body = message.get_body(("plain", "html"))
    return str(message.get("To", "")), str(body.get_content()) if body else ""


def _reader(population: Population, to: str, text: str) -> int | None:
    for address in _ADDRESS.findall(to):
        found = population.find(email=address, first_name=_greeted(text))
        if found is not None:
            return found
    for phone in _PHONE.findall(to or text):
        found = population.find(phone=phone, first_name=_greeted(text))
        if found is not None:
            return found
    return _by_name_and_zip(population, text)


def _greeted(text: str) -> str | None:
    greeting = re.search(r"(?:Dear|Hi|Hello)\s+([^\W\d_]+)", text)
    return greeting.group(1) if greeting else None


def _by_name_and_zip(population: Population, text: str) -> int | None:
    written = plain(text)
    for code in _ZIP.findall(text):
        for person_id in population.people_at(code):
            person = population.person(person_id)
            if plain(person["first_name"] + person["last_name"]) in written:
                return person_id
    return None
