"""What a row of payments says became of the money: it came in, went back, or never came.

A column of states ("Status") tells of the gift of its row; a column of types ("Gift type") tells
what kind of row it is: there a refund is a row of its own beside the gift that it takes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from campaign.lists.values import plain_word

PAID, RETURNED, NOTHING = "paid", "returned", "nothing"

_PAID = frozenset({
    "paid", "succeeded", "success", "successful", "complete", "completed", "charge", "payment",
    "settled", "captured", "approved", "processed", "cleared", "received", "active", "posted",
    "closed won", "deposited", "donated", "partially refunded", "partial refund", "ok", "fulfilled",
    "paid out", "disbursed", "transferred", "reconciled", "recurring", "ended", "donation", "gift",
    "contribution", "sale", "pledge payment", "won", "refund failed", "refund declined",
    "dispute won", "chargeback won", "confirmed", "paid in full", "done", "credited",
    "refund failure", "dispute reversal", "chargeback reversal",  # came back to us
    "succeed", "renewal", "renewed", "accepted", "settle", "charged", "banked", "cashed",
    "collected", "receipted", "finalized",
})  # fmt: skip
_RETURNED = frozenset({
    "refund", "refunded", "chargeback", "charge back", "charged back", "reversal", "reversed",
    "dispute", "disputed", "returned", "return", "payment failure refund", "reimbursed",
    "bounced", "nsf", "dispute lost",
})  # fmt: skip
_NOTHING = frozenset({
    "failed", "failure", "pending", "declined", "canceled", "cancelled", "void", "voided",
    "blocked", "in progress", "processing", "requires action", "requires payment method",
    "uncaptured", "expired", "incomplete", "pledge", "pledged", "prospecting", "closed lost",
    "unpaid", "overdue", "open", "partially paid", "write off", "written off", "error", "rejected",
    "abandoned", "lapsed", "scheduled", "on hold", "hold", "authorized", "withdrawn", "denied",
    "authorization", "commitment", "soft credit", "mg pledge", "mg write off", "matching pledge",
    "matching gift pledge", "planned gift", "planned", "bequest intention", "fee", "payout",
    "transfer", "withdrawal", "general withdrawal", "not paid", "unsuccessful", "upcoming", "due",
    "past due", "awaiting payment", "invalid", "test", "draft", "removed", "deleted", "skipped",
    "unclaimed", "pledge balance", "open pledge", "verbal pledge", "in process", "promised",
    "intention", "uncollectible", "cancelled by donor", "in dispute", "under review", "created",
    "adjustment", "amendment", "gl reversal", "recurring schedule", "recurring plan",
    "recurring profile", "recurring commitment", "recurring pledge", "matching gift write off",
    "tax", "topup", "payout reversal", "network cost", "charge failure",
    "risk reserved funds", "other adjustment", "transfer reversal", "topup reversal",
    "connect collection transfer", "connect reserved funds", "anticipation repayment",
    "partial capture reversal", "platform earning", "minimum balance hold",
    "mass pay", "currency conversion", "general currency conversion", "partner soft credit",
    "gift commitment", "commitment schedule", "installment schedule", "decline",
})  # fmt: skip
# Words that tell of donors as well: no column is a payment's by them alone.
_OF_PEOPLE_TOO = frozenset({
    "active", "lapsed", "ended", "open", "ok", "hold", "recurring", "new", "invalid", "removed",
    "deleted", "withdrawn", "done", "confirmed", "draft", "test", "created", "due", "accepted",
})  # fmt: skip
# Gifts that come again: each a gift where all rows are payments, and a plan only where the list
# tells its payments, or promises, in rows of their own (Raiser's Edge, Bloomerang).
_PLANS = frozenset({
    "recurring gift", "recurring donation", "recurring contribution",
})  # fmt: skip
_PAYMENTS_EACH = frozenset({"one time", "onetime", "one time gift", "one time donation", "single"})
_BESIDE_PLANS = re.compile(
    r"^(?:(?:mg |matching gift )?pledge|pay .*|.* pay (?:cash|other|stock.*|gift.*)|cash"
    r"|(?:recurring \w+|recurring) (?:payment|pay))$"
)
# DonorPerfect's kinds of rows: a gift, a pledge, the sum of a gift that is split, a soft credit.
_CODES, _CODES_OF_NO_GIFT = frozenset("gpms"), frozenset("pms")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What stands beside such a word without changing what it says: "ACH return", "Gift refunded".
_BESIDE = re.compile(
    r"\b(?:payment|transaction|gift|donation|contribution|ach|check|card|credit card|customer|full"
    r"|fully|paypal|stripe|auto|bank|echeck|e check)\b"
)


def read_payment(text: str | None) -> str | None:
    """Return what became of a payment: it came in, went back, or never came; None: no such word.

    >>> read_payment("Closed Won"), read_payment("ACH Return"), read_payment("requires_action")
    ('paid', 'returned', 'nothing')
    >>> read_payment("Pledge payment"), read_payment("Pledge"), read_payment("Stock")
    ('paid', 'nothing', None)
    """
    plain = _plain(text)
    for word in (plain, " ".join(_BESIDE.sub(" ", plain).split())):
        for end, words in ((PAID, _PAID), (RETURNED, _RETURNED), (NOTHING, _NOTHING)):
            if word in words:
                return end
    return None


def promises_among(types: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of rows that promise a gift only, by what other kinds the list has.

    >>> promises_among(["Cash", "Recurring Gift", "Recurring Gift Pay-Cash"])
    ('recurring gift',)
    >>> promises_among(["One-time", "Recurring Gift"]), promises_among(["G", "P", "M"])
    ((), ('m', 'p'))
    >>> promises_among(["G", "P", "CK"])  # the kinds of rows, and how each was paid
    ('p',)
    """
    words = {_plain(text) for text in types} - {""}
    plans_apart = any(map(_BESIDE_PLANS.match, words)) and not words & _PAYMENTS_EACH
    found = words & _PLANS if plans_apart else set()
    letters = {word for word in words if len(word) == 1}
    if letters <= _CODES and "g" in letters:
        found |= letters & _CODES_OF_NO_GIFT
    return tuple(sorted(found))


def is_promise(text: str | None, promises: tuple[str, ...]) -> bool:
    """Whether a kind of row is one of those that promise a gift only."""
    return bool(promises) and _plain(text) in promises


def _plain(text: str | None) -> str:
    """Return a word as it is compared: "PledgePayment" is "pledge payment".

    >>> _plain("PledgePayment"), _plain("Pay-Cash")
    ('pledge payment', 'pay cash')
    """
    return plain_word(_HUMP.sub(" ", text or ""))


def is_payment_status(text: str) -> bool:
    """Whether it is a word for what became of a payment, and of nothing else.

    >>> is_payment_status("Closed Won"), is_payment_status("Lapsed")
    (True, False)
    """
    return plain_word(text) not in _OF_PEOPLE_TOO and read_payment(text) is not None
