"""What the name of a column says: which field, how surely, and whose it is.

Not here: what is in the column (`recognise`), and the headers of known systems (`formats`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import combining, normalize

from campaign.lists.fields import ADDRESS, KEEP, PIECES, REPEATABLE, read_rules

NAMED, QUALIFIED, LESSER = 0.9, 0.8, 0.7
_MONEY = frozenset({"$", "€", "£", "us$", "$ amount", "amount ($)"})
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBERED = re.compile(r" ?\d{1,2}$")
_BRACKETS = re.compile(r"\((?!\d+\)).*?\)|\[.*?\]")
_OTHER_CHANNELS = frozenset({
    "email", "emails", "e", "mail", "mails", "mailing", "mailings", "sms", "text", "texts",
    "texting", "letter", "letters", "newsletter", "newsletters", "bulk", "mms", "whatsapp", "push",
    "post", "postal", "fax", "facebook", "nomail",
})  # fmt: skip
# Words that say no, with nothing beside them that names another channel than the phone.
_REFUSING = re.compile(
    r"\b(?:opt(?:ed)? ?outs?|do not (?:call|contact|solicit|phone)|unsubscribed?|dnc|no calls?"
    r"|no solicit(?:ation|ing)?s?|blacklist(?:ed)?|blocklist(?:ed)?)\b"
    r"(?! (?:before|after|during|between|unless|if)\b| (?:at|on) \S)"
)
# "LGL Constituent ID": a system's name before what each calls a person, or a gift.
_SYSTEMS_OWN = re.compile(
    r"^(?!(?:household|parent|family|account|linked|related|group|company|organization|mother|father"
    r"|child|old|former|merged|master|duplicate|head)\b)\w+ (?P<name>(?:constituent|contact|donor"
    r"|supporter|person|individual|gift|donation|contribution|transaction) (?:id|number|no))$"
)
_LETTER_THEN_FIGURE = re.compile(r"(?<=[a-z])(?=\d$)")
_KINDS_OF_MARKS = frozenset({
    "status", "tags", "tag", "codes", "code", "flags", "flag", "restrictions", "restriction",
    "preferences", "preference", "disposition", "result", "outcome", "attributes", "labels",
})  # fmt: skip
_TOLD_OF_GIFTS = frozenset({"given_on", "amount", "payment_status", "payment_type"})
_ANYTHINGS = frozenset({"id", "record id", "unique id"})  # a row's, a gift's, a person's
_BETWEEN_NAMES = re.compile(r"/| or ", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(r"^(?:address|addr|organization) \d (?=\D)")
_OF_ADDRESS = re.compile(r"^(?:postal |mailing )?addr(?:ess(?:es)?)? (?:\d )?")
_OF_HOUSEHOLD = re.compile(r"^household ")
# "Landline phone", "work cell number": kinds of phones before and after a word for one.
_KINDS_OF_PHONES = (
    r"home|house|work|business|office|landline|land|line|wireless|mobile|cell|day|daytime|evening|night"
    r"|main|primary|secondary|alternate|alt|other|preferred|best|personal|direct|private|voip"
    r"|residential|residence"
)
_PHONE = re.compile(
    rf"^(?:(?:{_KINDS_OF_PHONES}) )*(?:phone|telephone|tel|mobile|cell|cellphone|landline|wireless)"
    rf"(?: (?:{_KINDS_OF_PHONES}|number|numbers|no|num))*$"
)
_OF_A_GIFT = re.compile(r"^(?:donation|gift|contribution|transaction|payment|charge|order) ")
# Questions of forms: "May we call you?", "What is the best number to reach you at?"
_ASKING = frozenset({"what", "which", "when", "where", "how", "who", "best", "number"})
_MAY_CALL = re.compile(
    r"^(?:may|can|could|do|is it|are we|are you|i|ok|okay|yes|please|would|we may|permission|agree)"
    r"\b.*\b(?:(?:call|phone|telephone|ring|calling|phoning) (?:you|me)|(?:contact|reach|contacted|"
    r"reached) (?:(?:you|me) )?(?:by|via|on the) (?:phone|telephone)|to be called"
    r"|(?:like|want|receive|get|accept) (?:a |us to |our |phone )*calls?)\b"
)
_WANTS_CALLS = re.compile(r"^(?:wants?|accepts?|receives?|likes?|prefers?) (?:phone |our )?calls?$")
_ENDS_OF_MARKS = re.compile(r" (?:ind|indicator|flag|yn|y n|date|dt)$")
_MARKS = frozenset({"do_not_call", "deceased", "consent_call"})
_NOT_TO_CALL = re.compile(
    r"\b(?:do not|don t|never|please stop|rather not|not) (?:be )?(?:call|phone|calling|called)\b"
    r"(?! (?:before|after|during|between|unless|if)\b| (?:at|on) \S)"
)
_EMPTY = re.compile(
    r"\b(?:what|which|where|who|is|are|the|s|your|you|do|does|best|good|to|reach|at|on|in|of|we|can"
    r"|may|should|please|tell|us|me|enter|live|work|for|an?|or|by|through)\b"
)
_OWNS = re.compile(r"(?<!what)(?<!who)['’]s\b", re.IGNORECASE)  # the donor's first name
# A second person of the row: "Contact2 First Name", "Donor 2 Email".
_SECOND = re.compile(
    r"\b(?:contact|person|donor|constituent|member|individual|adult|guest|applicant|holder)"
    r" ?[2-9]\b"
)
_RECEIVED = re.compile(r"^to (?:e ?mail|name|address|account|phone)\b")  # by the committee itself
# What programmers put in front for the kind of a value: "szNameFirst", "dtBirthDate", "lVoterID".
_KIND_OF_VALUE = re.compile(r"^(?:sz|dt|[bilns])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[\W_]+")
_STROKED = str.maketrans({"đ": "d", "ł": "l", "ø": "o"})  # letters whose mark is part of them
_LONG = {
    "nm": "name", "cd": "code", "nbr": "number", "phn": "phone", "addr": "address", "ln": "line",
    "regn": "registration", "suff": "suffix",
}  # fmt: skip
# Figures that are no whole dollars: "Amount (cents)", "Gift ($000s)".
_OTHER_UNITS = re.compile(r"\b(?:thousands?|millions?|0{3}s?|percent)\b|%")
_CENTS = re.compile(r"^(?P<of>.+?) (?:in |us )*cents?(?: usd)?$")
_SHORTEST_JOINED, _LONGEST_JOINED, _SHORTEST_WORD = 6, 40, 3  # letters
_LONGEST = 500  # characters: no question of a form is longer, and a cell of a megabyte is no name


@dataclass(frozen=True, slots=True)
class Told:
    """What a header says by itself: a field or nothing, and the place that an address is of."""

    field: str | None = None
    confidence: float = 0.0
    place: str = ""
    is_of_others: bool = False


def plain_header(header: str) -> str:
    """Return a header as words in lower case.

    >>> plain_header("Pref_Phone "), plain_header("FirstName"), plain_header("Straße")
    ('pref phone', 'first name', 'strasse')
    >>> plain_header("Data wpłaty"), plain_header("Số điện thoại")
    ('data wplaty', 'so dien thoai')
    >>> plain_header("Cell #")
    'cell number'
    >>> plain_header("Donor's First Name"), plain_header("What's your name")
    ('donor first name', 'what s your name')
    """
    told = _OWNS.sub("", header.strip().replace("#", " number "))
    plain = normalize("NFKD", _HUMP.sub(" ", told).casefold().translate(_STROKED))
    return _NOT_WORD.sub(" ", "".join(sign for sign in plain if not combining(sign))).strip()


def system_header(header: str) -> str:
    """Return a header as words, without what a system's package puts in front of its own.

    >>> system_header("npsp__Contact1_Firstname__c")
    'contact1 firstname c'
    """
    return plain_header(header).removeprefix("npsp ")


@lru_cache(maxsize=4096)
def read_header(header: str) -> Told:
    """Return what a plain table's column holds, by its name alone.

    >>> read_header("Donor ZIP").field, read_header("LNAME").field
    ('postal_code', 'last_name')
    >>> read_header("Mailing City"), read_header("Employer ZIP").is_of_others
    (Told(field='city', confidence=0.9, place='mailing', is_of_others=False), True)
    >>> read_header("Phone (3)").field, read_header("E-mail 2 - Value").field
    ('phone', 'email')
    >>> read_header("City (2)").field, read_header("Fundraiser Contact Email").is_of_others
    (None, True)
    >>> read_header("Gift date (mm/dd/yyyy)").field, read_header("What is your first name?").field
    ('given_on', 'first_name')
    >>> read_header("Amount ($000s)").field, read_header("Street Name").field
    (None, 'street')
    >>> read_header("donationAmountCents").field, read_header("NAMELAST").field
    ('amount', 'last_name')
    >>> read_header("szNameFirst").field, read_header("dtBirthDate").field
    ('first_name', 'birth_date')
    >>> read_header("street_number")
    Told(field='street_number', confidence=0.9, place='', is_of_others=False)
    """
    if len(header) > _LONGEST:
        return Told()
    is_money = header.strip().casefold() in _MONEY
    told = Told("amount", NAMED) if is_money else _read(_whole_of_cents(header))
    if told == Told() and (bare := _KIND_OF_VALUE.sub("", header)) != header:
        return read_header(bare)
    if told == Told() and (whole := _written_out(header)) != plain_header(header):
        return read_header(whole)
    in_other_units = told.field == "amount" and _OTHER_UNITS.search(header.casefold())
    return Told() if told.field == KEEP or in_other_units else told


def _written_out(header: str) -> str:
    """Return a header with the short words of databases written out, and joined ones apart.

    >>> _written_out("ADDR_LN_1"), _written_out("PHN_NBR"), _written_out("REGADDRCITY")
    ('address line 1', 'phone number', 'reg address city')
    """
    words = plain_header(header).split()
    sizes = range(_SHORTEST_JOINED, _LONGEST_JOINED + 1)
    apart = (_apart(word) if len(word) in sizes else [] for word in words)
    told = (" ".join(pieces) or word for word, pieces in zip(words, apart, strict=True))
    return " ".join(_LONG.get(word, word) for word in " ".join(told).split())


def _apart(letters: str) -> list[str]:
    """Return the words of headers that were written without blanks, the longest first.

    >>> _apart("namelast"), _apart("zebra"), _apart("city")
    (['name', 'last'], [], ['city'])
    """
    if letters in _words():
        return [letters]
    for end in range(len(letters) - _SHORTEST_WORD, _SHORTEST_WORD - 1, -1):
        if letters[:end] in _words() and (rest := _apart(letters[end:])):
            return [letters[:end], *rest]
    return []


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """Return the words that stand in headers, whoever's they are."""
    told = {word for name in (*_fields(), *_owners(), *_places()) for word in name.split()}
    return frozenset(word for word in told | _others() if len(word) >= _SHORTEST_WORD)


