"""How likely it is that two records are one person, where no exact rule says so.

Splink on DuckDB with term frequencies and the parameters below, which are set by judgement and
checked on invented people and on the FEBRL sets; it scores the pairs that exact rules left open,
and only those.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd

_LEAST_POPULATION = 10_000  # a short list says little about how many people there are

# Each level: condition, m (how often it holds for one person), u (for two).
_Level = tuple[str, float, float]
_FIRST: Sequence[_Level] = (
    ("first_l = first_r", 0.80, 0.012),
    ("damerau_levenshtein(first_l, first_r) <= 1", 0.08, 0.004),
    ("jaro_winkler_similarity(first_l, first_r) >= 0.85", 0.06, 0.012),
    ("starts_with(first_l, left(first_r, 1)) and least(length(first_l), length(first_r)) = 1",
     0.02, 0.03),
)  # fmt: skip
_LAST: Sequence[_Level] = (
    ("last_l = last_r", 0.87, 0.002),
    ("damerau_levenshtein(last_l, last_r) <= 1", 0.07, 0.001),
    ("jaro_winkler_similarity(last_l, last_r) >= 0.85", 0.03, 0.004),
)
_BORN: Sequence[_Level] = (
    ("born_l = born_r", 0.88, 0.00004),
    ("damerau_levenshtein(born_l, born_r) <= 1", 0.07, 0.0012),
    ("left(born_l, 4) = left(born_r, 4)", 0.02, 0.014),
)
_PHONES: Sequence[_Level] = (("list_has_any(phones_l, phones_r)", 0.70, 0.00003),)
_EMAILS: Sequence[_Level] = (("list_has_any(emails_l, emails_r)", 0.70, 0.00001),)
_PLACE: Sequence[_Level] = (
    ("home_l = home_r", 0.60, 0.00003),
    ("zip_l = zip_r", 0.18, 0.0006),
    ("town_l = town_r", 0.06, 0.004),
)
_MIDDLE: Sequence[_Level] = (
    ("middle_l = middle_r", 0.70, 0.03),
    ("left(middle_l, 1) = left(middle_r, 1)", 0.27, 0.06),
)

_RECORDS = """
create or replace table open_pair as
select row_number() over (order by a, b) as pair, a, b, personal, moved,
    first as first_name from decision
where rule is null and never is null and waits is null;
create or replace table open_side as
select pair * 2 + side as unique_id, pair, first, last, m as middle,
    strftime(bd, '%Y%m%d') as born, string_split(nullif(phones, ''), ' ') as phones,
    string_split(nullif(emails, ''), ' ') as emails, zip, city || '|' || state as town,
    (select any_value(home || coalesce(unit, '')) from rec_home where rec_home.r = rec.r) as home
from (select pair, open_pair.a as r, 0 as side, f1 as first, l1 as last
    from open_pair join evidence using (a, b)
    union all select pair, open_pair.b, 1, f2, l2 from open_pair join evidence using (a, b))
join rec using (r)
"""
_FREQUENCIES = """
select {column} as {name}, count(*) / sum(count(*)) over () as tf_{name}
from rec where {column} is not null group by {column}
"""


def judge(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return a, b, probability and evidence of each pair that exact rules left open.

    `personal` tells whether they share what is a person's own rather than a household's.
    """
    from splink import DuckDBAPI, Linker  # slow to import

    logging.getLogger("splink").setLevel(logging.ERROR)
    for statement in _RECORDS.split(";\n"):
        connection.execute(statement)
    people = _count(connection, "select count(*) from rec")
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register("open_side"), _settings(people), log_level=logging.ERROR)
    for name, column in (("first", "f"), ("last", "l")):
        table = connection.execute(_FREQUENCIES.format(name=name, column=column)).df()
        linker.table_management.register_term_frequency_lookup(api.register(table), name)
    predicted: Any = linker.inference.predict()
    scored = predicted.as_pandas_dataframe()
    return _by_pair(connection, scored)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _by_pair(connection: duckdb.DuckDBPyConnection, scored: pd.DataFrame) -> pd.DataFrame:
    pairs = (
        connection.execute("select pair, a, b, personal, moved, first_name from open_pair")
        .df()
        .set_index("pair")
    )
    found = scored.set_index(scored.unique_id_l // 2)
    names = [name for name in found.columns if name.startswith("gamma_")]
    evidence = [_told(names, row) for row in found[names].itertuples(index=False, name=None)]
    return pd.DataFrame(
        {
            "a": pairs.a.reindex(found.index).to_numpy(),
            "b": pairs.b.reindex(found.index).to_numpy(),
            "probability": found.match_probability.to_numpy(),
            "personal": pairs.personal.reindex(found.index).to_numpy(bool),
            "moved": pairs.moved.reindex(found.index).to_numpy(bool),
            "first": pairs.first_name.reindex(found.index).to_numpy(),
            "evidence": evidence,
        }
    )


_WORDS = {
    "first": "first name", "last": "last name", "middle": "middle name", "born": "day of birth",
    "phones": "phone", "emails": "e-mail",
}  # fmt: skip
_PLACES = {1: "town", 2: "ZIP code"}  # by level; the highest is the home itself


def _told(names: Sequence[str], levels: Sequence[int]) -> dict[str, list[str]]:
    """Return on what two records agree, and on what they differ; the unknown is neither."""
    said = [
        (_PLACES.get(level, "address") if name == "gamma_place" else _WORDS[name[6:]], level)
        for name, level in zip(names, levels, strict=True)
    ]
    return {
        "agree": [word for word, level in said if level > 0],
        "differ": [word for word, level in said if level == 0],
    }


def _settings(people: int) -> Any:
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on("pair")],
        comparisons=[
            _comparison("first", _FIRST, frequency="first"),
            _comparison("last", _LAST, frequency="last"),
            _comparison("middle", _MIDDLE),
            _comparison("born", _BORN),
            _comparison("phones", _PHONES),
            _comparison("emails", _EMAILS),
            _comparison("place", _PLACE, columns=("home", "zip", "town")),
        ],
        probability_two_random_records_match=1 / max(people, _LEAST_POPULATION),
        retain_intermediate_calculation_columns=True,
    )


def _comparison(
    name: str,
    levels: Sequence[_Level],
    *,
    frequency: str | None = None,
    columns: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a comparison with its parameters; what is unknown on one side says nothing."""
    named = columns or (name,)
    unknown = " and ".join(f"({each}_l is null or {each}_r is null)" for each in named)
    described: list[dict[str, Any]] = [
        {"sql_condition": unknown, "label_for_charts": "unknown", "is_null_level": True}
    ]
    for place, (condition, m, u) in enumerate(levels):
        level: dict[str, Any] = {
            "sql_condition": condition,
            "label_for_charts": condition,
            "m_probability": m,
            "u_probability": u,
        }
        if frequency and place == 0:
            level["tf_adjustment_column"] = frequency
        described.append(level)
    described.append(
        {
            "sql_condition": "ELSE",
            "label_for_charts": "differs",
            "m_probability": 1 - sum(m for _, m, _ in levels),
            "u_probability": 1 - sum(u for _, _, u in levels),
        }
    )
    return {"output_column_name": name, "comparison_levels": described}
