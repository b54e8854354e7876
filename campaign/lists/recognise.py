"""What each column of a file holds: by its header, held against what is in it.

In this order: what a person's mapping says, the header of a known system, the column's name, and
what cannot be mistaken in its cells. Not here: how cells become values (`normalise`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from campaign.errors import InputError
from campaign.lists import contents
from campaign.lists.abroad import region_of_list
from campaign.lists.fields import IGNORE, KEEP, NAMES, PIECES, REPEATABLE
from campaign.lists.formats import (
    PLAIN,
    Column,
    Format,
    Mapping,
    format_of,
    is_register,
)
from campaign.lists.headers import (
    LESSER,
    is_remark,
    lesser_field,
    owner_of,
    places_by_rank,
    plain_header,
    read_header,
    system_header,
)
from campaign.lists.others import of_second_person
from campaign.lists.surname_first import are_surnames_first

_PERSON = NAMES | {"phone", "email", "external_id"}
_ADDRESS = ("street", "city", "state", "postal_code", "street_2", "street_number", "country")
_WHOLE = frozenset(_ADDRESS[:4])
_NAMED, _CONTENT, _CHOSEN, _IGNORED = "name of the column", "content", "mapping file", "ignored"
_OTHERS, _UNLIKE, _UNKNOWN = "somebody else's", "not what its name says", "unknown"
_ALMOST = 0.99
_FIRST_LOOK = 20  # cells
_MOST_CELLS = 24_000  # looked at in all
_PAYERS = frozenset({"buyer", "purchaser", "payer", "cardholder", "account holder"})
_MANY = REPEATABLE | PIECES | {IGNORE}
_SUMS_UP = frozenset({"last", "latest", "recent", "largest", "lifetime", "previous"})
_REFUSALS = frozenset({"do_not_call", "no_contact_by", "deceased"})


@dataclass(slots=True)
class _Table:
    """The columns of a file while it is found out what they hold, and their first cells."""

    columns: list[Column]
    cells: list[list[str]]  # by column, without the blanks
    rows: Sequence[Sequence[str]]

    def fields(self) -> set[str]:
        return {column.field for column in self.columns if column.field}

    def take(self, place: int, field: str, confidence: float, because: str = _CONTENT) -> None:
        column = self.columns[place]
        self.columns[place] = replace(
            column, field=field, confidence=round(confidence, 2), because=because
        )

    def unknown(self) -> list[int]:
        """Return the places of the columns that nobody knows yet."""
        known = (_IGNORED, _OTHERS, _CHOSEN)
        return [
            place
            for place, column in enumerate(self.columns)
            if column.field is None and column.because not in known
        ]


def recognise(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    code: str | None,
    chosen: dict[str, str] | None = None,
) -> Mapping:
    """Return what each column holds; InputError when the file is no list of people.

    Where a person chose the field of a header, nothing else is asked.
    """
    form = format_of(headers, code)
    columns = _of_one_person(_by_name(headers, form, chosen or {}), headers, rows)
    looked = rows[: max(_MOST_CELLS // max(len(headers), 1), _FIRST_LOOK)]
    cells = [
        [row[place].strip() for row in looked if place < len(row) and row[place].strip()]
        for place in range(len(headers))
    ]
    table = _Table(columns, cells, rows)
    for place in range(len(columns)):
        _hold_against_content(table, place)
    _other_half_of_name(table)
    _one_owner(table)
    _surnames_first(table)
    _number_in_pieces(table)
    _lesser_names(table)
    _by_content(table)
    _names_by_content(table)
    _one_address(table)
    _confirm(table)
    mapping = Mapping(
        format=form.code if form else PLAIN,
        kind=_kind(headers, form),
        space=form.space if form else None,
        columns=_settled(table.columns, form),
        date_order=form.date_order if form else None,
        region=_region(table),
    )
    _require_people(mapping)
    return mapping


def _kind(headers: Sequence[str], form: Format | None) -> str:
    """Return what kind of list it is: a system's, but a register of voters is one wherever from."""
    kind = form.kind if form else "own_donors"
    return "voter_file" if kind == "own_donors" and is_register(headers) else kind


def _region(table: _Table) -> str:
    if "country" in table.fields():
        return "US"
    columns = zip(table.columns, table.cells, strict=True)
    numbers = [number for column, cells in columns if column.field == "phone" for number in cells]
    return region_of_list([column.header for column in table.columns], numbers)


def _by_name(headers: Sequence[str], form: Format | None, chosen: dict[str, str]) -> list[Column]:
    told = {form.columns.get(system_header(header)) for header in headers} if form else set()
    told = (told | set(chosen.values())) - _REFUSALS
    return [_named(header, form, chosen, told) for header in headers]


def _named(
    header: str, form: Format | None, chosen: dict[str, str], told: set[str | None]
) -> Column:
    if header in chosen:
        field = chosen[header]
        return Column(header, None if field == KEEP else field, 1.0, _CHOSEN)
    if form and (field := form.columns.get(system_header(header), "")):
        if field == IGNORE:
            return Column(header, None, 1.0, _IGNORED)
        return Column(header, field, 1.0, form.title)
    said = read_header(header)
    if said.is_of_others and lesser_field(header) is None:
        return Column(header, None, 0.0, _OTHERS)
    if said.field and said.field not in told:
        rank = places_by_rank().index(said.place)
        return Column(header, said.field, said.confidence - rank / 20, _NAMED)
    return Column(header, None, 0.0, _UNKNOWN)


