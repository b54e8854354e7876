"""From rows and known people to persons: exact rules first, then probability, then a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from campaign.errors import SetupError
from campaign.lists.identity import claims, pairs, records
from campaign.lists.identity.clusters import Ints, components, join
from campaign.lists.identity.waiting import share_of

CERTAIN, WORTH_ASKING = 0.995, 0.5
CERTAIN_AFAR, CERTAIN_AFAR_UNLIKE = 0.999, 0.9999  # born on one day, at two places
_LARGEST_CROWD = 60  # a component of more records is read pair by pair along its edges only

# Open pairs in, probabilities out: a frame with a, b, probability, personal,
# moved (the same day of birth, and no rivals), first (how the given names agree), evidence.
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
    proven: claims.Proven


def resolve(
    people: pa.Table,
    *,
    rows: int,
    registers: Iterable[str] = (),
    not_same: Iterable[tuple[int, int]] = (),
    waiting: Iterable[tuple[int, int]] = (),
    judge: Judge | None = None,
    overflow: str = "",
) -> Resolution:
    """Return who is who among new rows and the known people that they may be.

    `rows` counts the new rows. The people are those who share anything with another (see
    `sharing`); a row that is not among them is somebody alone.
    """
    with _memory(people.num_rows), records.load(people, overflow=overflow) as connection:
        registered = tuple(registers)
        pairs.compare(connection, registered)
        said = _said(connection, not_same)
        _wait_on(connection, waiting)
        graph = _graph(connection, said)
        doubtful = _empty_doubts()
        if judge is not None and _open_pairs(connection):
            doubtful = judge(connection)
            graph.edges = pd.concat(
                [graph.edges, _sure(connection, graph, doubtful)], ignore_index=True
            )
        leaders = _clusters(connection, graph, registered)
        doubtful = pd.concat([doubtful, _soft(connection)], ignore_index=True)
        return _resolution(connection, rows, leaders, graph.edges, doubtful)


@contextmanager
def _memory(count: int) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise SetupError(
            f"There is too little memory to find who is who among {count:,} people; nothing was "
            "changed. Bring the list in in smaller parts, or give the machine more."
        ) from error


def _sure(
    connection: duckdb.DuckDBPyConnection, graph: _Graph, doubtful: pd.DataFrame
) -> pd.DataFrame:
    """Return the pairs that are one for all that is known, without those that fit two people."""
    certain = (doubtful.probability >= CERTAIN) & doubtful.personal
    afar = np.where(doubtful["first"] == "same", CERTAIN_AFAR, CERTAIN_AFAR_UNLIKE)
    certain |= (doubtful.probability >= afar) & doubtful.moved
    sure = doubtful[certain].sort_values(["probability", "a", "b"], ascending=[False, True, True])
    told = sure[["a", "b", "first"]].assign(rule=_by_probability(sure), tier=0, at_home=False)
    label = components(graph.count, graph.edges.a.to_numpy(), graph.edges.b.to_numpy())
    others = doubtful[(doubtful.probability >= WORTH_ASKING) & ~certain]
    why = claims.settle(connection, label, told, others[["a", "b"]])
    return told[why.isna()][["a", "b", "rule"]]


def _empty_doubts() -> pd.DataFrame:
    return pd.DataFrame({"a": [], "b": [], "probability": [], "evidence": []})


_SOFT = """
select a, b, coalesce(waits, never) as but, list_filter([
        case when first_sure then 'first name' end, case when last_sure then 'last name' end,
        case when born = 'same' then 'day of birth' end, case when phone_same then 'phone' end,
        case when email_same then 'e-mail' end, case when home_same then 'address' end,
    ], lambda word: word is not null) as agree, list_filter([
        case when phones_differ then 'phone' end, case when emails_differ then 'e-mail' end,
        case when work_apart then 'employer' end, case when mail_years_apart
            then 'year of birth in an e-mail' end,
    ], lambda word: word is not null) as differ
from decision where worth_asking or waits is not null
"""


def _soft(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the pairs that are one but for a Jr, a middle name, or a second who may be meant."""
    table = connection.sql(_SOFT).to_arrow_table()
    evidence = table.select(["agree", "differ", "but"]).to_pylist()
    found: pd.DataFrame = table.select(["a", "b"]).to_pandas()
    likely = [share_of(told["but"]) for told in evidence]
    return found.assign(probability=likely, evidence=pd.Series(evidence, dtype=object))


def _by_probability(sure: pd.DataFrame) -> list[str]:
    return [f"probability {value:.4f}" for value in sure.probability]


def _open_pairs(connection: duckdb.DuckDBPyConnection) -> bool:
    query = "select exists (from decision where rule is null and never is null and waits is null)"
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


