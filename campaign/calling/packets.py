"""What an outsourced team is handed: the least that a call needs, under ids of this packet only.

Control records, numbers of our own, are mixed in: whoever else calls them had the list.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaign.calling.results import COLUMNS, DISPOSITIONS
from campaign.calling.scripts import Question
from campaign.cells import neutral
from campaign.money import to_major

CALL_COLUMNS = (
    *("packet_row_id", "phone", "first_name", "last_name", "language", "asks", "headroom"),
    *("call_from", "call_until", "say"),
)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"  # nothing that is misread


@dataclass(frozen=True, slots=True)
class PacketCall:
    """One row of a packet."""

    packet_row_id: str
    phone: str
    first_name: str
    last_name: str
    language: str
    asks_cents: tuple[int, ...]
    headroom_cents: int | None
    call_from: datetime
    call_until: datetime
    say: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the row as text; no cell can run as a spreadsheet's formula."""
        near = self.headroom_cents is not None and (
            not self.asks_cents or self.headroom_cents <= 2 * self.asks_cents[0]
        )
        return (
            self.packet_row_id,
            self.phone,
            neutral(self.first_name),
            neutral(self.last_name),
            self.language,
            "; ".join(to_major(cents) for cents in self.asks_cents),
            # Told only where it may be reached: it says what somebody gave.
            to_major(self.headroom_cents or 0) if near else "",
            self.call_from.isoformat(),
            self.call_until.isoformat(),
            self.say,
        )


def new_id() -> str:
    """Return an id that says nothing about anybody; about 59 bits of chance."""
    return "R" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


def contents(
    code: str,
    calls: Sequence[PacketCall],
    scripts: Mapping[str, str],
    facts: Mapping[str, str],
    questions: Sequence[Question] = (),
) -> dict[str, bytes]:
    """Return the files of a packet: calls, scripts, codes, and a manifest with hashes."""
    files = {"calls.csv": _csv(CALL_COLUMNS, (call.cells() for call in calls))}
    for language, body in sorted(scripts.items()):
        files[f"script-{language}.txt"] = body.encode()
    files["dispositions.csv"] = _csv(("disposition",), ((name,) for name in DISPOSITIONS))
    codes = [question.code for question in questions]
    files["results-template.csv"] = _csv((*COLUMNS, *codes), ())
    if questions:
        asked = ((each.code, each.text, each.wanted) for each in questions)
        files["questions.csv"] = _csv(("question", "text", "answer"), asked)
    files["README.txt"] = _README.format(code=code, **facts).encode()
    manifest = {
        "packet": code,
        **facts,
        "rows": len(calls),
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }
    return files | {"manifest.json": json.dumps(manifest, indent=2).encode()}


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode()


_README = """Packet {code} for {team}, campaign {campaign}.

Call each row of calls.csv between call_from and call_until (UTC), and never after {expires_at}.
Ask no more than the asks; where headroom is given, take no pledge above it: the law forbids it.
Read the whole script of the row's language, and what stands under "say".

Return one CSV file with the columns of results-template.csv, a line for every call, and at least
one line for every row. Use the codes of dispositions.csv. Times carry their offset from UTC.
Where there is a questions.csv, ask those too: its answers stand in columns named by the question.
Send it as often as you like; each call_id counts once.

Who asks not to be called again is never called again: write do_not_call.
Delete this packet and every copy on {expires_at}, and certify it to the campaign.
"""
