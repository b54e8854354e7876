"""Tables on a narrow terminal: no figure is broken, no line is wider, nothing is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.printing import out, table

EXCEPTIONS: list[tuple[object, ...]] = [
    (7, "2026-09-11", "payment failed late", "$1,234.56", "It came back.\ncharge:ch_" + "x" * 24),
    (12, "2026-09-14", "overpayment", "$12.50", "More than its pledge takes.\npayout:po_1"),
]


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setattr(out, "_width", 80)


def printed(title: str, columns: list[str], rows: list[tuple[object, ...]]) -> str:
    with out.capture() as caught:
        table(title, columns, rows)
    return caught.get()


def test_a_table_fits_a_narrow_terminal_with_its_codes_whole(narrow):
    told = printed("Exceptions", ["id", "since", "what", "amount", "why"], EXCEPTIONS)
    assert max(map(len, told.splitlines())) <= 80
    for whole in ("$1,234.56", "2026-09-11", "charge:ch_" + "x" * 24):
        assert whole in told


def test_a_table_without_a_row_says_so(narrow):
    assert printed("Not called", ["donors", "reason"], []) == "Not called: none\n"


def test_marks_of_colour_take_no_room(narrow):
    told = printed("Proofs", ["status", "what"], [("[green]held[/green]", "a b " * 40)])
    assert re.search(r"held {4}a b", told)


@given(
    st.lists(
        st.tuples(
            st.text("abc ", max_size=90),
            st.integers(0, 10**12).map("${:,}.00".format),
            st.text("xyz_", max_size=60),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_no_table_is_wider_than_the_terminal_and_no_figure_is_broken(rows):
    before, out._width = out._width, 80
    try:
        told = printed("Any", ["words", "amount", "code"], rows)
    finally:
        out._width = before
    assert max(map(len, told.splitlines())) <= 80
    for _, amount, code in rows:
        assert amount in told
        assert all(letter in told for letter in set(code) - {"_"})