def _whole_of_cents(header: str) -> str:
    """Return what a header is of whose name says that it counts cents; others stay.

    >>> _whole_of_cents("Amount (in cents)"), _whole_of_cents("Percents")
    ('amount', 'Percents')
    """
    found = _CENTS.match(plain_header(header))
    return found["of"] if found and _read(found["of"]).field == "amount" else header


def is_in_cents(header: str) -> bool:
    """Whether a column of amounts says that it counts cents.

    >>> is_in_cents("amount_cents"), is_in_cents("Amount (in cents)"), is_in_cents("Amount")
    (True, True, False)
    """
    return bool(_CENTS.match(plain_header(header)))


def _read(header: str) -> Told:
    plain = plain_header(header)
    places = _places()
    known = _fields()
    # The street of "street number" is what it is a number of, not the home's of two addresses.
    words = plain.removeprefix("street ").split()[:-1]
    place = next((places[word] for word in words if word in places), "")
    if field := _field_of(plain) or known.get(_LETTER_THEN_FIGURE.sub(" ", plain)):
        return Told(field, LESSER if plain in _ANYTHINGS else NAMED, place)
    if field := _of_address(plain) or _asked_for(plain, header) or _of_choices(header):
        return Told(field, QUALIFIED, place)
    rest = _without_qualifiers(plain)
    if _is_of_others(plain, rest):
        return Told(is_of_others=True)
    if _says_no(plain):
        return Told("do_not_call", QUALIFIED)
    if field := _field_of(rest) or _of_address(rest) or _of_a_system(plain):
        return Told(field, QUALIFIED, place)
    field = _field_of(_NUMBERED.sub("", rest))  # the fourth of several, or one that is there twice
    if field in REPEATABLE | PIECES or (field and rest.endswith(" 1")):
        return Told(field, QUALIFIED, place)
    outside = _BRACKETS.sub(" ", header)
    inside = set(plain_header(" ".join(_BRACKETS.findall(header))).split())
    if outside.strip() in ("", header.strip()) or _OTHER_CHANNELS & inside:
        return Told()
    return read_header(outside)


