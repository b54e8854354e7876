"""What each column of a file holds: by its header, held against what is in it.

In this order: what a person's mapping says, the header of a known system, the column's name, and
what cannot be mistaken in its cells. Not here: how cells become values (`normalise`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from campaign.errors import InputError
from campaign.lists.abroad import region_of_list
from campaign.lists.by_cells import (
    BY_NAME,
    BY_PERSON,
    IGNORED,
    OF_OTHERS,
    UNKNOWN,
    Table,
    confirm,
    hold_against_names,
    is_nameless,
    read_cells,
)
from campaign.lists.contents import is_committee, share
from campaign.lists.fields import ADDRESS, IGNORE, KEEP, NAMES, PIECES, REPEATABLE, STREET
from campaign.lists.formats import (
    PLAIN,
    Column,
    Format,
    Mapping,
    format_of,
    is_fec_report,
    is_register,
)
from campaign.lists.headers import (
    lesser_field,
    owner_of,
    places_by_rank,
    rank_of_name,
    read_header,
    system_header,
)
from campaign.lists.others import of_second_person

_PERSON = NAMES | {"phone", "email", "contact", "external_id"}
_WHOLE = frozenset(ADDRESS[:4])
_NEARLY_ALL = 0.9
_PAYERS = frozenset({"buyer", "purchaser", "payer", "cardholder", "account holder"})
# Fields that several columns may hold.
MANY = (
    REPEATABLE
    | PIECES
    | {IGNORE, "contact", "phone_is_wrong", "consent_call", "payment_type", "refunded"}
)
_REFUSALS = frozenset({"do_not_call", "no_contact_by", "deceased"})


def recognise(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    code: str | None,
    chosen: dict[str, str] | None = None,
) -> Mapping:
    """Return what each column holds; where a person chose the field of a header, that."""
    form = format_of(headers, code)
    columns = _of_one_person(_by_name(headers, form, chosen or {}), headers, rows)
    table = Table.of(columns, rows)
    hold_against_names(table)
    _one_owner(table)
    read_cells(table)
    _one_address(table)
    _whole_streets(table)
    confirm(table)
    return Mapping(
        format=form.code if form else PLAIN,
        kind=_kind(headers, form, table),
        space=form.space if form else None,
        columns=_settled(table, form),
        date_order=form.date_order if form else None,
        region=_region(table),
    )


def _kind(headers: Sequence[str], form: Format | None, table: Table) -> str:
    """Return what kind of list it is: a system's, but of voters or reports wherever it is from."""
    kind = form.kind if form else "own_donors"
    if kind == "own_donors" and (is_fec_report(headers) or _names_committees(table)):
        return "fec_report"
    return "voter_file" if kind == "own_donors" and is_register(headers) else kind


def _names_committees(table: Table) -> bool:
    """Whether each row of a table without a header names a committee by its number at the FEC."""
    return any(
        is_nameless(column.header) and share(is_committee, cells) >= _NEARLY_ALL
        for column, cells in zip(table.columns, table.cells, strict=True)
    )


def _region(table: Table) -> str:
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
        return Column(header, None if field == KEEP else field, 1.0, BY_PERSON)
    if form and (field := form.columns.get(system_header(header), "")):
        if field == IGNORE:
            return Column(header, None, 1.0, IGNORED)
        return Column(header, field, 1.0, form.title)
    said = read_header(header)
    if said.is_of_others and lesser_field(header) is None:
        return Column(header, None, 0.0, OF_OTHERS)
    if said.field and said.field not in told:
        rank = places_by_rank().index(said.place)
        return Column(header, said.field, said.confidence - rank / 20, BY_NAME)
    return Column(header, None, 0.0, UNKNOWN)


