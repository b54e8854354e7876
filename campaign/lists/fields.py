"""What a list can tell about a person, and the columns of a normalised part."""

from __future__ import annotations

import csv
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

import pyarrow as pa

# Fields that several columns of one file may fill: the first good value leads; of refusals any.
REPEATABLE = frozenset({"phone", "email", "do_not_call", "no_contact_by", "deceased"})
# What stands beside a phone in a column of its own.
PIECES = frozenset({"calling_code", "area_code", "phone_exchange", "phone_extension"})
# A street in pieces, as registers of voters write it, in the order of an address.
STREET = (
    *("street_number", "street_before", "street", "street_type", "street_after"),
    *("unit_type", "street_2"),
)
ADDRESS = ("street", "city", "state", "postal_code", *sorted({*STREET} - {"street"}), "country")
NAMES = frozenset({"first_name", "last_name", "full_name", "name_last_first"})
# In a mapping: a column that is left out, and one that is kept beside the fields.
IGNORE, KEEP = "ignore", "keep"

# Columns at fixed places: of each name, its first and its last sign in a line, from 1.
Places = dict[str, tuple[int, int]]

# Beside the cells of a row: its number, what is wrong with it, and how a broken one was written.
OURS = "pledgeline:"
ROW, PROBLEM, RAW = f"{OURS}row", f"{OURS}problem", f"{OURS}raw"
EMPTY = "the row is empty"  # why a row of nothing but delimiters is set aside

# The column of our own files of rejected rows that says where each came from.
REJECTED = "Pledgeline row"

# One row of a list, normalised. Columns that nobody mapped follow, each with this prefix.
EXTRA = "extra:"
NORMALISED = pa.schema(
    [
        ("source_row", pa.int64()),
        ("reason", pa.string()),  # why the row is set aside; null: it is not
        ("fingerprint", pa.int64()),
        ("external_id", pa.string()),
        ("person_number", pa.string()),  # digests: the number itself is not kept
        ("gift_id", pa.string()),
        ("prefix", pa.string()),
        ("first_name", pa.string()),
        ("middle_name", pa.string()),
        ("last_name", pa.string()),
        ("suffix", pa.string()),
        ("partner", pa.string()),
        ("gender", pa.string()),
        ("phone_e164", pa.string()),
        ("line_type", pa.string()),
        ("phone_timezone", pa.string()),
        ("phone_extension", pa.string()),
        ("more_phones", pa.string()),  # E.164 numbers with their line types, a blank between
        ("email", pa.string()),
        ("more_emails", pa.string()),
        ("street", pa.string()),
        ("city", pa.string()),
        ("state", pa.string()),
        ("postal_code", pa.string()),
        ("country", pa.string()),
        ("county", pa.string()),
        ("timezone", pa.string()),
        ("birth_date", pa.date32()),
        ("birth_year", pa.int32()),
        ("language", pa.string()),
        ("occupation", pa.string()),
        ("employer", pa.string()),
        ("amount_cents", pa.int64()),
        ("currency", pa.string()),
        ("given_on", pa.date32()),
        ("election_code", pa.string()),
        ("is_recurring", pa.bool_()),
        ("consent_call", pa.bool_()),
        ("do_not_call", pa.bool_()),
        ("deceased", pa.bool_()),
    ]
)


def field_names() -> frozenset[str]:
    """Return every field that a mapping may name."""
    others = {IGNORE, KEEP, "payment_status", "payment_type", "recurrence_number"}
    return frozenset(read_rules("list_columns.toml")) | others


def read_rules(name: str) -> dict[str, Any]:
    """Return one of the tables in `rules/`."""
    return tomllib.loads(resources.files("rules").joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def given_names() -> dict[str, str | None]:
    """Return common given names in lower case, with who bears them: m, f, or both."""
    text = resources.files("rules").joinpath("given_names.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["name"]: row["gender"] or None for row in rows}
