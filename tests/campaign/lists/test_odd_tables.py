"""Tables as people put them together: whose number, whose name, who said no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.list_reading import read_list, told


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param(
            "First,Home Area Code,Home Phone,Cell Area Code,Cell Phone\n"
            "Ann,617,555-0134,508,555-0135\nBob,305,5550136,,\n",
            [{"+16175550134", "+15085550135"}, {"+13055550136"}],
            id="each number has an area code of its own",
        ),
        pytest.param(
            "First,Area,Prefix,Line,Ext\nAnn,617,555,0134,12\nBob,305,555,0135,\n",
            [{"+16175550134"}, {"+13055550135"}],
            id="a number in three columns",
        ),
        pytest.param(
            "First,Country Code,Phone,Phone 2\nAnn,1,6175550134,\nBob,44,2079460018,02079460019\n"
            "Cy,+61,0291234567,\n",
            [{"+16175550134"}, {"+442079460018", "+442079460019"}, {"+61291234567"}],
            id="figures in a column of countries are dialled first",
        ),
        pytest.param(
            "First Name,Last Name,Phone,,First Name,Last Name,Phone\n"
            "Ann,Roe,617-555-0134,,Di,Ray,617-555-0138\n",
            [{"+16175550134"}],
            id="a table that stands right of another",
        ),
        pytest.param(
            "First Name 1,First Name 2,Phone,Phone 2\nAnn,Bob,617-555-0134,617-555-0135\n",
            [{"+16175550134"}],
            id="a second person",
        ),
        pytest.param(
            "First,Last,Phone,First,Last,Phone\nAnn,Roe,617-555-0134,Ann,Roe,617-555-0135\n",
            [{"+16175550134", "+16175550135"}],
            id="a table joined to itself",
        ),
    ],
)
def test_nobody_is_called_at_the_number_of_another(
    tmp_path: Path, text: str, numbers: list[set[str]]
) -> None:
    assert [_numbers(row) for row in read_list(tmp_path, text)] == numbers


def _numbers(row: dict[str, Any]) -> set[str]:
    more = (row["more_phones"] or "").split()
    return {row["phone_e164"], *(number.split(":")[0] for number in more)} - {None}


def test_the_extension_beside_a_number_is_its_own(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path, "Name,Phone,Ext.,Cell\nAnn Roe,617-555-0134,12,\nBob Poe,,7,305-555-0135\n"
    )
    assert told(rows, "phone_e164", "phone_extension") == [
        ("+16175550134", "12"),
        ("+13055550135", None),
    ]
    assert rows[1]["extra:Ext."] == "7"


@pytest.mark.parametrize("header", ["NAME", "Name (Last First MI)"])
def test_names_that_begin_with_the_familys_are_told_by_the_column(
    tmp_path: Path, header: str
) -> None:
    rows = read_list(
        tmp_path,
        f"{header},PHONE\nSMITH JOHN Q JR,617-555-0134\nROE ANN,617-555-0135\n"
        "VAN DER BERG PETER,617-555-0136\nGARCIA LOPEZ MARIA,617-555-0137\n",
    )
    assert told(rows, "first_name", "middle_name", "last_name", "suffix") == [
        ("John", "Q", "Smith", "Jr"),
        ("Ann", None, "Roe", None),
        ("Peter", None, "van der Berg", None),
        ("Maria", None, "Garcia Lopez", None),
    ]


def test_names_in_the_usual_order_stay_so(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "Name,Phone\nAnn Roe,617-555-0134\nVega Maria,617-555-0135\n")
    assert told(rows, "first_name", "last_name") == [("Ann", "Roe"), ("Vega", "Maria")]
