"""Pledges from elsewhere: one table becomes clean columns and a list of what is wrong.

Read in columns, so that a million pledges take seconds. A bad row is a finding; a bad file raises.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from campaign.cells import neutral
from campaign.decoding import decoded
from campaign.errors import FileError
from campaign.giving.payers import clean_emails, clean_phones, clean_postcodes
from campaign.giving.pledges import ref_key
from campaign.money import AmountError, parse_minor

COLUMNS = (
    "pledge_ref",
    "first_name",
    "last_name",
    "email",
    "phone",
    "postal_code",
    "amount",
    "currency",
    "pledged_on",
    "due_on",
    "instalments",
    "team",
)
REQUIRED = frozenset(["pledge_ref", "amount", "pledged_on"])
WAYS_TO_KNOW_WHO = ("first_name", "last_name", "email", "phone")
MOST_INSTALMENTS = 120
MOST_MINOR = 10**11  # a billion dollars


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one row: 1 is the first record."""

    row: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True)
class PledgeFile:
    """The rows that are right, as clean columns; the findings; and the rows as they came."""

    pledges: pd.DataFrame
    findings: list[Finding]
    raw: pd.DataFrame

    @property
    def rows_read(self) -> int:
        """How many records the file holds."""
        return len(self.raw)

    def rejects(self) -> pd.DataFrame:
        """Return the rejected rows with what to mend, in the file's own columns."""
        first = {finding.row: finding for finding in reversed(self.findings)}
        bad = self.raw.iloc[sorted(row - 1 for row in first)].copy()
        bad = bad.map(neutral)
        bad["problem"] = [f"{first[i + 1].column}: {first[i + 1].problem}" for i in bad.index]
        return bad


def read_pledges(path: Path) -> PledgeFile:
    """Return what a CSV file says; FileError when it is no pledge file."""
    return pledges_of(_read_text(path), path.name)


def pledges_of(table: pd.DataFrame, name: str) -> PledgeFile:
    """Return what a table of text says; FileError when it is no table of pledges."""
    raw = table.rename(columns=column_name)
    if raw.columns.has_duplicates:
        raise FileError(f"{name} names a column twice.")
    missing = REQUIRED - set(raw.columns)
    if missing:
        raise FileError(f"{name} lacks the column {', '.join(sorted(missing))}.")
    if not set(WAYS_TO_KNOW_WHO) & set(raw.columns):
        raise FileError(f"{name} needs a name, an e-mail or a phone column.")
    if raw.empty:
        raise FileError(f"{name} holds a header and no pledge.")
    text = raw.reindex(columns=list(COLUMNS), fill_value="").astype("str").fillna("")
    text = text.apply(lambda column: column.str.strip())
    reader = _Reader(text)
    return PledgeFile(reader.pledges(), reader.findings, raw)


def column_name(label: object) -> str:
    """Return a column's name, however a spreadsheet's header writes it.

    >>> column_name(" Pledged On ")
    'pledged_on'
    """
    return str(label).strip().lower().replace(" ", "_")


def _read_text(path: Path) -> pd.DataFrame:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or 'no such file'}.") from error
    if not content.strip():
        raise FileError(f"{path.name} is empty.")
    text = decoded(content)
    if text is None:
        raise FileError(f"{path.name} is no text file: save it as CSV UTF-8 or .xlsx.")
    first_line = text.split("\n", 1)[0]
    separator = max(",;\t", key=first_line.count)
    try:
        with warnings.catch_warnings(category=pd.errors.ParserWarning, action="error"):
            return pd.read_csv(
                io.StringIO(text),
                sep=separator,
                dtype="str",
                keep_default_na=False,
                index_col=False,
            )
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        # A header of fewer columns would put each cell under another's name.
        raise FileError(f"{path.name} is not a CSV table of equal rows.") from error


