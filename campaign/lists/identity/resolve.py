"""From rows and known people to persons: exact rules first, then probability, then a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from campaign.lists.identity import pairs, records
from campaign.lists.identity.clusters import Ints, components, join
from campaign.lists.identity.sharing import sharing

CERTAIN, WORTH_ASKING = 0.995, 0.5
CERTAIN_AFAR = 0.9999  # the same name and day of birth at two places
_LARGEST_CROWD = 60  # a component of more records is read pair by pair along its edges only

# Open pairs in, probabilities out: a frame with a, b, probability, personal,
# moved (the same day of birth, and no rivals), evidence.
Judge = Callable[[duckdb.DuckDBPyConnection], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who each new row is, and what else was found on the way."""

    person: Ints  # by row: the number of its person
    rule: dict[int, str]  # by row: why it joined somebody who was there before it
    known: dict[int, int]  # by person: the donor who was known before
    merged: list[tuple[int, int, str]]  # known donors that are one: (kept, gone, rule)
    doubtful: pd.DataFrame  # person_a, person_b, probability, evidence: for a human


@dataclass(slots=True)
class _Graph:
    """The records, which of them are one, and which may never be."""

    count: int
    edges: pd.DataFrame  # a, b, rule: the strongest first
    bans: pd.DataFrame  # a, b


def near_ones(people: pa.Table) -> pa.Table:
    """Return those who share anything with another: all others are somebody on their own."""
    return people.take(pa.array(sharing(people))).combine_chunks()


def resolve(
    people: pa.Table,
    *,
    rows: int,
    registers: Iterable[str] = (),
    not_same: Iterable[tuple[int, int]] = (),
    judge: Judge | None = None,
) -> Resolution:
    """Return who is who among new rows and the known people that they may be.

    `rows` counts the new rows; those that are not among the people are alone.
    """
    with records.load(people) as connection:
        registered = tuple(registers)
        pairs.compare(connection, registered)
        graph = _graph(connection, _said(connection, not_same))
        leaders = _clusters(connection, graph, registered)
        doubtful = _empty_doubts()
        if judge is not None and _open_pairs(connection):
            doubtful = judge(connection)
            certain = (doubtful.probability >= CERTAIN) & doubtful.personal
            certain |= (doubtful.probability >= CERTAIN_AFAR) & doubtful.moved
            sure = doubtful[certain].sort_values(
                ["probability", "a", "b"], ascending=[False, True, True]
            )
            if len(sure):
                told = sure[["a", "b"]].assign(rule=_by_probability(sure))
                graph.edges = pd.concat([graph.edges, told], ignore_index=True)
                leaders = _clusters(connection, graph, registered)
        doubtful = pd.concat([doubtful, _soft(connection)], ignore_index=True)
        return _resolution(connection, rows, leaders, graph.edges, doubtful)


def _empty_doubts() -> pd.DataFrame:
    return pd.DataFrame({"a": [], "b": [], "probability": [], "evidence": []})


