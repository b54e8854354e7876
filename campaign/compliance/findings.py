"""What the law asks a treasurer to look at: each finding with its rule, citation and due day.

Every function returns rows of one shape (`COLUMNS`), so that a report can show them alike.
Belongs here: rules over contributions. Does not belong here: what a person decided about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from campaign.compliance.books import ReportBooks
from campaign.compliance.limits import Election, limit_basis
from campaign.compliance.notices import large_gifts
from campaign.compliance.records import Row
from campaign.compliance.rule_tables import Limit, Threshold, thresholds
from campaign.days import short_day
from campaign.organisations import is_organisation

COLUMNS = (
    "kind",
    "subject",
    "name",
    "amount_cents",
    "since",
    "due_on",
    "what",
    "status",
    "citation",
    "confidence",
)
_US = ("US", "USA", "")


def findings(
    books: ReportBooks,
    itemised: pd.DataFrame,
    recipient: str,
    first_day: date,
    last_day: date,
    limits: Sequence[Limit],
) -> pd.DataFrame:
    """Return every finding of a report's days, the most urgent first."""
    hired = books.frames["teams"], books.frames["vendor_days"]
    frames = [contracts(*hired, recipient, last_day)]
    if recipient != "nonprofit":  # the rest is the law of elections
        frames += _of_elections(books, itemised, recipient, first_day, last_day, limits)
    whole = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return whole.sort_values(["due_on", "kind", "subject"], kind="stable", ignore_index=True)


def _of_elections(
    books: ReportBooks,
    itemised: pd.DataFrame,
    recipient: str,
    first_day: date,
    last_day: date,
    limits: Sequence[Limit],
) -> list[pd.DataFrame]:
    given = books.given.loc[books.given["received_on"].between(first_day, last_day)]
    return [
        excess(books, recipient, limits),
        best_efforts(itemised, books.frames["letters"], first_day, last_day),
        anonymous(given),
        foreign(given),
        organisations(given),
        shared_cards(books.given, first_day, last_day),
        late_deposits(given, last_day),
        notices(given, books.elections, recipient),
    ]


