"""Invented people of known truth: who is one, and who only looks like it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaign.lists.identity.records import PERSON

_MEN = ["James", "Robert", "John", "Michael", "David", "William", "Richard", "Joseph", "Thomas"]
_WOMEN = ["Mary", "Patricia", "Jennifer", "Linda", "Elizabeth", "Barbara", "Susan", "Jessica"]
_SHORT = {"Robert": "Bob", "William": "Bill", "Elizabeth": "Liz", "Michael": "Mike"}
_SHORT |= {"Richard": "Rick", "Susan": "Sue", "Joseph": "Joe", "James": "Jim"}
_SYLLABLES = ["an", "bel", "cor", "dan", "el", "fin", "gar", "hol", "is", "kel", "lor", "man"]
_AT_ONCE = 50_000
_COMMON = ["Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis"]


@dataclass
class World:
    """The records, who each of them is, and what each person is to the others."""

    people: pa.Table
    truth: npt.NDArray[np.int64]
    home: dict[int, int] = field(default_factory=dict)
    kind: dict[int, str] = field(default_factory=dict)

    def forbidden(self, person: Sequence[int] | npt.NDArray[np.int64]) -> dict[str, int]:
        """Return how many merges joined two people, by what they are to one another."""
        members: dict[int, set[int]] = {}
        for found, true in zip(person, self.truth, strict=True):
            members.setdefault(int(found), set()).add(int(true))
        counts: Counter[str] = Counter()
        for group in members.values():
            if len(group) > 1:
                kinds = {self.kind[one] for one in group}
                homes = {self.home[one] for one in group}
                counts["/".join(sorted(kinds)) if len(homes) == 1 else "strangers"] += 1
        return dict(counts)


def make_world(people: int, seed: int) -> World:
    """Return about two records a person, in households of one to three."""
    rng = random.Random(seed)
    rows: list[dict[str, Any]] = []
    truth: list[int] = []
    tables: list[pa.Table] = []
    world = World(PERSON.empty_table(), np.zeros(0, np.int64))
    number, home = 0, 0
    while number < people:
        home += 1
        for person in _household(rng, home):
            kind = person.pop("kind")
            world.home[number], world.kind[number] = home, kind
            for _ in range(rng.choice([1, 2, 2, 3])):
                rows.append({**_seen(rng, person), "row": len(truth)})
                truth.append(number)
            number += 1
        if len(rows) >= _AT_ONCE:
            tables.append(pa.Table.from_pylist(rows, PERSON))
            rows = []
    tables.append(pa.Table.from_pylist(rows, PERSON))
    world.people = pa.concat_tables(tables)
    world.truth = np.array(truth, np.int64)
    return world


def _household(rng: random.Random, home: int) -> list[dict[str, Any]]:
    rare = "".join(rng.choice(_SYLLABLES) for _ in range(3)).title()
    last = rng.choice(_COMMON) if rng.random() < 0.3 else rare
    street = f"{rng.randint(1, 9999)} {rng.choice(['Oak', 'Elm', 'Main', 'Lake'])} St"
    shared = {
        "last_name": last,
        "street": street,
        "postal_code": f"{rng.randint(10_000, 99_000)}",
        "city": "Town",
        "state": "MA",
        "landline": f"+1617{rng.randint(2_000_000, 9_999_999)}",
    }
    man = rng.choice(_MEN)
    people = [_person(rng, {**shared, "first_name": man, "gender": "m", "kind": "man"}, 1950)]
    if rng.random() < 0.5:
        woman = {**shared, "first_name": rng.choice(_WOMEN), "gender": "f", "kind": "woman"}
        people.append(_person(rng, woman, 1952))
    if rng.random() < 0.06:
        son = {**shared, "first_name": man, "gender": "m", "kind": "son", "suffix": "Jr"}
        people.append(_person(rng, son, 1980))
        people[0]["suffix"] = rng.choice(["Sr", None])
    del home
    return people


def _person(rng: random.Random, person: dict[str, Any], year: int) -> dict[str, Any]:
    born = date(year, 1, 1) + timedelta(days=rng.randint(0, 7000))
    first, last = person["first_name"].lower(), person["last_name"].lower()
    mark = rng.randint(1, 10**7)
    return {
        **person,
        "birth_date": born if rng.random() < 0.7 else None,
        "mobile": f"+1508{rng.randint(2_000_000, 9_999_999)}",
        "email": f"{first}.{last}.{mark}@example.org",
        "work": f"{first[0]}{last}{mark}@work.example",
    }


def _seen(rng: random.Random, person: dict[str, Any]) -> dict[str, Any]:
    """Return one record of a person: parts are missing, short, misspelt or out of date."""
    seen: dict[str, Any] = dict.fromkeys(PERSON.names)
    names = ("first_name", "last_name", "suffix", "gender", "street", "postal_code")
    seen |= {name: person.get(name) for name in (*names, "city", "state")}
    if rng.random() < 0.1:
        seen["first_name"] = _SHORT.get(person["first_name"], person["first_name"])
    if rng.random() < 0.05:
        seen["last_name"] = _misspelt(rng, person["last_name"])
    if rng.random() < 0.04:  # moved
        seen["street"], seen["postal_code"] = f"{rng.randint(1, 999)} New Rd", "02139"
    if rng.random() < 0.75:
        seen["emails"] = person["email"] if rng.random() < 0.96 else person["work"]
    if rng.random() < 0.8:
        seen["phones"] = person["mobile"] if rng.random() < 0.7 else person["landline"]
    if person["birth_date"] and rng.random() < 0.8:
        seen["birth_date"], seen["birth_year"] = person["birth_date"], person["birth_date"].year
    seen["space"] = "bench"
    return seen


def _misspelt(rng: random.Random, name: str) -> str:
    place = rng.randrange(1, len(name) - 1)
    swapped = name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    return swapped if rng.random() < 0.5 else name[:place] + name[place + 1 :]