def _soft(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the pairs that only a missing Jr or another middle name keeps apart."""
    pairs_ = connection.execute("select a, b, never from decision where worth_asking").df()
    evidence = [{"agree": ["first name", "last name"], "but": never} for never in pairs_.never]
    told = pd.Series(evidence, index=pairs_.index, dtype=object)
    return pairs_[["a", "b"]].assign(probability=0.6, evidence=told)


def _by_probability(sure: pd.DataFrame) -> list[str]:
    return [f"probability {value:.4f}" for value in sure.probability]


def _open_pairs(connection: duckdb.DuckDBPyConnection) -> bool:
    query = "select exists (from decision where rule is null and never is null)"
    return bool(connection.execute(query).fetchall()[0][0])


def _said(
    connection: duckdb.DuckDBPyConnection, not_same: Iterable[tuple[int, int]]
) -> pd.DataFrame:
    """Return the pairs of records of whom a person said that they are two people."""
    said = pd.DataFrame([tuple(sorted(pair)) for pair in not_same], columns=["x", "y"])
    if said.empty:
        return pd.DataFrame({"a": [], "b": []}, dtype=np.int64)
    connection.register("said", said)
    bans = connection.execute(
        "select least(p.r, q.r) as a, greatest(p.r, q.r) as b from said"
        " join rec p on p.donor_id = x join rec q on q.donor_id = y"
    ).df()
    connection.execute(
        "update decision set never = 'a person said so', ban = true, hard = true, rule = null,"
        " worth_asking = false from said"
        " where least(donor_a, donor_b) = x and greatest(donor_a, donor_b) = y"
    )
    connection.unregister("said")
    return bans


def _graph(connection: duckdb.DuckDBPyConnection, said: pd.DataFrame) -> _Graph:
    """Return edges and bans; the records of one known person belong together first of all."""
    count = connection.execute("select count(*) from rec").fetchall()[0][0]
    order = list(pairs.RULES)
    edges = connection.execute(
        "select a, b, rule from decision where rule is not null"
        " order by list_position($order, rule), a, b",
        {"order": order},
    ).df()
    own = connection.execute(
        "select min(r) over (partition by donor_id) as a, r as b from rec"
        " where donor_id is not null qualify a <> b"
    ).df()
    edges = pd.concat([own.assign(rule="the same donor"), edges], ignore_index=True)
    bans = connection.execute("select a, b from decision where ban").df()
    return _Graph(int(count), edges, pd.concat([said, bans], ignore_index=True))


def _clusters(
    connection: duckdb.DuckDBPyConnection, graph: _Graph, registers: tuple[str, ...]
) -> Ints:
    """Return each record's cluster; where a ban lies inside, edges are taken one by one."""
    a, b = graph.edges.a.to_numpy(np.int64), graph.edges.b.to_numpy(np.int64)
    label = components(graph.count, a, b)
    bans = pd.concat([graph.bans, _bans_inside(connection, label, registers)])
    inside = bans[label[bans.a.to_numpy(np.int64)] == label[bans.b.to_numpy(np.int64)]]
    if inside.empty:
        return label
    contested = np.unique(label[inside.a.to_numpy(np.int64)])
    mine = np.flatnonzero(np.isin(label, contested))
    place = np.full(graph.count, -1, np.int64)
    place[mine] = np.arange(len(mine))
    own = np.isin(label[a], contested)
    edges = zip(place[a[own]].tolist(), place[b[own]].tolist(), strict=True)
    forbidden = zip(
        place[inside.a.to_numpy(np.int64)].tolist(),
        place[inside.b.to_numpy(np.int64)].tolist(),
        strict=True,
    )
    leader, _ = join(len(mine), edges, forbidden)
    label[mine] = label.max() + 1 + np.asarray(leader, np.int64)
    return label


def _bans_inside(
    connection: duckdb.DuckDBPyConnection, label: Ints, registers: tuple[str, ...]
) -> pd.DataFrame:
    """Return the forbidden pairs of records that only met through a third one."""
    sizes = np.bincount(label)
    crowds = np.flatnonzero((sizes >= 3) & (sizes <= _LARGEST_CROWD))
    mine = np.flatnonzero(np.isin(label, crowds))
    if not len(mine):
        return pd.DataFrame({"a": [], "b": []}, dtype=np.int64)
    connection.register("crowd", pd.DataFrame({"r": mine, "label": label[mine]}))
    connection.execute("alter table decision rename to decided")
    connection.execute(
        "create or replace table pair as select x.r as a, y.r as b from crowd x"
        " join crowd y on x.label = y.label and x.r < y.r"
    )
    pairs.decide(connection, registers)
    bans = connection.execute("select a, b from decision where ban").df()
    connection.execute("drop table decision")
    connection.execute("alter table decided rename to decision")
    connection.unregister("crowd")
    return bans


def _resolution(
    connection: duckdb.DuckDBPyConnection,
    count: int,
    label: Ints,
    edges: pd.DataFrame,
    doubtful: pd.DataFrame,
) -> Resolution:
    rows = connection.execute("select r, unnest(rows) as row from rec").df()
    rows = rows.sort_values("row", ignore_index=True)
    record = rows.r.to_numpy(np.int64)
    person = np.arange(count, dtype=np.int64) + label.max(initial=-1) + 1  # alone
    person[rows.row.to_numpy(np.int64)] = label[record]
    donors = connection.execute("select r, donor_id from rec where donor_id is not null").df()
    known, merged = _known(donors, label, edges)
    rule = _rules(rows.row.to_numpy(np.int64), record, label[record], edges, set(known))
    asked = _doubts(doubtful, label)
    return Resolution(person, rule, known, merged, asked)


def _known(
    donors: pd.DataFrame, label: Ints, edges: pd.DataFrame
) -> tuple[dict[int, int], list[tuple[int, int, str]]]:
    """Return the known donor of each person, and the known ones that proved to be one."""
    persons = label[donors.r.to_numpy(np.int64)]
    known: dict[int, int] = {}
    merged = []
    first_rule = _rule_of_record(edges)
    found = zip(donors.donor_id.tolist(), persons.tolist(), donors.r.tolist(), strict=True)
    for donor_id, person, record in sorted(found):
        kept = known.setdefault(int(person), int(donor_id))
        if kept != donor_id:
            merged.append((kept, int(donor_id), first_rule.get(record, "")))
    return known, merged


def _rule_of_record(edges: pd.DataFrame) -> dict[int, str]:
    """Return the strongest rule that joins each record to another."""
    both = pd.concat(
        [
            edges[["a", "rule"]].rename(columns={"a": "r"}),
            edges[["b", "rule"]].rename(columns={"b": "r"}),
        ]
    ).sort_index(kind="stable")
    return dict(both.drop_duplicates("r")[["r", "rule"]].itertuples(index=False, name=None))


def _rules(
    row: Ints, record: Ints, person: Ints, edges: pd.DataFrame, known: set[int]
) -> dict[int, str]:
    """Return for each row why it joined somebody who was there before it."""
    seen = pd.Series(person).duplicated().to_numpy()
    joined = np.flatnonzero(seen | np.isin(person, list(known)))
    again = pd.Series(record).duplicated().to_numpy()
    strongest = _rule_of_record(edges) if len(joined) else {}
    alike = "the same words in an earlier row"
    return {
        int(row[place]): alike if again[place] else strongest.get(int(record[place]), alike)
        for place in joined.tolist()
    }


def _doubts(doubtful: pd.DataFrame, label: Ints) -> pd.DataFrame:
    """Return the pairs of persons that are neither one nor surely two, the likeliest first."""
    unsure = doubtful[doubtful.probability.between(WORTH_ASKING, 1)].copy()
    unsure["person_a"] = label[unsure.a.to_numpy(np.int64)]
    unsure["person_b"] = label[unsure.b.to_numpy(np.int64)]
    unsure = unsure[unsure.person_a != unsure.person_b].sort_values("probability", ascending=False)
    low = np.minimum(unsure.person_a, unsure.person_b)
    high = np.maximum(unsure.person_a, unsure.person_b)
    unsure = unsure.assign(person_a=low, person_b=high)
    kept = unsure.drop_duplicates(["person_a", "person_b"])
    return kept[["person_a", "person_b", "probability", "evidence"]]
