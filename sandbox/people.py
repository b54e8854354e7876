"""Invented people: their names, homes, numbers, trades, habits and gifts, drawn by lot.

Nobody here exists. Phones are NPA-555-XXXX (dialling codes are real, the exchange is not given
out), mail domains are example.com and its kin, ZIP codes stand with their true city and state.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import zipcodes

from sandbox import words

AMOUNTS_CENTS = np.array([1000, 2500, 5000, 10000, 15000, 25000, 50000, 100000, 250000])
PAY_HABITS = ("on_time", "late", "never", "partly", "over")
PAY_SHARES = (0.56, 0.18, 0.14, 0.07, 0.05)
PAYERS = ("own_card", "spouse_card", "work_email", "ach", "company_card")
PAYER_SHARES = (0.745, 0.10, 0.06, 0.08, 0.015)

Rng = np.random.Generator
Strings = np.ndarray[Any, np.dtype[np.object_]]


def make_people(rng: Rng, size: int) -> pd.DataFrame:
    """Return that many people, a row each: who they are, and what they will do when asked."""
    people = _households(rng, _names(rng, size))
    for add in (_homes, _contacts, _trades, _habits):
        people = add(rng, people)
    return people


def plain(text: str | None) -> str:
    """Return the text in lower-case ASCII letters only.

    >>> plain("José O'Brien")
    'joseobrien'
    """
    ascii_text = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
    return "".join(letter for letter in ascii_text.lower() if letter.isalnum())


def _pick(rng: Rng, choices: Sequence[Any], size: int, skew: float = 0.0) -> Strings:
    """Return random choices; with a skew, the first ones come more often."""
    if skew == 0.0:
        return np.array(choices, dtype=object)[rng.integers(0, len(choices), size)]
    weights = 1.0 / np.arange(8, 8 + len(choices)) ** skew
    return np.array(choices, dtype=object)[
        rng.choice(len(choices), size, p=weights / weights.sum())
    ]


def _names(rng: Rng, size: int) -> pd.DataFrame:
    is_woman = rng.random(size) < 0.54
    first = np.where(
        is_woman, _pick(rng, words.WOMEN, size, 0.55), _pick(rng, words.MEN, size, 0.55)
    )
    last = _pick(rng, words.LAST, size, 0.5)
    middle = np.where(rng.random(size) < 0.4, _pick(rng, tuple("ABCDEFGHJKLMNPRSTW"), size), "")
    people = pd.DataFrame({"sex": np.where(is_woman, "F", "M"), "first_name": first})
    people["middle_name"], people["last_name"], people["suffix"] = middle, last, ""
    people["birth_year"] = 2026 - rng.integers(22, 88, size)
    # Strangers who share a full name: whoever merges on a name alone is found out.
    twins = rng.permutation(size)[: size // 100 * 2].reshape(2, -1)
    for column in ("sex", "first_name", "last_name"):
        people.loc[twins[1], column] = people[column].to_numpy()[twins[0]]
    people["nickname"] = people["first_name"].map(words.NICKNAME_OF).fillna("")
    return people


def _households(rng: Rng, people: pd.DataFrame) -> pd.DataFrame:
    """Join some in couples, and some as a father and a son of one name."""
    size = len(people)
    order = rng.permutation(size)
    couples = order[: int(size * 0.34) // 2 * 2].reshape(-1, 2)
    men = order[couples.size :][people["sex"].to_numpy()[order[couples.size :]] == "M"]
    families = men[: int(size * 0.024) // 2 * 2].reshape(-1, 2)
    head = np.arange(size)
    head[couples[:, 1]], head[families[:, 1]] = couples[:, 0], families[:, 0]
    people["household"], people["spouse_id"] = head, -1
    people.loc[couples[:, 0], "spouse_id"] = couples[:, 1]
    people.loc[couples[:, 1], "spouse_id"] = couples[:, 0]
    # A couple of one first name could not be told apart by anybody.
    first = people["first_name"].to_numpy(dtype=object)
    alike = couples[first[couples[:, 0]] == first[couples[:, 1]]][:, 1]
    people.loc[alike, "first_name"] = np.where(first[alike] == "Robin", "Alex", "Robin")
    people.loc[alike, "nickname"] = ""
    shared = couples[rng.random(len(couples)) < 0.82]
    people.loc[shared[:, 1], "last_name"] = people["last_name"].to_numpy()[shared[:, 0]]
    people.loc[couples[:, 1], "birth_year"] = people["birth_year"].to_numpy()[
        couples[:, 0]
    ] + rng.integers(-6, 7, len(couples))
    for column in ("first_name", "last_name", "nickname"):
        people.loc[families[:, 1], column] = people[column].to_numpy()[families[:, 0]]
    people.loc[families[:, 0], "birth_year"] = rng.integers(1940, 1966, len(families))
    people.loc[families[:, 1], "birth_year"] = people["birth_year"].to_numpy()[
        families[:, 0]
    ] + rng.integers(24, 34, len(families))
    people.loc[families[:, 0], "suffix"], people.loc[families[:, 1], "suffix"] = "Sr", "Jr"
    return people


def _places() -> pd.DataFrame:
    rows = [
        (r["zip_code"], r["city"], r["state"], r["timezone"], tuple(r["area_codes"]))
        for r in zipcodes.list_all()
        if r["zip_code_type"] == "STANDARD" and r["active"] and r["area_codes"]
    ]
    return pd.DataFrame(rows, columns=["zip", "city", "state", "timezone", "area_codes"])


def _homes(rng: Rng, people: pd.DataFrame) -> pd.DataFrame:
    """Give each household a house, in a place that exists."""
    size, places = len(people), _places()
    at = rng.integers(0, len(places), size)[people["household"]]
    number = rng.integers(1, 9900, size).astype(str).astype(object)
    kind = np.array([long for long, _short in words.STREET_KINDS], dtype=object)[
        rng.integers(0, len(words.STREET_KINDS), size)
    ]
    street = number + " " + _pick(rng, words.STREETS, size) + " " + kind
    people["street"] = street[people["household"]]
    for column in ("city", "state", "zip", "timezone"):
        people[column] = places[column].to_numpy()[at]
    # One in twelve kept the number of the place that they moved away from.
    moved = rng.random(size) < 0.08
    code_at = np.where(moved, rng.integers(0, len(places), size), at)
    codes = places["area_codes"].to_numpy()[code_at]
    people["area_code"] = [own[pick % len(own)] for own, pick in zip(
        codes, rng.integers(0, 12, size), strict=True)]  # fmt: skip
    return people


def _contacts(rng: Rng, people: pd.DataFrame) -> pd.DataFrame:
    size = len(people)
    # 555-0100 to 555-1299 stay free: examples and directory enquiries live there.
    line = pd.Series(1300 + (rng.permutation(size) * 7919 + 13) % 8700).astype(str)
    # American Samoa has one code, and its numbers are shorter to tell apart: use Hawaii's.
    area = people["area_code"].replace("684", "808")
    own = _unique_phones("+1" + area + "555" + line)
    head = people["household"].to_numpy()
    shares = (head != np.arange(size)) & (rng.random(size) < 0.36)
    people["phone_e164"] = np.where(shares, own.to_numpy()[head], own)
    people["is_mobile"] = ~shares & (rng.random(size) < 0.72)
    first, last = people["first_name"].map(plain), people["last_name"].map(plain)
    style = rng.integers(0, 3, size)
    spelt = np.select(
        [style == 0, style == 1],
        [first + "." + last, first.str[0] + last],
        first + people["birth_year"].astype(str).str[2:],
    )
    user = pd.Series(spelt)
    user = user.where(~user.duplicated(keep="first"), user + pd.Series(np.arange(size).astype(str)))
    email = user + "@" + _pick(rng, words.MAIL_DOMAINS, size)
    people["email"] = email.where(rng.random(size) < 0.93, "")
    people["work_email"] = (
        first + "." + last + pd.Series(np.arange(size).astype(str)) + "@work.example.org"
    )
    return people.drop(columns=["area_code"])


def _unique_phones(phones: pd.Series) -> pd.Series:
    """Give a number that was drawn twice to the first; the others get the next free one."""
    taken: set[str] = set()
    result = []
    for phone in phones:
        number = int(phone)
        while (text := f"+{number}") in taken:
            number += 1 if number % 10000 < 9999 else -8699
        taken.add(text)
        result.append(text)
    return pd.Series(result)


def _trades(rng: Rng, people: pd.DataFrame) -> pd.DataFrame:
    at = rng.integers(0, len(words.TRADES), len(people))
    people["occupation"] = np.array([job for job, _ in words.TRADES], dtype=object)[at]
    people["employer"] = np.array([firm for _, firm in words.TRADES], dtype=object)[at]
    draw = rng.random(len(people))
    speaks_spanish = people["last_name"].isin(words.SPANISH_NAMES) & (draw < 0.3)
    people["language"] = np.where(speaks_spanish, "es", "en")
    return people


def _habits(rng: Rng, people: pd.DataFrame) -> pd.DataFrame:
    """Decide what each will do: pick up, pledge, pay, from which card, and regret it or not."""
    size = len(people)
    people["answer_chance"] = rng.beta(2.2, 3.4, size).round(3)
    people["reached_best"] = _pick(rng, ("morning", "afternoon", "evening"), size)
    people["pledge_chance"] = rng.beta(2.0, 3.2, size).round(3)
    people["usual_cents"] = rng.choice(
        AMOUNTS_CENTS, size, p=[0.07, 0.2, 0.25, 0.21, 0.08, 0.11, 0.05, 0.02, 0.01]
    )
    people["pays"] = rng.choice(PAY_HABITS, size, p=PAY_SHARES)
    payer = rng.choice(PAYERS, size, p=PAYER_SHARES)
    is_single = people["spouse_id"] < 0
    people["pays_from"] = np.where((payer == "spouse_card") & is_single, "own_card", payer)
    people["pays_unreferenced"] = rng.random(size) < 0.08
    people["wants_refund"] = rng.random(size) < 0.015
    people["disputes"] = rng.random(size) < 0.006
    people["card_country"] = np.where(rng.random(size) < 0.012, "CA", "US")
    people["ach_fails"] = rng.random(size) < 0.1
    people["line"] = rng.choice(
        ("good", "dead", "of_another", "of_the_dead"), size, p=(0.952, 0.03, 0.014, 0.004)
    )
    return people


def make_gifts(rng: Rng, people: pd.DataFrame, until: date) -> pd.DataFrame:
    """Return two to six years of gifts; one person in seven has never given."""
    size = len(people)
    years = rng.integers(2, 7, size)
    count = np.where(rng.random(size) < 0.14, 0, 1 + rng.poisson(years * 0.55))
    person = np.repeat(np.arange(size), count)
    days_ago = 3 + (rng.random(len(person)) * years[person] * 365).astype(int)
    step = rng.choice([-1, 0, 0, 0, 1], len(person))
    usual = np.searchsorted(AMOUNTS_CENTS, people["usual_cents"].to_numpy()[person])
    gifts = pd.DataFrame(
        {
            "person_id": person,
            "given_on": pd.Timestamp(until) - pd.to_timedelta(days_ago, unit="D"),
            "amount_cents": AMOUNTS_CENTS[np.clip(usual + step, 0, len(AMOUNTS_CENTS) - 1)],
            "is_online": rng.random(len(person)) < 0.72,
        }
    )
    return gifts.sort_values(["given_on", "person_id"], kind="stable", ignore_index=True)
