"""What people write beside a number, or in a column of notes: "DON'T CALL", "wrong number".

A refusal in words is one, and a number that is said to be wrong is nobody's; the words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import by_distinct, either, nulls, text_bytes, trimmed
from campaign.lists.fields import NAMES
from campaign.lists.headers import is_mark, is_remark
from campaign.lists.part import Part
from campaign.lists.several import split_several

Ints = npt.NDArray[np.int64]

# What stands beside a number and says nothing more than what kind it is.
_KINDS = re.compile(
    r"(?i)\b(?:ext|extn|extension|x\d*|tel|telephone|phone|ph|cell|cellphone|home|work|mobile|mob"
    r"|office|landline|main|h|c|w|m|o|p|or|and)\b"
)
_REFUSED = r"(?i)\b(?:do not|don.?t|dont|never|not to|no) +(?:ever +)?(?:call|phone|ring|contact)"
_REFUSED_BESIDE = (
    _REFUSED + r"|(?i)\bno calls?\b|\bdnc\b|\bstop calling\b|\bopt(?:ed)?[ -]?out\b|\bremoved?\b"
    r"|\bdeceased\b|\bdied\b"
)
_REFUSED_IN_NOTES = (
    _REFUSED + r"|(?i)\bcall (?:me )?never\b|\bstop calling\b|\b(?:opted|opt) out of calls"
    r"|\b(?:take|remove) (?:me|him|her|them) off\b|\bremove (?:me |him |her )?from (?:the |your )?"
    r"(?:call |phone )?list\b"
)
_AT_TIMES = re.compile(
    r"(?i)\b(?:call|phone|ring|contact)(?:ing)? +(?:me +|him +|her +|us +|them +)?"
    r"(?:before|after|until|till|at|on|during|between|in the|when|if|while|this|too)\b"
)
_WRONG = (
    r"(?i)\b(?:wrong|bad|old|incorrect|invalid|former|disconnected|no longer|fax|not in service"
    r"|out of service|not working|does ?n.?t work)\b"
)
# Beside a name: "Ann Roe DNC", "Bob Poe (deceased)".
REFUSED_BESIDE_NAME = r"(?i)\b(?:do not (?:call|contact|phone)|don.?t call|no calls|dnc)\b"
_DEAD = r"\b(?:deceased|dec['’]d)\b|^the late\b"
DEAD_BESIDE_NAME = rf"(?i){_DEAD}|^(?:the )?estate of\b"
_BESIDE_NAME = rf"[\s(\[*,–-]*(?:{REFUSED_BESIDE_NAME}|{_DEAD})[\s)\]*!–-]*"
_BETWEEN_MARKS = re.compile(r"[;,|/\n]| {2,}")
_REFUSALS = frozenset({
    "dnc", "do not call", "dont call", "do not phone", "no calls", "no call", "no phone",
    "no calling", "do not contact", "no contact", "never call", "do not solicit", "no llamar",
    "do not telephone", "no phone calls", "do not call list", "opted out of calls",
    "opt out calls", "call opt out", "refuses calls", "opt out", "opted out", "optout",
    "no telemarketing", "no phone solicitation", "no phone solicitations", "no solicitations",
    "no solicitation", "do not solicit by phone", "mail only", "email only", "e mail only",
    "remove from list", "remove number from list", "remove from call list", "remove number",
    "take off list", "take me off list", "asked to be removed", "requested removal",
})  # fmt: skip
# Marks that say that the row's number is dead, or somebody else's; and what says so of phones.
_WRONG_NUMBERS = frozenset({
    "wrong number", "bad number", "invalid number", "disconnected", "disconnected number",
    "number disconnected", "phone disconnected", "not in service", "number not in service",
    "out of service", "fax", "fax machine", "fax number", "wrong phone", "bad phone",
    "bad phone number", "wrong phone number", "no longer in service", "dead number",
})  # fmt: skip
_WRONG_OF_PHONES = _WRONG_NUMBERS | {"wrong", "bad", "invalid", "dead", "inactive"}
_OF_PHONES = re.compile(r"(?i)phone|number|\btel")
_DEATHS = frozenset({"deceased", "dead", "died", "fallecido", "fallecida", "verstorben"})
_OF_PAYMENTS = (None, "payment_status", "payment_type")
_BETWEEN = re.compile(r"[;,/|\n]|\bor\b|\band\b", re.IGNORECASE)


def remarked(column: pa.Array) -> pa.Array:
    """Return the cells of phones that say more than a number and its kind; the others are null."""

    def read(texts: pa.Array) -> pa.Array:
        return by_distinct(texts, lambda text: text if _says_more(text) else None, pa.string())

    return _of_wordy(column, read, pa.string())


def _says_more(text: str) -> bool:
    """Whether a cell says something besides numbers and their kinds.

    >>> _says_more("617-555-0142 cell"), _says_more("617-555-0142 (wife)"), _says_more("555 or 12")
    (False, True, True)
    """
    rest = _KINDS.sub(" ", text)
    if not re.search(r"\d", text):
        return False
    stumps = (len(re.sub(r"\D", "", piece)) for piece in split_several(text))
    return bool(re.search(r"[^\W\d_]{2}", rest)) or any(count < 7 for count in stumps)


def _wordy(column: pa.Array) -> Ints:
    """Return which cells hold a word, by their bytes: most columns of phones hold no letter."""
    body, offsets = text_bytes(column)
    lower = body | np.uint8(0x20)
    letters = (lower >= ord("a")) & (lower <= ord("z"))
    words = np.flatnonzero(letters[1:] & letters[:-1])
    rows = np.searchsorted(offsets, words, "right") - 1
    return np.unique(rows[words + 1 < offsets[rows + 1]])


def _of_wordy(
    column: pa.Array, read: Callable[[pa.Array], pa.Array], kind: pa.DataType
) -> pa.Array:
    """Return what is read of the cells that hold a word; null of the others."""
    rows = _wordy(column)
    if not len(rows):
        return nulls(len(column), kind)
    mask = np.zeros(len(column), np.bool_)
    mask[rows] = True
    found = read(column.take(pa.array(rows)))
    return pc.replace_with_mask(nulls(len(column), kind), pa.array(mask), found)


def without_wrong(column: pa.Array) -> pa.Array:
    """Return a column of phones without the numbers that are said to be wrong, or a fax's."""
    said = says(column, _WRONG)
    if not pc.any(said).as_py():
        return column
    texts = pc.if_else(said, column, pa.scalar(None, column.type))
    return pc.if_else(
        pc.fill_null(said, False), by_distinct(texts, _right_numbers, pa.string()), column
    )


