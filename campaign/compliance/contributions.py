"""Who gave what: receipts become contributions of people, with their aggregates.

A charge's contributor is the one who paid: the donor whose pledge it keeps, unless the payer's
name is another person's (a spouse's card). A payer without a donor is the same person as another
of the same name only where e-mail or postal code agree too.

Belongs here: identity of contributors for reports, aggregates, itemisation. Does not belong here:
which pledge a payment keeps (`campaign/giving`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.compliance.limits import Election, elections_of

PERSON = (
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "street",
    "street_2",
    "city",
    "state",
    "zip",
    "country",
    "employer",
    "occupation",
)
_PAYER_FIELDS = ("street", "city", "state", "zip", "country", "employer", "occupation")


_GENERATION = r" (jr|sr|ii|iii|iv)$"


def normal_name(names: pd.Series[str]) -> pd.Series[str]:
    """Return names for comparison: lower case, plain letters and single spaces only.

    >>> normal_name(pd.Series(["  Ana  O'Neil-Ruiz ", "Zoë Núñez", None])).tolist()
    ['ana oneil ruiz', 'zoe nunez', '']
    """
    text = names.fillna("").astype(str).str.lower().str.replace("'", "", regex=False)
    plain = text.str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "", regex=True)
    return plain.str.replace(r"[\W_\d]+", " ", regex=True).str.strip()


def with_contributors(receipts: pd.DataFrame) -> pd.DataFrame:
    """Return the receipts with `contributor` (a stable key) and the person's particulars."""
    books = receipts.copy()
    for field in ("first_name", "last_name"):
        books[field] = books[field].fillna(books[f"pledge_{field}"])
    named = normal_name(books["first_name"].fillna("") + " " + books["last_name"].fillna(""))
    payer = normal_name(books["payer_name"])
    is_named = (payer == "") | _same_person(payer, named, normal_name(books["suffix"]))
    books["name_key"] = named.where(is_named, payer)
    books["email_key"] = books["payer_email"].fillna(books["pledge_email"]).fillna("")
    payer_zip = books["payer_zip"].fillna(books["pledge_zip"])
    books["zip_key"] = payer_zip.fillna(books["zip"]).fillna("").astype(str).str.slice(0, 5)
    books["contributor"] = _contributor_keys(books, is_named)
    return _with_particulars(books, is_named, payer_zip)


def _same_person(
    payer: pd.Series[str], named: pd.Series[str], suffix: pd.Series[str]
) -> pd.Series[bool]:
    """Whether last names and first initials agree, neither is blank, and no generation differs."""
    generation = payer.str.extract(_GENERATION, expand=False).fillna("")
    differs = (generation != "") & (suffix != "") & (generation != suffix)
    bare = payer.str.replace(_GENERATION, "", regex=True)
    own = named.str.replace(_GENERATION, "", regex=True)
    same_last = bare.str.rsplit(" ", n=1).str[-1] == own.str.rsplit(" ", n=1).str[-1]
    same = (bare == own) | (same_last & (bare.str[:1] == own.str[:1]) & (bare != ""))
    return same & ~differs


def _contributor_keys(books: pd.DataFrame, is_named: pd.Series[bool]) -> pd.Series[str]:
    own = "P:" + books["charge_id"].astype(str)
    donor = "D:" + books["donor_id"].astype("Int64").astype(str)
    key = donor.where(is_named & books["donor_id"].notna(), own)
    order = pd.Series(np.arange(len(key)), index=key.index)
    # A donor comes before a payer, the first payment before the later ones.
    first = order.groupby(key).transform("min")
    label = first.where(key.str.startswith("D:"), first + len(key))
    is_donor = label < len(key)
    for _ in range(3):  # name+e-mail and name+ZIP link payments into one person
        for other in ("email_key", "zip_key"):
            known = (books["name_key"] != "") & (books[other] != "") & ~is_donor
            group = books["name_key"] + "|" + books[other]
            lowest = label.groupby(group).transform("min")
            label = lowest.where(known, label)
    by_label = dict(zip(first.where(is_donor, first + len(key)), key, strict=True))
    return label.map(by_label).astype(str)


def _with_particulars(
    books: pd.DataFrame, is_named: pd.Series[bool], payer_zip: pd.Series[str]
) -> pd.DataFrame:
    books["payer_zip"] = payer_zip
    for field in _PAYER_FIELDS:
        books[field] = books[field].where(is_named).fillna(books[f"payer_{field}"])
    for field in ("first_name", "middle_name", "last_name", "suffix"):
        books[field] = books[field].where(is_named)
    # The second line belongs to the payer's own address only.
    own_street = books["street"] == books["payer_street"]
    books["street_2"] = books["payer_street_2"].where(own_street)
    books["full_name"] = books["payer_name"].where(
        ~is_named | books["last_name"].isna(),
        (books["first_name"].fillna("") + " " + books["last_name"].fillna("")).str.strip(),
    )
    return _same_throughout(books)


