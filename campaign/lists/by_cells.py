"""What the cells of a column say of it: against its name, and where its name says nothing.

Not here: the names themselves (`headers`), and in which order all of it is asked (`recognise`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from campaign.lists import contents
from campaign.lists.fields import NAMES, REPEATABLE
from campaign.lists.formats import Column
from campaign.lists.headers import LESSER, is_of_anything, is_remark, lesser_field, plain_header
from campaign.lists.surname_first import are_surnames_first

BY_NAME, BY_CELLS, BY_PERSON = "name of the column", "content", "mapping file"
IGNORED, OF_OTHERS, UNLIKE = "ignored", "somebody else's", "not what its name says"
UNKNOWN = "unknown"
_ALMOST, _BY_CELLS = 0.99, 0.85
_FIRST_LOOK = 20  # cells
_MOST_CELLS = 24_000  # looked at in all
_A_LOOK = 1_000  # characters: no name, number or address is longer
# What a phone stands in, and how many figures each has.
_PIECES = (
    (("area_code", "phone_exchange", "phone"), (3, 3, 4)),
    (("area_code", "phone"), (3, 7)),
)
_SUMS_UP = frozenset({"last", "latest", "recent", "largest", "lifetime", "previous"})


@dataclass(slots=True)
class Table:
    """The columns of a file while it is found out what they hold, and their first cells."""

    columns: list[Column]
    cells: list[list[str]]  # by column, without the blanks
    rows: Sequence[Sequence[str]]

    @classmethod
    def of(cls, columns: list[Column], rows: Sequence[Sequence[str]]) -> Table:
        """Return columns with the cells of the first rows: the more columns, the fewer rows."""
        looked = rows[: max(_MOST_CELLS // max(len(columns), 1), _FIRST_LOOK)]
        cells = [
            [told for row in looked if place < len(row) and (told := row[place].strip()[:_A_LOOK])]
            for place in range(len(columns))
        ]
        return cls(columns, cells, rows)

    def fields(self) -> set[str]:
        """Return the fields that some column holds."""
        return {column.field for column in self.columns if column.field}

    def take(self, place: int, field: str, confidence: float, because: str = BY_CELLS) -> None:
        """Take a column for one of a field."""
        column = self.columns[place]
        self.columns[place] = replace(
            column, field=field, confidence=round(confidence, 2), because=because
        )

    def unknown(self) -> list[int]:
        """Return the places of the columns that nobody knows yet."""
        known = (IGNORED, OF_OTHERS, BY_PERSON)
        return [
            place
            for place, column in enumerate(self.columns)
            if column.field is None and column.because not in known
        ]


def hold_against_names(table: Table) -> None:
    """Take back what the cells of a column deny that its name says."""
    for place in range(len(table.columns)):
        _hold_against_content(table, place)
    _other_half_of_name(table)
    _house_numbers(table)


def read_cells(table: Table) -> None:
    """Find out from their cells what columns hold whose names do not say it."""
    _surnames_first(table)
    _number_in_pieces(table)
    _lesser_names(table)
    _by_content(table)
    _whole_names_by_content(table)
    _names_by_content(table)
    _names_beside_reach(table)


def _surnames_first(table: Table) -> None:
    """Read whole names as the family's first where the column shows that they are."""
    for place, column in enumerate(table.columns):
        named = column.field == "full_name" and column.because == BY_NAME
        if named and are_surnames_first(table.cells[place]):
            table.take(place, "name_last_first", column.confidence, "how its names are written")


def _number_in_pieces(table: Table) -> None:
    """Take columns of three, three and four figures beside each other for a phone.

    Or of three and seven, without names: as the Do Not Call registry writes its numbers.
    """
    if "phone" in table.fields():
        return
    nameless = all(is_nameless(column.header) for column in table.columns)
    for fields, sizes in _PIECES[: None if nameless else 1]:
        for place in range(len(table.columns) - len(sizes) + 1):
            places = range(place, place + len(sizes))
            free = {"area_code", "phone_exchange", None}
            if {table.columns[one].field for one in places} <= free and all(
                contents.share(contents.FIGURES[size], table.cells[one]) >= 0.9
                for one, size in zip(places, sizes, strict=True)
            ):
                for one, field in zip(places, fields, strict=True):
                    table.take(one, field, 0.8)
                return