def _right_numbers(text: str | None) -> str | None:
    """Return what is left of a cell: a word without a number is of the number before it.

    >>> _right_numbers("617-555-0136 (old), 617-555-0137"), _right_numbers("617-555-0136, wrong")
    ('617-555-0137', None)
    """
    kept: list[str] = []
    for piece in _BETWEEN.split(text or ""):
        if not re.search(_WRONG, piece):
            kept.append(piece.strip())
        elif kept and not re.search(r"\d", piece):
            kept.pop()
    return "; ".join(piece for piece in kept if re.search(r"\d", piece)) or None


def refused_beside(column: pa.Array) -> pa.Array:
    """Return yes where a cell of phones says that nobody may call; nothing elsewhere."""
    return _refused(column, _REFUSED_BESIDE)


def said_beside_names(part: Part, words: str) -> pa.Array:
    """Return yes where such words stand beside a name; nothing elsewhere."""
    found = nulls(part.rows, pa.bool_())
    for field in sorted(NAMES):
        said = pc.match_substring_regex(part.name(field), words)
        found = either(found, pc.if_else(said, True, pa.scalar(None, pa.bool_())))
    return found


def names_alone(names: pa.Array) -> pa.Array:
    """Return names without what is said of calls or a death beside them.

    >>> names_alone(pa.array(["Ann Roe - DO NOT CALL", "*DECEASED* Bob Poe", "Cy Doe"])).to_pylist()
    ['Ann Roe', 'Bob Poe', 'Cy Doe']
    """
    said = pc.match_substring_regex(names, _BESIDE_NAME)
    if not pc.any(said).as_py():
        return names
    return pc.if_else(said, trimmed(pc.replace_substring_regex(names, _BESIDE_NAME, " ")), names)


def refused_in_notes(part: Part) -> pa.Array:
    """Return yes where a column of notes says in words that nobody may call, or a mark does."""
    found = nulls(part.rows, pa.bool_())
    for column in _unknown(part, is_remark):
        found = either(found, _refused(column, _REFUSED_IN_NOTES))
    for column in _unknown(part, is_mark):
        found = either(found, _marked(column, _REFUSALS))
    return found


def deceased_by_marks(part: Part) -> pa.Array:
    """Return yes where a mark says that somebody died; nothing elsewhere."""
    found = nulls(part.rows, pa.bool_())
    for column in _unknown(part, is_mark):
        found = either(found, _marked(column, _DEATHS))
    return found


def wrong_by_marks(part: Part) -> pa.Array:
    """Return yes where a mark says that the number is dead, or somebody else's."""
    found = nulls(part.rows, pa.bool_())
    for header in _headers(part, is_mark):
        words = _WRONG_OF_PHONES if _OF_PHONES.search(header) else _WRONG_NUMBERS
        found = either(found, _marked(part.cells[header], words))
    return found


def _unknown(part: Part, is_one: Callable[[str], bool]) -> Iterator[pa.Array]:
    return (part.cells[header] for header in _headers(part, is_one))


def _headers(part: Part, is_one: Callable[[str], bool]) -> Iterator[str]:
    """Yield the columns of a kind of name without a field, or with one of words for payments."""
    for column in part.mapping.columns:
        if column.field in _OF_PAYMENTS and column.header in part.cells and is_one(column.header):
            yield column.header


def _marked(column: pa.Array, marks: frozenset[str]) -> pa.Array:
    """Return yes where one of a cell's marks is among these."""

    def read(text: str | None) -> bool | None:
        told = _BETWEEN_MARKS.split(plain_mark(text or ""))
        return True if marks & {one.strip(' "“”[]') for one in told} else None

    return by_distinct(column, read, pa.bool_())


def plain_mark(text: str) -> str:
    """Return a mark in lower case, apostrophes and dashes gone.

    >>> plain_mark("Don't Call; Major-Donor")
    'dont call; major donor'
    """
    return text.lower().replace("'", "").replace("’", "").replace("-", " ").replace("_", " ")


def _refused(column: pa.Array, words: str) -> pa.Array:
    def read(texts: pa.Array) -> pa.Array:
        said = pc.match_substring_regex(texts, words)
        chosen = pc.if_else(said, texts, pa.scalar(None, texts.type))
        always = by_distinct(chosen, lambda text: not _AT_TIMES.search(text), pa.bool_())
        return pc.if_else(always, True, pa.scalar(None, pa.bool_()))

    return _of_wordy(column, read, pa.bool_())


def says(column: pa.Array, words: str) -> pa.Array:
    """Return which cells hold one of the words; null for those without any."""
    return _of_wordy(column, lambda texts: pc.match_substring_regex(texts, words), pa.bool_())
