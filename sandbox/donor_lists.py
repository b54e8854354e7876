"""The lists that name the invented donors, as sloppy as lists are, and the truth about each row.

Three lists and a list of suppressions: ActBlue's paid contributions (a row per gift), VAN's export
(UTF-16, tabs, called .xls), a workbook kept by hand (title rows above the header), and a CSV of
people not to be called. Columns of ActBlue and VAN are those of `headers/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from campaign.money import to_major
from sandbox import words
from sandbox.people import Rng, Strings

LISTS = (
    "actblue_paid_contributions.csv", "van_export.xls", "board_list.xlsx", "do_not_call.csv"
)  # fmt: skip
HEADERS = Path(__file__).parent / "headers"
JUNK_PHONES = ("000-000-0000", "12345", "unlisted", "n/a", "(555) 555", "999 999 9999 99")
JUNK_AMOUNTS = ("N/A", "see notes", "12.3.4", "")
HANDMADE_COLUMNS = (
    "Name", "Phone", "E-mail", "Address", "City", "St", "Zip", "Occupation", "Employer",
    "Last gift", "Given on", "Notes",
)  # fmt: skip
NOTES = ("met at the picnic", "volunteer", "prefers evenings", "host committee", "")


@dataclass(frozen=True)
class ListRows:
    """What each list holds, ready to be written, and the truth."""

    actblue: pd.DataFrame
    van: pd.DataFrame
    handmade: pd.DataFrame
    suppressions: pd.DataFrame
    truth: pd.DataFrame

    def write(self, folder: Path) -> list[Path]:
        """Write the four files and return their paths, in that order."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / name for name in LISTS]
        header = _header("actblue_paid_contributions.csv")
        self.actblue.to_csv(paths[0], index=False, header=header, lineterminator="\r\n")
        self.van.to_csv(
            paths[1], index=False, sep="\t", encoding="utf-16", header=_header(
                "van_list_export.csv"), lineterminator="\r\n",
        )  # fmt: skip
        _write_workbook(self.handmade, paths[2])
        self.suppressions.to_csv(paths[3], index=False)
        return paths


def make_lists(seed: int, people: pd.DataFrame, gifts: pd.DataFrame) -> ListRows:
    """Return the lists; each person stands on one to three of them."""
    rng = np.random.default_rng([seed, len(people), 2])
    gave_online = np.zeros(len(people), dtype=bool)
    gave_online[gifts.loc[gifts["is_online"], "person_id"]] = True
    in_van = rng.random(len(people)) < 0.55
    by_hand = (rng.random(len(people)) < 0.3) | ~(gave_online | in_van)
    actblue, actblue_truth = _actblue(rng, people, gifts)
    van, van_truth = _van(rng, people[in_van])
    handmade, handmade_truth = _handmade(rng, people, gifts, np.flatnonzero(by_hand))
    return ListRows(
        actblue,
        van,
        handmade,
        _suppressions(rng, people),
        pd.concat([actblue_truth, van_truth, handmade_truth], ignore_index=True),
    )


def _header(name: str) -> list[str]:
    return (HEADERS / name).read_text(encoding="utf-8").rstrip("\r\n").split(",")


def _chosen(rng: Rng, size: int, share: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return rng.random(size) < share


def _truth(name: str, person_ids: Sequence[int], defects: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "list": name,
            "source_row": np.arange(1, len(person_ids) + 1),
            "person_id": person_ids,
            "defect": defects,
        }
    )


def _spell_phone(e164: str, style: int) -> str:
    area, exchange, line = e164[2:5], e164[5:8], e164[8:]
    return (
        f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"{area}.{exchange}.{line}",
        f"{area}{exchange}{line}", f"+1 {area} {exchange} {line}", f"1-{area}-{exchange}-{line}",
        e164, f" {area} {exchange}-{line} ",
    )[style]  # fmt: skip


def _phones(rng: Rng, e164: pd.Series) -> Strings:
    styles = rng.integers(0, 8, len(e164)).tolist()
    return np.array([_spell_phone(p, s) for p, s in zip(e164, styles, strict=True)], dtype=object)


