"""What a batch told of people who stay is taken out of their records when the batch goes."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.bulk import copy_table
from store.forgetting import FORGOTTEN
from store.frames import read_columns
from store.people import part_values

# What was told together goes together: the first of each decides.
_GROUPS: Final = (
    ("first_name",), ("middle_name",), ("last_name",), ("suffix",), ("gender",), ("birth_date",),
    ("birth_year",), ("occupation",), ("employer",), ("email",), ("language",),
    ("phone_e164", "line_type", "phone_timezone"),
    ("postal_code", "street", "city", "state", "country", "county", "timezone"),
)  # fmt: skip
_FIELDS: Final = [name for group in _GROUPS for name in group]
# What the law keeps of somebody forgotten stands in no list any more.
_KEPT: Final = {
    *("first_name", "middle_name", "last_name", "suffix", "occupation", "employer", "postal_code"),
}
_ROW: Final = {"donor_id": pa.int64(), "batch_id": pa.int64(), "source_row": pa.int64()}


def take_out(session: Session, batch_id: int, now: datetime) -> int:
    """Put what other lists say in the place of what only this one said; return of how many people.

    The table `staying` names whom the batch tells of, and who do not go with it.
    """
    told = _told(session)
    if told.empty:
        return 0
    own = told[told.batch_id == batch_id]
    others = told[told.batch_id != batch_id]
    changed = _changed(_current(session), own, others, _forgotten(session))
    if len(changed):
        _write(session, changed, now)
    _provenance(session, batch_id)
    return len(changed)


def refill(session: Session, now: datetime, *, blanks: bool = False) -> None:
    """Let lists fill the blanks of those in `staying`; else replace what none of them says, too."""
    told, current = _told(session), _current(session)
    own = current.rename_axis("donor_id").reset_index()
    own = own.head(0) if blanks else own
    changed = _changed(current, own, told, _forgotten(session), fill=True)
    if len(changed):
        _write(session, changed, now)


def _told(session: Session) -> pd.DataFrame:
    """Return what every list says of the people who stay, the earliest first."""
    rows = read_columns(
        session,
        "select donor_id, batch_id, source_row from staged_row join staying on id = donor_id"
        " order by batch_id, source_row",
        _ROW,
    ).to_pandas()
    parts = session.execute(
        text(
            "select batch_id, number, first_row, first_row + rows as end_row from list_part"
            " where batch_id = any(:batches) order by batch_id, number"
        ),
        {"batches": sorted(set(rows.batch_id.tolist()))},
    )
    found = []
    for part in parts:
        within = (rows.batch_id == part.batch_id) & rows.source_row.between(
            part.first_row, part.end_row - 1
        )
        if within.any():
            columns = ["source_row", *_FIELDS]
            values = part_values(session, part.batch_id, part.number, columns)
            frame = values.to_pandas(types_mapper=pd.ArrowDtype)
            found.append(rows[within].merge(frame, on="source_row"))
    nothing = rows.assign(**dict.fromkeys(_FIELDS, pd.Series(dtype="str")))  # no list tells of them
    told: pd.DataFrame = pd.concat(found, ignore_index=True) if found else nothing
    return told


def _current(session: Session) -> pd.DataFrame:
    kinds: dict[str, pa.DataType] = {"id": pa.int64(), **dict.fromkeys(_FIELDS, pa.string())}
    query = f"select {', '.join(kinds)} from donor join staying using (id) order by id"
    frame: pd.DataFrame = read_columns(session, query, kinds).to_pandas()
    return frame.set_index("id")


def _forgotten(session: Session) -> list[int]:
    query = "select id from donor join staying using (id) where status_reason = :forgotten"
    return list(session.scalars(text(query), {"forgotten": FORGOTTEN}))


def _changed(
    current: pd.DataFrame,
    own: pd.DataFrame,
    others: pd.DataFrame,
    forgotten: list[int],
    *,
    fill: bool = False,
) -> pd.DataFrame:
    """Return the people whose record says what only this batch said, as it reads without it."""
    after = current.copy()
    is_forgotten = current.index.isin(forgotten)
    for group in _GROUPS:
        key, names = group[0], list(group)
        alone = _said_by(own, current[key]) & ~_said_by(others, current[key])
        if key in _KEPT:
            alone &= ~is_forgotten
        leaving = current.index[alone | (fill & current[key].isna().to_numpy(bool))]
        first = others.dropna(subset=[key]).drop_duplicates("donor_id").set_index("donor_id")
        told = first[names].reindex(leaving)
        for name in names:
            texts = told[name].astype(object).map(str, na_action="ignore")
            after.loc[leaving, name] = texts.astype("str")
    differs = (after.fillna("") != current.fillna("")).any(axis=1)
    chosen: pd.DataFrame = after[differs]
    return chosen


def _said_by(told: pd.DataFrame, values: pd.Series) -> npt.NDArray[np.bool_]:
    """Say of each person's value whether one of these rows gives it."""
    known = told.dropna(subset=[values.name])
    given = pd.MultiIndex.from_arrays([known.donor_id, known[values.name].astype(str)])
    said: npt.NDArray[np.bool_] = pd.MultiIndex.from_arrays([values.index, values]).isin(given)
    return said & values.notna().to_numpy(bool)


def _write(session: Session, changed: pd.DataFrame, now: datetime) -> None:
    session.execute(
        text(
            "create temp table refilled on commit drop as"
            f" select id, {', '.join(_FIELDS)} from donor limit 0"
        )
    )
    copy_table(session, "refilled", _typed(changed))
    default = {"language": "'en'"}  # as who says nothing begins
    filled = ", ".join(
        f"{name} = coalesce(r.{name}, {default.get(name, 'null')})" for name in _FIELDS
    )
    session.execute(
        text(f"update donor d set {filled}, updated_at = :now from refilled r where r.id = d.id"),
        {"now": now},
    )
    for table, column in (("donor_phone", "phone_e164"), ("donor_email", "email")):
        session.execute(
            text(
                f"delete from {table} o using donor d, refilled r where d.id = r.id"
                f" and o.donor_id = d.id and o.{column} = d.{column}"
            )
        )


def _typed(changed: pd.DataFrame) -> pa.Table:
    kinds = {"birth_date": pa.date32(), "birth_year": pa.int32()}
    columns = {"id": pa.array(changed.index.to_numpy(), pa.int64())}
    for name in _FIELDS:
        texts = pa.array(
            changed[name].astype(object).where(changed[name].notna(), None), pa.string()
        )
        columns[name] = texts.cast(kinds.get(name, pa.string()))
    return pa.table(columns)


def _provenance(session: Session, batch_id: int) -> None:
    """Leave the kinds and terms of the lists that the people still stand on."""
    session.execute(
        text(
            "update donor d set provenance = t.terms from ("
            "  select donor_id, jsonb_agg(distinct term) as terms from ("
            "    select r.donor_id, b.provenance ->> 'kind' as term from staged_row r"
            "      join list_batch b on b.id = r.batch_id where r.batch_id <> :batch"
            "    union select r.donor_id, 'not:' || place from staged_row r"
            "      join list_batch b on b.id = r.batch_id,"
            "      jsonb_array_elements_text(b.provenance -> 'not_to') place"
            "      where r.batch_id <> :batch"
            "      and not (place = 'offshore' and b.provenance ->> 'kind' = 'voter_file')"
            "  ) each group by donor_id"
            ") t where t.donor_id = d.id and d.id in (select id from staying)"
            " and d.provenance <> t.terms"
        ),
        {"batch": batch_id},
    )
