"""Names, days, amounts and addresses as people and spreadsheets write them."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.lists import addresses, amounts, dates, names, values
from campaign.lists.columns import by_distinct, joined, without_nothings


@pytest.mark.parametrize(
    ("text", "first", "middle", "last", "suffix", "partner"),
    [
        pytest.param("SMITH, JOHN A", "John", "A", "Smith", None, None, id="last name first"),
        pytest.param(
            "Mr. John Smith Jr.", "John", None, "Smith", "Jr", None, id="title and junior"
        ),
        pytest.param("John and Jane Smith", "John", None, "Smith", None, "Jane", id="a couple"),
        pytest.param(
            "Dr. Juan de la Vega III", "Juan", None, "de la Vega", "III", None, id="third"
        ),
        pytest.param("Mary O'Brien", "Mary", None, "O'Brien", None, None, id="apostrophe"),
        pytest.param("Null", None, None, "Null", None, None, id="a person may be called Null"),
        pytest.param("Prince", None, None, "Prince", None, None, id="or Prince"),
        pytest.param("John/Mary Smith", "John", None, "Smith", None, "Mary", id="a stroke"),
        pytest.param(
            "Estate of John Doe", None, None, "Estate of John Doe", None, None, id="an estate"
        ),
    ],
)
def test_whole_names_come_apart(
    text: str,
    first: str | None,
    middle: str | None,
    last: str,
    suffix: str | None,
    partner: str | None,
) -> None:
    found = names.read_full(text)
    assert (found.first, found.middle, found.last) == (first, middle, last)
    assert (found.suffix, found.partner) == (suffix, partner)


@given(st.text(max_size=40))
def test_any_text_can_be_asked_for_a_name(text: str) -> None:
    for read in (names.read_full, names.read_first, names.read_last):
        assert isinstance(read(text), names.Name)


@pytest.mark.parametrize(
    ("days", "order", "first"),
    [
        pytest.param(["03/04/2025", "12/31/2025"], "mdy", date(2025, 3, 4), id="month first"),
        pytest.param(["03/04/2025", "31/12/2025"], "dmy", date(2025, 4, 3), id="day first"),
        pytest.param(["2025-04-03T10:00:00"], "ymd", date(2025, 4, 3), id="year first"),
        pytest.param(["3-Apr-2025"], "ymd", date(2025, 4, 3), id="month in words"),
        pytest.param(["45750"], "ymd", date(2025, 4, 3), id="a spreadsheet's number"),
    ],
)
def test_the_column_decides_the_order_of_days(days: list[str], order: str, first: date) -> None:
    assert dates.day_order(days) == order
    assert dates.day_reader(order)(days[0]) == first


def test_days_that_do_not_show_their_order_are_not_guessed() -> None:
    assert dates.day_order(["03/04/2025", "05/06/2025"]) is None
    assert dates.day_reader(None)("03/04/2025") is None
    assert dates.day_reader(None)("04/04/2025") == date(2025, 4, 4)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("$1,250.50", 125_050), ("(12.00)", -1200), ("25", 2500), ("12.300000000001", 1230)],
)
def test_amounts_are_read_exactly(text: str, cents: int) -> None:
    assert amounts.cents_reader(".")(text) == cents


def test_a_decimal_comma_is_the_columns_habit() -> None:
    sign = amounts.decimal_sign(["1.234,50", "3,5"])
    assert [amounts.cents_reader(sign)(text) for text in ("1.234,50", "3,5")] == [123_450, 350]


@pytest.mark.parametrize(
    ("text", "code"),
    [("2139", "02139"), ("501", "00501"), ("02139-4307", "02139"), ("SW1A 1AA", "SW1A 1AA")],
)
def test_postal_codes_get_their_zeros_back(text: str, code: str) -> None:
    assert addresses.read_postal_codes(pa.array([text])).to_pylist() == [code]


def test_a_zip_tells_state_county_and_time_zone() -> None:
    places = addresses.places_of(pa.array(["02139", "99999", None]), pa.array(["US", "US", None]))
    assert places.state.to_pylist() == ["MA", None, None]
    assert places.county.to_pylist()[0] == "Middlesex County"
    assert places.timezone.to_pylist()[0] == "America/New_York"


def test_e_mails_come_out_of_what_surrounds_them() -> None:
    first, more = values.read_emails(
        pa.array(["Jo <JO@Example.org>; jo@work.example", "x@y", None])
    )
    assert first.to_pylist() == ["jo@example.org", None, None]
    assert more.to_pylist() == ["jo@work.example", None, None]


@given(st.lists(st.none() | st.text(max_size=5), max_size=8))
def test_columns_keep_their_rows(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    assert len(without_nothings(column)) == len(texts)
    assert len(joined([column, column])) == len(texts)
    assert by_distinct(column, str.upper, pa.string()).to_pylist() == [
        None if text is None else text.upper() for text in texts
    ]
