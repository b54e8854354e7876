"""Whatever is sent as a list: a sentence, or accounts that add up."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from html import escape
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.support.list_files import HEADER, read_rows

_CELL = st.one_of(
    st.sampled_from(["", "n/a", "Null", "(617) 555-0142", "4.155550142E+09", "=1+1", "02139",
                     "31/12/2025", "1,5", "$1,000.00", "a@b.example", "x\ny", '"', "\x00", "é",
                     '="02139"', '"Donor","DNC"', "MA 02139", "Page 2 of 3", "* a note",
                     "Jo Doe 617-555-0142", "Jo <jo@b.example>", "617-555-0142 x1 / 0143 x2",
                     "Boston 02139", "-----", "🎉", "O&amp;#39;Dea <b>", "Home Fax", "The late J"]),
    st.text(max_size=12),
)  # fmt: skip
_NAMES = st.sampled_from(
    ["First Name", "Nachname", "Cell", "Email", "Addr1", "St", "Zip+4", "Amt", "Gift Dt", "DNC?",
     "OK to call", "Name", "Notes", "Notes", "Total", "Status", "D.O.B.", "Caller email", "",
     "Contact Value", "Contact Type", "Phone Type", "City & Zip", "giftAmountCents", "REGADDRCITY",
     "Donor", "Street Name", "Amount (EUR)", "Amount (cents)", "Gift Date (dd/mm/yyyy)"]
)  # fmt: skip


def _packed(kind: str, header: list[str], rows: list[list[str]]) -> bytes:
    """Return a table as somebody may send it; text files are ragged and their quotes may break."""
    body = "\n".join(",".join(row) for row in [header, *rows])
    if kind == "xlsx":
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for place, row in enumerate([["A title"], [], header, *rows]):
                for column, cell in enumerate(row):
                    sheet.write_string(place, column, "".join(c for c in cell if c >= " "))
        return out.getvalue()
    if kind == "page":
        cells = ("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) for row in [header, *rows])
        return f"<table>{''.join(cells)}</table>".encode("utf-8", "replace")
    if kind == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("list.csv", body.encode("utf-8", "replace"))
        return out.getvalue()
    plain = {"utf-16": "utf-16", "cp1252": "cp1252"}.get(kind, "utf-8")
    text = body.replace(",", ";") if kind == "semicolons" else body
    data = text.encode(plain, "replace")
    return gzip.compress(data) if kind == "gz" else data


@given(
    kind=st.sampled_from(["csv", "semicolons", "utf-16", "cp1252", "gz", "zip", "xlsx", "page"]),
    names=st.one_of(st.just(HEADER), st.lists(_NAMES, min_size=1, max_size=9)),
    rows=st.lists(st.lists(_CELL, min_size=0, max_size=11), min_size=1, max_size=8),
)
@settings(
    max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_comes_the_accounts_add_up(
    cli: Any, database: Engine, tmp_path: Path, kind: str, names: list[str], rows: list[list[str]]
) -> None:
    path = tmp_path / f"fuzz.{kind}"
    path.write_bytes(_packed(kind, names, rows))
    account = _account(cli, path)
    if account is None:
        return
    assert _account(cli, path) is not None
    if account["rejects_file"] is None:
        assert account["quarantined"] == 0 or account["status"] == "stopped"
        return
    assert len(read_rows(Path(account["rejects_file"]))) == account["quarantined"]
    again = _account(cli, Path(account["rejects_file"]))
    assert again is None or again["rows_read"] == account["quarantined"]


def _account(cli: Any, path: Path) -> dict[str, Any] | None:
    """Bring a file in and return its account, whole; nothing where it was refused in a sentence."""
    done = cli("lists", "import", path, "--source", "FUZZ", "--json")
    assert done.exit_code in (0, 1, 2), done.stderr
    assert "unforeseen" not in done.stderr
    if done.exit_code == 2:
        assert len(done.stderr.strip().splitlines()) == 1
        return None
    account: dict[str, Any] = json.loads(done.stdout)
    ends = ("imported", "merged", "unchanged", "quarantined")
    assert account["rows_read"] == sum(account[end] for end in ends)
    return account
