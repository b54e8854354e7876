"""Identity: precision and recall on people of known truth, and the time for many.

The population is our own: households, spouses, fathers and sons of one name, twins, strangers of
one name in one ZIP code, movers, maiden names, second e-mails, nicknames and slips (see
`people_data`). Some pairs of records share nothing but a name, which never makes them one: what
could be found at all is printed beside. Baseline: e-mail and last name, or phone and last name.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.people_data import World, make_world
from campaign.lists.identity.answers import joinable
from campaign.lists.identity.clusters import Ints, components
from campaign.lists.identity.probability import judge
from campaign.lists.identity.records import PERSON
from campaign.lists.identity.resolve import Resolution, resolve
from campaign.lists.identity.sharing import marks, sharers
from campaign.lists.identity.waiting import OF_ONE_NAME, kind_of

_SECONDS = 360  # of two processors: three minutes
_PRECISION, _RECALL = 0.999, 0.95


def main(people: int = 420_000) -> int:
    """Print the scores of both answers that a campaign file may give, and what each of them meets.

    1 when `ask` merges two people, or either misses its precision or recall, or the time is over.
    """
    met = [
        *_measure("own population", make_world(20_000, seed=3)),
        *_measure("the same with employer and occupation", make_world(20_000, seed=3, works=True)),
    ]
    world = make_world(20_000, seed=3)
    score("what an oracle could join", _oracle(world), world.truth)
    score("baseline: contact and last name", _baseline(world.people), world.truth)
    large = make_world(people, seed=4)  # about 2.4 records a person
    big, seconds, _ = _resolve(large.people)
    score(f"{people:,} people", big.person, large.truth)
    sys.stdout.write(
        f"identity: {large.people.num_rows:,} rows in {seconds:.0f} processor seconds\n"
    )
    return int(not all(met) or seconds > _SECONDS)


def _measure(name: str, world: World) -> tuple[bool, bool]:
    """Print how well the people of a world are found where men of one name are asked about.

    And where they are joined. Say of each whether that is as aimed at.
    """
    found, _, near = _resolve(world.people)
    ask = _judge(f"{name}, ask", world, found.person, none_forbidden=True)
    who = dict(zip(found.person.tolist(), world.truth.tolist(), strict=True))
    asked = found.doubtful[["person_a", "person_b"]]
    same = asked[asked.person_a.map(who) == asked.person_b.map(who)]
    sys.stdout.write(
        f"identity, {name}: {len(asked)} pairs wait for a person, "
        f"{len(same)} of them one, {len(asked) / max(len(same), 1):.2f} asked for each\n"
    )
    score(f"{name}, with those who wait", _joined(found.person, same), world.truth)
    own = asked[_of_one_name(found, near)]
    sys.stdout.write(f"identity, {name}, join: {len(asked) - len(own)} pairs wait for a person\n")
    joined = _joined(found.person, own)
    return ask, _judge(f"{name}, join", world, joined, none_forbidden=False)


def _judge(name: str, world: World, person: Ints, *, none_forbidden: bool) -> bool:
    precision, recall = score(name, person, world.truth)
    forbidden = world.forbidden(person)
    aims = {
        f"precision {_PRECISION}": precision >= _PRECISION,
        f"recall {_RECALL}": recall >= _RECALL,
        **({"none forbidden": not forbidden} if none_forbidden else {}),
    }
    told = ", ".join(f"{'meets' if is_met else 'MISSES'} {aim}" for aim, is_met in aims.items())
    sys.stdout.write(f"identity, {name}: forbidden merges {forbidden or 'none'}; {told}\n")
    return all(aims.values())


def _joined(person: Ints, pairs_: pd.DataFrame) -> Ints:
    """Return who is who once the two of each pair are one."""
    label = components(len(person) * 2, pairs_.person_a.to_numpy(), pairs_.person_b.to_numpy())
    return label[person]


def _of_one_name(found: Resolution, near: pa.Table) -> pd.Series:
    """Say which of the pairs that wait a campaign file may join, as an import does."""
    told = [kind_of(told.get("but"), told["agree"]).code for told in found.doubtful.evidence]
    own = found.doubtful[np.isin(told, OF_ONE_NAME)]
    sides = own[["person_a", "person_b"]].to_numpy(np.int64)
    asked = pd.DataFrame(
        {
            "first_id": sides.min(axis=1),
            "second_id": sides.max(axis=1),
            "but": [told["but"] for told in own.evidence],
        },
        index=own.index,
    )
    place = PERSON.names.index("donor_id")
    persons = pa.array(found.person[near["row"].to_numpy()])
    people = near.set_column(place, PERSON.field("donor_id"), persons)
    fits = joinable(people, asked)
    return pd.Series(found.doubtful.index.isin(asked.index[fits]), index=found.doubtful.index)


def _resolve(people: pa.Table) -> tuple[Resolution, float, pa.Table]:
    started = time.process_time()
    near = people.take(pa.array(sharers(people.num_rows, marks(people)))).combine_chunks()
    found = resolve(near, rows=people.num_rows, judge=judge)
    return found, time.process_time() - started, near


def score(name: str, person: Iterable[int], truth: Iterable[int]) -> tuple[float, float]:
    """Print and return precision and recall of pairs: of who was found to be who, and who is."""
    frame = pd.DataFrame({"found": person, "truth": truth})
    both = _pairs(frame.groupby(["found", "truth"]).size())
    precision = both / max(_pairs(frame.groupby("found").size()), 1)
    recall = both / max(_pairs(frame.groupby("truth").size()), 1)
    cells = frame.groupby(["found", "truth"]).size().rename("both").reset_index()
    sizes = frame.found.value_counts(), frame.truth.value_counts()
    b_precision = (cells.both**2 / cells.found.map(sizes[0])).sum() / len(frame)
    b_recall = (cells.both**2 / cells.truth.map(sizes[1])).sum() / len(frame)
    sys.stdout.write(
        f"identity, {name}: precision {precision:.4f}, recall {recall:.4f}, "
        f"B-cubed {b_precision:.4f} / {b_recall:.4f}\n"
    )
    return precision, recall


def _pairs(sizes: pd.Series) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _oracle(world: World) -> Ints:
    """Join the records of one person that share an e-mail, a phone, a home or a day of birth."""
    frame = world.people.to_pandas().assign(truth=world.truth)
    house = frame.street.str.lower().str.extract(r"^(\d+ \w\w)")[0]
    frame["home"] = house + " " + frame.postal_code
    edges = [
        np.column_stack(
            [
                frame.dropna(subset=key).groupby(["truth", key]).row.transform("min"),
                frame.dropna(subset=key).row,
            ]
        )
        for key in ("emails", "phones", "home", "birth_date")
    ]
    pairs = np.concatenate(edges)
    return components(len(frame), pairs[:, 0], pairs[:, 1])


def _baseline(people: pa.Table) -> Ints:
    frame = people.to_pandas()
    edges = []
    for contact in ("emails", "phones"):
        given = frame[["row", contact, "last_name"]].dropna()
        lead = given.groupby([contact, "last_name"]).row.transform("min")
        edges.append(np.column_stack([lead.to_numpy(), given.row.to_numpy()]))
    pairs = np.concatenate(edges)
    return components(len(frame), pairs[:, 0], pairs[:, 1])


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
