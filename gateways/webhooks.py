"""Stripe's webhooks: hints that something changed, never the truth of what it is.

A hint is believed only with a good signature of the last minutes; what it names is then fetched
from the API. Hints come late, twice, in any order, or not at all: nothing depends on them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import stripe

TOLERANCE = timedelta(minutes=5)
# Which records an event's type speaks of; all else is no business of the books.
_KINDS = {
    "charge": "charge",
    "charge.refund": "refund",
    "refund": "refund",
    "charge.dispute": "dispute",
    "payment_intent": "payment_intent",
    "checkout.session": "checkout.session",
    "payout": "payout",
    "customer": "customer",
    "balance": "balance_transaction",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """Something changed at Stripe: fetch it."""

    event: str
    kind: str
    subject: str | None
    created_at: datetime


class BadSignatureError(ValueError):
    """The request does not come from Stripe, or is too old to tell."""


def read_hint(payload: bytes, signature: str, secret: str, now: datetime) -> Hint | None:
    """Return what an event hints at; None where it does not concern the books.

    Snapshot events carry the object, thin ones only its id: of both only the id is used.
    """
    try:
        text = payload.decode("utf-8")
        # Stripe's library compares with the machine's clock: the age is looked at here instead.
        stripe.WebhookSignature.verify_header(text, signature, secret, tolerance=None)
        _check_age(signature, now)
        event = json.loads(text)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadSignatureError("The signature does not hold.") from error
    if not isinstance(event, Mapping) or not event.get("id"):
        return None
    kind = _kind(str(event.get("type") or ""))
    if kind is None:
        return None
    return Hint(str(event["id"]), kind, _subject(event), _moment(event.get("created"), now))


def _check_age(signature: str, now: datetime) -> None:
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    sent_at = datetime.fromtimestamp(int(parts.get("t", "0")), UTC)
    if abs(now - sent_at) > TOLERANCE:
        raise BadSignatureError("The signature is too old.")


def _kind(event_type: str) -> str | None:
    """Return the kind of record, by the longest beginning that is known."""
    parts = event_type.removeprefix("v1.").split(".")
    for length in range(len(parts), 0, -1):
        found = _KINDS.get(".".join(parts[:length]))
        if found:
            return found
    return None


def _subject(event: Mapping[str, object]) -> str | None:
    thin = event.get("related_object")
    if isinstance(thin, Mapping) and thin.get("id"):
        return str(thin["id"])
    data = event.get("data")
    snapshot = data.get("object") if isinstance(data, Mapping) else None
    return str(snapshot["id"]) if isinstance(snapshot, Mapping) and snapshot.get("id") else None


def _moment(created: object, now: datetime) -> datetime:
    """Return when it happened: seconds in snapshot events, ISO text in thin ones."""
    if isinstance(created, int):
        return datetime.fromtimestamp(created, UTC)
    if isinstance(created, str):
        try:
            return datetime.fromisoformat(created)
        except ValueError:
            return now
    return now