def _wait_on(connection: duckdb.DuckDBPyConnection, waiting: Iterable[tuple[int, int]]) -> None:
    """Let the known people who wait for a decision be two for whatever comes in meanwhile.

    What spoke of two may not be known here: the numbers of another list, or one of two phones.
    """
    connection.register("waiting", pd.DataFrame(list(waiting), columns=["x", "y"], dtype=np.int64))
    connection.execute(
        "update decision set asked = true, reached_apart = true from waiting"
        " where least(donor_a, donor_b) = x and greatest(donor_a, donor_b) = y"
    )
    connection.unregister("waiting")


def _graph(connection: duckdb.DuckDBPyConnection, said: pd.DataFrame) -> _Graph:
    """Return edges and bans; the records of one known person belong together first of all."""
    count = int(connection.execute("select count(*) from rec").fetchall()[0][0])
    own = connection.execute(
        "select min(r) over (partition by donor_id) as a, r as b from rec"
        " where donor_id is not null qualify a <> b"
    ).df()
    edges = connection.execute(
        "select a, b, rule, tier, first, at_home from decision where rule is not null"
        " order by list_position($order, rule), a, b",
        {"order": list(pairs.RULES)},
    ).df()
    proven = claims.Proven.of(count, own, edges)
    proven.lift(connection)
    why = claims.settle(connection, components(count, own.a.to_numpy(), own.b.to_numpy()), edges)
    _wait(connection, edges.assign(why=why)[why.notna()])
    held = edges[why.isna()][["a", "b", "rule"]]
    edges = pd.concat([own.assign(rule="the same donor"), held], ignore_index=True)
    bans = connection.execute("select a, b from decision where ban").df()
    return _Graph(count, edges, pd.concat([said, bans], ignore_index=True), proven)


def _wait(connection: duckdb.DuckDBPyConnection, edges: pd.DataFrame) -> None:
    """Keep the pairs that would be one, were it not for others, for a person to decide."""
    if edges.empty:
        return
    connection.register("waiting", edges[["a", "b", "why"]])
    connection.execute(
        "update decision set rule = null, waits = why from waiting"
        " where decision.a = waiting.a and decision.b = waiting.b"
    )
    connection.unregister("waiting")


def _clusters(
    connection: duckdb.DuckDBPyConnection, graph: _Graph, registers: tuple[str, ...]
) -> Ints:
    """Return each record's cluster; where a ban lies inside, edges are taken one by one."""
    a, b = graph.edges.a.to_numpy(np.int64), graph.edges.b.to_numpy(np.int64)
    label = components(graph.count, a, b)
    bans = pd.concat([graph.bans, _bans_inside(connection, label, registers, graph.proven)])
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
    connection: duckdb.DuckDBPyConnection,
    label: Ints,
    registers: tuple[str, ...],
    proven: claims.Proven,
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
    proven.lift(connection)
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
    two = connection.execute(
        "select a, b from decision where hard and not by_name and not worth_asking"
    ).df()
    asked = _doubts(doubtful, two, label)
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


_PERSONS = ["person_a", "person_b"]


def _doubts(doubtful: pd.DataFrame, two: pd.DataFrame, label: Ints) -> pd.DataFrame:
    """Return the pairs of persons that are neither one nor surely two, the likeliest first.

    Who is joined with a record is told apart by it: asked would be about two born on other days.
    """
    told = doubtful.evidence.map(lambda told: "but" in told).to_numpy(bool)
    unsure = doubtful[told | (doubtful.probability >= WORTH_ASKING)]
    # Of several records of the same two those are told of that have most in common.
    common = unsure.evidence.map(lambda told: len(told["agree"]) - len(told["differ"]))
    unsure = _by_person(unsure.assign(common=common, said=unsure.evidence.map(str)), label)
    likeliest = ["probability", "common", "said"]
    unsure = unsure.sort_values(likeliest, ascending=False)
    asked = unsure[unsure.person_a != unsure.person_b].drop_duplicates(_PERSONS)
    apart = _by_person(two, label)[_PERSONS].drop_duplicates()
    asked = asked.merge(apart.assign(apart=True), how="left", on=_PERSONS)
    return asked[asked.apart.isna()][[*_PERSONS, "probability", "evidence"]]


def _by_person(pairs_: pd.DataFrame, label: Ints) -> pd.DataFrame:
    """Return pairs of records with the two persons they belong to, the lower number first."""
    sides = label[pairs_[["a", "b"]].to_numpy(np.int64)]
    return pairs_.assign(person_a=sides.min(axis=1), person_b=sides.max(axis=1))
