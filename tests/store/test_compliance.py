"""The questions of a report, answered over invented books."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from campaign.compliance.contributions import (
    people,
    with_aggregates,
    with_contributors,
    with_elections,
    with_itemised,
)
from store import compliance
from tests.support.synthetic_books import Shape, write_books

SINCE = datetime(2026, 7, 1, 4, tzinfo=UTC)
UNTIL = datetime(2026, 10, 1, 4, tzinfo=UTC)


def test_the_frames_hold_every_cent_of_the_books(session: Session) -> None:
    books = write_books(session, Shape(seed=3, charges=300))
    frames = compliance.book_frames(
        session,
        zone="America/New_York",
        currency="usd",
        since=SINCE,
        until=UNTIL,
        last_day=date(2026, 9, 30),
    )
    assert int(frames["receipts"]["amount_cents"].sum()) == books.gross_cents
    assert int(frames["fees"]["amount_cents"].sum()) == books.fee_cents
    assert int(frames["returns"]["amount_cents"].sum()) == books.refund_cents
    assert len(frames["pledges"]) == 300
    assert frames["payouts"]["amount_cents"].equals(frames["payouts"]["bank_cents"])


def test_a_spouses_card_is_another_contributor(session: Session) -> None:
    write_books(session, Shape(seed=4, charges=200, spouse_share=0.3))
    receipts = compliance.frame(
        session, "receipts", zone="America/New_York", currency="usd", until=UNTIL
    )
    given = with_elections(with_contributors(receipts), compliance.elections(session))
    spouses = given.loc[given["full_name"].str.startswith("Sam ")]
    assert len(spouses) > 20
    assert spouses["contributor"].str.startswith("P:").all()
    # The same spouse twice is one person, and shares no key with the donor.
    per_person = given.groupby("name_key")["contributor"].nunique()
    assert int(per_person.max()) == 1
    named = given.drop(spouses.index)
    assert named["contributor"].str.startswith("D:").all()
    assert set(given["election_code"]) == {"G2026"}
    totals = with_aggregates(
        given, compliance.frame(session, "history", currency="usd", last_day=date(2026, 9, 30)),
        [date(2026, 7, 1)], date(2026, 9, 30),
    )  # fmt: skip
    assert (
        totals.groupby("contributor")["aggregate_cents"].max().sum() == totals["amount_cents"].sum()
    )
    itemised = with_itemised(totals, [date(2026, 9, 30)], 20_000)
    by_hand = totals.groupby("contributor")["amount_cents"].sum()
    assert set(itemised.loc[itemised["is_itemised"], "contributor"]) == set(
        by_hand[by_hand > 20_000].index
    )
    assert len(people(itemised)) == given["contributor"].nunique()
