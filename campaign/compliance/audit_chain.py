"""The audit chain: an entry's hash covers its content and the hash before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to what, and when; numbers run without gaps from 1."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    previous_hash: str


def entry_hash(entry: Entry) -> str:
    """Return the SHA-256 (hex) of the entry in canonical JSON."""
    content = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "previous": entry.previous_hash,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(chain: Iterable[tuple[Entry, str]]) -> tuple[int, str] | None:
    """Return the number of the first entry that does not fit and why, or None when all do."""
    previous, expected = GENESIS, 1
    for entry, stored in chain:
        if entry.number != expected:
            return expected, "an entry is missing"
        if entry.previous_hash != previous:
            return entry.number, "it does not follow the entry before it"
        if entry_hash(entry) != stored:
            return entry.number, "its content was changed"
        previous, expected = stored, expected + 1
    return None