def _of_one_person(
    columns: list[Column], headers: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[Column]:
    """Leave out what is a second person's, but for what is known or chosen."""
    others = of_second_person(headers, rows)
    return [
        Column(column.header, None, 0.0, OF_OTHERS)
        if column.header in others and column.because in (BY_NAME, UNKNOWN)
        else column
        for column in columns
    ]


def _one_owner(table: Table) -> None:
    """Leave out the phones and e-mails of whoever paid for another: a ticket's buyer."""
    named = [column for column in table.columns if column.field in NAMES]
    own = {column.field for column in named if not owner_of(column.header)}
    owners = _PAYERS & {owner_of(column.header) for column in named if column.field in own}
    for place, column in enumerate(table.columns):
        is_payers = column.because == BY_NAME and owner_of(column.header) in owners
        if is_payers and column.field in REPEATABLE | NAMES and not _repeats(table, place):
            table.columns[place] = Column(column.header, None, 0.0, OF_OTHERS)


def _repeats(table: Table, place: int) -> bool:
    """Whether a name says what the row's own does, in most rows."""
    field = table.columns[place].field
    first = next(one for one, column in enumerate(table.columns) if column.field == field)
    pairs = [(row[first], row[place]) for row in table.rows if len(row) > max(first, place)]
    same = sum(one.strip().lower() == other.strip().lower() for one, other in pairs)
    return first != place and same * 2 > len(pairs)


def _one_address(table: Table) -> None:
    """Take street, city, state and ZIP from one address where a list has several.

    The one with most of the four that is filled in; the home before the mailing address, both
    before the office. What it lacks comes from another only where that one repeats nothing.
    """
    of: dict[str, dict[str, int]] = {}
    for place, column in enumerate(table.columns):
        if column.field in ADDRESS and column.because == BY_NAME:
            mine = of.setdefault(read_header(column.header).place, {})
            mine.setdefault(column.field, place)
    order = sorted(of, key=lambda one: (-_filled(table, of, one), places_by_rank().index(one)))
    sure = {column.field for column in table.columns if column.confidence == 1}
    kept: dict[str, int] = {}
    for group in order:
        fields = of[group].keys()
        if not _WHOLE & (sure | kept.keys()) & fields and (not group or _WHOLE & fields):
            kept = {**of[group], **kept}
    places = set(kept.values())
    for place, column in enumerate(table.columns):
        if column.field in ADDRESS and column.because == BY_NAME and place not in places:
            table.columns[place] = replace(column, field=None, because="another address")


def _whole_streets(table: Table) -> None:
    """Leave out pieces of a street that its own column says in nearly all rows.

    "12 N Elm St" tells the number and the direction that stand beside it once more.
    """
    street = next((at for at, column in enumerate(table.columns) if column.field == "street"), None)
    for place, column in enumerate(table.columns):
        if (
            street is None
            or place == street
            or column.field not in STREET
            or column.confidence == 1
        ):
            continue
        rows = (row for row in table.rows if len(row) > max(street, place))
        pairs = [(_words(row[place]), _words(row[street])) for row in rows]
        told = [piece <= whole for piece, whole in pairs if piece and whole]
        if sum(told) > len(told) * _NEARLY_ALL:
            table.columns[place] = replace(column, field=None, because="the street says it")


def _words(cell: str) -> set[str]:
    return set(cell.lower().split())


def _filled(table: Table, of: dict[str, dict[str, int]], mine: str) -> int:
    """Return how much of an address most rows tell: its columns not far emptier than another's.

    A ZIP code tells the state.
    """
    told: set[str] = set()
    for field in _WHOLE & of[mine].keys():
        fullest = max(len(table.cells[other[field]]) for other in of.values() if field in other)
        if len(table.cells[of[mine][field]]) * 2 >= fullest:
            told.add(field)
    return len(told | ({"state"} if "postal_code" in told else set()))


def _settled(table: Table, form: Format | None) -> tuple[Column, ...]:
    """Keep one column a field, where only one may be: one with cells, the surest, then the first.

    Of a known system's columns the one that its table names first.
    """
    columns = table.columns
    order = {header: place for place, header in enumerate(form.columns)} if form else {}
    is_blank = {
        column.header: not cells for column, cells in zip(columns, table.cells, strict=True)
    }

    def rank(column: Column) -> tuple[bool, float, int, int]:
        blank = is_blank[column.header] and column.confidence < 1
        known = order.get(system_header(column.header), 0)
        # A gift has one number, in whatever order its columns stand when it comes again.
        named = rank_of_name(column.header) if column.field == "gift_id" else 0
        return blank, -column.confidence, known, named

    best: dict[str, Column] = {}
    for column in columns:
        field = column.field
        if field and field not in MANY and (field not in best or rank(column) < rank(best[field])):
            best[field] = column
    if "first_name" in best and "last_name" in best:
        best.pop("full_name", None)
        best.pop("name_last_first", None)
    return tuple(
        column
        if column.field is None or column.field in MANY or best.get(column.field) is column
        else replace(column, field=None, because=f"another column is the {column.field}")
        for column in columns
    )


def names_people(mapping: Mapping) -> bool:
    """Whether a column holds a name, a phone, an e-mail or an outside id."""
    return bool({column.field for column in mapping.columns} & _PERSON)


def require_people(mapping: Mapping) -> None:
    """Refuse a table that tells of nobody."""
    if not names_people(mapping):
        raise InputError(
            "No column holds a name, a phone or an e-mail. If it is a list of people, `pledgeline"
            " lists inspect FILE --save-mapping FILE.toml` writes its columns down: say there what"
            " they hold, and give it with --mapping."
        )