def _rows(kind: str, rule: Threshold | None, rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    """Build findings of one kind from (subject, name, cents, since, due, what, status)."""
    citation = (rule.citation, rule.confidence) if rule else ("", "")
    return pd.DataFrame([(kind, *row, *citation) for row in rows], columns=list(COLUMNS))


def _plus(day: date, rule: Threshold) -> date:
    return day + timedelta(days=rule.days or 0)


def excess(books: ReportBooks, recipient: str, limits: Sequence[Limit]) -> pd.DataFrame:
    """Return who gave more than the limit, with the days left to redesignate or refund."""
    rule = thresholds()["excess"]
    counted = counted_gifts_by_limit(books, recipient, limits)
    if counted.empty:
        return _rows("excess", rule, ())
    over = counted.loc[counted["so_far"] > counted["limit_cents"]]
    people = over.groupby(["contributor", "scope"], sort=False).agg(
        name=("full_name", "first"),
        since=("on", "first"),
        label=("label", "first"),
        is_known=("is_known", "first"),
        total=("so_far", "last"),
        cap=("limit_cents", "last"),
    )
    mended = counted["charge_id"].map(_taken_back(books)).fillna(0).astype("int64")
    back = mended.groupby([counted["contributor"], counted["scope"]]).sum()
    people["left"] = people["total"] - people["cap"] - back.reindex(people.index).fillna(0)
    return _rows(
        "excess", rule, (_excess_row(row, rule) for row in people.reset_index().itertuples())
    )


def _excess_row(row: Any, rule: Threshold) -> tuple[object, ...]:
    unknown = "" if row.is_known else "; the limit of that day is not known yet"
    what = f"{row.label}: gave more than the limit{unknown}"
    cents, status = max(int(row.left), 0), "open" if row.left > 0 else "mended"
    return (row.contributor, row.name, cents, row.since, _plus(row.since, rule), what, status)


def _taken_back(books: ReportBooks) -> pd.Series[int]:
    """Return what was refunded, redesignated or reattributed, by payment."""
    parts = [books.returned, books.frames["remedies"]]
    moved = pd.concat([part[["charge_id", "amount_cents"]] for part in parts], ignore_index=True)
    return moved.groupby("charge_id")["amount_cents"].sum()


def counted_gifts_by_limit(
    books: ReportBooks, recipient: str, limits: Sequence[Limit]
) -> pd.DataFrame:
    """Return gifts of every source in order, with the running sum against their limit."""
    ours = books.given.assign(on=books.given["received_on"])
    told = books.frames["history"]
    history = pd.DataFrame(
        {
            "contributor": "D:" + told["donor_id"].astype(str),
            "on": told["given_on"],
            "amount_cents": told["amount_cents"],
            "election_code": told["election_code"],
            "charge_id": None,
        }
    )
    columns = ["contributor", "on", "amount_cents", "election_code", "charge_id"]
    mine = history.loc[history["contributor"].isin(set(ours["contributor"]))]
    parts = [part for part in (ours[columns], mine[columns]) if len(part)]
    if not parts:
        return pd.DataFrame()
    gifts = pd.concat(parts, ignore_index=True).sort_values("on", kind="stable")
    bases = {
        pair: limit_basis(
            recipient, pair[0], books.elections, election_code=pair[1] or None, limits=limits
        )
        for pair in set(zip(gifts["on"], gifts["election_code"], strict=True))
    }
    basis = pd.Series(
        [bases[pair] for pair in zip(gifts["on"], gifts["election_code"], strict=True)],
        index=gifts.index,
        dtype=object,
    )
    gifts["scope"] = basis.map(lambda found: found.election_code or found.label)
    gifts["label"] = basis.map(lambda found: found.label)
    gifts["limit_cents"] = basis.map(lambda found: found.cap_cents)
    gifts["is_known"] = basis.map(lambda found: found.is_known)
    gifts["so_far"] = gifts.groupby(["contributor", "scope"])["amount_cents"].cumsum()
    # History of a limit that no payment of ours touches is another time's concern.
    is_ours = gifts["charge_id"].notna().groupby([gifts["contributor"], gifts["scope"]])
    gifts = gifts.loc[is_ours.transform("any")]
    names = ours.groupby("contributor")["full_name"].first()
    return gifts.assign(full_name=gifts["contributor"].map(names))


def best_efforts(
    itemised: pd.DataFrame, letters: pd.DataFrame, first_day: date, last_day: date
) -> pd.DataFrame:
    """Return givers whose occupation or employer is missing, with what was done to learn it."""
    rule = thresholds()["best_efforts"]
    missing = itemised.loc[
        itemised["is_itemised"]
        & itemised["received_on"].between(first_day, last_day)
        & (itemised["employer"].isna() | itemised["occupation"].isna())
        & ~itemised["full_name"].fillna("").map(is_organisation)
    ]
    sent = letters.loc[letters["kind"] == "best_efforts"].set_index("subject_key")["sent_on"]
    people = missing.groupby("contributor", sort=False).agg(
        name=("full_name", "first"),
        call_id=("call_id", "first"),
        since=("received_on", "first"),
        cents=("amount_cents", "sum"),
    )
    day_of = sent[~sent.index.duplicated()].to_dict()
    return _rows(
        "best_efforts",
        rule,
        (
            _asked_row(row, day_of.get(f"contributor:{row.Index}"), rule)
            for row in people.itertuples()
        ),
    )


def _asked_row(row: Any, letter_on: object, rule: Threshold) -> tuple[object, ...]:
    on_call = "asked on the call; " if pd.notna(row.call_id) else ""
    letter, status = "no follow-up letter yet", "open"
    if isinstance(letter_on, date):
        letter, status = f"letter sent on {short_day(letter_on)}", "asked"
    what = f"occupation or employer missing: {on_call}{letter}"
    return (row.Index, row.name, int(row.cents), row.since, _plus(row.since, rule), what, status)


def _payment(
    row: Row, rule: Threshold, what: str, *, name: object = None, status: str = "open"
) -> tuple[object, ...]:
    """Return a finding about one payment, due by the days of its rule."""
    received_on = row["received_on"]
    who = name or row["full_name"]
    due_on = _plus(received_on, rule)
    return (row["charge_id"], who, row["amount_cents"], received_on, due_on, what, status)


def anonymous(given: pd.DataFrame) -> pd.DataFrame:
    """Return gifts above the record-keeping sum whose giver or address is not known."""
    rule, forward = thresholds()["record_name_address"], thresholds()["forward"]
    nameless = given["full_name"].isna()
    large = given["amount_cents"] > (rule.more_than_cents or 0)
    rows = given.loc[large & (nameless | given["zip"].isna())].to_dict("records")
    return _rows("record_keeping", rule, (_nameless(row, forward) for row in rows))


def _nameless(row: Row, rule: Threshold) -> tuple[object, ...]:
    if pd.isna(row["full_name"]):
        return _payment(row, rule, "the giver's name is not known", name="not known")
    return _payment(row, rule, "no address")


def foreign(given: pd.DataFrame) -> pd.DataFrame:
    """Return gifts with a sign of a foreign source: address, card or phone (52 USC 30121)."""
    rule = thresholds()["possibly_prohibited"]
    signs = {
        "address": ~given["payer_country"].fillna("").str.upper().isin(_US),
        "card": ~given["card_country"].fillna("").str.upper().isin(_US),
        "phone": ~given["payer_phone"].fillna("+1").str.match(r"(?:\+?1|[^+]|$)"),
    }
    rows = (
        _payment(row, rule, f"foreign {sign}")
        for sign, is_foreign in signs.items()
        for row in given.loc[is_foreign].to_dict("records")
    )
    return _rows("source", rule, rows)


def organisations(given: pd.DataFrame) -> pd.DataFrame:
    """Return gifts paid in the name of a company or a union (52 USC 30118)."""
    rule = thresholds()["possibly_prohibited"]
    names = given["payer_name"].fillna("")
    marked = given.loc[names.isin({name for name in set(names) if is_organisation(name)})]
    what = "paid in the name of an organisation"
    rows = marked.to_dict("records")
    return _rows(
        "source", rule, (_payment(row, rule, what, name=row["payer_name"]) for row in rows)
    )


def shared_cards(given: pd.DataFrame, first_day: date, last_day: date) -> pd.DataFrame:
    """Return cards that paid for several people: perhaps gifts in another's name."""
    rule = thresholds()["card_of_many"]
    people = given.groupby("card_fingerprint")["contributor"].nunique()
    cards = set(people[people >= (rule.at_least or 2)].index)
    rows = []
    inside = given["received_on"].between(first_day, last_day)
    for card, group in given.loc[inside & given["card_fingerprint"].isin(cards)].groupby(
        "card_fingerprint", sort=False
    ):
        since = group["received_on"].iloc[0]
        what = f"one card for {int(people[card])} people"
        due = _plus(since, thresholds()["possibly_prohibited"])
        cents = int(group["amount_cents"].sum())
        rows.append((f"card:{card}", "several", cents, since, due, what, "open"))
    return _rows("source", rule, rows)


def late_deposits(given: pd.DataFrame, last_day: date) -> pd.DataFrame:
    """Return receipts that reached the bank late, or that are late and not there yet."""
    rule = thresholds()["deposit"]
    received = pd.to_datetime(given["received_on"])
    arrived = pd.to_datetime(given["deposited_on"])
    waited = (arrived.fillna(pd.Timestamp(last_day)) - received).dt.days
    late = given.assign(waited=waited)[waited > (rule.days or 0)].to_dict("records")
    return _rows("deposit", rule, (_late(row, rule) for row in late))


def _late(row: Row, rule: Threshold) -> tuple[object, ...]:
    if pd.isna(row["deposited_on"]):
        return _payment(row, rule, "not at the bank yet")
    return _payment(row, rule, f"{row['waited']} days", status="late")


def notices(given: pd.DataFrame, elections: Sequence[Election], recipient: str) -> pd.DataFrame:
    """Return large gifts shortly before an election, due within 48 hours."""
    rule = thresholds()["notice_48h"]
    if recipient != "candidate":
        return _rows("notice_48h", rule, ())
    rows = (
        _payment(row, rule, f"before {election.code}")
        for election in elections
        for row in large_gifts(given, election).to_dict("records")
    )
    return _rows("notice_48h", rule, rows)


def contracts(
    teams: pd.DataFrame, vendor_days: pd.DataFrame, recipient: str, last_day: date
) -> pd.DataFrame:
    """Return contracts that shift the risk to the vendor, or that ended before the calls did."""
    rule = thresholds()["debt"]
    rows = []
    last_call = vendor_days.groupby("team_code")["on"].max().to_dict()
    for team in teams.to_dict("records"):
        called_on = last_call.get(team["team_code"])
        if called_on is None:
            continue
        subject = f"team:{team['team_code']}"
        if team["cost_model"] == "percentage" and recipient != "nonprofit":
            what = "paid by share of the money raised: may be a corporate contribution (MUR 5635)"
            rows.append((subject, team["team"], 0, called_on, last_day, what, "open"))
        if pd.notna(team["contract_to"]) and team["contract_to"] < called_on:
            called, ended = short_day(called_on), short_day(team["contract_to"])
            what = f"called on {called}, after the contract ended on {ended}"
            rows.append((subject, team["team"], 0, called_on, last_day, what, "open"))
    return _rows("contract", rule, rows)
