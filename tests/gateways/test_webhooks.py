"""Webhooks are hints: believed with a good signature, counted once, never the truth."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from sqlalchemy.orm import Session

from gateways.webhooks import BadSignatureError, read_hint
from store import stripe_objects

SECRET = "whsec_test"
NOW = datetime(2026, 9, 8, 13, tzinfo=UTC)


def signed(event: dict[str, Any], at: datetime = NOW, secret: str = SECRET) -> tuple[bytes, str]:
    payload = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(
        payload, secret, timestamp=int(at.timestamp())
    )
    return payload.encode(), header


SNAPSHOT = {
    "id": "evt_1",
    "type": "charge.dispute.closed",
    "created": int(NOW.timestamp()),
    "data": {"object": {"id": "du_1", "amount": 1}},
}
THIN = {
    "id": "evt_2",
    "type": "v1.charge.refund.updated",
    "created": "2026-09-08T12:59:00Z",
    "related_object": {"id": "re_1", "type": "refund"},
}


@pytest.mark.parametrize(
    ("event", "kind", "subject"),
    [
        pytest.param(SNAPSHOT, "dispute", "du_1", id="snapshot"),
        pytest.param(THIN, "refund", "re_1", id="thin"),
        pytest.param({**SNAPSHOT, "type": "charge.succeeded"}, "dispute", "du_1", id="charge"),
    ],
)
def test_an_event_tells_only_what_to_fetch(event: dict[str, Any], kind: str, subject: str) -> None:
    hint = read_hint(*signed(event), SECRET, NOW)
    assert hint is not None
    expected = "charge" if event["type"] == "charge.succeeded" else kind
    assert (hint.kind, hint.subject) == (expected, subject)


def test_what_is_no_business_of_the_books_is_no_hint() -> None:
    assert read_hint(*signed({**SNAPSHOT, "type": "invoice.created"}), SECRET, NOW) is None


@pytest.mark.parametrize("minutes", [-6, 6], ids=["late", "early"])
def test_an_old_signature_is_refused(minutes: int) -> None:
    with pytest.raises(BadSignatureError):
        read_hint(*signed(SNAPSHOT, NOW + timedelta(minutes=minutes)), SECRET, NOW)


def test_another_secret_or_body_is_refused() -> None:
    payload, header = signed(SNAPSHOT, secret="whsec_other")
    with pytest.raises(BadSignatureError):
        read_hint(payload, header, SECRET, NOW)
    payload, header = signed(SNAPSHOT)
    with pytest.raises(BadSignatureError):
        read_hint(payload.replace(b"du_1", b"du_2"), header, SECRET, NOW)
    with pytest.raises(BadSignatureError):
        read_hint(payload, "nonsense", SECRET, NOW)


def test_a_hint_counts_once_and_is_followed_once(session: Session) -> None:
    for _ in range(2):
        stripe_objects.note_hint(session, "evt_1", "dispute", "du_1", NOW, NOW)
    assert stripe_objects.hints_to_follow(session) == [("dispute", "du_1")]
    assert not stripe_objects.note_hint(session, "evt_1", "dispute", "du_1", NOW, NOW)
    stripe_objects.note_followed(session, NOW, NOW)
    assert stripe_objects.hints_to_follow(session) == []
