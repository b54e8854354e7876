"""Rules of accounts: what a password must be, when an account rests, how long things hold."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from campaign.errors import InputError

SESSION_LASTS = timedelta(hours=12)
SESSION_RESTS_AFTER = timedelta(hours=2)
INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=1)
TOKEN_LASTS_AT_MOST = timedelta(days=366)
SIGNATURE_PROOF_LASTS = timedelta(minutes=10)
CLOCKS_DIFFER_BY = timedelta(seconds=30)

FAILURES_BEFORE_LOCK = 5
FAILURES_A_PLACE = 30
FAILURE_WINDOW = timedelta(minutes=15)

_SHORTEST, _LONGEST = 12, 256
_EMAIL = re.compile(r"^[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,253}$")


class PasswordError(InputError):
    """A password that would be guessed."""


def check_password(password: str, email: str) -> None:
    """Refuse a password that is short, repetitive or made of the address; else do nothing."""
    if len(password) < _SHORTEST:
        raise PasswordError(f"A password needs at least {_SHORTEST} characters.")
    if len(password) > _LONGEST:
        raise PasswordError(f"A password has at most {_LONGEST} characters.")
    if len(set(password)) < 5:
        raise PasswordError("A password needs at least five different characters.")
    name = email.split("@")[0].lower()
    if len(name) >= 4 and name in password.lower():
        raise PasswordError("A password must not contain the name in the e-mail address.")


def actor_in_words(actor: str) -> str:
    """Return who acted, as people say it; an account's number is for a page to name.

    >>> actor_in_words("cli:root"), actor_in_words("ruth@example.org")
    ('root, on the command line', 'ruth@example.org')
    """
    kind, _, name = actor.partition(":")
    return f"{name}, on the command line" if kind == "cli" and name else actor


def clean_email(text: str) -> str:
    """Return the address as accounts keep it; InputError when it is none.

    >>> clean_email(" Ana@Example.org ")
    'ana@example.org'
    """
    email = text.strip().lower()
    if not _EMAIL.match(email):
        raise InputError("This is not an e-mail address.")
    return email


def is_fresh(signed_in_at: int, asked_at: datetime, now: datetime) -> bool:
    """Whether a sign-in elsewhere came after it was asked for, give or take two clocks.

    >>> asked = datetime.fromisoformat("2026-10-01T12:00:00+00:00")
    >>> later = asked + timedelta(minutes=1)
    >>> at = int(asked.timestamp())
    >>> [is_fresh(at + s, asked, later) for s in (-3600, -31, -5, 20, 3600)]
    [False, False, True, True, False]
    """
    earliest, latest = asked_at - CLOCKS_DIFFER_BY, now + CLOCKS_DIFFER_BY
    return earliest.timestamp() <= signed_in_at <= latest.timestamp()


def locked_for(failures: int) -> timedelta:
    """Return how long an account rests after that many failures in a row: one minute, doubling.

    >>> [locked_for(n).total_seconds() / 60 for n in (4, 5, 6, 8, 40)]
    [0.0, 1.0, 2.0, 8.0, 60.0]
    """
    if failures < FAILURES_BEFORE_LOCK:
        return timedelta()
    return timedelta(minutes=min(60, 2 ** min(failures - FAILURES_BEFORE_LOCK, 6)))
