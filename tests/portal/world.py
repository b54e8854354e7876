"""An invented campaign, laid into the tables at once: for pages that show what others' work left.

Only tests may write tables like this; the program goes through its stores.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from campaign.roles import Role
from models.books import Allocation, BookException, Reconciliation
from models.calling import Assignment, CallAttempt, Packet, Plan, Script
from models.committee import Agent, Campaign, CampaignTeam, Committee, Election, Team
from models.donors import Donor, Gift
from models.giving import Instalment, PaymentLink, Pledge
from models.lists import ListBatch
from models.reports import Report
from models.stripe_objects import (
    BankLine,
    StripeBalanceTransaction,
    StripeCharge,
    StripePayout,
)
from models.users import AppUser, Notice
from store import audit
from store.portal_sessions import open_session

NOW = datetime(2026, 10, 7, 19, 30, tzinfo=UTC)  # afternoon on both coasts
QUESTIONS: list[Any] = [
    {"code": "top_issue", "text": "What matters most to you?", "kind": "choice",
     "choices": ["schools", "health care"]},
    {"code": "volunteers", "text": "Would you give an evening?", "kind": "yes_no"},
    {"code": "voters", "text": "How many voters live with you?", "kind": "number"},
    {"code": "wish", "text": "What should we know?", "kind": "text"},
]  # fmt: skip
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_FIRST = "Ada Ben Cleo Dev Elsa Finn Gita Hugo Inés Jon Kaya Leo Mina Noor Otto Pia".split()  # noqa: SIM905 - to read
_LAST = "Alder Birch Cedar Dahl Elm Forsberg Grove Hazel Ivory Juniper Kelp".split()  # noqa: SIM905 - to read
_PLACES = [
    ("CA", "America/Los_Angeles", "415", "94110"),
    ("CO", "America/Denver", "303", "80203"),
    ("IL", "America/Chicago", "312", "60614"),
    ("NY", "America/New_York", "212", "10027"),
]
_RESULTS = ["pledged"] * 4 + ["refused"] * 3 + ["no_answer"] * 6 + ["left_message"] * 3
_NAMES = {
    Role.FINANCE_DIRECTOR: "Ana Brook",
    Role.TREASURER: "Tomás Reed",
    Role.REVIEWER: "Ruth Vale",
    Role.TEAM_LEAD: "Lena Ford",
    Role.CALLER: "Carl Moss",
    Role.VENDOR_MANAGER: "Vera Pike",
    Role.COMPLIANCE_OFFICER: "Omar Hill",
    Role.ADMINISTRATOR: "Iris Stone",
}


@dataclass
class World:
    """What was laid, by id."""

    teams: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    donors: list[int] = field(default_factory=list)
    campaign_id: int = 0
    plan_id: int = 0
    batch_id: int = 0
    packet_id: int = 0
    report_code: str = ""


def make_world(session: Session, *, donors: int = 90, seed: int = 7, real_now: datetime) -> World:
    """Lay a campaign in its second week, with an account and an open session for each role."""
    lot, world = random.Random(seed), World()
    _organisation(session, world)
    _accounts(session, world, real_now)
    _people(session, world, lot, donors)
    _calls(session, world, lot)
    _money(session, world, lot)
    _proofs(session, world)
    audit.append(session, "plan.publish", f"plan:{world.plan_id}", {"assignments": donors}, at=NOW)
    session.commit()
    return world


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def _organisation(session: Session, world: World) -> None:
    _add(
        session,
        Committee(
            id=1, code="HOLT", name="Holt for Congress", kind="candidate", fec_id="C00999999",
            candidate_name="Holt, Maria", candidate_fec_id="H6CO08999", office="H", state="CO",
            district="08", treasurer_name="Tomás Reed", treasurer_email="tomas@example.org",
            street="1 Main St", city="Denver", postal_code="80203", phone="3035550100",
            email="hello@example.org", paid_for_by="Holt for Congress",
            timezone="America/Denver", currency="usd", is_default=False,
        ),
    )  # fmt: skip
    election = _add(session, Election(code="G2026", kind="general", held_on=date(2026, 11, 3)))
    campaign = _add(
        session,
        Campaign(
            code="FALL-26", name="Fall call time", election_id=election.id,
            starts_on=date(2026, 9, 24), ends_on=date(2026, 11, 2), goal_cents=4_000_000,
            script_code="FALL", policy={}, quality={},
        ),
    )  # fmt: skip
    world.campaign_id = campaign.id
    for code, name, kind, model, cents, points in [
        ("HOUSE", "Headquarters", "in_house", "per_hour", 2_400, 0),
        ("NORTHSTAR", "Northstar Calls", "onshore", "per_call", 310, 0),
        ("PACIFICA", "Pacifica Contact", "offshore", "percentage", 0, 2_200),
    ]:
        team = _add(
            session,
            Team(
                code=code, name=name, kind=kind, country="PH" if kind == "offshore" else "US",
                timezone="America/Denver", languages=["en", "es"], hours={}, daily_capacity=600,
                cost_model=model, cost_cents=cents, cost_basis_points=points,
                contract_from=date(2026, 9, 1), contract_to=date(2026, 11, 30),
                data_sharing_from=date(2026, 9, 1), data_sharing_to=date(2026, 11, 30),
                fair_conditions_on=date(2026, 9, 1),
            ),
        )  # fmt: skip
        world.teams[code] = team.id
        session.add(CampaignTeam(campaign_id=campaign.id, team_id=team.id, daily_capacity=600))
    session.add(
        Script(
            code="FALL", language="en", version=1, kind="fundraising", questions=QUESTIONS,
            body="Hello, may I speak with {{donor_name}}? My name is {{caller_name}}, calling "
            "for {{committee_name}}. {{recording_notice}}\n\nYou have stood with us before. Can we "
            "count on you for {{ask_1}} today?\n(If that is too much:) Would {{ask_2}} be "
            "possible? Or {{ask_3}}?\n\n{{occupation_employer}}\n\n"
            "{{paid_for_by}} {{not_deductible}}",
            published_at=NOW,
        )
    )  # fmt: skip


def _accounts(session: Session, world: World, real_now: datetime) -> None:
    for role, name in _NAMES.items():
        team = {Role.VENDOR_MANAGER: "NORTHSTAR", Role.CALLER: "HOUSE", Role.TEAM_LEAD: "HOUSE"}
        team_id = world.teams.get(team.get(role, ""))
        agent_id = None
        if role in (Role.CALLER, Role.TEAM_LEAD):
            agent_id = _add(
                session,
                Agent(team_id=team_id, code=role.value, name=name, languages=["en"],
                      certified={"FALL-26": "2026-12-31"}),
            ).id  # fmt: skip
        user = _add(
            session,
            AppUser(
                email=f"{role.value}@example.org", name=name, roles=[role.value], team_id=team_id,
                agent_id=agent_id, totp_secret=TOTP_SECRET, totp_confirmed_at=real_now,
                created_at=real_now,
            ),
        )  # fmt: skip
        world.users[role.value] = user.id
        world.cookies[role.value] = open_session(
            session, user.id, is_complete=True, browser="Test", now=real_now
        )


def _people(session: Session, world: World, lot: random.Random, number: int) -> None:
    batch = _add(
        session,
        ListBatch(
            source="ACTBLUE-25", campaign_id=world.campaign_id, file_name="actblue-2025.csv",
            file_sha256="ab" * 32, format="actblue", mapping={"Donor First Name": "first_name"},
            provenance={"kind": "own_donors"}, status="admitted", rows_read=number + 12,
            imported=number, merged=7, unchanged=2, quarantined=3,
            quality={"expectations": 11, "passed": 11, "failed": 0},
            created_at=NOW - timedelta(days=12), admitted_at=NOW - timedelta(days=12),
        ),
    )  # fmt: skip
    world.batch_id = batch.id
    for index in range(number):
        state, zone, area, zip_code = _PLACES[index % 4]
        first, last = lot.choice(_FIRST), lot.choice(_LAST)
        donor = _add(
            session,
            Donor(
                first_name=first, last_name=last, phone_e164=f"+1{area}55501{index % 100:02d}",
                line_type="mobile", email=f"{first}.{last}{index}@example.org".lower(),
                street=f"{index + 1} Oak St", city="Town", state=state, postal_code=zip_code,
                country="US", timezone=zone, phone_timezone=zone, language="en",
                occupation="Teacher" if index % 3 else None,
                employer="Public school" if index % 3 else None,
                provenance=["own_donors"], updated_at=NOW,
            ),
        )  # fmt: skip
        world.donors.append(donor.id)
        for gift in range(index % 4):
            session.add(
                Gift(
                    donor_id=donor.id, batch_id=batch.id, source="ACTBLUE-25",
                    external_id=f"g{index}-{gift}", given_on=date(2025, 3 + gift, 4),
                    amount_cents=lot.choice([2_500, 5_000, 10_000, 25_000]),
                )
            )  # fmt: skip


def _calls(session: Session, world: World, lot: random.Random) -> None:
    plan = _add(
        session,
        Plan(
            campaign_id=world.campaign_id, on_day=NOW.date(), status="published",
            objective_cents=812_400, summary=_plan_summary(len(world.donors)), input_hash="cd" * 32,
            created_at=NOW - timedelta(hours=9), published_at=NOW - timedelta(hours=8),
        ),
    )  # fmt: skip
    world.plan_id = plan.id
    codes = list(world.teams)
    for index, donor_id in enumerate(world.donors):
        team_id = world.teams[codes[index % 3]]
        is_called = index % 5 < 3
        assignment = _add(
            session,
            Assignment(
                plan_id=plan.id, campaign_id=world.campaign_id, donor_id=donor_id, team_id=team_id,
                status="done" if is_called else "open", priority=index + 1,
                asks_cents=[50_000, 25_000, 10_000], headroom_cents=350_000,
                window={"starts_at": "2026-10-07T15:00:00+00:00",
                        "ends_at": "2026-10-08T01:00:00+00:00"},
                callable_from=NOW - timedelta(hours=4), callable_to=NOW + timedelta(hours=5),
                reason="Gave last year, not yet this year", segment="LYBUNT",
                expected_net_cents=4_200, updated_at=NOW,
            ),
        )  # fmt: skip
        if is_called:
            _call(session, world, lot, index, assignment)
    world.packet_id = _add(
        session,
        Packet(
            code="FALL-26-NORTHSTAR-1", campaign_id=world.campaign_id,
            team_id=world.teams["NORTHSTAR"], rows=30, sha256="ef" * 32, path="packets/x.age",
            created_at=NOW - timedelta(days=2), expires_at=NOW + timedelta(days=5), status="out",
        ),
    ).id  # fmt: skip


def _call(
    session: Session, world: World, lot: random.Random, index: int, assignment: Assignment
) -> None:
    at = NOW - timedelta(days=lot.randrange(12), minutes=lot.randrange(300))
    result = lot.choice(_RESULTS)
    attempt = _add(
        session,
        CallAttempt(
            external_id=f"call-{index}", assignment_id=assignment.id,
            campaign_id=world.campaign_id, donor_id=assignment.donor_id,
            team_id=assignment.team_id, started_at=at, duration_seconds=30 + lot.randrange(300),
            call_result=result, recorded_at=at,
        ),
    )  # fmt: skip
    if result != "pledged":
        return
    cents = lot.choice([5_000, 10_000, 25_000, 50_000])
    pledge = _add(
        session,
        Pledge(
            ref=f"PL-T{index:05d}", donor_id=assignment.donor_id, campaign_id=world.campaign_id,
            team_id=assignment.team_id, call_attempt_id=attempt.id, source="call",
            amount_cents=cents, pledged_on=at.date(), due_on=at.date() + timedelta(days=14),
            status="open", created_at=at,
        ),
    )  # fmt: skip
    session.add(Instalment(pledge_id=pledge.id, number=1, due_on=pledge.due_on, amount_cents=cents))
    session.add(
        PaymentLink(
            pledge_id=pledge.id, stripe_id=f"plink_{index}", url="https://pay.example.org/x",
            amount_cents=cents, created_at=at,
        )
    )  # fmt: skip


def _money(session: Session, world: World, lot: random.Random) -> None:
    payout_day = NOW.date() - timedelta(days=1)
    total = 0
    for pledge in session.query(Pledge).order_by(Pledge.id).all():
        if lot.random() < 0.3:
            continue
        fee = pledge.amount_cents * 29 // 1000 + 30
        at = datetime.combine(pledge.pledged_on, time(17), UTC) + timedelta(hours=20)
        charge = _add(
            session,
            StripeCharge(
                id=f"ch_{pledge.id}", payment_intent=f"pi_{pledge.id}", status="succeeded",
                balance_transaction=f"txn_{pledge.id}", amount_cents=pledge.amount_cents,
                captured_cents=pledge.amount_cents, refunded_cents=0, currency="usd",
                created_at=at, pledge_ref=pledge.ref, method="card", raw={}, fetched_at=NOW,
                payer_name="Somebody Invented", payer_email="payer@example.org",
            ),
        )  # fmt: skip
        session.add(
            StripeBalanceTransaction(
                id=f"txn_{pledge.id}", type="charge", reporting_category="charge",
                status="available", amount_cents=pledge.amount_cents, fee_cents=fee,
                net_cents=pledge.amount_cents - fee, currency="usd", source=charge.id,
                payout="po_1", created_at=at, available_on=at, raw={}, fetched_at=NOW,
            )
        )  # fmt: skip
        total += pledge.amount_cents - fee
        is_sure = lot.random() < 0.8
        session.add(
            Allocation(
                charge_id=charge.id, pledge_id=pledge.id, amount_cents=pledge.amount_cents,
                tier="confirmed" if is_sure else "suggested",
                confidence=1.0 if is_sure else 0.87,
                reason="Carries the pledge's reference" if is_sure else "Same name, same amount",
                decided_by="rule", decided_at=NOW,
            )
        )  # fmt: skip
    _add(
        session,
        StripePayout(
            id="po_1", status="paid", amount_cents=total, currency="usd", is_automatic=True,
            reconciliation_status="completed", arrives_on=payout_day, created_at=NOW, raw={},
            fetched_at=NOW,
        ),
    )  # fmt: skip
    session.add(
        BankLine(
            key="k1", booked_on=payout_day, amount_cents=total, description="STRIPE TRANSFER",
            reference="po_1", file_sha256="12" * 32, payout="po_1", imported_at=NOW,
        )
    )  # fmt: skip


def _proofs(session: Session, world: World) -> None:
    statuses = ["held"] * 13
    statuses[11], statuses[5] = "not_provable", "broken"
    session.add(
        Reconciliation(
            first_day=date(2026, 9, 24), last_day=date(2026, 10, 7), input_hash="aa" * 32,
            output_hash="bb" * 32, ran_at=NOW - timedelta(hours=2),
            result={
                "totals": {"charged_cents": 412_500, "pledged_cents": 560_000},
                "invariants": [
                    {"number": n, "name": f"Proof {n}", "status": status, "detail": "As told"}
                    for n, status in enumerate(statuses, 1)
                ],
            },
        )
    )  # fmt: skip
    for number, kind in enumerate(["unknown_bank_line", "overpayment", "unmatched_payment"], 1):
        session.add(
            BookException(
                kind=kind, subject=f"charge:ch_x{number}", amount_cents=2_500 * number,
                reason="A payment that no pledge explains",
                proposal={"as": "gift", "because": "No pledge is open for it"},
                opened_on=NOW.date() - timedelta(days=40 * number), status="open",
            )
        )  # fmt: skip
    world.report_code = "TR-2026-09-24-2026-10-07-1"
    session.add(
        Report(
            code=world.report_code, kind="treasurer", first_day=date(2026, 9, 24),
            last_day=date(2026, 10, 7), edition=1, folder="reports/TR-1", files=[],
            input_hash="aa" * 32, status="submitted", prepared_by="user:0",
            prepared_at=NOW - timedelta(hours=1),
        )
    )  # fmt: skip
    session.add(
        Notice(
            key="test-1", permission="flows.trigger", kind="flow_failed",
            text="sync-stripe failed: Stripe did not answer.", link="/runs", created_at=NOW,
        )
    )  # fmt: skip


def _plan_summary(assignments: int) -> dict[str, Any]:
    return {
        "assignments": assignments,
        "held": [{"reason": "On the do-not-call list", "count": 14},
                 {"reason": "No number that can be dialled", "count": 31}],
        "teams": [
            {"team": code, "assigned": assignments // 3, "capacity": 600,
             "cost_cents": 61_000 + 9_000 * n, "expected_net_cents": 320_000 - 40_000 * n}
            for n, code in enumerate(["HOUSE", "NORTHSTAR", "PACIFICA"])
        ],
        "objective_cents": 812_400,
        "optimality_gap": 0.0,
        "prices": [{"what": "One more Spanish-speaking hour at Headquarters", "cents": 21_200}],
        "seconds": 0.4,
    }  # fmt: skip