def _hold_against_content(table: Table, place: int) -> None:
    """Trust the name of a column unless what is in it cannot be that: a "Last gift" of days."""
    column, values = table.columns[place], table.cells[place]
    if column.because != BY_NAME or not values:
        return
    field = column.field or ""
    own = contents.TESTS.get(field)
    if own and contents.share(own, values) >= 0.5:
        return
    others = (
        other
        for other, looks in contents.mistaken_for(field)
        if contents.share(looks, values) >= 0.8
    )
    if other := next(others, None):
        table.take(place, other, 0.8)
    elif field in NAMES and not any(map(contents.is_lettered, values)):  # the name of an order
        table.columns[place] = replace(column, field=None, confidence=0.0, because=UNLIKE)
    elif field == "prefix" and own:
        field = "occupation" if plain_header(column.header) == "title" else ""
        table.columns[place] = replace(column, field=field or None, because=UNLIKE)
    elif own and len(values) >= 5 and contents.share(own, values) < 0.2:
        table.columns[place] = replace(column, field=None, confidence=0.0, because=UNLIKE)


def _other_half_of_name(table: Table) -> None:
    """Take "Name" beside a first name for the last name, and the other way round.

    Unless it repeats the half that is told: then it is the whole name.
    """
    place_of = {column.field: place for place, column in enumerate(table.columns)}
    halves = {"first_name": "last_name", "last_name": "first_name"}
    told = [half for half in halves if half in place_of]
    whole = place_of.get("full_name")
    if len(told) != 1 or whole is None or table.columns[whole].because != BY_NAME:
        return
    half = place_of[told[0]]
    pairs = [
        (row[half].strip().lower(), row[whole].strip().lower())
        for row in table.rows
        if len(row) > max(half, whole) and row[half].strip() and row[whole].strip()
    ]
    if sum(part in name for part, name in pairs) * 2 < len(pairs):
        table.take(whole, halves[told[0]], 0.9, "other half of the name")


def _house_numbers(table: Table) -> None:
    """Take "Home No" beside a street for the house's where all it holds are short numbers."""
    fields = table.fields()
    if "street" not in fields or fields & {"street_number", "area_code", "phone_exchange"}:
        return
    for place, column in enumerate(table.columns):
        named = column.field == "phone" and column.because == BY_NAME
        if named and contents.share(contents.is_house_number, table.cells[place]) >= _ALMOST:
            table.take(place, "street_number", 0.8)
            return


def _lesser_names(table: Table) -> None:
    """In a table of gifts, take "Created at" for the day and "Status" for the payment's.

    Only where no column is called so, and where most cells are what they should be. In a column of
    states or types that tells of other things, too, its words of payments count.
    """
    if not table.fields() & {"amount", "gift_id", "given_on"} or _tells_of_past(table):
        return
    for field, share in (("amount", 0.8), ("given_on", 0.8), ("payment_status", 0.5)):
        for place in table.unknown():
            if field in table.fields() or lesser_field(table.columns[place].header) != field:
                continue
            if contents.share(contents.TESTS[field], table.cells[place]) >= share:
                table.take(place, field, LESSER, "name of the column, and what is in it")
    _numbers_of_payments(table)
    for place in table.unknown():
        if lesser_field(table.columns[place].header) in ("payment_status", "payment_type"):
            table.take(place, "payment_type", LESSER, "its words of payments count")


