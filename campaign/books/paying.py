"""From the books to the matcher and back: who pays what, in words that a treasurer can check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from campaign.books.exceptions import BookException, resolutions
from campaign.books.ledger import Books, Ints
from campaign.giving import candidates, matching, open_books, payers
from campaign.giving.pledges import is_slip, ref_key
from campaign.giving.signed import keep_signed
from campaign.money import format_minor

_HOW = {
    open_books.BY_PERSON: "a person decided it",
    open_books.BY_REFERENCE: "the payment carries the pledge's reference",
    open_books.BY_SIGNATURE: "a signed report says so",
    open_books.BY_SUM: "the amount is the sum of open pledges of one household",
}
# Why something of a payment is left, the first that holds.
LEFT = (
    "not this campaign's: a person decided it",
    "an ordinary gift: a person decided it",
    "it carries the reference of a stranger's pledge",
    "a second payment of the same payer and amount within minutes",
    "overpayment: more than what was open of its pledge",
    "overpayment: the pledge that it names was already paid",
    "the pledge that it names is in another currency",
    "it carries a reference that no pledge has, and fits no other",
    "an ordinary gift: it fits no open pledge",
)
_SERIOUS_RIVAL = 0.01
_CHANCES = [f"{hundredth / 100:.2f}" for hundredth in range(101)]


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
    parts, reasons = [], np.zeros(len(books.charges), dtype=np.int8)
    left = kept.copy()
    found: list[BookException] = []
    has_exception = np.zeros(len(books.charges), dtype=bool)
    outcome: matching.Outcome | None = None
    for currency in sorted(
        {*books.charges["currency"].unique(), *books.pledges["currency"].unique()}
    ):
        mine = np.flatnonzero((books.charges["currency"] == currency) & (kept > 0))
        theirs = np.flatnonzero(books.pledges["currency"] == currency)
        one = matching.match(
            _payment_frame(books.charges.iloc[mine].reset_index(drop=True), kept[mine]),
            _pledge_frame(books.pledges.iloc[theirs].reset_index(drop=True)),
            _local_decisions(books.decisions, mine, theirs),
        )
        one = keep_signed(
            one,
            pd.DataFrame(
                {"kept": kept[mine], "captured": books.charges["captured"].to_numpy()[mine]}
            ),
            pd.DataFrame({"open": _open_cents(books.pledges).to_numpy()[theirs]}),
            _local(books.signed, mine, theirs).query("pledge >= 0"),
        )
        outcome = one if outcome is None or len(mine) > len(outcome.left_cents) else outcome
        allocations = one.allocations.assign(
            payment=mine[one.allocations["payment"].to_numpy(np.int64)],
            pledge=theirs[one.allocations["pledge"].to_numpy(np.int64)],
            next_best=_global(one.allocations["next_best"].to_numpy(np.int64), theirs),
        )
        parts.append(allocations)
        left[mine] = one.left_cents
        places = _Places(books, mine, one, allocations)
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
            "payment_id": books.charges["id"].array[is_left],
            "cents": left[is_left],
            "reason": _words(LEFT, reasons[is_left]),
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


def _words(texts: Sequence[str | None], places: npt.NDArray[Any]) -> pd.Series:
    """Return a text for each place."""
    return pd.Series(pa.array(texts, pa.string()).take(pa.array(places)).to_pandas(), dtype="str")


def _payment_frame(charges: pd.DataFrame, kept: Ints) -> pd.DataFrame:
    first, last = payers.split_full_names(charges["name"])
    # Stripe lists the newest first; part payments must fill a pledge as they came: by time.
    return pd.DataFrame(
        {
            "ref_key": payers.ref_keys(charges["pledge_ref"]),
            "captured": charges["captured"],
            "kept": kept,
            "day": charges["day"],
            "created": charges["created"],
            "email": payers.clean_emails(charges["email"]),
            "phone": payers.clean_phones(charges["phone"]),
            "postal_code": payers.clean_postcodes(charges["postal_code"]),
            "first": first,
            "last": last,
            "card": charges["card"],
        }
    )


def _pledge_frame(pledges: pd.DataFrame) -> pd.DataFrame:
    last = payers.fold(pledges["last_name"])
    first = payers.fold(pledges["first_name"])
    person = pledges["email"].where(pledges["email"].notna(), pledges["phone"])
    name = first + " " + last + " " + pledges["postal_code"].fillna("")
    person = person.where(person.notna(), name)
    donor = pledges["donor_id"]
    person = ("donor " + donor.astype("Int64").astype("str")).where(donor.notna(), person)
    return pd.DataFrame(
        {
            "ref_key": payers.ref_keys(pledges["ref"]),
            "open": _open_cents(pledges),
            "whole": pledges["whole"],
            "instalments": pledges["instalments"].clip(lower=1),
            "pledged_day": pledges["pledged_day"],
            "due_day": pledges["due_day"],
            "email": pledges["email"],
            "phone": pledges["phone"],
            "postal_code": pledges["postal_code"],
            "first": payers.first_of(first),
            "last": payers.last_of(last),
            "person": pd.factorize(person)[0],
        }
    )


def _open_cents(pledges: pd.DataFrame) -> pd.Series:
    return pledges["whole"] - pledges["written_off"]


def _local_decisions(
    decisions: pd.DataFrame, mine: npt.NDArray[np.intp], theirs: npt.NDArray[np.intp]
) -> pd.DataFrame:
    """Return the decisions with places counted within one currency."""
    local = _local(decisions, mine, theirs)
    needs_pledge = local["verdict"].isin(("pays", "not"))
    return local[~needs_pledge | (local["pledge"] >= 0)].reset_index(drop=True)


def _local(
    rows: pd.DataFrame, mine: npt.NDArray[np.intp], theirs: npt.NDArray[np.intp]
) -> pd.DataFrame:
    """Return rows of payments in one currency, with places counted within it; -1 for no pledge."""
    payment_of = pd.Series(np.arange(len(mine)), index=mine)
    pledge_of = pd.Series(np.arange(len(theirs)), index=theirs)
    local = rows.assign(
        payment=rows["payment"].map(payment_of),
        pledge=rows["pledge"].map(pledge_of).fillna(-1),
    ).dropna(subset=["payment"])
    return local.astype({"payment": "int64", "pledge": "int64"})


def _listing(books: Books, allocations: pd.DataFrame) -> pd.DataFrame:
    """Return the allocations with their reasons in words."""
    refs = pa.array(books.pledges["ref"], pa.string())
    next_best = allocations["next_best"].to_numpy(np.int64)
    chance = allocations["next_confidence"].to_numpy(np.float64)
    is_rivalled = (next_best >= 0) & (chance >= _SERIOUS_RIVAL)
    rival = pc.binary_join_element_wise(
        "; next best ",
        refs.take(pa.array(np.where(is_rivalled, next_best, 0), mask=~is_rivalled)),
        " (",
        pa.array(_CHANCES).take(pa.array(np.rint(chance * 100).astype(np.int8))),
        ")",
        "",
    )
    identity = allocations["identity"].to_numpy(np.int64)
    fitting = pc.binary_join_element_wise(
        pa.array([*candidates.IDENTITIES, ""]).take(pa.array(_or_last(identity, 10))),
        pa.array([*candidates.AMOUNTS, ""]).take(
            pa.array(_or_last(allocations["amount"].to_numpy(np.int64), 8))
        ),
        "; ",
    )
    how = pa.array(allocations["how"].map(_HOW), pa.string())
    reason = pc.binary_join_element_wise(pc.coalesce(how, fitting), pc.fill_null(rival, ""), "")
    ids = pa.array(books.charges["id"], pa.string())
    columns = {
        "payment_id": ids.take(pa.array(allocations["payment"].to_numpy(np.int64))),
        "pledge_ref": refs.take(pa.array(allocations["pledge"].to_numpy(np.int64))),
        "cents": pa.array(allocations["cents"].to_numpy(np.int64)),
        "tier": pa.array(allocations["tier"], pa.string()),
        "confidence": pa.array(allocations["confidence"].to_numpy(np.float64).round(4)),
        "reason": reason,
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame


def _or_last(places: Ints, last: int) -> Ints:
    return np.where(places < 0, last, places)


_Found = tuple[npt.NDArray[np.bool_], list[BookException]]


@dataclass(frozen=True, slots=True)
class _Places:
    """The payments of one currency, and why something of them is left."""

    books: Books
    mine: npt.NDArray[np.intp]
    outcome: matching.Outcome
    allocations: pd.DataFrame

    def reasons(self) -> npt.NDArray[np.int8]:
        """Return for each payment why what is left of it pays no pledge: the places of LEFT."""
        outcome = self.outcome
        allocated = np.zeros(len(self.books.charges), dtype=bool)
        allocated[self.allocations["payment"].to_numpy(np.int64)] = True
        verdict = self.books.decisions.set_index("payment")["verdict"]
        decided = pd.Series(self.mine).map(verdict[~verdict.index.duplicated()]).to_numpy(object)
        why = [
            decided == "not_campaign",
            decided == "gift",
            outcome.wrong_reference,
            outcome.double_click,
            allocated[self.mine],
            self._has_named_pledge(),
            self._are_named_elsewhere(outcome.unknown_reference),
            outcome.unknown_reference,
        ]
        return np.select(why, range(len(why)), len(why)).astype(np.int8)

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
            found[flags] = payers.ref_keys(refs).isin(payers.ref_keys(self.books.pledges["ref"]))
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
