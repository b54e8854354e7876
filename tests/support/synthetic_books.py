"""Books of an invented committee: calls, pledges, Stripe's ledger and the bank, in columns.

The same seed gives the same books. Amounts are whole cents; every payout is the sum of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.bulk import copy_rows


def _words(text: str) -> list[str]:
    return text.split()


FIRST = [
    "Ada",
    "Ben",
    "Cora",
    "Dan",
    "Eva",
    "Finn",
    "Gia",
    "Hugo",
    "Iris",
    "Jon",
    "Kai",
    "Lea",
    "Max",
    "Nia",
    "Otto",
    "Pia",
    "Raúl",
    "Sofía",
    "Zoë",
]
LAST = [
    "Testdonor",
    "Sample",
    "Muster",
    "Example",
    "Probe",
    "Ñandú",
    "O'Brien",
    "de",
    "la",
    "Cruz",
    "Łukas",
    "Smith-Jones",
]
STREETS = ("1 Test St", "22 Sample Ave", "333 Probe Blvd")
PLACES = (("Springfield", "VA", "22150"), ("Columbus", "OH", "43004"), ("Austin", "TX", "78701"))


@dataclass(frozen=True)
class Shape:
    """How large the books are, and how much goes wrong in them."""

    seed: int = 1
    donors: int = 60
    charges: int = 120
    kind: str = "candidate"
    first_day: date = date(2026, 7, 1)
    last_day: date = date(2026, 9, 30)
    refund_share: float = 0.05
    dispute_share: float = 0.02
    spouse_share: float = 0.05
    unpledged_share: float = 0.1
    unknown_employer_share: float = 0.2
    amounts: tuple[int, ...] = (1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 350_000)
    weights: tuple[int, ...] = (20, 25, 25, 15, 8, 5, 3, 1)


@dataclass
class Books:
    """What was written, for tests that count again by hand."""

    shape: Shape
    gross_cents: int = 0
    fee_cents: int = 0
    refund_cents: int = 0
    charge_ids: list[str] = field(default_factory=list)


def write_books(session: Session, shape: Shape) -> Books:
    """Fill an empty database with the books of the shape."""
    random, books = Random(shape.seed), Books(shape)
    _committee(session, shape)
    donors = _donors(session, shape, random)
    pledges, calls = _pledges(shape, random, donors)
    _write_calls(session, calls)
    copy_rows(session, "pledge", PLEDGE, pledges)
    _money(session, shape, random, donors, pledges, books)
    session.flush()
    return books


def _committee(session: Session, shape: Shape) -> None:
    values: dict[str, Any] = {
        "kind": shape.kind,
        "fec": None if shape.kind == "nonprofit" else "C00999901",
        "ein": "99-9999999" if shape.kind == "nonprofit" else None,
        "candidate": "Rivera, Ana" if shape.kind == "candidate" else None,
        "cfec": "H6OH03999" if shape.kind == "candidate" else None,
        "office": "H" if shape.kind == "candidate" else None,
    }
    session.execute(text("delete from committee"))
    session.execute(
        text(
            "insert into committee (id, code, name, kind, fec_id, ein, candidate_name, "
            "candidate_fec_id, office, state, district, treasurer_name, treasurer_email, street, "
            "city, postal_code, timezone, currency, is_default, paid_for_by) values (1, 'TEST', "
            "'Testers Together', :kind, :fec, :ein, :candidate, :cfec, :office, 'OH', '03', "
            "'Okafor, Ruth', 'ruth@example.org', '100 Example Street', 'Columbus', '43004', "
            "'America/New_York', 'usd', false, 'Testers Together')"
        ),
        values,
    )
    if shape.kind == "candidate":
        session.execute(
            text(
                "insert into election (code, kind, held_on) values ('P2026', 'primary', "
                "'2026-05-05'), ('G2026', 'general', '2026-11-03')"
            )
        )
    session.execute(
        text(
            "insert into campaign (id, code, name, election_id, starts_on, ends_on, goal_cents, "
            "policy, quality) overriding system value values (1, 'FALL-26', 'Fall calls', "
            "(select min(id) from election where code = 'G2026'), '2026-07-01', '2026-10-31', "
            "25000000, '{}', '{}')"
        )
    )
    session.execute(
        text(
            "insert into team (id, code, name, kind, country, timezone, languages, hours, "
            "daily_capacity, cost_model, cost_cents, cost_basis_points) overriding system value "
            "values (1, 'HQ', 'Volunteers', 'in_house', 'US', 'America/New_York', '[\"en\"]', "
            "'{}', 400, 'per_hour', 1800, 0), (2, 'OHIO', 'Example Calls LLC', 'onshore', 'US', "
            "'America/New_York', '[\"en\"]', '{}', 900, 'per_call', 210, 0), (3, 'MNL', "
            "'Example Centre Manila', 'offshore', 'PH', 'Asia/Manila', '[\"en\"]', '{}', 900, "
            "'percentage', 0, 1500)"
        )
    )


DONOR = [
    "id",
    "first_name",
    "last_name",
    "phone_e164",
    "email",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "occupation",
    "employer",
    "timezone",
    "updated_at",
]
PLEDGE = [
    "id",
    "ref",
    "donor_id",
    "campaign_id",
    "team_id",
    "call_attempt_id",
    "source",
    "first_name",
    "last_name",
    "email",
    "amount_cents",
    "written_off_cents",
    "currency",
    "pledged_on",
    "due_on",
    "status",
    "created_at",
]
CALL = [
    "id",
    "external_id",
    "campaign_id",
    "donor_id",
    "team_id",
    "started_at",
    "duration_seconds",
    "call_result",
    "answers",
    "recorded_at",
]
CHARGE = [
    "id",
    "balance_transaction",
    "status",
    "amount_cents",
    "captured_cents",
    "refunded_cents",
    "currency",
    "created_at",
    "pledge_ref",
    "payer_name",
    "payer_email",
    "postal_code",
    "payer_address",
    "method",
    "card_fingerprint",
    "card_country",
    "raw",
    "fetched_at",
]
ROW = [
    "id",
    "type",
    "reporting_category",
    "status",
    "amount_cents",
    "fee_cents",
    "net_cents",
    "currency",
    "source",
    "payout",
    "created_at",
    "available_on",
    "raw",
    "fetched_at",
]


def _moment(day: date, random: Random) -> datetime:
    return datetime.combine(day, time(14, random.randrange(60), random.randrange(60)), UTC)


def _donors(session: Session, shape: Shape, random: Random) -> list[tuple[Any, ...]]:
    now = datetime.combine(shape.first_day, time(9), UTC)
    rows = []
    for number in range(1, shape.donors + 1):
        city, state, zip_code = random.choice(PLACES)
        known = random.random() >= shape.unknown_employer_share
        rows.append(
            (
                number,
                random.choice(FIRST),
                f"{random.choice(LAST)}{number:x}".replace("0", "o").translate(_DIGITS),
                f"+1614555{number % 100 + 100:04d}",
                f"donor{number}@example.org",
                random.choice(STREETS),
                city,
                state,
                zip_code,
                "US",
                "Engineer" if known else None,
                "Acme Widgets" if known else None,
                "America/New_York",
                now,
            )
        )
    copy_rows(session, "donor", DONOR, rows)
    copy_rows(
        session, "donor_email", ("donor_id", "email", "batch_id"), [(r[0], r[4], 1) for r in rows]
    )
    return rows


_DIGITS = str.maketrans("0123456789", "ghijklmnop")


def _pledges(
    shape: Shape, random: Random, donors: list[tuple[Any, ...]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    days = (shape.last_day - shape.first_day).days
    pledges, calls = [], []
    for number in range(1, shape.charges + 1):
        donor = random.choice(donors)
        day = shape.first_day + timedelta(days=random.randrange(max(1, days - 5)))
        at, team = _moment(day, random), random.randint(1, 3)
        calls.append((number, f"c{number}", 1, donor[0], team, at, 180, "pledged", Jsonb({}), at))
        amount = random.choices(shape.amounts, shape.weights)[0]
        pledges.append(
            (number, f"PL-{number}", donor[0], 1, team, number, "call", donor[1], donor[2],
             donor[4], amount, 0, "usd", day, day + timedelta(days=30), "open", at)
        )  # fmt: skip
    return pledges, calls


def _write_calls(session: Session, calls: list[tuple[Any, ...]]) -> None:
    copy_rows(session, "call_attempt", CALL, calls)


def _money(
    session: Session,
    shape: Shape,
    random: Random,
    donors: list[tuple[Any, ...]],
    pledges: list[tuple[Any, ...]],
    books: Books,
) -> None:
    charges, allocations, rows, refunds, disputes = [], [], [], [], []
    for number, pledge in enumerate(pledges, start=1):
        day = min(pledge[13] + timedelta(days=random.randrange(5)), shape.last_day)
        at, amount = _moment(day, random), pledge[10]
        donor = donors[pledge[2] - 1]
        charge_id, row_id = f"ch_{shape.seed}_{number:07d}", f"txn_{shape.seed}_{number:07d}"
        is_pledged = random.random() >= shape.unpledged_share
        is_spouse = random.random() < shape.spouse_share
        name = f"{'Sam' if is_spouse else donor[1]} {donor[2]}"
        refunded = amount if random.random() < shape.refund_share else 0
        fee = amount * 29 // 1000 + 30
        address = {"line1": donor[5], "city": donor[6], "state": donor[7], "postal_code": donor[8],
                   "country": "US"}  # fmt: skip
        charges.append(
            (charge_id, row_id, "succeeded", amount, amount, refunded, "usd", at,
             pledge[1] if is_pledged else None, name, donor[4], donor[8], Jsonb(address), "card",
             f"fp{pledge[2]}", "US", Jsonb({"id": charge_id, "metadata": {}}), at)
        )  # fmt: skip
        rows.append(_row(row_id, "charge", "charge", amount, fee, charge_id, at))
        if is_pledged:
            allocations.append(
                (
                    charge_id,
                    pledge[0],
                    amount,
                    "confirmed",
                    1.0,
                    "carries its reference",
                    "rule",
                    at,
                )
            )
        if refunded:
            back = min(at + timedelta(days=3), _moment(shape.last_day, random))
            refund_id = f"re_{shape.seed}_{number}"
            refunds.append(
                (refund_id, charge_id, "succeeded", amount, "usd", back, Jsonb({}), back)
            )
            rows.append(_row(f"txr{number}", "refund", "refund", -amount, 0, refund_id, back))
            books.refund_cents += amount
        elif random.random() < shape.dispute_share:
            back = min(at + timedelta(days=2), _moment(shape.last_day, random))
            dispute_id = f"dp_{shape.seed}_{number}"
            disputes.append((dispute_id, charge_id, "lost", amount, "usd", back, Jsonb({}), back))
            rows.append(
                _row(f"txd{number}", "adjustment", "dispute", -amount, 1500, dispute_id, back)
            )
            books.refund_cents += amount
            books.fee_cents += 1500
        books.gross_cents += amount
        books.fee_cents += fee
        books.charge_ids.append(charge_id)
    copy_rows(session, "stripe_charge", CHARGE, charges)
    copy_rows(
        session,
        "stripe_refund",
        _words("id charge status amount_cents currency created_at raw fetched_at"),
        refunds,
    )
    copy_rows(
        session,
        "stripe_dispute",
        _words("id charge status amount_cents currency created_at raw fetched_at"),
        disputes,
    )
    copy_rows(
        session,
        "allocation",
        [
            "charge_id",
            "pledge_id",
            "amount_cents",
            "tier",
            "confidence",
            "reason",
            "decided_by",
            "decided_at",
        ],
        allocations,
    )
    _payouts(session, rows)


def _row(
    row_id: str, kind: str, category: str, amount: int, fee: int, source: str, at: datetime
) -> list[Any]:
    return [row_id, kind, category, "available", amount, fee, amount - fee, "usd", source, None,
            at, at + timedelta(days=2), Jsonb({}), at]  # fmt: skip


def _payouts(session: Session, rows: list[list[Any]]) -> None:
    """One automatic payout a week, the sum of the rows that are available by then."""
    weeks: dict[date, list[list[Any]]] = {}
    for row in rows:
        day = row[11].date()
        weeks.setdefault(day + timedelta(days=6 - day.weekday()), []).append(row)
    payouts, lines = [], []
    for number, (day, inside) in enumerate(sorted(weeks.items()), start=1):
        total, payout, at = (
            sum(row[6] for row in inside),
            f"po_{number}",
            datetime.combine(day, time(15), UTC),
        )
        for row in inside:
            row[9] = payout
        rows.append(_row(f"txp{number}", "payout", "payout", -total, 0, payout, at))
        rows[-1][9] = payout
        payouts.append((payout, "paid", total, "usd", True, "standard", "completed",
                        day + timedelta(days=1), f"txp{number}", at, Jsonb({}), at))  # fmt: skip
        lines.append((f"k{number}", day + timedelta(days=1), total, "usd", "STRIPE TRANSFER",
                      payout, "0" * 64, payout, at))  # fmt: skip
    copy_rows(
        session,
        "stripe_payout",
        [
            "id",
            "status",
            "amount_cents",
            "currency",
            "is_automatic",
            "method",
            "reconciliation_status",
            "arrives_on",
            "balance_transaction",
            "created_at",
            "raw",
            "fetched_at",
        ],
        payouts,
    )
    copy_rows(session, "stripe_balance_transaction", ROW, rows)
    copy_rows(
        session,
        "bank_line",
        [
            "key",
            "booked_on",
            "amount_cents",
            "currency",
            "description",
            "reference",
            "file_sha256",
            "payout",
            "imported_at",
        ],
        lines,
    )