def _numbers_of_payments(table: Table) -> None:
    """Take the "ID" of a table of payments for the payment's where no two rows have the same."""
    if (
        not table.fields() >= {"amount", "given_on", "payment_status"}
        or "gift_id" in table.fields()
    ):
        return
    for place, column in enumerate(table.columns):
        numbers = table.cells[place]
        is_anything = column.field == "external_id" and is_of_anything(column.header)
        if is_anything and column.because == BY_NAME and len(set(numbers)) == len(numbers) > 1:
            table.take(place, "gift_id", LESSER, "name of the column, and what is in it")


def _tells_of_past(table: Table) -> bool:
    """Whether amounts or days are those of a last or largest gift, and the rows are people."""
    return "gift_id" not in table.fields() and any(
        column.field in ("amount", "given_on")
        and _SUMS_UP & set(plain_header(column.header).split())
        for column in table.columns
    )


def _by_content(table: Table) -> None:
    """Recognise what cannot be mistaken: e-mails, phones and places."""
    for place in table.unknown():
        if contents.are_reach(table.cells[place]):
            table.take(place, "contact", 0.6)
        else:
            _plain_to_see(table, place)
    _city_between(table)


def _whole_names_by_content(table: Table) -> None:
    """Recognise whole names in columns of names that may mean much else, or of none."""
    if table.fields() & NAMES:
        return
    for place in table.unknown():
        called_so = lesser_field(table.columns[place].header) == "full_name"
        if called_so and contents.may_be_whole_names(table.cells[place]):
            table.take(place, "full_name", LESSER, "name of the column, and what is in it")
            return
    for place in table.unknown():
        cells = table.cells[place]
        if is_remark(table.columns[place].header) or not contents.are_whole_names(cells):
            continue
        if is_nameless(table.columns[place].header) or contents.have_given_names(cells):
            table.take(place, "full_name", 0.6)
            return


def is_nameless(header: str) -> bool:
    """Whether a column has no name but what we gave it."""
    return header.startswith("Column ")


def _plain_to_see(table: Table, place: int) -> None:
    values, header = table.cells[place], plain_header(table.columns[place].header)
    few = 0 if not table.fields() else 1  # a list of one number is one
    for field, test in contents.PLAIN_TO_SEE if len(values) > few else ():
        if field in table.fields() and field not in REPEATABLE:
            continue
        if contents.share(test, values[:_FIRST_LOOK]) < 0.5:  # a phone is dear to look at
            continue
        found = contents.share(test, values)
        if found >= 0.8 and contents.may_hold(header, field, values):
            table.take(place, field, min(found, _BY_CELLS))
            return


def _city_between(table: Table) -> None:
    """Take the words between a street and a state, both known by what is in them, for the city."""
    place_of = {column.field: place for place, column in enumerate(table.columns)}
    street, state = place_of.get("street"), place_of.get("state", place_of.get("postal_code"))
    if street is None or state is None or "city" in place_of:
        return
    between = [place for place in table.unknown() if street < place < state]
    if len(between) == 1 and contents.share(contents.is_words, table.cells[between[0]]) >= 0.9:
        table.take(between[0], "city", 0.5)


def _names_by_content(table: Table) -> None:
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


def _names_beside_reach(table: Table) -> None:
    """Take a column for one of names where most stand beside a phone or an e-mail."""
    if table.fields() & NAMES:
        return
    for place, column in enumerate(table.columns):
        by_whom = column.because in (BY_NAME, BY_CELLS)
        may_be = by_whom and column.field in ("phone", "email", "contact")
        if may_be and contents.name_people_too(table.cells[place]):
            table.take(place, "full_name", 0.6)
            return


def confirm(table: Table) -> None:
    """Be the surer of a column's name the more of its cells are what it says."""
    for place, column in enumerate(table.columns):
        test = contents.LOOKS.get(column.field or "")
        if column.because != BY_NAME or test is None or not table.cells[place]:
            continue
        found = contents.share(test, table.cells[place])
        sure = column.confidence
        sure = sure + (_ALMOST - sure) * found if found >= 0.5 else sure * max(found, 0.2)
        table.take(place, str(column.field), sure, BY_NAME)