def _field_of(plain: str) -> str | None:
    """Return the field of a name that is known, or that says of which kind a phone is.

    >>> _field_of("landline phone"), _field_of("work cell number"), _field_of("phone type")
    ('phone', 'phone', None)
    """
    return _fields().get(plain) or ("phone" if _PHONE.match(plain) else None)


def lesser_field(header: str) -> str | None:
    """Return what a column may hold whose name is used for many things, in a table of gifts.

    >>> lesser_field("Created At"), lesser_field("Transaction Status")
    ('given_on', 'payment_status')
    >>> lesser_field("Timestamp (EST)")
    'given_on'
    >>> lesser_field("donationCreatedAt"), lesser_field("Order customer")
    ('given_on', None)
    """
    plain = _without_fillers(plain_header(header))
    of_gift = _lesser().get(_OF_A_GIFT.sub("", plain))
    return _lesser().get(plain) or (of_gift if of_gift in _TOLD_OF_GIFTS else None)


@lru_cache(maxsize=1)
def _order() -> dict[str, int]:
    return {name: place for place, name in enumerate(_fields())}


def rank_of_name(header: str) -> int:
    """Return how early a name stands among those of its field: the clearer ones come first.

    >>> rank_of_name("Contribution ID") < rank_of_name("Transaction ID") < rank_of_name("Zebra ID")
    True
    """
    return _order().get(plain_header(header), len(_order()))


