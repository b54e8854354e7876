"""An invented world of pledges and payments whose truth is known. Knows nothing of the matcher.

People pledge, then pay as people do: by the link, or past it; from a spouse's card, a work e-mail,
with a nickname or a slip; with the fee on top, rounded, in parts, for two pledges at once, by two
clicks. They and strangers of the same name also give without any pledge.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta

FORMAL = {
    "James": "Jim", "Robert": "Bob", "John": "Jack", "Michael": "Mike", "William": "Bill",
    "David": "Dave", "Richard": "Rick", "Joseph": "Joe", "Thomas": "Tom", "Charles": "Chuck",
    "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony",
    "Steven": "Steve", "Edward": "Ted", "Kenneth": "Ken", "Timothy": "Tim", "Patricia": "Pat",
    "Jennifer": "Jen", "Elizabeth": "Liz", "Barbara": "Barb", "Susan": "Sue", "Margaret": "Peggy",
    "Katherine": "Kate", "Deborah": "Deb", "Rebecca": "Becky", "Pamela": "Pam", "Victoria": "Vicky",
    "Samantha": "Sam", "Theresa": "Terry", "Christine": "Chris", "Nancy": "", "Linda": "",
    "Karen": "", "Lisa": "", "Betty": "", "Sandra": "", "Ashley": "", "Emily": "", "Donna": "",
    "Michelle": "", "Carol": "", "Amanda": "", "Melissa": "", "Laura": "", "Sharon": "",
    "Cynthia": "", "Amy": "", "Angela": "", "Maria": "", "Luis": "", "Carlos": "", "Jose": "",
    "Mark": "", "Paul": "", "Kevin": "", "Brian": "", "George": "", "Jason": "", "Ryan": "",
    "Eric": "", "Aisha": "", "Wei": "", "Priya": "", "Omar": "", "Nadia": "", "Hugo": "",
}  # fmt: skip
_WORD = re.compile(r"\w+")
STARTS = _WORD.findall(
    "Ash Bar Bel Cor Dal Ell Far Gar Hal Har Hol Jen Kel Lam Mar Mor Nor Oak Par Ray Sal Sher "
    "Stan Tal Thorn Wal West Whit Wil York"
)
ENDS = _WORD.findall(
    "berg bury by dale den er field ford ham ing land ley low man more nett ney ridge sen son "
    "stead stone ton ville wick win wood worth"
)
AMOUNTS = [25, 35, 50, 50, 75, 100, 100, 100, 150, 200, 250, 250, 500, 1000]
DOMAINS = ["mail.example", "post.example", "inbox.example"]
START = date(2026, 1, 1)


@dataclass
class Person:
    """One invented person."""

    number: int
    first: str
    last: str
    email: str
    phone: str
    postal: str
    card: str
    work_email: str
    spouse: Person | None = None


@dataclass
class World:
    """Pledges and payments as rows, and what really paid what: (payment, pledge, cents, how).

    `traits` tells what else is peculiar to a payment: who typed what, and what it is if no pledge
    asked for it.
    """

    pledges: list[dict[str, object]] = field(default_factory=list)
    payments: list[dict[str, object]] = field(default_factory=list)
    truth: list[tuple[str, str, int, str]] = field(default_factory=list)
    traits: dict[str, set[str]] = field(default_factory=dict)


Row = dict[str, object]


def _cents(row: Row) -> int:
    return round(float(str(row["amount"])) * 100)


class _Maker:
    def __init__(self, pledges: int, seed: int, reference_share: float) -> None:
        self.chance = random.Random(seed)
        self.world = World()
        self.reference_share = reference_share
        self.postals = [f"{10_000 + 7 * i:05d}" for i in range(max(pledges // 4, 50))]
        self.lasts = [a + b for a in STARTS for b in ENDS]
        self.people = 0

    def person(self, last: str | None = None, postal: str | None = None) -> Person:
        chance = self.chance
        self.people += 1
        first = chance.choice(list(FORMAL))
        last = last or self.lasts[min(int(chance.expovariate(1 / 220)), len(self.lasts) - 1)]
        style = chance.choice(["{f}.{l}{n}", "{i}{l}{n}", "{l}{n}", "{f}{n}"])
        local = style.format(f=first, i=first[0], l=last, n=self.people).lower()
        return Person(
            self.people, first, last, f"{local}@{chance.choice(DOMAINS)}",
            f"+1{200 + self.people // 10_000_000 % 700:03d}{self.people % 10_000_000:07d}",
            postal or chance.choice(self.postals), f"card{self.people:08d}",
            f"{first[0]}.{last}{self.people}@work{chance.randrange(500)}.example".lower(),
        )  # fmt: skip

    def pledge(self, person: Person) -> dict[str, object]:
        chance = self.chance
        on = START + timedelta(days=chance.randrange(90))
        parts = chance.choice([3, 4, 6, 12]) if chance.random() < 0.1 else 1
        cents = chance.choice(AMOUNTS) * 100 * (2 if parts > 1 else 1)
        has = chance.random
        row: Row = {
            "pledge_ref": f"P-{len(self.world.pledges) + 1:07d}",
            "first_name": person.first,
            "last_name": person.last,
            "email": person.email if has() < 0.85 else "",
            "phone": person.phone if has() < 0.9 else "",
            "postal_code": person.postal if has() < 0.95 else "",
            "amount": f"{cents / 100:.2f}",
            "currency": "usd",
            "pledged_on": on.isoformat(),
            "due_on": (on + timedelta(days=30)).isoformat() if has() < 0.7 else "",
            "instalments": parts,
            "team": "",
        }
        self.world.pledges.append(row)
        return row

    def slip(self, name: str) -> str:
        place = self.chance.randrange(1, len(name) - 1) if len(name) > 3 else 0
        if not place:
            return name
        if self.chance.random() < 0.5:
            return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
        return name[:place] + name[place + 1 :]

    def pay(self, payer: Person, cents: int, at: float, ref: str = "", **how: bool) -> str:
        """Add one payment, with what its payer typed; `at` is in days since the start."""
        chance = self.chance
        first, last, email = payer.first, payer.last, payer.email
        traits = set()
        roll = chance.random()
        if roll < 0.15 and FORMAL[first]:
            first = FORMAL[first]
            traits.add("nickname")
        elif roll < 0.19:
            last = self.slip(last)
            traits.add("slip in the name")
        if chance.random() < 0.15:
            email = payer.work_email
            traits.add("work e-mail")
        name = f"{first} {last}" if chance.random() < 0.95 else f"{first[0]} {last}".upper()
        moved = chance.random() < 0.03
        row: Row = {
            "id": f"ch_{len(self.world.payments) + 1:08d}",
            "pledge_ref": ref,
            "cents": cents,
            "at": at,
            "name": name,
            "email": email if chance.random() < 0.93 else "",
            "phone": payer.phone if chance.random() < 0.4 else "",
            "postal_code": ""
            if chance.random() < 0.1
            else chance.choice(self.postals)
            if moved
            else payer.postal,
            "card": payer.card,
            "returned": how.get("returned", False),
        }
        if moved:
            traits.add("other postcode")
        self.world.payments.append(row)
        self.world.traits[str(row["id"])] = traits
        return str(row["id"])

    def unasked(self, payer: Person, cents: int, at: float, what: str) -> None:
        """Add a payment that no pledge asked for."""
        self.world.traits[self.pay(payer, cents, at)].add(what)

    def fulfil(self, person: Person, row: Row, other: Row | None) -> None:
        """Let a pledge be paid, or not, in one of the ways in which people do it."""
        chance = self.chance
        if chance.random() > 0.78:
            return
        cents = _cents(row)
        on = (date.fromisoformat(str(row["pledged_on"])) - START).days
        ref = self._reference(row)
        payer, how = person, "own"
        if person.spouse and chance.random() < 0.2:
            payer, how = person.spouse, "spouse"
        at = on + min(chance.expovariate(1 / 14) + chance.random(), 85)
        parts = int(str(row["instalments"]))
        if parts > 1:
            self._instalments(payer, row, cents, parts, on, ref)
        elif other is not None and not ref and chance.random() < 0.35:
            self._two_at_once(payer, row, other, at)
        else:
            self._once(payer, row, at, ref, how)

    def _reference(self, row: Row) -> str:
        """Return the reference that the payment will carry, as it comes; mostly by the link."""
        if self.chance.random() >= self.reference_share:
            return ""
        ref = str(row["pledge_ref"])
        if self.chance.random() < 0.1:
            return self.chance.choice([ref.lower(), f" {ref} "])
        return ref

    def _two_at_once(self, payer: Person, row: Row, other: Row, at: float) -> None:
        one, two = _cents(row), _cents(other)
        paid_by = self.pay(payer, one + two, at)
        self.world.truth.append((paid_by, str(row["pledge_ref"]), one, "two pledges"))
        self.world.truth.append((paid_by, str(other["pledge_ref"]), two, "two pledges"))
        other["done"] = True

    def _amount(self, cents: int, how: str) -> tuple[int, str]:
        chance = self.chance
        roll = chance.random()
        if roll < 0.11:
            return round((cents + 30) / (1 - 0.029)), "fee cover"
        if roll < 0.14:
            return cents + chance.choice([5, 10, 25, 50]) * 100, "overpaid"
        if roll < 0.2:
            return cents // 2, "partial"
        if roll < 0.23:
            return max(chance.randrange(1, max(cents // 500, 2)) * 500, 500), "partial"
        return cents, how

    def _once(self, payer: Person, row: Row, at: float, ref: str, how: str) -> None:
        chance, cents = self.chance, _cents(row)
        paid, kind = self._amount(cents, how)
        paid_by = self.pay(payer, paid, at, ref)
        self.world.truth.append((paid_by, str(row["pledge_ref"]), min(paid, cents), kind))
        if kind == "partial" and chance.random() < 0.6 and paid < cents:
            rest = self.pay(payer, cents - paid, at + chance.uniform(5, 30), ref)
            self.world.truth.append((rest, str(row["pledge_ref"]), cents - paid, "second part"))
        if chance.random() < 0.02:
            again = self.pay(payer, paid, at + 0.002, ref, returned=chance.random() < 0.6)
            self.world.traits[again].add("second click")

    def _instalments(
        self, payer: Person, row: Row, cents: int, parts: int, on: int, ref: str
    ) -> None:
        share, odd = divmod(cents, parts)
        for number in range(self.chance.randint(1, parts)):
            at = on + 30 * (number + 1) + self.chance.uniform(-3, 5)
            amount = share + (number < odd)
            use = ref if number == 0 or self.chance.random() < 0.6 else ""
            paid_by = self.pay(payer, amount, at, use)
            self.world.truth.append((paid_by, str(row["pledge_ref"]), amount, "instalment"))

    def make(self, count: int) -> World:
        chance = self.chance
        while len(self.world.pledges) < count:
            person = self.person()
            if chance.random() < 0.35:
                last = person.last if chance.random() < 0.85 else None
                person.spouse = self.person(last=last, postal=person.postal)
            row = self.pledge(person)
            other = None
            if chance.random() < 0.1:
                other = self.pledge(
                    person.spouse if person.spouse and chance.random() < 0.5 else person
                )
            self.fulfil(person, row, other)
            if other is not None and not other.pop("done", False):
                self.fulfil(person, other, None)
            self._ordinary(person)
        for _ in range(count // 5):
            twin = chance.random() < 0.2
            donor = self.person()
            if twin:
                like = chance.choice(self.world.pledges)
                donor.first, donor.last = str(like["first_name"]), str(like["last_name"])
            what = "stranger of the same name" if twin else "stranger"
            self.unasked(donor, chance.choice(AMOUNTS) * 100, chance.uniform(0, 180), what)
        self._misdirect()
        return self.world

    def _ordinary(self, person: Person) -> None:
        """Gifts of the same people that no pledge asked for."""
        if self.chance.random() < 0.25:
            for _ in range(self.chance.choice([1, 1, 2])):
                cents = self.chance.choice(AMOUNTS) * 100
                self.unasked(person, cents, self.chance.uniform(0, 180), "gift besides")

    def _misdirect(self) -> None:
        """Let a few strangers use the reference of another's pledge."""
        payments = self.world.payments
        paid = {payment for payment, *_ in self.world.truth}
        without = [row for row in payments if not row["pledge_ref"] and row["id"] not in paid]
        for row in self.chance.sample(without, min(len(without), len(payments) // 300)):
            row["pledge_ref"] = self.chance.choice(self.world.pledges)["pledge_ref"]
            self.world.traits[str(row["id"])].add("another's reference")


def make_world(pledges: int, seed: int = 1, *, reference_share: float = 0.6) -> World:
    """Return a world of so many pledges; the same seed gives the same world."""
    return _Maker(pledges, seed, reference_share).make(pledges)
