"""The questions of a report, answered over invented books."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.compliance.contributions import (
    people,
    with_aggregates,
    with_contributors,
    with_elections,
    with_itemised,
)
from store import call_frames, compliance
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


def test_a_spouse_who_is_a_donor_gives_as_that_donor(session: Session) -> None:
    """What somebody pays of another's pledge counts together with what they gave themselves."""
    write_books(session, Shape(seed=4, charges=200, spouse_share=0.3))
    name, charge = session.execute(
        text(
            "select c.payer_name, c.id from stripe_charge c join allocation a on a.charge_id = c.id"
            " where c.payer_name like 'Sam %' and c.status = 'succeeded'"
            " and c.captured_cents > 0 and a.tier = 'confirmed' order by c.id limit 1"
        )
    ).one()
    values = {"id": charge, "email": "sam@example.org", "last": name.split()[-1]}
    session.execute(
        text("update stripe_charge set payer_email = 'Sam@Example.org' where id = :id"), values
    )
    session.execute(
        text(
            "insert into donor (id, first_name, last_name, email, occupation, employer, status,"
            " consent, provenance, updated_at) values (90001, 'Samuel', :last, :email, 'Baker',"
            " 'Bakery', 'active', '{}', '[]', now())"
        ),
        values,
    )
    receipts = compliance.frame(
        session, "receipts", zone="America/New_York", currency="usd", until=UNTIL
    )
    given = with_contributors(receipts).set_index("charge_id").loc[charge]
    assert given[["contributor", "occupation", "pledge_ref"]].tolist() == [
        "D:90001",
        "Baker",
        receipts.set_index("charge_id").loc[charge, "pledge_ref"],
    ]


def test_a_suggested_match_names_no_giver_no_election_and_no_team(session: Session) -> None:
    """Only a person makes a suggestion a fact; until then the payment is nobody's pledge."""
    write_books(session, Shape(seed=6, charges=80, unpledged_share=0.0))
    values = {"zone": "America/New_York", "currency": "usd", "until": UNTIL}
    before = compliance.frame(session, "receipts", **values).set_index("charge_id")
    charge = str(before.index[before["pledge_id"].notna() & before["team_code"].notna()][0])
    session.execute(
        text("update allocation set tier = 'suggested' where charge_id = :id"), {"id": charge}
    )
    after = compliance.frame(session, "receipts", **values).set_index("charge_id").loc[charge]
    assert after["suggested_cents"] == before.loc[charge, "confirmed_cents"]
    named = ["pledge_id", "pledge_ref", "team_code", "call_id", "pledge_election", "pledge_email"]
    assert before.loc[charge, named].notna().all()
    assert after[named].isna().all()
    days = {"since": SINCE, "until": UNTIL, "last_day": date(2026, 9, 30)}
    pledges = compliance.frame(session, "pledges", currency="usd", **days)
    paid = pledges.set_index("pledge_ref")["paid_cents"]
    assert paid[before.loc[charge, "pledge_ref"]] == 0


def test_what_was_noted_of_a_call_stands_in_the_report(session: Session) -> None:
    """The law apart from the policy; a centre's calls without a certificate are one row a day."""
    write_books(session, Shape(seed=5, charges=60))
    session.execute(text("delete from suppression"))
    session.execute(
        text("update call_attempt set started_at = '2026-08-03T18:00:00Z', donor_id = id % 5 + 1,"
             " recorded_at = '2026-08-03T19:00:00Z', team_id = 1, call_result = 'refused'"
             " where id in (select id from call_attempt order by id limit 5)")
    )  # fmt: skip
    ids = session.scalars(
        text("select id from call_attempt where started_at = '2026-08-03T18:00:00Z' order by id")
    ).all()
    marks = [
        '["outside_hours", "uncertified_caller"]',
        '["outside_hours", "outside_required_hours", "uncertified_caller"]',
        '["after_expiry"]',
        "[]",
    ]
    for call_id, mark in zip(ids, marks, strict=False):
        session.execute(
            text("update call_attempt set violations = cast(:mark as jsonb) where id = :id"),
            {"mark": mark, "id": call_id},
        )
    session.execute(
        text("update call_attempt set call_result = 'do_not_call',"
             " recorded_at = '2026-08-05T19:00:00Z' where id = :id"),
        {"id": ids[3]},
    )  # fmt: skip
    day = {
        "since": datetime(2026, 8, 3, 4, tzinfo=UTC),
        "until": datetime(2026, 8, 4, 4, tzinfo=UTC),
    }
    law = call_frames.law_of(date(2026, 8, 3))
    found = compliance.frame(session, "calling", zone="America/New_York", **day, **law)
    told = found.loc[found["call_id"].isin(ids), ["problem", "call_id", "detail"]]
    assert set(told.itertuples(index=False, name=None)) == {
        ("outside of the strictest hours known", ids[0], "14:00"),
        ("outside of the hours of the law", ids[1], "14:00"),
        ("after the packet had expired", ids[2], ""),
        ("an opt-out told a day late or later", ids[3], "08-05 15:00"),
        ("by somebody without a certificate", ids[0], "2 calls"),
    }


def test_a_payment_of_two_pledges_is_told_pledge_by_pledge(session: Session) -> None:
    write_books(session, Shape(seed=3, charges=20))
    session.execute(text("update allocation set amount_cents = amount_cents - 100 where id = 1"))
    session.execute(
        text(
            "update allocation set charge_id = (select charge_id from allocation where id = 1), "
            "amount_cents = 100 where id = 2"
        )
    )
    split = compliance.frame(session, "split", currency="usd")
    (charge,) = set(split["charge_id"])
    receipts = compliance.frame(
        session, "receipts", zone="America/New_York", currency="usd", until=UNTIL
    )
    (receipt,) = receipts.loc[receipts["charge_id"] == charge].to_dict("records")
    assert len(split) == 2
    assert split["confirmed_cents"].sum() == receipt["confirmed_cents"]
    first = split.iloc[0]
    assert [first[name] for name in ("pledge_id", "team_code", "campaign_code")] == [
        receipt[name] for name in ("pledge_id", "team_code", "campaign_code")
    ]
