"""E-mails, numbers of persons, and yes-or-no cells."""

from __future__ import annotations

import re
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import by_distinct

EMAIL = r"^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$"
# No longer than an address may be, or a cell without one would be looked at from each sign anew.
_EMAIL_INSIDE = re.compile(r"[^\s<>,;:\"()\[\]]{1,80}@[^\s<>,;:\"()\[\]]{1,255}")
_YES = frozenset({
    "y", "yes", "true", "t", "1", "x", "on", "ok", "si", "sí", "ja", "oui", "✓", "✔", "checked",
    "opt in", "opted in", "optin", "granted", "given", "consented", "subscribed", "allowed",
    "accepted", "agreed", "affirmative", "active", "yes please", "1.0", "☑", "✅", "☒", "🗹",
})  # fmt: skip
_NO = frozenset({
    "n", "no", "false", "f", "0", "off", "nein", "non", "opt out", "opted out", "optout", "denied",
    "withdrawn", "revoked", "refused", "declined", "stop", "stopped", "unsubscribed", "never",
    "✗", "✘", "✖", "❌", "☐", "□", "⬜",
    "not allowed", "no consent", "do not call", "dnc", "unchecked", "rejected", "cancelled", "0.0",
})  # fmt: skip
# In a column of refusals: whoever is not marked.
_UNMARKED = frozenset({
    "", "n", "no", "false", "f", "0", "0.0", "off", "nein", "non", "-", "--", ".", "?", "n/a", "na",
    "#n/a", "none", "null", "(null)", "nil", "nan", "unknown", "unchecked", "alive", "living", "ok",
    "ok to call", "callable", "call", "can call", "may call", "allowed", "not deceased", "opt in",
    "opted in", "subscribed", "active", "☐", "□", "⬜", "not specified", "unspecified", "blank",
})  # fmt: skip


# How whoever checks numbers against lists of refusals says that one stands in none.
_CLEAN = frozenset({
    "clean", "clear", "cleared", "safe", "good", "valid", "not found", "no match", "no hit",
    "not listed", "not on list", "not on dnc", "not on the dnc", "not dnc", "do call",
    "non litigator", "not a litigator", "no litigator",
})  # fmt: skip


