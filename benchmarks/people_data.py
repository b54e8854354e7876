"""Invented people of known truth: who is one, and who only looks like it.

The rates below were written down before the matcher was first measured on them, and none has been
changed since. They are of our own judgement: what treasurers, volunteers and web forms do to a
record. A record says less than is known of a person, and some of it is wrong or of the past.

Slips of the generator itself were mended after a look: children who by chance had a parent's first
name, and strangers who by chance had one e-mail address; later, twins with a parent's first name.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaign.lists.identity.records import PERSON

# How often, of 1, by person or household.
COUPLE, OWN_LAST_NAME, HYPHENATED = 0.55, 0.10, 0.04
GROWN_CHILDREN, NAMED_LIKE_PARENT, TWINS = 0.25, 0.15, 0.08
SHARED_EMAIL, LANDLINE = 0.12, 0.5
NAMESAKE_IN_TOWN = 0.02  # a stranger of the same name, in the same ZIP code
MARRIED_NAME = 0.10  # of the women in couples: some records have the maiden name
MOVED, NEW_MOBILE = 0.12, 0.08

# How often, of 1, by record.
NO_ADDRESS, NO_EMAIL, NO_PHONE, WITH_BIRTH_DATE = 0.06, 0.25, 0.25, 0.40
SECOND_EMAIL, AT_LANDLINE, AT_OLD_PLACE, UNDER_MAIDEN_NAME = 0.12, 0.30, 0.35, 0.35
NICKNAME, INITIAL, BY_MIDDLE_NAME, WITH_MIDDLE, SWAPPED = 0.15, 0.02, 0.005, 0.25, 0.005
TYPO_IN_FIRST, TYPO_IN_LAST, TYPO_IN_STREET, TYPO_IN_ZIP, TYPO_IN_EMAIL = (
    0.03,
    0.03,
    0.04,
    0.01,
    0.01,
)
TYPO_IN_PHONE, TYPO_IN_DAY, DAY_AND_MONTH, YEAR_ONLY = 0.01, 0.01, 0.01, 0.05
NO_SUFFIX, WITH_SENIOR, WITH_GENDER, CAPITALS, OTHER_ABBREVIATION = 0.35, 0.15, 0.30, 0.25, 0.30
RECORDS = (1, 1, 2, 2, 2, 3, 3, 5)

# How often, of 1, by person and by record, where employer and occupation are asked for.
NO_WORK, SELF_EMPLOYED, AT_FATHERS_EMPLOYER, IN_FATHERS_OCCUPATION = 0.55, 0.10, 0.06, 0.30
WITH_WORK, WRITTEN_OTHERWISE, OTHER_JOB = 0.45, 0.15, 0.10


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MEN = _words(
    "James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel "
    "Matthew Anthony Mark Donald Steven Andrew Paul Joshua Kenneth Kevin Brian Timothy Ronald "
    "George Jason Edward Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin "
    "Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis Jerry "
    "Jose Luis Carlos Juan Wei Ahmed Dmitri Kwame Hiroshi Rajesh Nguyen Olumide Bjorn Tariq"
)
_WOMEN = _words(
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen Sarah Lisa Nancy Sandra "
    "Betty Ashley Emily Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie "
    "Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole "
    "Anna Samantha Katherine Christine Debra Rachel Carolyn Janet Maria Olivia Heather Helen "
    "Guadalupe Mei Fatima Svetlana Priya Ngozi Yuki Ingrid Thuy Esperanza Marisol Anneliese"
)
_SHORT = {
    "Robert": "Bob Rob Bobby", "William": "Bill Will Billy", "Elizabeth": "Liz Beth Betsy",
    "Michael": "Mike", "Richard": "Rick Dick Rich", "Susan": "Sue Susie", "Joseph": "Joe",
    "James": "Jim Jimmy", "Thomas": "Tom", "Christopher": "Chris", "Charles": "Chuck Charlie",
    "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Donald": "Don", "Steven": "Steve",
    "Andrew": "Andy Drew", "Joshua": "Josh", "Kenneth": "Ken", "Timothy": "Tim", "Ronald": "Ron",
    "Edward": "Ed Ted", "Jeffrey": "Jeff", "Jacob": "Jake", "Gary": "Gary", "Nicholas": "Nick",
    "Jonathan": "Jon", "Stephen": "Steve", "Benjamin": "Ben", "Samuel": "Sam", "Gregory": "Greg",
    "Alexander": "Alex", "Patrick": "Pat", "Raymond": "Ray", "Patricia": "Pat Patty Tricia",
    "Jennifer": "Jen Jenny", "Barbara": "Barb", "Jessica": "Jess", "Kimberly": "Kim",
    "Margaret": "Peggy Meg Maggie", "Amanda": "Mandy", "Deborah": "Deb Debbie",
    "Stephanie": "Steph", "Rebecca": "Becky", "Cynthia": "Cindy", "Dorothy": "Dot Dottie",
    "Kathleen": "Kathy", "Angela": "Angie", "Pamela": "Pam", "Samantha": "Sam",
    "Katherine": "Kate Kathy", "Christine": "Chris Tina", "Debra": "Deb", "John": "Jack Johnny",
}  # fmt: skip
_ALIKE = (("Eric", "Erica"), ("Jayden", "Jaden"), ("Anna", "Hannah"), ("Mark", "Marc"),
          ("Christina", "Christine"), ("Daniel", "Danielle"), ("Lena", "Leni"))  # fmt: skip
_COMMON = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez "
    "Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris "
    "Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill "
    "Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Kim Patel Cohen"
)
_HEADS = _words("Ab Bar Cal Del Fen Gar Hol Kel Lor Mor Nor Pol Rad Sten Tol Wes Zim Bru Hart Kov")
_MIDS = _words("a an bel cor di el fi go in ko la mer o pel ri so ti ver win zo")
_TAILS = _words(
    "berg by den er field ford ick ini ley man ney owski ova rand s sen son ton vich well"
)
_STREETS = _words(
    "Oak Elm Main Lake Maple Hill Park Cedar Washington Pine Spring Church Mill River"
)
_KINDS = (("St", "Street"), ("Ave", "Avenue"), ("Rd", "Road"), ("Dr", "Drive"), ("Ln", "Lane"))
_OCCUPATIONS = _words(
    "Teacher Attorney Engineer Nurse Physician Manager Accountant Consultant Sales Writer Cook "
    "Programmer Driver Carpenter Electrician Clerk Analyst Designer Farmer Realtor Professor"
)
_AT = _words("Partners Industries University Hospital Foods Systems Schools Bank Logistics Media")
_HOSTS = ("example.org", "mail.example", "example.net", "post.example")
_AT_ONCE = 50_000


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / (place + 3) for place in range(count)))


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


def make_world(people: int, seed: int, *, works: bool = False) -> World:
    """Return about 2.4 records a person, in households of one to five; their work if asked for."""
    rng = random.Random(seed)
    other = random.Random(-seed)  # so that all the rest is the same with and without
    rows: list[dict[str, Any]] = []
    truth: list[int] = []
    tables: list[pa.Table] = []
    world = World(PERSON.empty_table(), np.zeros(0, np.int64))
    number, home = 0, 0
    while number < people:
        for household in _neighbours(rng):
            home += 1
            _employ(other, household)
            for person in household:
                world.home[number], world.kind[number] = home, person["kind"]
                for _ in range(rng.choice(RECORDS)):
                    seen = _seen(rng, person)
                    if works:
                        _write_work(other, person, seen)
                    rows.append({**seen, "row": len(truth)})
                    truth.append(number)
                number += 1
        if len(rows) >= _AT_ONCE:
            tables.append(pa.Table.from_pylist(rows, PERSON))
            rows = []
    tables.append(pa.Table.from_pylist(rows, PERSON))
    world.people = pa.concat_tables(tables)
    world.truth = np.array(truth, np.int64)
    return world


def _neighbours(rng: random.Random) -> list[list[dict[str, Any]]]:
    """Return a household, and sometimes one in the same ZIP with a namesake of its first person."""
    first = _household(rng, None, None)
    if rng.random() >= NAMESAKE_IN_TOWN:
        return [first]
    return [first, _household(rng, first[0], first[0]["first_name"])]


def _last_name(rng: random.Random) -> str:
    if rng.random() < 0.25:
        return rng.choices(_COMMON, cum_weights=_zipf(len(_COMMON)))[0]
    return rng.choice(_HEADS) + rng.choice(_MIDS) + rng.choice(_TAILS)


def _first_name(rng: random.Random, gender: str) -> str:
    names = _MEN if gender == "m" else _WOMEN
    return rng.choices(names, cum_weights=_zipf(len(names)))[0]


def _place(rng: random.Random) -> dict[str, Any]:
    zip_code = rng.randint(10_000, 98_000)
    unit = f" Apt {rng.randint(1, 60)}{rng.choice('ABC')}" if rng.random() < 0.25 else ""
    return {
        "house": rng.randint(1, 1999), "road": rng.choice(_STREETS), "way": rng.choice(_KINDS),
        "unit": unit, "postal_code": f"{zip_code}", "city": f"Town{zip_code // 10}", "state": "MA",
        "landline": _number(rng, 617) if rng.random() < LANDLINE else None,
    }  # fmt: skip


def _number(rng: random.Random, area: int) -> str:
    return f"+1{area}{rng.randint(2_000_000, 9_999_999)}"


def _household(
    rng: random.Random, near: dict[str, Any] | None, first: str | None
) -> list[dict[str, Any]]:
    place = _place(rng)
    if near:
        place |= {name: near["place"][name] for name in ("postal_code", "city", "state")}
    last = near["last_name"] if near else _last_name(rng)
    gender = near["gender"] if near else rng.choice("mf")
    born = rng.randint(1935, 1990)
    head = _person(rng, gender, first, last, born, place, "stranger" if near else "head")
    people = [head, *_spouse(rng, head, place)]
    if born < 1975 and rng.random() < GROWN_CHILDREN:
        people += _children(rng, people, last, place)
    if rng.random() < MOVED:
        before = _place(rng)
        for one in people[:2]:
            one["old_place"] = before
    return people


def _spouse(
    rng: random.Random, head: dict[str, Any], place: dict[str, Any]
) -> list[dict[str, Any]]:
    if rng.random() >= COUPLE:
        return []
    last, year = head["last_name"], head["born"].year
    name = last if rng.random() >= OWN_LAST_NAME else _last_name(rng)
    name = f"{_last_name(rng)}-{last}" if rng.random() < HYPHENATED else name
    gender = "f" if head["gender"] == "m" else "m"
    spouse = _person(rng, gender, None, name, year + rng.randint(-6, 6), place, "spouse")
    if rng.random() < SHARED_EMAIL:
        spouse["email"] = head["email"]
    for one in (head, spouse):
        if one["gender"] == "f" and rng.random() < MARRIED_NAME:
            one["maiden_name"] = _last_name(rng)
    return [spouse]


def _children(
    rng: random.Random, parents: list[dict[str, Any]], last: str, place: dict[str, Any]
) -> list[dict[str, Any]]:
    head, taken = parents[0], {one["first_name"] for one in parents}
    year = head["born"].year + rng.randint(20, 35)
    if rng.random() < TWINS:
        # Nobody names a twin like a parent by chance either.
        one, other = rng.choice([pair for pair in _ALIKE if not taken & set(pair)])
        twins = [_person(rng, "x", name, last, year, place, "twin") for name in (one, other)]
        twins[1]["born"] = twins[0]["born"]
        return twins
    gender = rng.choice("mf")
    if gender == head["gender"] == "m" and rng.random() < NAMED_LIKE_PARENT * 2:
        child = _person(rng, gender, head["first_name"], last, year, place, "son")
        head["suffix"], child["suffix"] = "Sr", "Jr"
        return [child]
    name = _first_name(rng, gender)
    while name in taken:  # nobody names a child like a parent by chance
        name = _first_name(rng, gender)
    return [_person(rng, gender, name, last, year, place, "child")]


def _person(
    rng: random.Random,
    gender: str,
    first: str | None,
    last: str,
    year: int,
    place: dict[str, Any],
    kind: str,
) -> dict[str, Any]:
    name = first or _first_name(rng, gender)
    mark = rng.randint(1, 999_999)
    plain = last.lower().replace("-", "")
    return {
        "first_name": name, "last_name": last, "gender": gender, "kind": kind, "place": place,
        "middle_name": _first_name(rng, gender if gender != "x" else "m"),
        "born": date(year, 1, 1) + timedelta(days=rng.randint(0, 364)),
        "mobile": _number(rng, 508), "old_mobile": _number(rng, 339),
        "has_old_mobile": rng.random() < NEW_MOBILE,
        "email": f"{name.lower()}.{plain}{mark}@{rng.choice(_HOSTS)}",
        "second_email": f"{name[0].lower()}{plain}{rng.randint(1, 999_999)}@work{mark}.example",
    }  # fmt: skip


def _seen(rng: random.Random, person: dict[str, Any]) -> dict[str, Any]:
    """Return one record of a person."""
    seen: dict[str, Any] = dict.fromkeys(PERSON.names)
    place = person["place"]
    if "old_place" in person and rng.random() < AT_OLD_PLACE:
        place = person["old_place"]
    _write_name(rng, person, seen)
    if rng.random() >= NO_ADDRESS:
        _write_address(rng, place, seen)
    if rng.random() >= NO_EMAIL:
        email = person["second_email"] if rng.random() < SECOND_EMAIL else person["email"]
        seen["emails"] = _wrong(rng, email, TYPO_IN_EMAIL, 0, email.index("@"))
    if rng.random() >= NO_PHONE:
        seen["phones"] = _phone(rng, person, place)
    _write_birth(rng, person["born"], seen)
    if rng.random() < WITH_GENDER and person["gender"] != "x":
        seen["gender"] = person["gender"]
    if rng.random() < CAPITALS:
        for name in ("first_name", "last_name", "street"):
            seen[name] = seen[name] and seen[name].upper()
    seen["space"] = "bench"
    return seen


def _write_name(rng: random.Random, person: dict[str, Any], seen: dict[str, Any]) -> None:
    first, last = person["first_name"], person["last_name"]
    if rng.random() < NICKNAME and first in _SHORT:
        first = rng.choice(_SHORT[first].split())
    elif rng.random() < INITIAL:
        first = first[0]
    elif rng.random() < BY_MIDDLE_NAME:
        first = person["middle_name"]
    if "maiden_name" in person and rng.random() < UNDER_MAIDEN_NAME:
        last = person["maiden_name"]
    if rng.random() < WITH_MIDDLE:
        middle = person["middle_name"]
        seen["middle_name"] = middle if rng.random() < 0.3 else middle[0]
    first = _wrong(rng, first, TYPO_IN_FIRST, 0, len(first))
    last = _wrong(rng, last, TYPO_IN_LAST, 0, len(last))
    if rng.random() < SWAPPED:
        first, last = last, first
    seen["first_name"], seen["last_name"] = first, last
    suffix = person.get("suffix")
    shown = WITH_SENIOR if suffix == "Sr" else 1 - NO_SUFFIX
    seen["suffix"] = suffix if suffix and rng.random() < shown else None


def _write_address(rng: random.Random, place: dict[str, Any], seen: dict[str, Any]) -> None:
    road = _wrong(rng, place["road"], TYPO_IN_STREET, 0, len(place["road"]))
    way = place["way"][rng.random() < OTHER_ABBREVIATION]
    unit = place["unit"] if rng.random() < 0.85 else ""
    seen["street"] = f"{place['house']} {road} {way}{unit}"
    seen["postal_code"] = _wrong(rng, place["postal_code"], TYPO_IN_ZIP, 0, 5)
    seen["city"], seen["state"] = place["city"], place["state"]


def _phone(rng: random.Random, person: dict[str, Any], place: dict[str, Any]) -> str:
    number = person["mobile"]
    if place["landline"] and rng.random() < AT_LANDLINE:
        number = place["landline"]
    elif person["has_old_mobile"] and rng.random() < 0.4:
        number = person["old_mobile"]
    return _wrong(rng, number, TYPO_IN_PHONE, 6, 12)


def _write_birth(rng: random.Random, born: date, seen: dict[str, Any]) -> None:
    if rng.random() >= WITH_BIRTH_DATE:
        return
    seen["birth_year"] = born.year
    if rng.random() < YEAR_ONLY:
        return
    if rng.random() < DAY_AND_MONTH and born.day <= 12:
        born = date(born.year, born.day, born.month)
    if rng.random() < TYPO_IN_DAY:
        born = date(born.year, born.month, rng.randint(1, 28))
    seen["birth_date"] = born


def _employ(rng: random.Random, household: list[dict[str, Any]]) -> None:
    for person in household:
        person["work"] = _work(rng)
        father = household[0]["work"]
        if person["kind"] == "son" and rng.random() < AT_FATHERS_EMPLOYER:
            own = person["work"][1]
            same = rng.random() < IN_FATHERS_OCCUPATION
            person["work"] = (father[0], father[1] if same else own)
        person["other_work"] = _work(rng)


def _work(rng: random.Random) -> tuple[str, str]:
    """Return an employer and an occupation."""
    if rng.random() < NO_WORK:
        return rng.choice((("Retired", "Retired"), ("Not Employed", "Not Employed")))
    occupation = rng.choices(_OCCUPATIONS, cum_weights=_zipf(len(_OCCUPATIONS)))[0]
    if rng.random() < SELF_EMPLOYED:
        return "Self-Employed", occupation
    name = rng.choices(_COMMON, cum_weights=_zipf(len(_COMMON)))[0]
    return f"{name} {rng.choices(_AT, cum_weights=_zipf(len(_AT)))[0]}", occupation


def _write_work(rng: random.Random, person: dict[str, Any], seen: dict[str, Any]) -> None:
    if rng.random() >= WITH_WORK:
        return
    employer, occupation = person["other_work" if rng.random() < OTHER_JOB else "work"]
    if rng.random() < WRITTEN_OTHERWISE:
        employer = employer.split()[0]
    seen["employer"], seen["occupation"] = employer, occupation


def _wrong(rng: random.Random, text: str, rate: float, start: int, end: int) -> str:
    """Return the text, now and then with a slip of the finger between two places."""
    if end - start < 3 or rng.random() >= rate:
        return text
    at = rng.randrange(start + 1, end - 1)
    if text[at].isdigit():
        other = rng.choice([digit for digit in "0123456789" if digit != text[at]])
        return text[:at] + other + text[at + 1 :]
    slip = rng.randrange(4)
    if slip == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if slip == 1:
        return text[:at] + text[at + 1 :]
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return text[:at] + letter + text[at + (slip == 2) :]