def _same_throughout(books: pd.DataFrame) -> pd.DataFrame:
    """Let every payment of a person carry the same particulars, those of the books first."""
    columns = [*PERSON, "full_name"]
    best_first = books.assign(no_donor=books["last_name"].isna()).sort_values(
        "no_donor", kind="stable"
    )
    first = best_first.groupby("contributor")[columns].first()
    return books.drop(columns=columns).join(first, on="contributor")


def people(contributions: pd.DataFrame) -> pd.DataFrame:
    """Return one row a contributor."""
    columns = [*PERSON, "full_name", "name_key", "donor_id"]
    return contributions.groupby("contributor", sort=False)[columns].first()


def with_elections(contributions: pd.DataFrame, elections: Sequence[Election]) -> pd.DataFrame:
    """Return the contributions with the election each counts against."""
    designated = contributions["payer_election"].fillna(contributions["pledge_election"])
    gifts = pd.DataFrame(
        {"given_on": contributions["received_on"], "election_code": designated.fillna("")}
    )
    return contributions.assign(election_code=elections_of(gifts, elections))


def with_aggregates(
    contributions: pd.DataFrame, history: pd.DataFrame, cycles: Sequence[date], last_day: date
) -> pd.DataFrame:
    """Return the contributions since the first cycle began, each with the giver's total so far.

    A total starts anew with each of `cycles` (their first days, in order). History that lists told
    (gifts through other processors) counts from its day on.
    """
    inside = contributions["received_on"].between(cycles[0], last_day)
    rows = contributions.loc[inside].sort_values(["received_on", "charge_id"], kind="stable")
    rows = rows.assign(cycle=cycle_numbers(rows["received_on"], cycles))
    own = rows.groupby(["contributor", "cycle"])["amount_cents"].cumsum()
    return rows.assign(aggregate_cents=own + _history_before(rows, history, cycles))


def cycle_numbers(days: pd.Series[Any], cycles: Sequence[date]) -> npt.NDArray[np.int64]:
    """Return the number of the cycle that each day lies in."""
    starts = np.array(cycles, dtype="datetime64[D]")
    day = pd.to_datetime(days).to_numpy().astype("datetime64[D]")
    return np.searchsorted(starts, day, side="right").astype("int64")


def _history_before(
    rows: pd.DataFrame, history: pd.DataFrame, cycles: Sequence[date]
) -> pd.Series[int]:
    donors = rows["contributor"].where(rows["contributor"].str.startswith("D:"))
    told = history.loc[history["given_on"] >= cycles[0]]
    if told.empty or donors.isna().all():
        return pd.Series(0, index=rows.index)
    told = told.assign(contributor="D:" + told["donor_id"].astype(str))
    told = told.loc[told["contributor"].isin(set(donors.dropna()))]
    told = told.sort_values("given_on", kind="stable")
    told["cycle"] = cycle_numbers(told["given_on"], cycles)
    told["so_far"] = told.groupby(["contributor", "cycle"])["amount_cents"].cumsum()
    told["day"] = pd.to_datetime(told["given_on"])
    left = rows.assign(day=pd.to_datetime(rows["received_on"]))[["contributor", "cycle", "day"]]
    left = left.reset_index().sort_values("day", kind="stable")
    joined = pd.merge_asof(
        left,
        told[["contributor", "cycle", "day", "so_far"]],  # in order: the last of a day counts
        on="day",
        by=["contributor", "cycle"],
    )
    return joined.set_index("index")["so_far"].fillna(0).astype("int64").reindex(rows.index)


def with_itemised(
    contributions: pd.DataFrame, closes: Sequence[date], over_cents: int
) -> pd.DataFrame:
    """Return the contributions with `is_itemised`.

    A report itemises every contribution of its period from a person whose aggregate is above the
    threshold when the period closes (11 CFR 104.3(a)(4)(i), 104.8(b)); what an earlier report
    left unitemised stays so. `closes` are the last days of the periods, in order.
    """
    ends = np.array(closes, dtype="datetime64[D]")
    day = pd.to_datetime(contributions["received_on"]).to_numpy().astype("datetime64[D]")
    period = np.searchsorted(ends, day, side="left")
    givers = contributions.groupby(["contributor", "cycle", period])
    at_close = givers["aggregate_cents"].transform("max")
    return contributions.assign(is_itemised=at_close > over_cents)


def month_ends(first_day: date, last_day: date) -> list[date]:
    """Return the last day of each month of a period, cut at its end."""
    ends: list[date] = []
    day = first_day
    while day <= last_day:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        ends.append(min(following - timedelta(days=1), last_day))
        day = following
    return ends