def is_of_anything(header: str) -> bool:
    """Whether a column of this name may number the rows, the gifts or the people.

    >>> is_of_anything("Record ID"), is_of_anything("Donor ID")
    (True, False)
    """
    return plain_header(header) in _ANYTHINGS


def _is_of_others(plain: str, rest: str) -> bool:
    if _SECOND.search(plain) or _RECEIVED.match(plain):
        return True
    return bool(_others() & set(plain.split())) and _fields().get(rest) != "employer"


def _says_no(plain: str) -> bool:
    """Whether a column marks who may not be called: "Global Opt Out", "Unsubscribed at".

    >>> _says_no("global opted out"), _says_no("sms opt out"), _says_no("no bulk emails opt out")
    (True, False, False)
    """
    return bool(_REFUSING.search(plain)) and not _OTHER_CHANNELS & set(plain.split())


def _of_a_system(plain: str) -> str | None:
    """Return what a system's own number is of: "LGL Constituent ID" is the person's."""
    found = _SYSTEMS_OWN.match(plain)
    return _fields().get(found["name"]) if found else None


def _of_choices(header: str) -> str | None:
    """Return the field of several names for one thing: "Town/City", "First Name or Org Name"."""
    names = _BETWEEN_NAMES.split(_BRACKETS.sub(" ", header))
    told = {_fields().get(plain_header(name)) for name in names} - {None}
    return told.pop() if len(told) == 1 else None


def _of_address(plain: str) -> str | None:
    """Return the part of an address: "Address City", `postal_addresses locality`."""
    own = _OF_HOUSEHOLD.sub("", plain)
    told = {_fields().get(inner) for inner in (own, _OF_ADDRESS.sub("", own)) if inner != plain}
    return next((field for field in ADDRESS if field in told), None)


