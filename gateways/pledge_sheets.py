"""Pledges in a workbook: the sheet that has them, as a table of text."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from campaign.errors import FileError
from campaign.giving.pledge_file import REQUIRED, column_name
from config.scratch import scratch
from gateways.workbooks import Sheet, read_workbook


def read_pledge_sheet(path: Path) -> pd.DataFrame:
    """Return the first sheet with pledges, its header wherever it is; FileError where none has."""
    with scratch() as workspace:
        sheets = read_workbook(path, workspace)
    tables = (table for sheet in sheets if (table := _table_of(sheet, path.name)) is not None)
    found = next(tables, None)
    if found is None:
        needed = ", ".join(sorted(REQUIRED))
        raise FileError(f"No sheet of {path.name} has the columns {needed}.")
    return found


def _table_of(sheet: Sheet, name: str) -> pd.DataFrame | None:
    headed = (at for at, row in enumerate(sheet.rows) if set(map(column_name, row)) >= REQUIRED)
    place = next(headed, None)
    if place is None:
        return None
    table = pd.DataFrame(sheet.rows[place + 1 :], columns=[*sheet.rows[place]], dtype="str")
    nameless = table.loc[:, ""] if "" in table.columns else table.iloc[:, :0]
    if nameless.astype(bool).to_numpy().any():
        raise FileError(f"{name} has values under no heading: name the column, or clear it.")
    return table.loc[:, table.columns != ""]
