"""Limits and clocks as they stand today: who comes near a limit, and what is due by law when.

Counted from every payment in our own books, on a pledge or not; the treasurer's package holds the
full ledger with its day counts, and the gifts that lists tell of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.compliance.contributions import with_contributors
from campaign.compliance.limits import Election, LimitBasis, limit_basis, with_generals
from campaign.compliance.notices import windows
from campaign.compliance.rule_tables import Threshold, thresholds
from campaign.days import Period
from campaign.organisations import is_organisation
from store.committees import Committee
from store.compliance import elections, frame
from store.limits import limits_in_force
from store.taken_back import HAS_FAILED

_MOST = 200  # rows of a table that a page shows


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody at four fifths of the limit or more; whatever is over is cured by `due_on`."""

    name: str
    cents: int
    last_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody above the record-keeping sum of whom occupation or employer is missing."""

    name: str
    cents: int
    lacks_occupation: bool
    lacks_employer: bool
    due_on: date
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A receipt that must be told to the FEC within 48 hours."""

    charge_id: str
    name: str
    cents: int
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the law counts, on one day."""

    basis: LimitBasis
    near: list[Near]
    best_efforts: list[Asked]
    notices: list[Notice]
    deposits: list[RowMapping]


def clocks(session: Session, committee: Committee, today: date) -> Clocks:
    """Return who is near or over the limit, and which clocks run."""
    known = with_generals(elections(session), today, today)
    limits = limits_in_force(session)
    basis = limit_basis(committee.kind, today, known, limits=limits)
    last_day = max(min(basis.last_day, today), basis.first_day)
    received = _received(session, committee, basis.first_day, last_day)
    return Clocks(
        basis=basis,
        near=_near(received, basis),
        best_efforts=_best_efforts(session, received) if committee.kind != "nonprofit" else [],
        notices=notices(session, committee, today),
        deposits=_deposits(session, thresholds()["deposit"], today, committee.timezone),
    )


def notices(session: Session, committee: Committee, today: date) -> list[Notice]:
    """Return receipts that must be told to the FEC within 48 hours, the newest first."""
    known = with_generals(elections(session), today, today)
    held_on = min((one.held_on for one in known if one.held_on >= today), default=None)
    if committee.kind != "candidate" or held_on is None:
        return []
    (window,) = windows([Election("", held_on)])
    rule = thresholds()["notice_48h"]
    received = _received(session, committee, window.first_day, window.last_day)
    large = received[received["amount_cents"] >= rule.at_least].tail(_MOST)
    moments = {
        row.id: row.created_at
        for row in session.execute(
            text("select id, created_at from stripe_charge where id = any(:ids)"),
            {"ids": large["charge_id"].tolist()},
        )
    }
    return [
        Notice(
            row.charge_id,
            row.full_name,
            int(row.amount_cents),
            moments[row.charge_id],
            moments[row.charge_id] + timedelta(days=rule.days or 2),
        )
        for row in _each(large.iloc[::-1])
    ]


def _received(
    session: Session, committee: Committee, first_day: date, last_day: date
) -> pd.DataFrame:
    """Return the payments of these days, and who gave each, as the package tells it."""
    days = Period(first_day, last_day, committee.timezone)
    values = {"zone": committee.timezone, "currency": committee.currency}
    rows = frame(session, "receipts since", since=days.starts_at, until=days.ends_at, **values)
    given = with_contributors(rows)
    return given.assign(
        full_name=given["full_name"].fillna("not known"),
        kept_cents=given["amount_cents"] - given["refunded_cents"] - given["taken_back_cents"],
    )


def _near(received: pd.DataFrame, basis: LimitBasis) -> list[Near]:
    """Return people at four fifths of the limit or more, the highest first."""
    if basis.amount_cents is None or received.empty:
        return []
    people = received.groupby("contributor").agg(
        name=("full_name", "first"), cents=("kept_cents", "sum"), last_on=("received_on", "max")
    )
    people = people[people["cents"] >= basis.amount_cents * 0.8]
    cure = timedelta(days=thresholds()["excess"].days or 60)
    return [
        Near(row.name, int(row.cents), row.last_on, row.last_on + cure)
        for row in _each(people.sort_values("cents", ascending=False).head(_MOST))
    ]


def _best_efforts(session: Session, received: pd.DataFrame) -> list[Asked]:
    """Return people above the record-keeping sum whose occupation or employer is missing."""
    if received.empty:
        return []
    people = received.groupby("contributor", as_index=False).agg(
        name=("full_name", "first"),
        cents=("kept_cents", "sum"),
        occupation=("occupation", "first"),
        employer=("employer", "first"),
        since=("received_on", "min"),
        charges=("charge_id", list),
    )
    least = thresholds()["record_occupation_employer"].more_than_cents
    lacks = people["occupation"].isna() | people["employer"].isna()
    asked = people[(people["cents"] > least) & lacks].sort_values("since").head(_MOST)
    sent = {
        row.subject_key: row.sent_at
        for row in session.execute(
            text(
                "select subject_key, max(sent_at) as sent_at from letter"
                " where kind = 'best_efforts' group by 1"
            )
        )
    }
    days = timedelta(days=thresholds()["best_efforts"].days or 30)
    found = []
    for row in _each(asked):
        keys = [row.contributor, *(f"P:{charge}" for charge in row.charges)]
        letters = [sent[key] for key in (f"contributor:{key}" for key in keys) if sent.get(key)]
        if not is_organisation(row.name):
            found.append(
                Asked(
                    row.name,
                    int(row.cents),
                    pd.isna(row.occupation),
                    pd.isna(row.employer),
                    row.since + days,
                    max(letters, default=None),
                )
            )
    return found


def _each(rows: pd.DataFrame) -> Iterable[Any]:
    return rows.itertuples(index=False)


def _deposits(session: Session, rule: Threshold, today: date, zone: str) -> list[RowMapping]:
    """Return payments that did not reach the bank within the days that the law gives."""
    statement = text(
        f"""
            select c.id as charge_id, c.captured_cents, c.created_at, t.payout, po.arrives_on,
                coalesce(po.arrives_on, cast(:today as date))
                    - (c.created_at at time zone :zone)::date as days
            from stripe_charge c
            left join stripe_balance_transaction t on t.id = c.balance_transaction
            left join stripe_payout po on po.id = t.payout
            where c.status = 'succeeded' and c.captured_cents > c.refunded_cents
                and not {HAS_FAILED} and coalesce(po.arrives_on, cast(:today as date))
                    - (c.created_at at time zone :zone)::date > :days
            order by c.created_at limit 200"""
    )
    values = {"today": today, "zone": zone, "days": rule.days or 10}
    return list(session.execute(statement, values).mappings())
