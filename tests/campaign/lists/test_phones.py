"""Phones are read as the library reads them, a column at a time."""

from __future__ import annotations

import random

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.lists.phones import by_region, read_phones, to_phone
from campaign.lists.several import split_several

_SIGNS = "0123456789+-(). /x#"


def _read(texts: list[str], region: str = "US") -> list[tuple[str, str, str | None] | None]:
    phones = read_phones(pa.array(texts, pa.string()), region)
    rows = zip(
        phones.e164.to_pylist(),
        phones.line_type.to_pylist(),
        phones.extension.to_pylist(),
        strict=True,
    )
    return [(e164, kind, extension) if e164 else None for e164, kind, extension in rows]


def _by_library(texts: list[str], region: str = "US") -> list[tuple[str, str, str | None] | None]:
    phones = [to_phone(text, region) for text in texts]
    return [(p.e164, p.line_type, p.extension) if p else None for p in phones]


def test_every_area_code_is_read_as_the_library_reads_it() -> None:
    texts = [
        f"{area}-{middle}-0142" for area in range(200, 1000) for middle in (111, 234, 555, 976)
    ]
    assert _read(texts) == _by_library(texts)


def test_random_numbers_are_read_as_the_library_reads_them() -> None:
    rng = random.Random(20)
    forms = [
        "({}) {}-{}",
        "{}.{}.{}",
        "+1{}{}{}",
        "1-{}-{}-{}",
        "{}{}{}",
        "{}-{}-{} x77",
        "011{}{}{}",
    ]
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    texts = []
    for _ in range(3000):
        digits = f"{rng.randrange(10**10):010}"
        texts.append(rng.choice(forms).format(digits[:3], digits[3:6], digits[6:]))
        texts.append(f"+{rng.choice(codes)} {digits[: rng.randint(4, 10)]}")
    texts += [text.translate(wide) for text in texts[:200]]
    assert _read(texts) == _by_library(texts)


@given(st.lists(st.text(_SIGNS, max_size=18) | st.text(max_size=12), max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_as_the_library_reads_it(texts: list[str]) -> None:
    assert _read(texts) == _by_library(texts)


@pytest.mark.parametrize("region", ["GB", "MX", "DE", "CA", "JM"])
def test_the_region_of_the_row_decides(region: str) -> None:
    kinds = [phonenumbers.example_number_for_type(region, kind) for kind in (0, 1, 3)]
    texts = [phonenumbers.format_number(n, 2) for n in kinds if n] + ["020 7946 0958", "5550142"]
    assert _read(texts, region) == _by_library(texts, region)


def test_each_row_is_read_with_its_own_region() -> None:
    texts = pa.array(["020 7946 0958", "(415) 555-0142", None, "020 7946 0958"])
    found = by_region(texts, pa.array(["GB", "US", "US", "US"]))
    assert found.e164.to_pylist() == ["+442079460958", "+14155550142", None, None]


def test_a_slice_of_a_column_is_read_like_the_whole() -> None:
    column = pa.array(["x", "(415) 555-0142", None, "212 555 0142"])
    assert read_phones(column.slice(1)).e164.to_pylist() == ["+14155550142", None, "+12125550142"]


def test_the_number_tells_its_time_zone() -> None:
    texts = pa.array(["808-555-0142", "212-555-0142", "800-555-0142", "+44 20 7946 0958"])
    zones = read_phones(texts).timezone.to_pylist()
    assert zones[0] == "Pacific/Honolulu"
    assert zones[1] == "America/New_York"
    assert zones[3] == "Europe/London"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("415-555-0142 or 415-555-0143; n/a", ["415-555-0142", "415-555-0143"]),
        ("617-555-0142 or 0143", ["617-555-0142", "617-555-0143"]),
        (
            "(617) 555-0142 & 555-0144 & 0145",
            ["(617) 555-0142", "(617) 555-0144", "(617) 555-0145"],
        ),
        ("617.555.0142/305.555.0143", ["617.555.0142", "305.555.0143"]),
        ("617/555-0142", ["617/555-0142"]),
        ("617-555-0142 or 12", ["617-555-0142", "12"]),
        ("wife or 0143", ["0143"]),
    ],
)
def test_several_numbers_in_one_cell_come_apart(text: str, numbers: list[str]) -> None:
    assert split_several(text) == numbers