def _of_one_person(
    columns: list[Column], headers: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[Column]:
    """Leave out what is a second person's, but for what is known or chosen."""
    others = of_second_person(headers, rows)
    return [
        Column(column.header, None, 0.0, _OTHERS)
        if column.header in others and column.because in (_NAMED, _UNKNOWN)
        else column
        for column in columns
    ]


def _one_owner(table: _Table) -> None:
    """Leave out the phones and e-mails of whoever paid for another: a ticket's buyer."""
    named = [column for column in table.columns if column.field in NAMES]
    own = {column.field for column in named if not owner_of(column.header)}
    owners = _PAYERS & {owner_of(column.header) for column in named if column.field in own}
    for place, column in enumerate(table.columns):
        is_payers = column.because == _NAMED and owner_of(column.header) in owners
        if is_payers and column.field in REPEATABLE | NAMES and not _repeats(table, place):
            table.columns[place] = Column(column.header, None, 0.0, _OTHERS)


def _repeats(table: _Table, place: int) -> bool:
    """Whether a name says what the row's own does, in most rows."""
    field = table.columns[place].field
    first = next(one for one, column in enumerate(table.columns) if column.field == field)
    pairs = [(row[first], row[place]) for row in table.rows if len(row) > max(first, place)]
    same = sum(one.strip().lower() == other.strip().lower() for one, other in pairs)
    return first != place and same * 2 > len(pairs)


def _surnames_first(table: _Table) -> None:
    """Read whole names as the family's first where the column shows that they are."""
    for place, column in enumerate(table.columns):
        named = column.field == "full_name" and column.because == _NAMED
        if named and are_surnames_first(table.cells[place]):
            table.take(place, "name_last_first", column.confidence, "how its names are written")


def _number_in_pieces(table: _Table) -> None:
    """Take three columns of three, three and four figures beside each other for a phone."""
    if "phone" in table.fields():
        return
    for place in range(len(table.columns) - 2):
        places = range(place, place + 3)
        free = {"area_code", "phone_exchange", None}
        if {table.columns[one].field for one in places} <= free and all(
            contents.share(contents.FIGURES[size], table.cells[one]) >= 0.9
            for one, size in zip(places, (3, 3, 4), strict=True)
        ):
            for one, field in zip(places, ("area_code", "phone_exchange", "phone"), strict=True):
                table.take(one, field, 0.8)
            return


def _hold_against_content(table: _Table, place: int) -> None:
    """Trust the name of a column unless what is in it cannot be that: a "Last gift" of days."""
    column, values = table.columns[place], table.cells[place]
    if column.because != _NAMED or not values:
        return
    field = column.field or ""
    own = contents.TESTS.get(field)
    if own and contents.share(own, values) >= 0.5:
        return
    other, looks = contents.mistaken_for(field)
    if contents.share(looks, values) >= 0.8:
        table.take(place, other, 0.8)
    elif field == "prefix" and own:
        field = "occupation" if plain_header(column.header) == "title" else ""
        table.columns[place] = replace(column, field=field or None, because=_UNLIKE)
    elif own and len(values) >= 5 and contents.share(own, values) < 0.2:
        table.columns[place] = replace(column, field=None, confidence=0.0, because=_UNLIKE)


def _other_half_of_name(table: _Table) -> None:
    """Take "Name" beside a first name for the last name, and the other way round.

    Unless it repeats the half that is told: then it is the whole name.
    """
    place_of = {column.field: place for place, column in enumerate(table.columns)}
    halves = {"first_name": "last_name", "last_name": "first_name"}
    told = [half for half in halves if half in place_of]
    whole = place_of.get("full_name")
    if len(told) != 1 or whole is None or table.columns[whole].because != _NAMED:
        return
    half = place_of[told[0]]
    pairs = [
        (row[half].strip().lower(), row[whole].strip().lower())
        for row in table.rows
        if len(row) > max(half, whole) and row[half].strip() and row[whole].strip()
    ]
    if sum(part in name for part, name in pairs) * 2 < len(pairs):
        table.take(whole, halves[told[0]], 0.9, "other half of the name")


def _lesser_names(table: _Table) -> None:
    """In a table of gifts, take "Created at" for the day and "Status" for the payment's.

    Only where no column is called so, and where nearly all cells are what they should be.
    """
    if not table.fields() & {"amount", "gift_id"}:
        return
    sums_up = any(
        column.field == "amount" and _SUMS_UP & set(plain_header(column.header).split())
        for column in table.columns
    )
    fields = ("amount", "given_on", "payment_status")
    for field in () if sums_up and "gift_id" not in table.fields() else fields:
        for place in table.unknown():
            if field in table.fields() or lesser_field(table.columns[place].header) != field:
                continue
            if contents.share(contents.TESTS[field], table.cells[place]) >= 0.8:
                table.take(place, field, LESSER, "name of the column, and what is in it")


def _by_content(table: _Table) -> None:
    """Recognise what cannot be mistaken: e-mails, phones, places and whole names."""
    for place in table.unknown():
        _plain_to_see(table, place)
    _city_between(table)
    if table.fields() & NAMES:
        return
    for place in table.unknown():
        cells = table.cells[place]
        if is_remark(table.columns[place].header) or not contents.are_whole_names(cells):
            continue
        if _is_nameless(table.columns[place]) or contents.have_given_names(cells):
            table.take(place, "full_name", 0.6)
            return


def _is_nameless(column: Column) -> bool:
    return column.header.startswith("Column ")


def _plain_to_see(table: _Table, place: int) -> None:
    values, header = table.cells[place], plain_header(table.columns[place].header)
    few = 0 if not table.fields() else 1  # a list of one number is one
    for field, test in contents.PLAIN_TO_SEE if len(values) > few else ():
        if field in table.fields() and field not in REPEATABLE:
            continue
        if contents.share(test, values[:_FIRST_LOOK]) < 0.5:  # a phone is dear to look at
            continue
        found = contents.share(test, values)
        if found >= 0.8 and contents.may_hold(header, field, values):
            table.take(place, field, found)
            return


def _city_between(table: _Table) -> None:
    """Take the words between a street and a state, both known by what is in them, for the city."""
    place_of = {column.field: place for place, column in enumerate(table.columns)}
    street, state = place_of.get("street"), place_of.get("state", place_of.get("postal_code"))
    if street is None or state is None or "city" in place_of:
        return
    between = [place for place in table.unknown() if street < place < state]
    if len(between) == 1 and contents.share(contents.is_words, table.cells[between[0]]) >= 0.9:
        table.take(between[0], "city", 0.5)


def _names_by_content(table: _Table) -> None:
    """Recognise a column of given names, and beside it one of last names, where none is named."""
    if table.fields() & NAMES:
        return
    unknown = [place for place in table.unknown() if contents.are_names(table.cells[place])]
    for place in unknown:
        if contents.share(contents.is_given_name, table.cells[place]) < 0.6:
            continue
        for beside in (place + 1, place - 1):
            if beside in unknown:
                table.take(place, "first_name", 0.6)
                table.take(beside, "last_name", 0.5)
                return


def _one_address(table: _Table) -> None:
    """Take street, city, state and ZIP from one address where a list has several.

    The one with most of the four; the home before the mailing address, both before the office. What
    it lacks comes from another only where that one repeats nothing.
    """
    of: dict[str, dict[str, int]] = {}
    for place, column in enumerate(table.columns):
        if column.field in _ADDRESS and column.because == _NAMED:
            mine = of.setdefault(read_header(column.header).place, {})
            mine.setdefault(column.field, place)
    order = sorted(of, key=lambda one: (-len(_WHOLE & set(of[one])), places_by_rank().index(one)))
    sure = {column.field for column in table.columns if column.confidence == 1}
    kept: dict[str, int] = {}
    for group in order:
        fields = of[group].keys()
        if not _WHOLE & (sure | kept.keys()) & fields and (not group or _WHOLE & fields):
            kept = {**of[group], **kept}
    places = set(kept.values())
    for place, column in enumerate(table.columns):
        if column.field in _ADDRESS and column.because == _NAMED and place not in places:
            table.columns[place] = replace(column, field=None, because="another address")


def _confirm(table: _Table) -> None:
    """Be the surer of a column's name the more of its cells are what it says."""
    for place, column in enumerate(table.columns):
        test = contents.LOOKS.get(column.field or "")
        if column.because != _NAMED or test is None or not table.cells[place]:
            continue
        found = contents.share(test, table.cells[place])
        sure = column.confidence
        sure = sure + (_ALMOST - sure) * found if found >= 0.5 else sure * max(found, 0.2)
        table.take(place, str(column.field), sure, _NAMED)


def _settled(columns: list[Column], form: Format | None) -> tuple[Column, ...]:
    """Keep one column a field, the surest and then the first, where only one may be.

    Of a known system's columns the one that its table names first.
    """
    order = {header: place for place, header in enumerate(form.columns)} if form else {}

    def rank(column: Column) -> tuple[float, int]:
        return -column.confidence, order.get(system_header(column.header), 0)

    best: dict[str, Column] = {}
    for column in columns:
        field = column.field
        if field and field not in _MANY and (field not in best or rank(column) < rank(best[field])):
            best[field] = column
    if "first_name" in best and "last_name" in best:
        best.pop("full_name", None)
        best.pop("name_last_first", None)
    return tuple(
        column
        if column.field is None or column.field in _MANY or best.get(column.field) is column
        else replace(column, field=None, because=f"another column is the {column.field}")
        for column in columns
    )


def _require_people(mapping: Mapping) -> None:
    if not {column.field for column in mapping.columns} & _PERSON:
        raise InputError(
            "No column holds a name, a phone or an e-mail: this is no list of people, "
            "or it needs a mapping file (--mapping)."
        )
