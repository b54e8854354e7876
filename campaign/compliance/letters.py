"""Letters that the law asks for: best efforts, acknowledgements, year-end statements.

Belongs here: who gets which letter, and its words. Does not belong here: paper, mail, or the
record that it went out (`tasks/letters`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from campaign.compliance.rule_tables import thresholds
from campaign.money import AmountError, format_minor, parse_minor
from campaign.organisations import is_organisation

# The statement of 11 CFR 104.7(b)(1)(i), in the committee's own words.
BEST_EFFORTS = (
    "Federal law requires us to use our best efforts to collect and report the name, mailing "
    "address, occupation and name of employer of individuals whose contributions exceed $200 in "
    "{span}."
)
# 26 USC 6113: a political committee says so wherever it thanks or asks in writing.
NOT_DEDUCTIBLE = "Contributions are not deductible for federal income tax purposes."
KINDS = ("best-efforts", "acknowledgement", "year-end")


@dataclass(frozen=True, slots=True)
class Committee:
    """Who writes."""

    name: str
    kind: str
    paid_for_by: str | None
    ein: str | None
    treasurer: str
    currency: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter; kind, key and number are its identity."""

    kind: str
    key: str
    number: int
    donor_id: int | None
    name: str
    address: tuple[str, ...]
    email: str | None
    subject: str
    paragraphs: tuple[str, ...]
    has_reply_form: bool = False


def letters_of(kind: str, committee: Committee, gifts: pd.DataFrame, year: int) -> list[Letter]:
    """Return the letters of a kind for these gifts, one a person or one a gift."""
    if kind == "best-efforts":
        return list(best_efforts(committee, gifts))
    if kind == "acknowledgement":
        return list(acknowledgements(committee, gifts))
    return list(year_end(committee, gifts, year))


def kept(gifts: pd.DataFrame, returned: Mapping[str, int]) -> pd.DataFrame:
    """Return what is still a gift: nobody deducts what was given back or taken back by a bank.

    >>> gifts = pd.DataFrame({"charge_id": ["a", "b", "c"], "amount_cents": [500, 500, 500]})
    >>> kept(gifts, {"a": 500, "b": 100}).to_dict("list")
    {'charge_id': ['b', 'c'], 'amount_cents': [400, 500]}
    """
    back = gifts["charge_id"].map(returned).fillna(0).astype("int64")
    left = gifts.assign(amount_cents=gifts["amount_cents"] - back)
    return left.loc[left["amount_cents"] > 0]


def best_efforts(committee: Committee, itemised: pd.DataFrame) -> Iterable[Letter]:
    """Yield the one follow-up: a request and thanks, and no new ask (11 CFR 104.7(b)(2))."""
    missing = itemised.loc[
        itemised["is_itemised"] & (itemised["employer"].isna() | itemised["occupation"].isna())
    ]
    span = "an election cycle" if committee.kind == "candidate" else "a calendar year"
    for giver, rows in missing.groupby("contributor", sort=False):
        first = rows.iloc[0]
        if is_organisation(str(first["full_name"])):
            continue
        yield _letter(
            "best_efforts",
            f"contributor:{giver}",
            first,
            "Please complete our record of your contribution",
            (
                f"Thank you for your support of {committee.name}.",
                BEST_EFFORTS.format(span=span),
                "Our record of you is not complete. Please tell us your occupation and employer.",
                "If you are self-employed, retired or not employed, please say so.",
            ),
            has_reply_form=True,
        )


def acknowledgements(committee: Committee, gifts: pd.DataFrame) -> Iterable[Letter]:
    """Yield a receipt for each gift that needs one: $250 or more, or goods above $75."""
    least, goods_above = thresholds()["acknowledge"], thresholds()["quid_pro_quo"]
    for row in gifts.to_dict("records"):
        value = _goods_cents(row.get("goods_value"))
        cents = int(row["amount_cents"])
        if not least.reached(cents) and not (value and goods_above.reached(cents)):
            continue
        yield _letter(
            "acknowledgement",
            f"payment:{row['charge_id']}",
            row,
            f"Your gift to {committee.name}",
            (
                _received_sentence(committee, cents, row["received_on"]),
                *(
                    (NOT_DEDUCTIBLE,)
                    if _is_political(committee)
                    else (
                        _goods_sentence(cents, value, row.get("goods"), committee.currency),
                        "Please keep this letter for your tax records.",
                    )
                ),
            ),
        )


