"""People out: to a file, as a story; and what a person says of two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from campaign.cells import FORMULA
from campaign.errors import FileError, InputError
from campaign.lists.columns import as_json
from campaign.lists.fields import EXTRA, NORMALISED
from gateways.whole_files import written_whole
from store import people
from store.session import unit_of_work
from tasks.policies import step

_NOT_SHOWN = ("source_row", "reason", "fingerprint", "person_number")
_VALUES = [field.name for field in NORMALISED if field.name not in _NOT_SHOWN]


@step
def export_donors(path: str, *, by_row: bool) -> int:
    """Write a row a person, or a row a source row; return how many."""
    target = Path(path)
    if not target.parent.is_dir():
        raise FileError(f"There is no folder {target.parent} to write into.")
    with written_whole(target) as temporary, unit_of_work() as session:
        if by_row:
            tables = (
                _row_table(source, batch_id, ends, values)
                for source, batch_id, ends, values in people.exported_rows(session)
            )
            count = _write(temporary, tables, _row_table("", 0, _NO_ENDS, NORMALISED.empty_table()))
        else:
            table = people.exported_donors(session)
            count = _write(temporary, iter([table]), table.slice(0, 0))
    return count


_NO_ENDS = pa.schema(
    [
        ("source_row", pa.int64()),
        ("donor_id", pa.int64()),
        ("disposition", pa.string()),
        ("reason", pa.string()),
    ]
).empty_table()


def _row_table(source: str, batch_id: int, ends: pa.Table, values: pa.Table) -> pa.Table:
    rows = ends.num_rows
    table = pa.table(
        {
            "source": pa.repeat(pa.scalar(source), rows),
            "batch_id": pa.repeat(pa.scalar(batch_id), rows),
            **{name: ends[name] for name in ends.column_names},
        }
    )
    for name in _VALUES:
        column = values[name].cast(NORMALISED.field(name).type)
        if name == "more_phones":  # the numbers alone; a sum to a spreadsheet if a blank parts them
            column = pc.replace_substring_regex(column, r":\w+", "")
            column = pc.replace_substring(column, " ", "; ")
        table = table.append_column(name, column)
    extra = {
        name.removeprefix(EXTRA): pc.cast(values[name].combine_chunks(), pa.string())
        for name in values.column_names
        if name.startswith(EXTRA)
    }
    return table.append_column("kept", pc.cast(as_json(extra, rows), pa.string()))


def _write(path: Path, tables: Any, empty: pa.Table) -> int:
    count = 0
    options = pa_csv.WriteOptions(quoting_style="needed")
    with pa_csv.CSVWriter(path, empty.schema, write_options=options) as writer:
        for table in tables:
            writer.write_table(_neutral(table))
            count += table.num_rows
    return count


def _neutral(table: pa.Table) -> pa.Table:
    """Return the table with texts that no spreadsheet takes for a formula."""
    for place, field in enumerate(table.schema):
        if field.type == pa.string():
            column = table[field.name]
            risky = pc.fill_null(pc.match_substring_regex(column, FORMULA), False)
            if pc.any(risky).as_py():
                safe = pc.binary_join_element_wise("'", column, "")
                table = table.set_column(place, field, pc.if_else(risky, safe, column))
    return table


@step
def donor_story(donor_id: int) -> dict[str, Any]:
    """Return every merge, exclusion and hold of a person, with its rule."""
    with unit_of_work() as session:
        found = people.story(session, donor_id)
    if found is None:
        raise InputError(f"There is no donor {donor_id}; 'pledgeline donors export' lists them.")
    return found
