"""Frames of a random committee's books, as the store would answer them; no database."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pandas as pd

from campaign.compliance.books import draw_filing, open_books
from campaign.compliance.filer import Filer
from campaign.compliance.limits import Election
from campaign.compliance.loans import Loan
from campaign.compliance.outside import Outside
from campaign.compliance.periods import coverage
from reports.fec import draw_up

FIRST = [
    "Ada",
    "Béla",
    "Çağla",
    "Dörte",
    "Ewa",
    "Frej",
    "Gia",
    "Hồ",
    "Iñigo",
    "Jón",
    "Zoë",
    "D'Arcy",
]
LAST = ["Testdonor", "Ñandú", "Łukasz", "O'Brien", "de la Cruz", "Müller-Lüdenscheidt", "Straße",
        "van der Berg", "Ødegård", "Sample Jr."]  # fmt: skip
STATES = ["OH", "va", "Texas", "NY", "CA", "PR"]
AMOUNTS = [1, 99, 1_000, 5_000, 19_999, 20_000, 20_001, 50_000, 100_000, 350_000]
RECEIPT_COLUMNS = (
    "charge_id received_on amount_cents refunded_cents method card_country card_fingerprint "
    "payer_name payer_email payer_phone payer_zip payer_street payer_street_2 payer_city "
    "payer_state payer_country payer_employer payer_occupation payer_election card_funding "
    "goods goods_value "
    "balance_transaction fee_cents available_on payout bank_line deposited_on confirmed_cents "
    "at_most_cents at_most_since_cents taken_back_cents "
    "suggested_cents pledge_id pledge_ref campaign_id campaign_code call_id pledged_on "
    "team_id team_code "
    "pledge_election pledge_first_name pledge_last_name pledge_email pledge_phone pledge_zip "
    "donor_id first_name middle_name last_name suffix street city state zip country occupation "
    "employer"
)


def random_filer(random: Random, kind: str) -> Filer:
    """Return an invented committee."""
    return Filer(
        committee_id=f"C{random.randrange(10**8):08d}",
        name=f"{random.choice(LAST)} Committee",
        kind=kind,
        street="1 Test St",
        city="Columbus",
        state="OH",
        zip="43004-1234",
        treasurer_last="Okafor",
        treasurer_first="Ruth",
        office=random.choice(["H", "S"]) if kind == "candidate" else "",
        candidate_id="H6OH03999",
        candidate_last="Rivera",
        candidate_first="Ana",
        district="03",
    )


def random_frames(random: Random, first_day: date, last_day: date) -> dict[str, pd.DataFrame]:
    """Return books of a few hundred payments around the days given."""
    span = (last_day - first_day).days
    donors = [_donor(random, number) for number in range(1, random.randint(2, 40))]
    receipts, returns = [], []
    for number in range(random.randint(0, 150)):
        # Some lie before the period: they count for the aggregate, not for the report.
        day = first_day + timedelta(days=random.randint(-60, span))
        receipt = _receipt(random, number, day, random.choice(donors))
        receipts.append(receipt)
        if random.random() < 0.1:
            kind = random.choice(["refund", "debit failed", "dispute", "dispute won"])
            back = random.randint(1, receipt["amount_cents"])
            returns.append(
                (kind, f"re_{number}", receipt["charge_id"], min(day + timedelta(9), last_day),
                 -back if kind == "dispute won" else back, None)
            )  # fmt: skip
    return {
        "receipts": pd.DataFrame(receipts, columns=RECEIPT_COLUMNS.split()),
        "split": pd.DataFrame(columns=["charge_id"]),
        "returns": pd.DataFrame(
            returns,
            columns=["kind", "return_id", "charge_id", "returned_on", "amount_cents", "reason"],
        ).astype({"amount_cents": "int64"}),
        "fees": _fees(receipts),
        "history": _history(random, donors, first_day),
        "teams": _teams(random),
        "vendor_days": _vendor_days(random, first_day, span),
        "remedies": _remedies(random, receipts, first_day, last_day),
        "letters": pd.DataFrame(columns=["kind", "subject_key", "sent_on"]),
    }


def _donor(random: Random, number: int) -> dict[str, Any]:
    known = random.random() < 0.7
    return {
        "donor_id": number,
        "first_name": random.choice(FIRST),
        "last_name": f"{random.choice(LAST)} {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % 26]}",
        "street": random.choice(
            ["1 Test St", "Apt. 4–5, “Long” Road of Many Words and More", None]
        ),
        "city": "Columbus",
        "state": random.choice(STATES),
        "zip": "43004",
        "country": "US",
        "occupation": "Engineer" if known else None,
        "employer": "Ăcme Widgets & Sons" if known else None,
    }


def _receipt(random: Random, number: int, day: date, donor: dict[str, Any]) -> dict[str, Any]:
    amount = random.choice(AMOUNTS)
    spouse = random.random() < 0.1
    has_pledge = random.random() < 0.8
    name = f"{'Sam' if spouse else donor['first_name']} {donor['last_name']}"
    return {
        **dict.fromkeys(RECEIPT_COLUMNS.split()),
        **(donor if has_pledge else {}),
        "charge_id": f"ch_{number}",
        "received_on": day,
        "amount_cents": amount,
        "refunded_cents": 0,
        "taken_back_cents": 0,
        "payer_name": name,
        "payer_email": f"d{donor['donor_id']}@example.org",
        "payer_zip": "43004",
        "payer_street": "1 Test St",
        "payer_city": "Columbus",
        "payer_state": "OH",
        "payer_country": "US",
        "card_country": "US",
        "fee_cents": amount * 29 // 1000 + 30,
        "confirmed_cents": amount if has_pledge else 0,
        "suggested_cents": 0,
        "pledge_id": number if has_pledge else None,
        "pledge_ref": f"PL-{number}" if has_pledge else None,
        "at_most_cents": amount if has_pledge else None,
        "at_most_since_cents": amount if has_pledge else None,
        "team_code": random.choice(["HQ", "OHIO", "MNL"]) if has_pledge else None,
        "campaign_code": "FALL" if has_pledge else None,
        "donor_id": donor["donor_id"] if has_pledge else None,
    }


def _fees(receipts: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [(row["received_on"], "payment fee", row["fee_cents"], 1) for row in receipts]
    frame = pd.DataFrame(rows, columns=["paid_on", "kind", "amount_cents", "rows"])
    return frame.astype({"amount_cents": "int64", "rows": "int64"})


def _history(random: Random, donors: list[dict[str, Any]], first_day: date) -> pd.DataFrame:
    rows = [
        (donor["donor_id"], first_day - timedelta(days=random.randint(1, 900)), 15_000, "")
        for donor in donors
        if random.random() < 0.3
    ]
    columns = ["donor_id", "given_on", "amount_cents", "election_code"]
    return pd.DataFrame(rows, columns=columns).astype({"amount_cents": "int64"})


def _teams(random: Random) -> pd.DataFrame:
    rows = [
        (1, "HQ", "Volunteers", "in_house", "per_hour", 1800, 0, 15),
        (2, "OHIO", "Éxample Calls LLC", "onshore", random.choice(["per_call", "per_hour"]), 210,
         0, 18),
        (3, "MNL", "Example Centre", "offshore", "percentage", 0, 1500, 20),
    ]  # fmt: skip
    columns = ["team_id", "team_code", "team", "kind", "cost_model", "cost_cents",
               "cost_basis_points", "calls_per_hour"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(contract_to=None)


def _vendor_days(random: Random, first_day: date, span: int) -> pd.DataFrame:
    rows = [
        ("OHIO", "FALL", first_day + timedelta(days=day), random.randint(1, 400), 1000)
        for day in range(-10, span, 7)
    ]
    return pd.DataFrame(rows, columns=["team_code", "campaign_code", "on", "attempts", "seconds"])


def _remedies(
    random: Random, receipts: list[dict[str, Any]], first_day: date, last_day: date
) -> pd.DataFrame:
    span = (last_day - first_day).days
    large = [row for row in receipts if row["amount_cents"] >= 100_000]
    rows = [
        {
            "remedy_id": number,
            "charge_id": row["charge_id"],
            "kind": random.choice(["redesignation", "reattribution"]),
            "amount_cents": 50_000,
            "to_election": "G2028",
            "to_donor_id": 900 + number,
            "decided_on": first_day + timedelta(days=random.randint(0, span)),
            "decided_by": "test",
            "because": "letter 1",
            "first_name": "Joint",
            "last_name": f"Giver {'ABCDEFGHIJ'[number % 10]}",
            "street": "1 Test St",
            "city": "Columbus",
            "state": "OH",
            "zip": "43004",
            "employer": "Acme",
            "occupation": "Nurse",
            "full_name": "Joint Giver",
        }
        for number, row in enumerate(large[:3])
    ]
    columns = (
        "remedy_id charge_id kind amount_cents to_election to_donor_id decided_on decided_by "
        "because first_name last_name street city state zip employer occupation full_name"
    )
    return pd.DataFrame(rows, columns=columns.split())


def random_gifts(random: Random, first_day: date, last_day: date) -> pd.DataFrame:
    """Return gifts that a conduit's list tells of."""
    donors = [_donor(random, number) for number in range(501, 506)]
    span = (last_day - first_day).days
    rows = [
        {
            **random.choice(donors),
            "middle_name": None,
            "suffix": None,
            "street_2": None,
            "source": random.choice(["CONDUIT", "OTHER"]),
            "external_id": str(number),
            "given_on": first_day + timedelta(days=random.randint(-30, span)),
            "amount_cents": random.choice(AMOUNTS),
            "election_code": random.choice(["", "G2026"]),
        }
        for number in range(random.randint(0, 12))
    ]
    columns = (
        "source external_id donor_id given_on amount_cents election_code first_name middle_name "
        "last_name suffix street street_2 city state zip country employer occupation"
    )
    return pd.DataFrame(rows, columns=columns.split())