def _asked_for(plain: str, header: str) -> str | None:
    """Return what a question asks for, as forms write it above a column."""
    if _NOT_TO_CALL.search(plain):
        return "do_not_call"
    words = plain.split()
    may_call = words[:1] and words[0] not in _ASKING and _MAY_CALL.search(plain)
    if may_call or _WANTS_CALLS.match(plain) or header.strip().lower() == "call?":
        return "consent_call"
    if (marked := _fields().get(_ENDS_OF_MARKS.sub("", plain))) in _MARKS:
        return marked
    if not header.rstrip(" *:").endswith("?") and words[:1] != ["please"]:
        return None
    told = " ".join(_EMPTY.sub(" ", plain).split())
    return "phone" if told == "number" and "reach" in words else _fields().get(told)


def _without_qualifiers(plain: str) -> str:
    """Return a name without the words that do not change what it holds."""
    words = _NUMBER_BEFORE.sub("", plain)
    told, _, owner = words.partition(" of ")
    if words not in _fields() and owner.removeprefix("the ") in _owners():  # name of donor
        words = told
    before = words not in _fields()
    while before:
        before = False
        for word in (*_owners(), *_fillers(), *_places()):
            if words.startswith(f"{word} "):
                words, before = words[len(word) + 1 :], True
                if words in _fields():
                    return words
    return _without_fillers(words)


def _without_fillers(words: str) -> str:
    for word in _fillers():
        words = words.removesuffix(f" {word}")
    return words


@lru_cache(maxsize=1)
def _fields() -> dict[str, str]:
    table = read_rules("list_columns.toml")
    return {name: field for field, names in table.items() for name in names}


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """Return the names of columns that are known in plain tables, as `plain_header` writes them."""
    return frozenset(_fields())


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    return {word: place for place, words in read_rules("list_words.toml")["places"].items()
            for word in words}  # fmt: skip


@lru_cache(maxsize=1)
def places_by_rank() -> tuple[str, ...]:
    """Return the kinds of address, the surest first; no word at all is the first of them."""
    return ("", *read_rules("list_words.toml")["places"])


def regions_of(headers: Iterable[str]) -> list[str]:
    """Return the countries that a list may come from, by the words of its headers.

    >>> regions_of(["Vorname", "PLZ"]), regions_of(["First name", "Zip"])
    (['DE'], [])
    """
    said = set(map(plain_header, headers))
    table = read_rules("list_words.toml")["regions"]
    return [region for region, words in table.items() if len(said & set(words)) > 1]


def is_remark(header: str) -> bool:
    """Whether a column is one of free text.

    >>> is_remark("Call Notes"), is_remark("Note date")
    (True, False)
    """
    return plain_header(header) in _remarks()


def is_mark(header: str) -> bool:
    """Whether a column is one of marks.

    >>> is_mark("Solicit Codes"), is_mark("Communication Restrictions"), is_mark("Email status")
    (True, True, False)
    """
    plain = plain_header(header)
    words = plain.split()
    if plain in _marks():
        return True
    is_kind = bool(words) and words[-1] in _KINDS_OF_MARKS
    return is_kind and not set(words) & (_OTHER_CHANNELS | _others())


def owner_of(header: str) -> str:
    """Return the word in front that says whose a column is.

    >>> owner_of("Buyer First Name"), owner_of("First Name")
    ('buyer', '')
    """
    plain = plain_header(header)
    return next((word for word in _owners() if plain.startswith(f"{word} ")), "")


@lru_cache(maxsize=1)
def _marks() -> frozenset[str]:
    return frozenset(read_rules("list_words.toml")["marks"]["words"])


@lru_cache(maxsize=1)
def _remarks() -> frozenset[str]:
    return frozenset(read_rules("list_words.toml")["remarks"]["words"])


@lru_cache(maxsize=1)
def _owners() -> tuple[str, ...]:
    return tuple(read_rules("list_words.toml")["owners"]["words"])


@lru_cache(maxsize=1)
def _fillers() -> tuple[str, ...]:
    return tuple(read_rules("list_words.toml")["fillers"]["words"])


@lru_cache(maxsize=1)
def _others() -> frozenset[str]:
    return frozenset(read_rules("list_words.toml")["others"]["words"])


@lru_cache(maxsize=1)
def _lesser() -> dict[str, str]:
    table = read_rules("list_words.toml")["lesser"]
    return {name: field for field, names in table.items() for name in names}
