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

`itemise = false` keeps an entry off the schedules where the law allows it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from campaign.compliance import cover
from campaign.errors import FileError, InputError
from campaign.money import AmountError, parse_minor, to_major

_PERSON = ("organisation", "last_name", "first_name", "street", "city", "state", "zip")
_KNOWN = frozenset(
    {"line", "on", "amount", "purpose", "category", "committee_id", "entity", "employer",
     "occupation", "election", "aggregate", "itemise", "pays_debt_of", "id", *_PERSON}
)  # fmt: skip
# Lines that a form always itemises carry no choice; on the others small sums may stay off.
_MAY_STAY_OFF = frozenset(
    {"SA11AII", "SA11D", "SA14", "SA15", "SA17", "SB17", "SB20A", "SB21", "SB21B", "SB28A", "SB29"}
)


@dataclass(frozen=True, slots=True)
class OutsideItem:
    """One receipt or payment from outside."""

    number: int
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
            "transaction_id": f"X{said.get('id') or self.number}".upper(),
            **self._person("contributor"),
            "election_code": said.get("election", ""),
            "contribution_date": f"{self.on:%Y%m%d}",
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
            "transaction_id": f"X{said.get('id') or self.number}".upper(),
            **self._person("payee"),
            "election_code": said.get("election", ""),
            "expenditure_date": f"{self.on:%Y%m%d}",
            "expenditure_amount": to_major(self.amount_cents),
            "expenditure_purpose_descrip": said.get("purpose", ""),
            "category_code": said.get("category", ""),
            "beneficiary_committee_fec_id": said.get("committee_id", ""),
        }

    def _person(self, prefix: str) -> dict[str, str]:
        said = self.said
        entity = said.get("entity") or (
            "IND" if "last_name" in said else "PAC" if "committee_id" in said else "ORG"
        )
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
    """What the file says; nothing where there is none."""

    cash_cents: int | None = None
    as_of: date | None = None
    items: tuple[OutsideItem, ...] = ()


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
    opening = data.get("opening", {})
    rows = [("SA", row) for row in data.get("receipts", ())]
    rows += [("SB", row) for row in data.get("payments", ())]
    items = tuple(_item(n, side, row, form, path.name) for n, (side, row) in enumerate(rows, 1))
    cash = opening.get("cash_on_hand")
    if (cash is None) != (opening.get("as_of") is None):
        raise InputError(f"{path.name}: [opening] needs both as_of and cash_on_hand.")
    return Outside(
        None if cash is None else _cents(cash, f"{path.name}: cash_on_hand"),
        _day(opening["as_of"], f"{path.name}: as_of") if opening else None,
        items,
    )


def _item(number: int, side: str, row: Mapping[str, Any], form: str, name: str) -> OutsideItem:
    where = f"{name}, entry {number}"
    if unknown := sorted(set(row) - _KNOWN):
        raise InputError(f"{where}: unknown {', '.join(unknown)}.")
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
    return OutsideItem(
        number, line, _day(row.get("on"), where), cents, itemise, row.get("pays_debt_of"), said
    )


def _cents(value: object, where: str) -> int:
    try:
        return parse_minor(str(value))
    except AmountError as error:
        raise InputError(f'{where}: write the amount in quotes, as "1250.00".') from error


def _day(value: object, where: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise InputError(f"{where}: write the day without quotes, as 2026-08-15.")