def random_loan(random: Random, form: str, first_day: date) -> Loan:
    """Return a loan of a person, in part repaid."""
    lent = random.randint(2, 10**6)
    repaid = ((first_day + timedelta(days=3), random.randint(1, lent)),)
    said = {"last_name": "Lender", "first_name": "Lee", "street": "1 Test St", "city": "Columbus",
            "state": "OH", "zip": "43004"}  # fmt: skip
    return Loan("XL1", "SA13A" if form == "F3" else "SA13", first_day, lent, repaid, said)


def filing_bytes_of(seed: int = 5) -> bytes:
    """Return a Form 3 with receipts, refunds, fees and a debt."""
    elections = (Election("P2026", date(2026, 5, 5)), Election("G2026", date(2026, 11, 3)))
    random = Random(seed)
    days = coverage("F3", "Q3", 2026, elections, "H")
    while True:
        books = open_books(
            random_frames(random, days.first_day, days.last_day), elections, days.last_day
        )
        outside = Outside(loans=(random_loan(random, "F3", days.first_day),))
        filing = draw_filing(random_filer(random, "candidate"), days, books, outside)
        kinds = {record.values.get("form_type") for record in filing.records}
        if {"SA11AI", "SB17", "SB20A", "SC/10", "SD10"} <= kinds:
            return draw_up(filing, date(2026, 10, 10))