def _is_political(committee: Committee) -> bool:
    return committee.kind != "nonprofit"


def _received_sentence(committee: Committee, cents: int, day: date) -> str:
    given = format_minor(cents, committee.currency)
    who = f"{committee.name}{_ein(committee)}"
    return f"Thank you for your gift of {given}, which {who} received on {_long(day)}."


def _goods_cents(text: Any) -> int:
    try:
        return parse_minor(str(text)) if text and not pd.isna(text) else 0
    except AmountError:
        return 0


def _goods_sentence(cents: int, value: int, goods: Any, currency: str) -> str:
    if not value:
        return "No goods or services were provided in exchange for your gift."
    what = str(goods) if goods and not pd.isna(goods) else "goods and services"
    return (
        f"In exchange you received {what}, whose value we estimate in good faith at "
        f"{format_minor(value, currency)}. The part of your gift that may be deductible is "
        f"limited to what exceeds this value: {format_minor(max(0, cents - value), currency)}."
    )


def year_end(committee: Committee, gifts: pd.DataFrame, year: int) -> Iterable[Letter]:
    """Yield a statement of a calendar year for each giver."""
    days = pd.to_datetime(gifts["received_on"]).dt.year
    for giver, rows in gifts.loc[days == year].groupby("contributor", sort=False):
        given = format_minor(int(rows["amount_cents"].sum()), committee.currency)
        count = f"{len(rows)} {'gift' if len(rows) == 1 else 'gifts'}"
        listed = tuple(
            f"{_long(row['received_on'])}: "
            f"{format_minor(int(row['amount_cents']), committee.currency)}"
            for row in rows.to_dict("records")
        )
        yield _letter(
            "year_end",
            f"contributor:{giver}:{year}",
            rows.iloc[0],
            f"Your gifts to {committee.name} in {year}",
            (
                f"In {year} we received {given} from you in {count}{_ein(committee)}:",
                *listed,
                *((NOT_DEDUCTIBLE,) if _is_political(committee) else ()),
                "Thank you.",
            ),
        )


def _letter(
    kind: str,
    key: str,
    row: Any,
    subject: str,
    paragraphs: Sequence[str],
    *,
    has_reply_form: bool = False,
) -> Letter:
    place = " ".join(_text(row[name]) for name in ("city", "state", "zip")).strip()
    lines = (_text(row["street"]), _text(row["street_2"]), place)
    donor = row["donor_id"]
    return Letter(
        kind=kind,
        key=key,
        number=1,
        donor_id=None if pd.isna(donor) else int(donor),
        name=_text(row["full_name"]) or "Friend",
        address=tuple(line for line in lines if line),
        email=_text(row["payer_email"]) or None,
        subject=subject,
        paragraphs=tuple(paragraphs),
        has_reply_form=has_reply_form,
    )


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _long(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _ein(committee: Committee) -> str:
    return f" (EIN {committee.ein})" if committee.ein else ""


def paid_for_by(committee: Committee) -> str:
    """Return the line of a political committee's letters (11 CFR 110.11); a nonprofit has none."""
    who = committee.paid_for_by or committee.name
    return f"Paid for by {who}." if _is_political(committee) else ""


def as_text(letter: Letter, committee: Committee) -> str:
    """Return the letter as an e-mail says it."""
    reply = ["Just answer this message."] if letter.has_reply_form else []
    parts = [
        f"Dear {letter.name},",
        *letter.paragraphs,
        *reply,
        committee.treasurer,
        paid_for_by(committee),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
