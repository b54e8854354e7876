"""Money that Pledgeline does not see: opening cash and other activity, from one small file.

A treasurer writes it by hand (TOML); amounts are dollars in quotes:

    [opening]
    as_of = 2026-07-01              # the cash at the start of that day
    cash_on_hand = "12500.00"

    [[receipts]]                    # line SA11B, SA11C, SA11D, SA12 … as on the form
    line = "SA11C"
    on = 2026-08-03
    amount = "2500.00"
    organisation = "Example Workers PAC"
    committee_id = "C00999888"
    street = "1 Example Plaza"
    city = "Columbus"
    state = "OH"
    zip = "43004"

    [[payments]]                    # line SB17, SB18 … ; `pays_debt_of` a team's code
    line = "SB17"
    on = 2026-08-15
    amount = "1800.00"
    organisation = "Example Calls LLC"
    purpose = "Telemarketing / fundraising calls"
    category = "003"
    pays_debt_of = "OHIO"

    [[loans]]                       # a receipt on line 13 and Schedule C; repaid by [[payments]]
    id = "L1"                       # of line SB19A, SB19B or SB26 with `repays = "L1"`
    line = "SA13A"
    on = 2026-07-05
    amount = "10000.00"
    last_name = "Rivera"
    first_name = "Ana"
    personal_funds = true
    due = "2026-12-31"
    interest = "0%"

    [[conduits]]                    # the gifts that these lists tell of came through it
    name = "ActBlue"
    committee_id = "C00401224"
    sources = ["ACTBLUE"]

    [[vendors]]                     # where a team's bills come from, for Schedule D
    team = "OHIO"
    street = "9 Example Road"
    city = "Dayton"
    state = "OH"
    zip = "45402"

`itemise = false` keeps an entry off the schedules where the law allows it. An entry with an `id`
keeps its transaction id in every amendment, whatever is changed in it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from campaign.compliance import cover
from campaign.compliance.earmarks import Conduit
from campaign.compliance.loans import Loan, entity_of
from campaign.compliance.records import day_of_record, transaction_id
from campaign.errors import FileError, InputError
from campaign.money import AmountError, parse_minor, to_major

_PERSON = ("organisation", "last_name", "first_name", "street", "city", "state", "zip")
_KNOWN = frozenset(
    {"line", "on", "amount", "purpose", "category", "committee_id", "entity", "employer",
     "occupation", "election", "aggregate", "itemise", "pays_debt_of", "repays", "id", *_PERSON}
)  # fmt: skip
_ADDRESS = frozenset({"street", "city", "state", "zip"})
_OF_LOAN = frozenset(
    {"id", "line", "on", "amount", "due", "interest", "secured", "personal_funds", "election",
     "entity", "committee_id", "employer", "occupation", *_PERSON}
)  # fmt: skip
_OF_CONDUIT = frozenset({"name", "committee_id", "sources"}) | _ADDRESS
_OF_VENDOR = frozenset({"team"}) | _ADDRESS
# Lines that a form always itemises carry no choice; on the others small sums may stay off.
_MAY_STAY_OFF = frozenset(
    {"SA11AII", "SA11D", "SA14", "SA15", "SA17", "SB17", "SB20A", "SB21", "SB21B", "SB28A", "SB29"}
)


@dataclass(frozen=True, slots=True)
class OutsideItem:
    """One receipt or payment from outside."""

    identifier: str
    line: str
    on: date
    amount_cents: int
    is_itemised: bool
    pays_debt_of: str | None
    said: Mapping[str, str]

    def record_values(self) -> dict[str, str]:
        """Return the item as a record of its schedule."""
        return (self._receipt if self.line.startswith("SA") else self._payment)()

    def _receipt(self) -> dict[str, str]:
        said = self.said
        return {
            "form_type": self.line,
            "transaction_id": self.identifier,
            **self._person("contributor"),
            "election_code": said.get("election", ""),
            "contribution_date": day_of_record(self.on),
            "contribution_amount": to_major(self.amount_cents),
            "contribution_aggregate": to_major(
                parse_minor(said["aggregate"]) if "aggregate" in said else self.amount_cents
            ),
            "contribution_purpose_descrip": said.get("purpose", ""),
            "contributor_employer": said.get("employer", ""),
            "contributor_occupation": said.get("occupation", ""),
            "donor_committee_fec_id": said.get("committee_id", ""),
            "donor_committee_name": (
                said.get("organisation", "") if "committee_id" in said else ""
            ),
        }

    def _payment(self) -> dict[str, str]:
        said = self.said
        return {
            "form_type": self.line,
            "transaction_id": self.identifier,
            **self._person("payee"),
            "election_code": said.get("election", ""),
            "expenditure_date": day_of_record(self.on),
            "expenditure_amount": to_major(self.amount_cents),
            "expenditure_purpose_descrip": said.get("purpose", ""),
            "category_code": said.get("category", ""),
            "beneficiary_committee_fec_id": said.get("committee_id", ""),
            "beneficiary_committee_name": (
                said.get("organisation", "") if "committee_id" in said else ""
            ),
        }

    def _person(self, prefix: str) -> dict[str, str]:
        said = self.said
        entity = entity_of(self.line, said)
        return {
            "entity_type": entity,
            f"{prefix}_organization_name": said.get("organisation", ""),
            f"{prefix}_last_name": said.get("last_name", ""),
            f"{prefix}_first_name": said.get("first_name", ""),
            f"{prefix}_street_1": said.get("street", ""),
            f"{prefix}_city": said.get("city", ""),
            f"{prefix}_state": said.get("state", ""),
            f"{prefix}_zip_code": said.get("zip", "").replace("-", ""),
        }


@dataclass(frozen=True, slots=True)
class Outside:
    """What the file tells: opening cash with its day, and every entry."""

    cash_cents: int | None = None
    as_of: date | None = None
    items: tuple[OutsideItem, ...] = ()
    loans: tuple[Loan, ...] = ()
    conduits: tuple[Conduit, ...] = ()
    vendors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_outside(path: Path | None, form: str) -> Outside:
    """Return what the file says for the form; FileError names what cannot be read."""
    if path is None:
        return Outside()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"The file {path} cannot be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path.name} is no TOML file: {error}.") from error
    name = path.name
    if unknown := sorted(set(data) - set(_TABLES)):
        raise InputError(f"{name}: unknown {', '.join(unknown)} (known: {', '.join(_TABLES)}).")
    _require_tables(data, name)
    opening = data.get("opening", {})
    cash = opening.get("cash_on_hand")
    if (cash is None) != (opening.get("as_of") is None):
        raise InputError(f"{name}: [opening] needs both as_of and cash_on_hand.")
    items = _items(data, form, name)
    return Outside(
        None if cash is None else _cents(cash, f"{name}: cash_on_hand"),
        _day(opening["as_of"], f"{name}: as_of") if opening else None,
        items,
        _loans(data, items, name),
        tuple(_conduit(row, f"{name}, conduit {n}") for n, row in _numbered(data, "conduits")),
        dict(_vendor(row, f"{name}, vendor {n}") for n, row in _numbered(data, "vendors")),
    )


_TABLES = ("opening", "receipts", "payments", "loans", "conduits", "vendors")


def _require_tables(data: Mapping[str, Any], name: str) -> None:
    for table, told in data.items():
        shown = f"[{table}]" if table == "opening" else f"[[{table}]]"
        rows = [told] if table == "opening" else told
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError(f"{name}: write {table} as a table, {shown}.")


def _numbered(data: Mapping[str, Any], table: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    return enumerate(data.get(table, ()), start=1)


def _items(data: Mapping[str, Any], form: str, name: str) -> tuple[OutsideItem, ...]:
    """Return every entry; a loan is a receipt, too."""
    seen: Counter[str] = Counter()
    found = []
    for table, side, known in _ENTRIES:
        for number, row in _numbered(data, table):
            where = f"{name}, {table} entry {number}"
            _only(row, known, where)
            if table == "loans" and row.get("line") not in cover.LOANS:
                raise InputError(f"{where}: a loan is received on line SA13A, SA13B or SA13.")
            found.append(_item(side, row, form, where, seen))
    identifiers = Counter(item.identifier for item in found)
    if twice := [key for key, count in identifiers.items() if count > 1]:
        raise InputError(f"{name}: the id {twice[0].removeprefix('X')} is used twice.")
    return tuple(found)


def _only(row: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := sorted(set(row) - known):
        raise InputError(f"{where}: unknown {', '.join(unknown)}.")
    for key, value in row.items():
        if isinstance(value, dict | list) and key != "sources":
            raise InputError(f"{where}: {key} is one value.")


_ENTRIES = (
    ("receipts", "SA", _KNOWN),
    ("payments", "SB", _KNOWN),
    ("loans", "SA", _OF_LOAN),
)


def _item(
    side: str, row: Mapping[str, Any], form: str, where: str, seen: Counter[str]
) -> OutsideItem:
    lines = [line for line in cover.LINES[form] if line.startswith(side)]
    line = str(row.get("line", ""))
    if line not in lines:
        raise InputError(f"{where}: form {form} has no line {line!r} (lines: {', '.join(lines)}).")
    itemise = bool(row.get("itemise", line != "SA11AII"))
    if not itemise and line not in _MAY_STAY_OFF:
        raise InputError(f"{where}: line {line} is always itemised.")
    cents = _cents(row.get("amount"), where)
    if itemise and not (row.get("organisation") or row.get("last_name")):
        raise InputError(f"{where}: name an organisation, or a last_name and first_name.")
    said = {key: str(value) for key, value in row.items() if key not in ("on", "itemise")}
    on = _day(row.get("on"), where)
    identifier = _identifier(said, on, where, seen)
    return OutsideItem(identifier, line, on, cents, itemise, row.get("pays_debt_of"), said)


def _identifier(said: Mapping[str, str], on: date, where: str, seen: Counter[str]) -> str:
    """Return the entry's own id, else one made of what it says; alike entries are counted."""
    if "id" in said:
        own = f"X{said['id']}".upper()
        if not re.fullmatch(r"[A-Z0-9.\-]{2,18}", own):
            raise InputError(f"{where}: an id is up to 17 letters, digits, dots and dashes.")
        return own
    key = "|".join((str(on), *(f"{name}={value}" for name, value in sorted(said.items()))))
    seen[key] += 1
    return transaction_id("X", key, seen[key])


