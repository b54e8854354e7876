"""The whole sandbox in one object: clock, Stripe account, bank, population, letter box."""

from __future__ import annotations

import pickle
import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox import habits, mailbox, payouts
from sandbox.account import Account
from sandbox.bank import Bank
from sandbox.chance import Chance
from sandbox.clock import STARTS_AT, SandboxClock
from sandbox.population import Population, make_population
from sandbox.webhooks import Postman

PAYOUT_THAT_FAILS = 2


class World:
    """One invented world. All its methods may be called from any thread."""

    def __init__(
        self,
        seed: int = 1,
        donors: int = 2000,
        *,
        clock_file: Path | None = None,
        starts_at: datetime = STARTS_AT,
        timezone: str = "America/New_York",
        population: Population | None = None,
        outbox: Path | None = None,
    ) -> None:
        self.outbox = outbox
        self.seed = seed
        self.donors = donors
        self.lock = threading.RLock()
        self.postman = Postman()
        self.account = Account(seed, SandboxClock(starts_at, clock_file), timezone=timezone)
        self.account.clock.tell()
        payouts.start(self.account)
        self._parts = list(habits.PARTS)
        self._letters_seen: set[str] = set()
        self._letters_of_link: Counter[str] = Counter()
        self._payout_failed = False
        if population is not None:
            self.population = population

    @cached_property
    def population(self) -> Population:
        """Return the invented donors; made when first asked for."""
        return make_population(self.seed, self.donors)

    @property
    def now(self) -> datetime:
        """Return the sandbox's moment."""
        return self.account.clock.now

    @property
    def bank(self) -> Bank:
        """Return the bank that payouts go to."""
        return self.account.bank

    def advance(self, to: datetime | timedelta) -> int:
        """Let time pass to a moment, or for a while; return how many things happened."""
        with self.lock:
            done = self.account.advance(self.now + to if isinstance(to, timedelta) else to)
            self.postman.collect(self.account)
            return done

    def donors_pay(self, outbox: Path) -> dict[str, int]:
        """Let donors read their new letters and plan what they do; it happens as time passes.

        Returns how many letters were read, will be paid, and reached nobody.
        """
        with self.lock:
            letters, lost = mailbox.read_letters(outbox, self._letters_seen, self.population)
            known = [one for one in letters if one.code in self.account.link_of_code]
            plans = [
                plan for letter in sorted(known, key=self._order) if (plan := self._plan(letter))
            ]
            for plan in plans:
                self._schedule(plan)
            self._arrange_failed_payout()
            return {"letters": len(letters), "will_pay": len(plans), "reached_nobody": lost}

    def story(self) -> list[dict[str, Any]]:
        """Return the special things that have happened: kind, moment, ids, amounts."""
        with self.lock:
            return [dict(line) for line in self.account.story]

    def save(self, path: Path) -> None:
        """Write the world to a file, so that another process can go on with it."""
        with self.lock:
            fresh = path.with_suffix(".new")
            kept = {
                name: value
                for name, value in vars(self).items()
                if name not in ("lock", "postman", "population")
            }
            fresh.write_bytes(pickle.dumps(kept))
            fresh.replace(path)

    @classmethod
    def load(cls, path: Path, clock_file: Path | None = None) -> World:
        """Return the world that `save` wrote. The file is our own and must not come from others."""
        world = cls.__new__(cls)
        world.__dict__ |= pickle.loads(path.read_bytes())
        world.lock, world.postman = threading.RLock(), Postman()
        world.account.clock.file = clock_file
        world.account.clock.tell()
        return world

    def _order(self, letter: mailbox.Letter) -> tuple[int, str]:
        return letter.person_id, self._key(letter)

    def _key(self, letter: mailbox.Letter) -> str:
        """Return what names the letter whatever else was written: its pledge, else its link."""
        link = self.account.shelves["payment_link"][self.account.link_of_code[letter.code]]
        return str(link["metadata"].get("pledge_ref", link["id"]))

    def _plan(self, letter: mailbox.Letter) -> habits.Plan | None:
        link_id = self.account.link_of_code[letter.code]
        reminders = self._letters_of_link[link_id]
        self._letters_of_link[link_id] += 1
        plan = habits.make_plan(
            self.population, self.seed, letter, link_id, self._key(letter), reminders
        )
        if reminders and plan is not None and self._pays_anyway(letter.person_id):
            return None
        if not reminders:
            self._plan_other_gift(letter)
        return self._with_part(plan) if plan is not None and not reminders else plan

    def _plan_other_gift(self, letter: mailbox.Letter) -> None:
        gift = habits.other_gift(self.population, self.seed, letter.person_id, self._key(letter))
        if gift is not None:
            self.account.at(self.now + timedelta(days=gift.days), habits.give, gift)

    def _pays_anyway(self, person_id: int) -> bool:
        """Return whether the first letter was enough, so that a reminder changes nothing."""
        return self.population.person(person_id)["pays"] not in ("never", "late")

    def _with_part(self, plan: habits.Plan) -> habits.Plan:
        for part in self._parts:
            if (changed := habits.give_part(self.population, plan, part)) is not None:
                self._parts.remove(part)
                return changed
        return plan

    def _schedule(self, plan: habits.Plan) -> None:
        chance = Chance(self.seed, "hour", plan.key)
        at = self.now + timedelta(days=plan.days, seconds=chance.between(600, 40_000))
        regret = None if plan.part else habits.regret_of(self.population, plan.person_id)
        self.account.at(at, habits.act, plan, regret)

    def _arrange_failed_payout(self) -> None:
        """Plan, once, that one of the payouts to come is returned by the bank."""
        if not self._payout_failed:
            self._payout_failed = True
            self.account.at(self.now, fail_a_payout)


def fail_a_payout(account: Account) -> None:
    """Return the newest payout when there are enough of them; else look again tomorrow."""
    sent = [one for one in account.shelves["payout"] if one["automatic"] and one["amount"] > 0]
    if len(sent) < PAYOUT_THAT_FAILS:
        account.at(account.clock.now + timedelta(days=1), fail_a_payout)
    else:
        payouts.fail_soon(account, sent[PAYOUT_THAT_FAILS - 1]["id"])
