"""From the books to the matcher and back: who pays what, in words that a treasurer can check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.books.exceptions import BookException, resolutions
from campaign.books.ledger import Books, Ints
from campaign.giving import candidates, matching, open_books, payers
from campaign.giving.pledges import is_slip, ref_key
from campaign.money import format_minor

_HOW = {
    open_books.BY_PERSON: "a person decided it",
    open_books.BY_REFERENCE: "the payment carries the pledge's reference",
    open_books.BY_SUM: "the amount is the sum of open pledges of one household",
}


@dataclass(frozen=True, slots=True)
class Paying:
    """What pays what in all books; places are rows of the charges and of the pledges."""

    allocations: pd.DataFrame  # payment, pledge, cents, tier …
    listing: pd.DataFrame  # payment_id, pledge_ref, cents, tier, confidence, reason
    leftovers: pd.DataFrame  # payment_id, cents, reason
    left: Ints
    exceptions: list[BookException]
    has_exception: npt.NDArray[np.bool_]  # by payment
    threshold: float
    expected_precision: float
    examples: int


def pay(books: Books, kept: Ints) -> Paying:
    """Match every payment with the pledges in its currency."""
    payments, pledges = _payment_frame(books, kept), _pledge_frame(books)
    parts, reasons = [], np.full(len(payments), "", dtype=object)
    left = kept.copy()
    found: list[BookException] = []
    has_exception = np.zeros(len(payments), dtype=bool)
    outcome: matching.Outcome | None = None
    for currency in sorted({*payments["currency"], *pledges["currency"]}):
        mine = np.flatnonzero((payments["currency"] == currency) & (payments["kept"] > 0))
        theirs = np.flatnonzero(pledges["currency"] == currency)
        one = matching.match(
            payments.iloc[mine].reset_index(drop=True),
            pledges.iloc[theirs].reset_index(drop=True),
            _local_decisions(books.decisions, mine, theirs),
        )
        outcome = one if outcome is None or len(mine) > len(outcome.left_cents) else outcome
        allocations = one.allocations.assign(
            payment=mine[one.allocations["payment"].to_numpy(np.int64)],
            pledge=theirs[one.allocations["pledge"].to_numpy(np.int64)],
            next_best=_global(one.allocations["next_best"].to_numpy(np.int64), theirs),
        )
        parts.append(allocations)
        left[mine] = one.left_cents
        places = _Places(books, mine, one, allocations, pledges)
        reasons[mine] = places.reasons()
        for flags, exceptions in places.exceptions():
            has_exception[mine] |= flags
            found += exceptions
    allocations = pd.concat(parts, ignore_index=True) if parts else open_books.no_allocations()
    allocations = allocations.sort_values(["payment", "pledge"]).reset_index(drop=True)
    found.sort(key=lambda exception: (exception.kind, exception.subject))
    is_left = left > 0
    leftovers = pd.DataFrame(
        {
            "payment_id": books.charges["id"].to_numpy(object)[is_left],
            "cents": left[is_left],
            "reason": reasons[is_left],
        }
    )
    return Paying(
        allocations,
        _listing(books, allocations),
        leftovers,
        left,
        found,
        has_exception,
        outcome.threshold if outcome else 0.0,
        outcome.measured_precision if outcome else 0.0,
        outcome.examples if outcome else 0,
    )


def _global(places: Ints, theirs: npt.NDArray[np.intp]) -> Ints:
    known = places >= 0
    found = places.copy()
    found[known] = theirs[places[known]]
    return found


def _payment_frame(books: Books, kept: Ints) -> pd.DataFrame:
    charges = books.charges
    first, last = payers.split_full_names(charges["name"])
    # Stripe lists the newest first; part payments must fill a pledge as they came: by time.
    return pd.DataFrame(
        {
            "ref_key": payers.ref_keys(charges["pledge_ref"]),
            "captured": charges["captured"].to_numpy(np.int64),
            "kept": kept,
            "day": charges["day"].to_numpy(np.int64),
            "created": charges["created"].to_numpy(np.int64),
            "email": payers.clean_emails(charges["email"]),
            "phone": payers.clean_phones(charges["phone"]),
            "postal_code": payers.clean_postcodes(charges["postal_code"]),
            "first": first,
            "last": last,
            "card": charges["card"],
            "currency": charges["currency"],
        }
    )


def _pledge_frame(books: Books) -> pd.DataFrame:
    pledges = books.pledges
    last = payers.fold(pledges["last_name"])
    person = pledges["email"].where(pledges["email"].notna(), pledges["phone"])
    name = payers.fold(pledges["first_name"]) + " " + last + " " + pledges["postal_code"].fillna("")
    person = person.where(person.notna(), name)
    donor = pledges["donor_id"]
    person = ("donor " + donor.astype("Int64").astype("str")).where(donor.notna(), person)
    return pd.DataFrame(
        {
            "ref_key": payers.ref_keys(pledges["ref"]),
            "open": (pledges["whole"] - pledges["written_off"]).to_numpy(np.int64),
            "whole": pledges["whole"].to_numpy(np.int64),
            "instalments": pledges["instalments"].clip(lower=1).to_numpy(np.int64),
            "pledged_day": pledges["pledged_day"].to_numpy(np.int64),
            "due_day": pledges["due_day"].to_numpy(np.int64),
            "email": pledges["email"],
            "phone": pledges["phone"],
            "postal_code": pledges["postal_code"],
            "first": payers.first_of(payers.fold(pledges["first_name"])),
            "last": payers.last_of(last),
            "person": pd.factorize(person)[0],
            "currency": pledges["currency"],
        }
    )


def _local_decisions(
    decisions: pd.DataFrame, mine: npt.NDArray[np.intp], theirs: npt.NDArray[np.intp]
) -> pd.DataFrame:
    """Return the decisions with places counted within one currency."""
    payment_of = pd.Series(np.arange(len(mine)), index=mine)
    pledge_of = pd.Series(np.arange(len(theirs)), index=theirs)
    local = decisions.assign(
        payment=decisions["payment"].map(payment_of),
        pledge=decisions["pledge"].map(pledge_of).fillna(-1),
    ).dropna(subset=["payment"])
    needs_pledge = local["verdict"].isin(("pays", "not"))
    local = local[~needs_pledge | (local["pledge"] >= 0)]
    return local.astype({"payment": "int64", "pledge": "int64"}).reset_index(drop=True)


def _listing(books: Books, allocations: pd.DataFrame) -> pd.DataFrame:
    """Return the allocations with their reasons in words."""
    refs = books.pledges["ref"].to_numpy(object)
    identity = np.array([*candidates.IDENTITIES, ""], dtype=object)[allocations["identity"]]
    amount = np.array([*candidates.AMOUNTS, ""], dtype=object)[allocations["amount"]]
    how = allocations["how"].map(_HOW).astype("str")
    reason = how.where(how.notna(), identity + "; " + amount)
    next_best = allocations["next_best"].to_numpy(np.int64)
    chance = allocations["next_confidence"].round(2).map("{:.2f}".format).astype("str")
    runner_up = (
        "; next best "
        + pd.Series(refs[next_best] if len(refs) else "", dtype="str")
        + " ("
        + chance
    )
    is_rivalled = (next_best >= 0) & (allocations["next_confidence"] >= 0.01)
    reason = reason.where(~is_rivalled, reason + runner_up + ")")
    return pd.DataFrame(
        {
            "payment_id": books.charges["id"].to_numpy(object)[allocations["payment"]],
            "pledge_ref": refs[allocations["pledge"]] if len(refs) else allocations["pledge"],
            "cents": allocations["cents"].astype("int64"),
            "tier": allocations["tier"],
            "confidence": allocations["confidence"].astype(float).round(4),
            "reason": reason,
        }
    )


_Found = tuple[npt.NDArray[np.bool_], list[BookException]]


@dataclass(frozen=True, slots=True)
class _Places:
    """The payments of one currency, and why something of them is left."""

    books: Books
    mine: npt.NDArray[np.intp]
    outcome: matching.Outcome
    allocations: pd.DataFrame
    pledges: pd.DataFrame

    def reasons(self) -> npt.NDArray[np.object_]:
        """Return for each payment why what is left of it pays no pledge."""
        outcome = self.outcome
        allocated = np.zeros(len(self.books.charges), dtype=bool)
        allocated[self.allocations["payment"].to_numpy(np.int64)] = True
        verdict = self.books.decisions.set_index("payment")["verdict"]
        decided = pd.Series(self.mine).map(verdict[~verdict.index.duplicated()]).to_numpy(object)
        return np.select(
            [
                decided == "not_campaign",
                decided == "gift",
                outcome.wrong_reference,
                outcome.double_click,
                allocated[self.mine],
                self._has_named_pledge(),
                outcome.unknown_reference,
            ],
            [
                "not this campaign's: a person decided it",
                "an ordinary gift: a person decided it",
                "it carries the reference of a stranger's pledge",
                "a second payment of the same payer and amount within minutes",
                "overpayment: more than what was open of its pledge",
                "overpayment: the pledge that it names was already paid",
                "it carries a reference that no pledge has, and fits no other",
            ],
            "an ordinary gift: it fits no open pledge",
        ).astype(object)

    def _has_named_pledge(self) -> npt.NDArray[np.bool_]:
        refs = self.books.charges["pledge_ref"].iloc[self.mine].fillna("") != ""
        return refs.to_numpy(bool) & ~self.outcome.unknown_reference

    def exceptions(self) -> Iterator[_Found]:
        """Yield what a person should look at, kind by kind, with the payments that it is about."""
        outcome, left = self.outcome, self.outcome.left_cents
        is_elsewhere = self._are_named_elsewhere(outcome.unknown_reference)
        yield self._each(
            "other_currency",
            is_elsewhere,
            "The pledge that the payment names is in another currency.",
        )
        is_unknown = outcome.unknown_reference & ~is_elsewhere
        yield self._each("unknown_reference", is_unknown, self._slip)
        yield self._each(
            "wrong_reference",
            outcome.wrong_reference,
            "The payer does not agree with the pledge that the reference names.",
        )
        yield self._each(
            "doubtful_reference",
            outcome.doubtful_reference,
            "Neither payer nor amount agrees with the pledge that the reference names.",
        )
        yield self._each(
            "double_payment",
            outcome.double_click,
            "The same payer paid the same amount minutes before: perhaps a double click.",
        )
        allocated = np.zeros(len(self.books.charges), dtype=bool)
        allocated[self.allocations["payment"].to_numpy(np.int64)] = True
        is_over = (left > 0) & (allocated[self.mine] | self._has_named_pledge())
        is_over &= ~outcome.wrong_reference & ~outcome.double_click & ~self._is_decided()
        yield self._each("overpayment", is_over, self._overpaid, left)

    def _is_decided(self) -> npt.NDArray[np.bool_]:
        return np.isin(self.mine, self.books.decisions["payment"].to_numpy(np.int64))

    def _are_named_elsewhere(self, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(flags), dtype=bool)
        if flags.any():
            refs = self.books.charges["pledge_ref"].iloc[self.mine[flags]]
            found[flags] = payers.ref_keys(refs).isin(self.pledges["ref_key"])
        return found

    def _slip(self, charge: Any) -> str:
        hint = " It looks mistyped." if is_slip(ref_key(str(charge.pledge_ref))) else ""
        return f"No pledge has the reference that the payment carries.{hint}"

    def _overpaid(self, charge: Any) -> str:
        paid = format_minor(int(charge.captured), str(charge.currency))
        return f"The payment of {paid} is more than its pledge takes."

    def _each(
        self,
        kind: str,
        flags: npt.NDArray[np.bool_],
        reason: str | Callable[[Any], str],
        cents: Ints | None = None,
    ) -> _Found:
        charges = self.books.charges.iloc[self.mine[flags]]
        amounts = charges["captured"] if cents is None else cents[flags]
        proposal = {"resolutions": list(resolutions(kind))}
        return flags, [
            BookException(
                kind,
                f"charge:{charge.id}",
                int(amount),
                str(charge.currency),
                reason if isinstance(reason, str) else reason(charge),
                int(str(charge.day)),
                proposal,
            )
            for charge, amount in zip(charges.itertuples(index=False), amounts, strict=True)
        ]