def _loans(data: Mapping[str, Any], items: Sequence[OutsideItem], name: str) -> tuple[Loan, ...]:
    taken = {item.identifier: item for item in items if item.line in cover.LOANS}
    repaid: dict[str, list[tuple[date, int]]] = {key: [] for key in taken}
    for item in items:
        if "repays" in item.said:
            key = f"X{item.said['repays']}".upper()
            if key not in repaid or item.line not in cover.REPAYMENTS:
                raise InputError(
                    f"{name}: 'repays' names the id of a loan, on line SB19A, SB19B or SB26."
                )
            repaid[key].append((item.on, item.amount_cents))
    of_loans = {f"X{row['id']}".upper() for row in data.get("loans", ()) if "id" in row}
    if len(of_loans) != len(data.get("loans", ())):
        raise InputError(f"{name}: every loan needs an id, so that repayments can name it.")
    loans = tuple(
        Loan(key, item.line, item.on, item.amount_cents, tuple(repaid[key]), item.said)
        for key, item in taken.items()
        if key in of_loans
    )
    if over := [loan for loan in loans if loan.balance(date.max) < 0]:
        raise InputError(f"{name}: more is repaid than loan {over[0].identifier[1:]} lent.")
    return loans


def _conduit(row: Mapping[str, Any], where: str) -> Conduit:
    _only(row, _OF_CONDUIT, where)
    sources = row.get("sources")
    if not row.get("name") or not isinstance(sources, list) or not sources:
        raise InputError(f'{where}: it needs a name, and sources = ["ACTBLUE"] as imported.')
    said = {key: str(value) for key, value in row.items() if key not in ("name", "sources")}
    return Conduit(str(row["name"]), tuple(str(source) for source in sources), said)


def _vendor(row: Mapping[str, Any], where: str) -> tuple[str, Mapping[str, str]]:
    _only(row, _OF_VENDOR, where)
    if not row.get("team"):
        raise InputError(f"{where}: name the team by its code.")
    return str(row["team"]), {key: str(value) for key, value in row.items() if key != "team"}


def _cents(value: object, where: str) -> int:
    try:
        return parse_minor(str(value))
    except AmountError as error:
        raise InputError(f'{where}: write the amount in quotes, as "1250.00".') from error


def _day(value: object, where: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise InputError(f"{where}: write the day without quotes, as 2026-08-15.")
