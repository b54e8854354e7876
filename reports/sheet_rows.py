"""Many rows into a finished workbook, in columns: a hundred thousand in the time of a few.

`xlsxwriter` writes each sheet with its formats and one sample row; here that row is replaced by
all rows, made as text column by column with Arrow. Belongs here: the XML of cells (ECMA-376,
18.3.1.4). Does not belong here: which columns there are.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from campaign.compliance.package import Column

_EPOCH = pd.Timestamp("1899-12-30")
_CENT = pa.scalar(Decimal("0.01"))  # cents become dollars exactly, never as floats
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"(?: s="(\d+)")?')
# What XML 1.0 cannot hold; a name with one of these is shown without it.
_FORBIDDEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"


def fill_sheets(
    path: Path, sheets: Mapping[int, tuple[int, Sequence[Column], pd.DataFrame]]
) -> None:
    """Put rows in place of the sample row; sheets are counted from 1, rows as a person does."""
    filled = path.with_suffix(".filled")
    with (
        zipfile.ZipFile(path) as source,
        zipfile.ZipFile(filled, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for part in source.infolist():
            content = source.read(part.filename)
            number = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", part.filename)
            known = sheets.get(int(number[1])) if number else None
            if known is not None:
                content = _filled(content, *known)
            target.writestr(zipfile.ZipInfo(part.filename), content, zipfile.ZIP_DEFLATED)
    filled.replace(path)


def _filled(sheet: bytes, first_row: int, columns: Sequence[Column], rows: pd.DataFrame) -> bytes:
    """Return the sheet with all rows in place of its sample row."""
    sample = re.search(rb'<row r="%d"[^>]*>.*?</row>' % first_row, sheet, re.DOTALL)
    if sample is None:
        return sheet
    cells = _CELL.findall(sample[0])
    numbers = pa.array(range(first_row, first_row + len(rows))).cast(pa.string())
    parts: list[Any] = ['<row r="', numbers, '">']
    for column, (letter, style) in zip(columns, cells, strict=True):
        parts.append(_cells(column, rows[column.name], letter.decode(), style.decode(), numbers))
    parts.append("</row>")
    text = "".join(cast("list[str]", pc.binary_join_element_wise(*parts, "").to_pylist()))
    last = f"{cells[-1][0].decode()}{first_row + len(rows) - 1}".encode()
    sheet = re.sub(rb'(<dimension ref="A1:)[A-Z]+\d+', rb"\g<1>" + last, sheet, count=1)
    start, end = sheet.index(sample[0]), sheet.index(sample[0]) + len(sample[0])
    return sheet[:start] + text.encode() + sheet[end:]


def _cells(
    column: Column, series: pd.Series[Any], letter: str, style: str, numbers: pa.Array
) -> pa.Array:
    """Return the XML of one column's cells; a blank is an empty text."""
    start = f'<c r="{letter}'
    if column.kind in ("text", "code"):
        values, opening, closing = (
            _texts(series, column.kind),
            '" t="inlineStr"><is><t>',
            "</t></is></c>",
        )
    else:
        values, opening, closing = _numbers(series, column.kind), '"><v>', "</v></c>"
    opening = f'" s="{style}{opening}' if style else opening
    cells = pc.binary_join_element_wise(start, numbers, opening, values, closing, "")
    return pc.fill_null(cells, "")


def _texts(series: pd.Series[Any], kind: str) -> pa.Array:
    blank = series.isna()
    values = pa.array(series.astype(str).where(~blank, None), pa.string(), from_pandas=True)
    if kind == "code":
        values = pc.replace_substring(values, "_", " ")
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        values = pc.replace_substring(values, sign, entity)
    values = pc.replace_substring_regex(values, _FORBIDDEN, "")
    return pc.if_else(pc.equal(values, ""), None, values)


def _numbers(series: pd.Series[Any], kind: str) -> pa.Array:
    if kind == "date":
        days = (pd.to_datetime(series) - _EPOCH).dt.days
        return pa.array(days.astype("Int64"), pa.int64(), from_pandas=True).cast(pa.string())
    if kind == "cents":
        cents = pa.array(series.astype("Int64"), pa.int64(), from_pandas=True)
        return pc.multiply(cents.cast(pa.decimal128(19, 0)), _CENT).cast(pa.string())
    if kind == "count":
        whole = pa.array(series.astype("Int64"), pa.int64(), from_pandas=True)
        return whole.cast(pa.string())
    return pa.array(series.astype("Float64"), pa.float64(), from_pandas=True).cast(pa.string())