def _typo(text: str, at: int) -> str:
    """Swap two neighbouring letters, as hasty fingers do."""
    if len(text) < 4:
        return text
    at = 1 + at % (len(text) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _first_names(rng: Rng, people: pd.DataFrame) -> Strings:
    size = len(people)
    names = people["first_name"].to_numpy(dtype=object).copy()
    nick = people["nickname"].to_numpy(dtype=object)
    short = _chosen(rng, size, 0.15) & (nick != "")
    names[short] = nick[short]
    return _sloppy(rng, names)


def _sloppy(rng: Rng, names: Strings) -> Strings:
    """Return the names with some typos, shouting, lost accents and stray blanks."""
    draw, at = rng.random(len(names)), rng.integers(0, 20, len(names))
    ways = (
        (0.012, lambda name, i: _typo(name, i)),
        (0.082, lambda name, _i: name.upper()),
        (0.102, lambda name, _i: name.lower()),
        (0.142, lambda name, _i: f"{name} "),
    )
    spelt = list(names)
    for position, chance in enumerate(draw):
        for limit, way in ways:
            if chance < limit:
                spelt[position] = way(spelt[position], int(at[position]))
                break
    return np.array(spelt, dtype=object)


def _emails(rng: Rng, emails: pd.Series) -> Strings:
    values = emails.to_numpy(dtype=object).copy()
    loud = _chosen(rng, len(values), 0.06)
    values[loud] = [value.upper() for value in values[loud]]
    values[_chosen(rng, len(values), 0.04)] = ""
    return values


def _spoil_phones(rng: Rng, phones: Strings, share: float) -> tuple[Strings, Strings]:
    """Return the phones with some junk or nothing in place, and what is wrong with each."""
    defects = np.full(len(phones), "", dtype=object)
    draw = rng.random(len(phones))
    junk = draw < share
    phones[junk] = np.array(JUNK_PHONES, dtype=object)[
        rng.integers(0, len(JUNK_PHONES), junk.sum())
    ]
    defects[junk] = "junk phone"
    none = (draw >= share) & (draw < 2 * share)
    phones[none], defects[none] = "", "no phone"
    return phones, defects


def _actblue(
    rng: Rng, people: pd.DataFrame, gifts: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    gifts = gifts[gifts["is_online"]]
    ids = gifts["person_id"].to_numpy()
    people = people.loc[ids].reset_index(drop=True)
    size = len(people)
    numbers = 240_000_000 + np.cumsum(rng.integers(3, 90, size))
    seconds = rng.integers(6 * 3600, 23 * 3600, size)
    moments = gifts["given_on"].reset_index(drop=True) + pd.to_timedelta(seconds, unit="s")
    amounts = np.array([to_major(int(c)) for c in gifts["amount_cents"]], dtype=object)
    phones, defects = _spoil_phones(rng, _phones(rng, people["phone_e164"]), 0.006)
    bad = _chosen(rng, size, 0.003)
    amounts[bad] = np.array(JUNK_AMOUNTS, dtype=object)[rng.integers(0, 4, bad.sum())]
    defects[bad] = "bad amount"
    filled = {
        "Receipt ID": ["AB" + str(n) for n in numbers],
        "Date": moments.dt.strftime("%Y-%m-%d %H:%M:%S"),
        "Amount": amounts,
        "Recurring Total Months": 1,
        "Recurrence Number": 1,
        "Recipient": "Friends of the Invented Candidate",
        "Fundraising Page": "https://secure.example.com/donate/invented",
        "Donor First Name": _first_names(rng, people),
        "Donor Last Name": _sloppy(rng, people["last_name"].to_numpy(dtype=object)),
        "Donor Addr1": _streets(rng, people["street"]),
        "Donor City": people["city"],
        "Donor State": people["state"],
        "Donor ZIP": people["zip"],
        "Donor Country": "United States",
        "Donor Occupation": people["occupation"],
        "Donor Employer": people["employer"],
        "Donor Email": _emails(rng, people["email"]),
        "Donor Phone": phones,
        "Lineitem ID": numbers * 10 + 1,
        "Recipient Committee": "Friends of the Invented Candidate",
        "Payment ID": numbers * 10 + 7,
        "Payment Date": moments.dt.strftime("%Y-%m-%d %H:%M:%S"),
        "Card Type": np.array(["Visa", "MasterCard", "Amex"])[rng.integers(0, 3, size)],
        "Kind": "actblue",
    }
    header = _header("actblue_paid_contributions.csv")
    blank = pd.Series([""] * size)
    frame = pd.concat(
        [pd.Series(filled.get(name, blank), index=blank.index) for name in header], axis=1
    )
    return frame, _truth("actblue", ids.tolist(), defects.tolist())


def _streets(rng: Rng, streets: pd.Series) -> Strings:
    """Return the streets, four in ten abbreviated."""
    values = streets.to_numpy(dtype=object).copy()
    for position in np.flatnonzero(_chosen(rng, len(values), 0.4)):
        stem, kind = values[position].rsplit(" ", 1)
        values[position] = f"{stem} {dict(words.STREET_KINDS)[kind]}"
    return values


def _van(rng: Rng, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    size = len(people)
    phones, defects = _spoil_phones(rng, _phones(rng, people["phone_e164"]), 0.01)
    mobile = people["is_mobile"].to_numpy()
    frame = pd.DataFrame(
        {
            "Voter File VANID": 10_000_000 + np.cumsum(rng.integers(1, 99, size)),
            "FirstName": _first_names(rng, people),
            "MiddleName": people["middle_name"].to_numpy(),
            "LastName": _sloppy(rng, people["last_name"].to_numpy(dtype=object)),
            "Suffix": people["suffix"].to_numpy(),
            "Pref Phone ": phones,
            "Cell Phone": np.where(mobile, _phones(rng, people["phone_e164"]), ""),
            "Age": 2026 - people["birth_year"].to_numpy(),
            "Sex": people["sex"].to_numpy(),
            "Party": np.array(["D", "D", "I", "U", "R"])[rng.integers(0, 5, size)],
            "PrecinctName": [f"{city} {n}" for city, n in zip(
                people["city"], rng.integers(1, 30, size), strict=True)],
            "CityCouncilName": "",
            "DateReg": [f"{m}/{d}/{y}" for m, d, y in zip(
                rng.integers(1, 13, size), rng.integers(1, 29, size),
                rng.integers(1992, 2026, size), strict=True)],
            "CensusTractName": rng.integers(1000, 99999, size),
            "Latitude": "",
            "Longitude": "",
        }
    )  # fmt: skip
    frame.loc[defects != "", "Cell Phone"] = ""
    return frame, _truth("van", people.index.tolist(), defects.tolist())


def _handmade(
    rng: Rng, people: pd.DataFrame, gifts: pd.DataFrame, ids: np.ndarray[Any, np.dtype[np.int64]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    # Somebody pasted a part of the list twice.
    ids = np.concatenate([ids, rng.choice(ids, max(1, len(ids) // 50), replace=False)])
    people = people.loc[ids]
    size = len(people)
    last_gift = gifts.groupby("person_id").last().reindex(ids)
    phones, defects = _spoil_phones(rng, _phones(rng, people["phone_e164"]), 0.01)
    first, last = (
        _first_names(rng, people),
        _sloppy(rng, people["last_name"].to_numpy(dtype=object)),
    )
    suffix = people["suffix"].to_numpy()
    swapped = _chosen(rng, size, 0.3)
    names = [
        (f"{b}{f' {s}' if s else ''}, {a}" if turn else f"{a} {b} {s}").strip()
        for a, b, s, turn in zip(first, last, suffix, swapped, strict=True)
    ]
    amounts = [("" if pd.isna(c) else int(c) / 100) for c in last_gift["amount_cents"]]
    frame = pd.DataFrame(
        {
            "Name": names,
            "Phone": phones,
            "E-mail": _emails(rng, people["email"]),
            "Address": _streets(rng, people["street"]),
            "City": people["city"].to_numpy(),
            "St": people["state"].to_numpy(),
            # A workbook takes a ZIP for a number, and the leading zero is gone.
            "Zip": [int(z) if turn else z for z, turn in zip(
                people["zip"], _chosen(rng, size, 0.5), strict=True)],
            "Occupation": people["occupation"].to_numpy(),
            "Employer": people["employer"].to_numpy(),
            "Last gift": amounts,
            "Given on": [None if pd.isna(day) else day for day in last_gift["given_on"]],
            "Notes": np.array(NOTES, dtype=object)[rng.integers(0, len(NOTES), size)],
        }
    )  # fmt: skip
    frame, known_defects = _strangers_in_the_sheet(frame, defects)
    is_person = [*ids.tolist(), *[-1] * (len(frame) - size)]
    return frame, _truth("handmade", is_person, known_defects)


def _strangers_in_the_sheet(
    frame: pd.DataFrame, defects: Strings
) -> tuple[pd.DataFrame, list[str]]:
    """Append what people leave at the foot of a sheet: a note to themselves, and a total."""
    foot = pd.DataFrame(
        [{"Name": "ask Dana for the rest"}, {"Name": "TOTAL", "Last gift": "see above"}],
        columns=HANDMADE_COLUMNS,
    )
    whole = pd.concat([frame.astype(object), foot.astype(object)], ignore_index=True)
    return whole, [*defects.tolist(), "no person", "no person"]


def _write_workbook(frame: pd.DataFrame, path: Path) -> None:
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "m/d/yy"})
    # A fixed date of making: the same seed gives the same bytes.
    workbook.set_properties({"created": datetime(2026, 9, 1)})  # noqa: DTZ001 (the format has no zone)
    sheet = workbook.add_worksheet("Donors")
    sheet.write(0, 0, "Friends of the Invented Candidate: people to call")
    sheet.write(1, 0, "kept by hand, last tidied in August")
    sheet.write_row(3, 0, HANDMADE_COLUMNS)
    for number, row in enumerate(frame.itertuples(index=False, name=None), start=4):
        for column, value in enumerate(row):
            if value is None or value == "" or value is pd.NaT or value != value:
                continue
            sheet.write(number, column, value)
    workbook.close()


def _suppressions(rng: Rng, people: pd.DataFrame) -> pd.DataFrame:
    size = len(people)
    ids = np.sort(rng.choice(size, max(3, size // 60), replace=False))
    chosen = people.loc[ids]
    kinds = np.array(["opt_out", "opt_out", "do_not_call", "deceased"], dtype=object)
    by_mail = (chosen["email"] != "") & _chosen(rng, len(ids), 0.25)
    return pd.DataFrame(
        {
            "phone": np.where(by_mail, "", _phones(rng, chosen["phone_e164"])),
            "email": np.where(by_mail, chosen["email"], ""),
            "kind": kinds[rng.integers(0, len(kinds), len(ids))],
            "reason": "asked by telephone",
        }
    )