class _Reader:
    """Turns text columns into values, and notes each row's first problem."""

    def __init__(self, text: pd.DataFrame) -> None:
        self.text = text
        self.findings: list[Finding] = []
        self.bad = pd.Series(False, index=text.index)

    def pledges(self) -> pd.DataFrame:
        """Return the rows without a problem."""
        text = self.text
        self._note(text["pledge_ref"] == "", "pledge_ref", "is blank")
        currency = text["currency"].str.lower().replace("", "usd")
        self._note(~currency.str.fullmatch("[a-z]{3}"), "currency", "is no three-letter code")
        values = pd.DataFrame(
            {
                "ref": text["pledge_ref"],
                "first_name": _or_none(text["first_name"]),
                "last_name": _or_none(text["last_name"]),
                "email": _none(clean_emails(text["email"])),
                "phone_e164": _none(clean_phones(text["phone"])),
                "postal_code": _none(clean_postcodes(text["postal_code"])),
                "amount_cents": self._amounts(currency),
                "currency": currency,
                "pledged_on": self._days("pledged_on"),
                "due_on": self._days("due_on"),
                "instalments": self._counts(),
                "team": _or_none(text["team"]),
            }
        )
        nobody = values[["first_name", "last_name", "email", "phone_e164"]].isna().all(axis=1)
        self._note(nobody, "email", "nobody can be known: name, e-mail and phone are blank")
        self._note(values["pledged_on"].isna(), "pledged_on", "is blank")
        self._note(values["due_on"] < values["pledged_on"], "due_on", "is before pledged_on")
        too_many = values["instalments"] > values["amount_cents"]
        self._note(too_many, "instalments", "are more than the cents of the pledge")
        self._refuse_conflicts(values)
        return values[~self.bad].assign(row=lambda good: good.index + 1).reset_index(drop=True)

    def _refuse_conflicts(self, values: pd.DataFrame) -> None:
        """Refuse a reference that two rows use differently; equal rows count once."""
        key = values["ref"].map(ref_key)
        again = key.duplicated(keep=False)
        rows = values[again].assign(ref=key[again])
        differs = ~rows.duplicated(keep=False)
        self._note(
            differs.reindex(values.index, fill_value=False),
            "pledge_ref",
            "stands in several rows that differ",
        )

    def _note(self, wrong: pd.Series, column: str, problem: str) -> None:
        fresh = wrong.fillna(False).astype(bool) & ~self.bad
        self.findings += [Finding(int(i) + 1, column, problem) for i in fresh.index[fresh]]
        self.bad |= fresh

    def _amounts(self, currency: pd.Series) -> pd.Series:
        text = self.text["amount"]
        cents = pd.Series(0, index=text.index, dtype="int64")
        plain = text.str.fullmatch(r"\d{1,12}(\.\d{1,2})?") & (currency == "usd")
        parts = text[plain].str.extract(r"(\d+)\.?(\d*)")  # two columns, also of no row at all
        cents[plain] = parts[0].astype("int64") * 100 + parts[1].str.ljust(2, "0").astype("int64")
        for i in text.index[~plain]:
            cents[i] = _try(partial(parse_minor, text[i], currency[i]))
        self._note(cents <= 0, "amount", "is no amount above zero")
        self._note(cents > MOST_MINOR, "amount", "is beyond any pledge")
        return cents

    def _days(self, column: str) -> pd.Series:
        text = self.text[column]
        days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
        american = pd.to_datetime(text, format="%m/%d/%Y", errors="coerce")
        first_19 = text.str.slice(0, 19).str.replace(" ", "T")
        moments = pd.to_datetime(first_19, format="%Y-%m-%dT%H:%M:%S", errors="coerce")
        days = days.fillna(american).fillna(moments.dt.normalize())
        self._note(days.isna() & (text != ""), column, "is no day like 2026-09-30")
        return days.dt.date.astype(object).where(days.notna(), None)

    def _counts(self) -> pd.Series:
        text = self.text["instalments"].str.replace(r"\.0+$", "", regex=True).replace("", "1")
        counts = pd.to_numeric(text.where(text.str.fullmatch(r"\d{1,4}")), errors="coerce")
        wrong = counts.isna() | (counts > MOST_INSTALMENTS)
        self._note(wrong, "instalments", f"is no whole number up to {MOST_INSTALMENTS}")
        return counts.where(~wrong, 1).clip(lower=1).astype("int64")


def _none(text: pd.Series) -> pd.Series:
    return text.astype(object).where(text.notna(), None)


def _or_none(text: pd.Series) -> pd.Series:
    return text.astype(object).where(text != "", None)


def _try(parse: Callable[[], int]) -> int:
    """Return the amount, or 0 where there is none: 0 is refused with its row."""
    try:
        return min(parse(), MOST_MINOR + 1)  # what is beyond a column's whole number, too
    except AmountError:
        return 0
