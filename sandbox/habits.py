"""What donors do with the letters they get: pay at once or late, from whose card, or not at all.

The first letters that suit are given the special parts of the story (a refund, a dispute lost and
one won, a returned bank debit, a spouse's payment, an overpayment), so that a campaign of any size
has each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sandbox import disputes, links, payments
from sandbox.account import Account
from sandbox.chance import Chance
from sandbox.mailbox import Letter
from sandbox.objects import Object, Payer
from sandbox.payments import Terms
from sandbox.population import Population

PARTS = (
    "spouse_payment", "overpayment", "refund", "dispute_lost", "dispute_won", "ach_failed_late",
    "partial_refund",
)  # fmt: skip
NO_COMPANY = ("Self-Employed", "Not Employed")
WHOLE = 1000  # per mille of what was asked
FEE_COVER = 1033  # who means well adds what Stripe will take


@dataclass(frozen=True)
class Plan:
    """How one person answers one letter; `part` is the part in the story, if any."""

    person_id: int
    link_id: str
    key: str
    payer: Payer
    days: int
    per_mille: int = WHOLE
    by_reference: bool = True
    terms: Terms = field(default_factory=Terms)
    is_instalment: bool = False
    part: str | None = None


@dataclass(frozen=True)
class Gift:
    """A gift without a pledge."""

    payer: Payer
    amount: int
    days: int


def make_plan(
    population: Population, seed: int, letter: Letter, link_id: str, key: str, reminders: int
) -> Plan | None:
    """Return when and how the person pays; None when they never do."""
    person_id = letter.person_id
    person = population.person(person_id)
    chance = Chance(seed, "pays", key, reminders)
    days = _days(person["pays"], chance, reminders)
    if days is None:
        return None
    payer = payer_of(population, person_id, person["pays_from"])
    per_mille = {
        "partly": chance.one_of((250, 500)),
        "over": chance.one_of((FEE_COVER, FEE_COVER, 1200, 2000)),
    }
    debit = "fails" if person["ach_fails"] and payer.method == "us_bank_account" else "settles"
    return Plan(
        person_id=person_id,
        link_id=link_id,
        key=key,
        payer=payer,
        days=days,
        per_mille=per_mille.get(person["pays"], WHOLE),
        by_reference=not person["pays_unreferenced"],
        terms=Terms(debit=debit),
        is_instalment=letter.is_part,
    )


def give_part(population: Population, plan: Plan, part: str) -> Plan | None:
    """Return the plan with a part of the story in it; None when this person does not suit."""
    if part == "overpayment" and plan.is_instalment:
        return None  # more than an instalment is not yet more than the pledge
    if part == "spouse_payment" and population.person(plan.person_id)["spouse_id"] < 0:
        return None
    pays_from = {"spouse_payment": "spouse_card", "ach_failed_late": "ach"}.get(part, "own_card")
    return replace(
        plan,
        part=part,
        payer=payer_of(population, plan.person_id, pays_from),
        days=2 + plan.days % 2,
        per_mille=1500 if part == "overpayment" else WHOLE,
        by_reference=True,
        terms=Terms(debit="returned") if part == "ach_failed_late" else Terms(),
    )


def payer_of(population: Population, person_id: int, pays_from: str) -> Payer:
    """Return who appears on the payment when the person pays from there."""
    person = population.person(person_id)
    address = {
        "line1": person["street"], "city": person["city"], "state": person["state"],
        "postal_code": person["zip"], "country": "US",
    }  # fmt: skip
    name, email, instrument = _full_name(person), person["email"] or None, f"card-{person_id}"
    if pays_from == "spouse_card":
        spouse = population.person(int(person["spouse_id"]))
        name, email = _full_name(spouse), spouse["email"] or None
        instrument = f"card-{person['spouse_id']}"
    elif pays_from == "work_email":
        email = person["work_email"]
    elif pays_from == "company_card" and person["employer"] not in NO_COMPANY:
        # Corporations may not give to federal candidates: somebody has to notice.
        name, instrument = person["employer"], f"company-{person['employer']}"
    method = "us_bank_account" if pays_from == "ach" else "card"
    return Payer(
        name,
        email,
        person["phone_e164"] if person_id % 3 else None,
        address,
        method,
        instrument if method == "card" else f"bank-{person_id}",
        person["card_country"],
    )


def other_gift(population: Population, seed: int, person_id: int, key: str) -> Gift | None:
    """Return the gift that has nothing to do with the letter, which a few people also make."""
    chance = Chance(seed, "other gift", key)
    if not chance.happens(0.07):
        return None
    giver = person_id if chance.happens(0.6) else chance.between(0, len(population.people) - 1)
    amount = int(population.person(giver)["usual_cents"])
    payer = payer_of(population, giver, "own_card")
    return Gift(payer, chance.one_of((1000, 2000, 3500, amount)), chance.between(1, 20))


def give(account: Account, gift: Gift) -> None:
    """Give at the donation page, without any pledge."""
    payments.pay(account, gift.payer, gift.amount, description="Donation page")


def act(account: Account, plan: Plan, regret: str | None) -> None:
    """Pay as planned, and plan what follows from it."""
    link = account.shelves["payment_link"][plan.link_id]
    if not link["active"] or plan.link_id in account.answered_links:
        return
    account.answered_links.add(plan.link_id)
    charge = _pay(account, plan, link)
    if plan.part in ("spouse_payment", "overpayment"):
        account.tell(plan.part, plan.person_id, charge=charge["id"], amount_cents=charge["amount"],
                     pledge_ref=charge["metadata"].get("pledge_ref"))  # fmt: skip
    follow = plan.part or regret
    if follow in FOLLOW_UPS:
        days, what = FOLLOW_UPS[follow]
        account.at(account.clock.now + timedelta(days=days), what, charge["id"])


def regret_of(population: Population, person_id: int) -> str | None:
    """Return what the person does after paying, by habit."""
    person = population.person(person_id)
    if person["wants_refund"]:
        return "refund"
    if person["disputes"]:
        return "dispute_lost" if person_id % 2 else "dispute_won"
    return None


def give_back(account: Account, charge_id: str) -> None:
    """Refund all of a charge, as a donor asked."""
    _refund(account, charge_id, 1)


def give_back_half(account: Account, charge_id: str) -> None:
    """Refund half of a charge, as a donor asked."""
    _refund(account, charge_id, 2)


def dispute_and_lose(account: Account, charge_id: str) -> None:
    """Open a dispute that the committee loses."""
    _dispute(account, charge_id, disputes.lose)


def dispute_and_win(account: Account, charge_id: str) -> None:
    """Open a dispute that the committee wins."""
    _dispute(account, charge_id, disputes.win)


FOLLOW_UPS = {
    "refund": (3, give_back),
    "partial_refund": (4, give_back_half),
    "dispute_lost": (4, dispute_and_lose),
    "dispute_won": (4, dispute_and_win),
}


def _pay(account: Account, plan: Plan, link: Object) -> Object:
    asked = links.amount_asked(account, plan.link_id)
    wanted = _wanted_amount(link, plan, asked)
    if plan.by_reference and (asked is None or wanted == asked):
        return links.pay_link(account, plan.link_id, plan.payer, wanted, plan.terms)
    # Another amount than the link's, or no patience for links: the donation page takes it. Who
    # keeps to the letter types in its reference there.
    metadata = dict(link["metadata"]) if plan.by_reference else {}
    return payments.pay(
        account,
        plan.payer,
        wanted,
        link["currency"],
        metadata=metadata,
        description="Donation page",
        terms=plan.terms,
    )


def _wanted_amount(link: Object, plan: Plan, asked: int | None) -> int:
    stated = link["metadata"].get("amount_cents", "5000")
    base = asked if asked is not None else int(stated) if stated.isdigit() else 5000
    return max(100, base * plan.per_mille // WHOLE)


def _days(habit: str, chance: Chance, reminders: int) -> int | None:
    if habit == "never":
        return chance.between(1, 4) if reminders and chance.happens(0.3) else None
    if habit == "late":
        return chance.between(12, 24) if not reminders else chance.between(1, 5)
    return chance.between(0, 8)


def _refund(account: Account, charge_id: str, part: int) -> None:
    charge = account.shelves["charge"][charge_id]
    if charge["status"] != "succeeded" or charge["disputed"]:
        return
    given = payments.refund(
        account, charge_id, charge["amount"] // part, reason="requested_by_customer"
    )
    kind = "refund" if part == 1 else "partial_refund"
    account.tell(kind, refund=given["id"], charge=charge_id, amount_cents=given["amount"])


def _dispute(account: Account, charge_id: str, end: Any) -> None:
    if account.shelves["charge"][charge_id]["status"] != "succeeded":
        return
    opened = disputes.open_dispute(account, charge_id)
    account.at(account.clock.now + timedelta(days=2), disputes.review, opened["id"])
    account.at(account.clock.now + timedelta(days=6), end, opened["id"])


def _full_name(person: dict[str, Any]) -> str:
    return " ".join(filter(None, (person["first_name"], person["last_name"], person["suffix"])))