def read_emails(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return each cell's first address in lower case, and any others with a blank between."""
    lower = pc.utf8_lower(column)
    good = pc.match_substring_regex(lower, EMAIL)
    plain = pc.if_else(good, lower, pa.scalar(None, lower.type))
    odd = pc.and_(pc.is_valid(lower), pc.is_null(plain))
    if not pc.any(odd).as_py():
        return plain, pa.nulls(len(column), pa.string())
    texts = pc.if_else(odd, lower, pa.scalar(None, lower.type))
    first = by_distinct(texts, lambda text: next(iter(emails_in(text)), None), pa.string())
    more = by_distinct(texts, lambda text: " ".join(emails_in(text)[1:]) or None, pa.string())
    return pc.coalesce(plain, first), more


def emails_in(text: str | None) -> list[str]:
    """Return the addresses that stand in a cell.

    >>> emails_in("Jo <jo@example.org>; jo@work.example"), emails_in("jo@@x"), emails_in("n/a")
    (['jo@example.org', 'jo@work.example'], [], [])
    """
    found = (part.strip(".'") for part in _EMAIL_INSIDE.findall((text or "").lower()))
    clean = (part.removeprefix("mailto:") for part in found)
    return [part for part in dict.fromkeys(clean) if re.match(EMAIL, part) and ".." not in part]


def without_emails(text: str) -> tuple[str, list[str]]:
    """Return a text without the addresses that stand in it, and these in lower case.

    >>> without_emails("Jane Doe <Jane@example.org>")
    ('Jane Doe <>', ['jane@example.org'])
    """
    return _EMAIL_INSIDE.sub("", text), emails_in(text)


_COUNTED = "01234567890 09876543210"  # what somebody types who has to type a number


def digest(text: str | None) -> str | None:
    """Return a number that a state gives a person so that it can be compared and not read.

    The first word stands for the whole number, the second for all but its last sign, and each of
    the others for what is left without another sign: numbers that differ by one slip share one.

    >>> digest("078-05-1120") == digest("078051120"), digest("000-00-0000"), digest("n/a")
    (True, None, None)
    >>> digest("123-45-6789")
    >>> len(set(digest("078051120").split()[2:]) & set(digest("078061120").split()[2:]))
    1
    """
    signs = "".join(filter(str.isalnum, text or "")).upper()
    if len(signs) < 6 or len(set(signs)) < 3 or signs in _COUNTED:
        return None
    places = range(len(signs) - 1, -1, -1)
    shorter = dict.fromkeys(signs[:place] + signs[place + 1 :] for place in places)
    return " ".join([_digest(signs, 12), *(_digest(rest, 5) for rest in shorter)])


def _digest(signs: str, size: int) -> str:
    return blake2b(signs.encode(), digest_size=size, person=b"pledgeline").hexdigest()


def plain_word(text: str | None) -> str:
    """Return a cell of few words in lower case, its signs made blanks."""
    return (text or "").strip().lower().replace("_", " ").replace("-", " ").strip(" .!\ufe0f") or ""


def read_flag(text: str | None) -> bool | None:
    """Return yes, no, or nothing.

    >>> read_flag("Opted-In"), read_flag("withdrawn"), read_flag("0"), read_flag("maybe")
    (True, False, False, None)
    """
    plain = plain_word(text)
    return True if plain in _YES else False if plain in _NO else None


_BEGINS = re.compile(
    r"^(?:(?P<yes>yes|yep|sure|ok|okay|of course|absolutely|certainly|definitely|please do|si|sí|ja"
    r"|oui|no (?:problem|objection|worries))|(?P<no>no|nope|never|not?|stop|(?:please )?do ?n.?o?t"
    r"|please no|nein|non|only))\b(?!.{0,2}(?:sure|yet|preference|answer|applicable|specified))"
)
_BY_PHONE = frozenset({
    "phone", "call", "calls", "telephone", "voice", "mobile", "cell", "phone call", "phone calls",
    "by phone", "all", "any", "everything", "all channels", "landline",
})  # fmt: skip
_BY_OTHERS = frozenset({
    "email", "e mail", "emails", "mail", "post", "postal", "sms", "text", "texts", "text message",
    "text messages", "letter", "direct mail", "whatsapp", "by email", "by mail", "by text", "mms",
})  # fmt: skip


def read_consent(text: str | None) -> bool | None:
    """Return whether somebody may be called: yes or no, in words or as a list of channels.

    >>> read_consent("Yes, evenings"), read_consent("No, please email"), read_consent("not sure")
    (True, False, None)
    >>> read_consent("email; phone"), read_consent("Email/SMS"), read_consent("phonebank")
    (True, False, None)
    """
    said = read_flag(text)
    if said is not None:
        return said
    if found := _BEGINS.match(plain_word(text)):
        return found["yes"] is not None
    return by_phone(text)


def by_phone(text: str | None) -> bool | None:
    """Return whether a list of channels names the phone; nothing where it is no such list."""
    told = {plain_word(part) for part in re.split(r"[;,|/+&\n]|\band\b", (text or "").lower())} - {
        ""
    }
    if not told or told - _BY_PHONE - _BY_OTHERS:
        return None
    return bool(told & _BY_PHONE)


def read_refusal(text: str | None) -> bool | None:
    """Return whether a row is marked in a column of people who must not be called, or died.

    Any mark is one, a day or a reason too, but for what says no.

    >>> read_refusal("DNC"), read_refusal("2025-03-01"), read_refusal("no"), read_refusal(" ")
    (True, True, False, None)
    >>> read_refusal("Clean"), read_refusal("Litigator")
    (False, True)
    """
    if not (text or "").strip():
        return None
    if plain_word(text) in _CLEAN:
        return False
    if (text or "").strip().lower() in _UNMARKED or plain_word(text) in _UNMARKED:
        return None if read_flag(text) is None else False
    return True
