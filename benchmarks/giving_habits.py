"""A second invented world, of other habits than the first: the choices were made on neither alone.

Round sums only, monthly givers who go on giving while their pledge is open, spouses on a shared
card, work e-mails, cheques that no payment tells of, and pledges that were typed days after the
call, when their payment was already there. A quarter of two payments agree by chance.
"""

from __future__ import annotations

import random
from datetime import timedelta

from benchmarks.giving_world import ENDS, FORMAL, START, STARTS, World

AMOUNTS = [25] * 2 + [50] * 4 + [100] * 5 + [250] * 2 + [500]
MONTHLY = [10, 15, 20, 25, 25, 50]
DAYS = 115
Person = dict[str, str]


class _Maker:
    def __init__(self, seed: int, reference_share: float) -> None:
        self.chance = random.Random(seed)
        self.world = World()
        self.reference_share = reference_share
        self.postals = [f"{48100 + i}" for i in range(25)]
        self.lasts = [a + b for a in STARTS for b in ENDS]
        self.people = 0

    def person(self, last: str | None = None, postal: str | None = None) -> Person:
        chance = self.chance
        self.people += 1
        first = chance.choice(list(FORMAL))
        last = last or self.lasts[min(int(chance.expovariate(1 / 50)), len(self.lasts) - 1)]
        name = f"{first}{last}{self.people}".lower()
        return {
            "first": first, "last": last, "email": f"{name}@home.example",
            "work": f"{name}@work{chance.randrange(30)}.example",
            "phone": f"+1313{self.people:07d}", "postal": postal or chance.choice(self.postals),
            "card": f"card{self.people}",
        }  # fmt: skip

    def pay(self, payer: Person, cents: int, at: float, ref: str = "", card: str = "") -> str:
        has = self.chance.random
        first = (FORMAL[payer["first"]] if has() < 0.2 else "") or payer["first"]
        email = payer["work"] if has() < 0.25 else payer["email"]
        row: dict[str, object] = {
            "id": f"ch_{len(self.world.payments) + 1:07d}", "pledge_ref": ref, "cents": cents,
            "at": at, "name": f"{first} {payer['last']}", "email": email if has() < 0.9 else "",
            "phone": payer["phone"] if has() < 0.25 else "",
            "postal_code": payer["postal"] if has() < 0.9 else "",
            "card": card or payer["card"], "returned": False,
        }  # fmt: skip
        self.world.payments.append(row)
        return str(row["id"])

    def ordinary(self, person: Person) -> None:
        """Gifts that no pledge asked for."""
        chance = self.chance
        if chance.random() < 0.12:
            cents, first = chance.choice(MONTHLY) * 100, chance.randrange(30)
            for month in range(4):
                self.pay(person, cents, first + 30 * month + chance.random())
        if chance.random() < 0.2:
            self.pay(person, chance.choice(AMOUNTS) * 100, chance.uniform(0, DAYS))

    def pledge(self, number: int) -> None:
        chance = self.chance
        person = self.person()
        self.ordinary(person)
        called, typed = chance.randrange(20, 80), 0
        cents, ref = chance.choice(AMOUNTS) * 100, f"M-{number:06d}"
        if chance.random() >= 0.35:  # else never, or by cheque
            at = called + min(chance.expovariate(1 / 8), 30)
            carries = ref if chance.random() < self.reference_share else ""
            if not carries and chance.random() < 0.15:
                typed = int(at) + chance.randrange(1, 5)
            self.fulfil(person, cents, at, ref, carries)
        day = START + timedelta(days=typed or called)
        self.world.pledges.append(
            {
                "pledge_ref": ref, "first_name": person["first"], "last_name": person["last"],
                "email": person["email"] if chance.random() < 0.7 else "",
                "phone": person["phone"] if chance.random() < 0.9 else "",
                "postal_code": person["postal"] if chance.random() < 0.85 else "",
                "amount": f"{cents / 100:.2f}", "currency": "usd", "pledged_on": day.isoformat(),
                "due_on": "", "instalments": 1, "team": "",
            }
        )  # fmt: skip

    def fulfil(self, person: Person, cents: int, at: float, ref: str, carries: str) -> None:
        chance = self.chance
        payer, card, how, paid = person, "", "own", cents
        if chance.random() < 0.12:
            last = person["last"] if chance.random() < 0.8 else None
            payer, how = self.person(last, person["postal"]), "spouse"
            card = person["card"] if chance.random() < 0.6 else ""
        roll = chance.random()
        if roll < 0.09:
            paid = round((cents + 30) / 0.971)
        elif roll < 0.15:
            paid = cents // 2
        paid_by = self.pay(payer, paid, at, carries, card)
        self.world.truth.append((paid_by, ref, min(paid, cents), how))


def make_habits(pledges: int, seed: int = 1, *, reference_share: float = 0.1) -> World:
    """Return such a world of so many pledges; the same seed gives the same world."""
    maker = _Maker(seed, reference_share)
    for number in range(pledges):
        maker.pledge(number)
    for _ in range(pledges // 3):
        maker.pay(maker.person(), maker.chance.choice(AMOUNTS) * 100, maker.chance.uniform(0, DAYS))
    maker.world.payments.sort(key=lambda row: float(str(row["at"])))
    return maker.world
