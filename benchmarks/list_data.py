"""Invented lists of any length, as campaigns have them: mixed phones, some double rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import zipcodes

_FIRST = [
    *("James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David"),
    *("Elizabeth", "William", "Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas"),
    *("Sarah", "Charles", "Karen", "Daniel", "Lisa", "Matthew", "Nancy", "Anthony", "Betty"),
    *("Mark", "Sandra", "Donald", "Margaret", "Steven", "Ashley", "Paul", "Kimberly", "Emily"),
]
_SYLLABLES = ["an", "bel", "cor", "dan", "el", "fin", "gar", "hol", "is", "jan", "kel", "lor"]
_SYLLABLES += ["man", "nor", "ost", "per", "quin", "ros", "sten", "tor"]
_STREETS = ["Main", "Oak", "Pine", "Maple", "Cedar", "Elm", "Lake", "Hill", "Park", "Walnut"]

Texts = npt.NDArray[np.str_]


def phone_texts(rows: int, rng: np.random.Generator) -> Texts:
    """Return numbers as people write them: five American forms, and some of other countries."""
    area = rng.choice(np.array([201, 212, 213, 305, 312, 404, 415, 503, 617, 702, 808, 917]), rows)
    middle, last = rng.integers(200, 1000, rows), rng.integers(0, 10_000, rows)
    a, b = area.astype(str), middle.astype(str)
    c = np.char.zfill(last.astype(str), 4)
    plain = np.char.add(np.char.add(a, b), c)
    dashed = _joined(a, "-", b, "-", c)
    forms = [
        _joined("(", a, ") ", b, "-", c),
        dashed,
        np.char.replace(dashed, "-", "."),
        np.char.add("+1", plain),
        plain,
        _joined(dashed, " x", (last % 90 + 10).astype(str)),
        _joined("+44 20 7", b, " ", c),
        np.char.add(dashed, "0"),
    ]
    which = rng.choice(len(forms), rows, p=[0.3, 0.25, 0.12, 0.14, 0.14, 0.02, 0.02, 0.01])
    return np.choose(which, forms)


def _joined(*parts: Texts | str) -> Texts:
    whole = np.asarray(parts[0])
    for part in parts[1:]:
        whole = np.char.add(whole, part)
    return whole


def _all_zips() -> list[dict[str, str]]:
    return list(zipcodes.list_all())


def people(rows: int, seed: int = 1) -> pa.Table:
    """Return an invented list with a gift in each row; one row in fifty is somebody again."""
    rng = np.random.default_rng(seed)
    ids = np.where(rng.random(rows) < 0.02, rng.integers(0, max(rows, 1), rows), np.arange(rows))
    last = np.array(
        [f"{a}{b}{c}".title() for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES]
    )
    zips = [z for z in _all_zips() if z["active"] and z["zip_code_type"] == "STANDARD"]
    place = rng.integers(0, len(zips), rows)[ids]
    first = np.array(_FIRST)[rng.integers(0, len(_FIRST), rows)][ids]
    family = last[rng.integers(0, len(last), rows)][ids]
    number = ids.astype(str)
    columns = {
        "Donation ID": np.char.add("G", np.arange(rows).astype(str)),
        "First Name": first,
        "Last Name": family,
        "Phone": phone_texts(rows, rng)[ids],
        "Email": _joined(np.char.lower(family), ".", number, "@example.org"),
        "Address": _joined(
            rng.integers(1, 9999, rows)[ids].astype(str),
            " ",
            np.array(_STREETS)[rng.integers(0, len(_STREETS), rows)][ids],
            " St",
        ),
        "City": np.array([z["city"] for z in zips])[place],
        "State": np.array([z["state"] for z in zips])[place],
        "Zip": np.array([z["zip_code"] for z in zips])[place],
        "Amount": np.array(["25.00", "50.00", "100.00", "250.00", "1,000.00"])[
            rng.integers(0, 5, rows)
        ],
        "Date": (np.datetime64("2024-01-01") + rng.integers(0, 900, rows)).astype(str),
    }
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def write_people(path: Path, rows: int, seed: int = 1) -> Path:
    """Write such a list as CSV."""
    pa_csv.write_csv(people(rows, seed), path)
    return path
