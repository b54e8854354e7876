"""What a row of payments adds to what somebody gave: a gift, what went back, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.list_reading import read_list, told

_WHO = "Ann Roe,ann@example.org"


@pytest.mark.parametrize(
    ("header", "cell", "cents"),
    [
        ("Type", "Donation", 5000),
        ("Gift Type", "Stock/Property", 5000),
        ("Gift Type", "Pledge Payment", 5000),
        ("Gift Type", "Pledge", None),
        ("Gift Type", "MG Write Off", None),
        ("Type", "Chargeback", -5000),
        ("Charge Action Type", "Refund", -5000),
        ("Charge Action Type", "Settle", 5000),
        ("Transaction Type", "ACH Return", -5000),
        ("Transaction Type", "Void", None),
        ("Type", "Failed payment", None),
        ("Payment Type", "Visa", 5000),
        ("Type", "Monthly donor", 5000),
        ("Type", "Mass Pay Payment", None),
        ("Refund Date", "1/9/2026", None),
        ("Failed At", "1/9/2026", None),
        ("Failed At", "", 5000),
    ],
)
def test_the_type_of_a_row_decides_what_it_adds(
    tmp_path: Path, header: str, cell: str, cents: int | None
) -> None:
    rows = read_list(
        tmp_path,
        f"Name,Email,Amount,Date,{header}\n{_WHO},50,1/2/2026,{cell}\n",
    )
    assert told(rows, "amount_cents", "reason")[0] == (cents, None)
    assert (rows[0][f"extra:{header}"] or "") == cell
    assert cents is not None or rows[0]["extra:Amount"] == "50"


@pytest.mark.parametrize("word", ["Accepted", "Settle", "Charged", "Banked", "Cashed", "Receipted"])
def test_a_state_of_money_that_came_in_is_a_gift(tmp_path: Path, word: str) -> None:
    rows = read_list(
        tmp_path,
        f"Name,Email,Amount,Date,Status\n{_WHO},50,1/2/2026,{word}\n"
        "Bob Poe,bob@example.org,20,1/3/2026,Declined\n",
    )
    assert told(rows, "amount_cents") == [(5000,), (None,)]


@pytest.mark.parametrize("word", ["Pledge", "Void", "Pending", "Declined", "Chargeback", "Odd one"])
@pytest.mark.parametrize("header", ["Status", "Payment Status", "State"])
def test_a_column_of_states_counts_only_what_says_that_it_came_in(
    tmp_path: Path, header: str, word: str
) -> None:
    paid = "".join(f"Bob Poe,b{n}@example.org,20,1/3/2026,Paid\n" for n in range(5))
    rows = read_list(
        tmp_path, f"Name,Email,Amount,Date,{header}\n{_WHO},50,1/2/2026,{word}\n{paid}"
    )
    assert told(rows, "amount_cents", f"extra:{header}")[0] == (None, word)
    assert {row["amount_cents"] for row in rows[1:]} == {2000}


@pytest.mark.parametrize(
    ("table", "total"),
    [
        pytest.param(
            "Date,Name,Email,Type,Status,Gross\n"
            f"1/2/2026,{_WHO},Donation Payment,Refunded,50\n"
            f"1/3/2026,{_WHO},Payment Refund,Completed,-50\n"
            f"1/4/2026,{_WHO},Donation Payment,Completed,20\n",
            2000,
            id="the gift says refunded and its refund stands in a row of its own",
        ),
        pytest.param(
            f"Date,Name,Email,Status,Amount\n1/2/2026,{_WHO},Refunded,50\n"
            f"1/4/2026,{_WHO},Paid,20\n",
            2000,
            id="the gift says refunded and nothing else does",
        ),
        pytest.param(
            f"Date,Name,Email,Type,Amount\n1/2/2026,{_WHO},Gift,50\n1/4/2026,{_WHO},Refund,50\n",
            0,
            id="a refund without its sign",
        ),
        pytest.param(
            "Date,Name,Email,Amount,Refunded Amount\n"
            f"1/2/2026,{_WHO},50,(10.00)\n1/4/2026,{_WHO},20,20\n1/5/2026,{_WHO},5,\n",
            4500,
            id="what went back stands beside the gift",
        ),
        pytest.param(
            "Date,Name,Email,Amount,Amount Refunded,Refunded Date\n"
            f"1/2/2026,{_WHO},50,10,1/3/2026\n1/4/2026,{_WHO},20,20,1/5/2026\n1/6/2026,{_WHO},5,0,\n",
            4500,
            id="a day says that some went back, and an amount how much",
        ),
        pytest.param(
            "Date,Name,Email,Amount,Record Type,Gift Type\n"
            f"1/2/2026,{_WHO},50,G,CK\n1/4/2026,{_WHO},1200,P,CK\n1/5/2026,{_WHO},5,G,CC\n",
            5500,
            id="letters for the kinds of rows beside those for how each was paid",
        ),
        pytest.param(
            f"Date,Name,Email,Amount,Status\n1/2/2026,{_WHO},50,Complete\n1/4/2026,{_WHO},20,Renewal\n",
            7000,
            id="a gift that was renewed came in",
        ),
    ],
)
def test_no_sum_of_giving_counts_what_went_back(tmp_path: Path, table: str, total: int) -> None:
    assert sum(row["amount_cents"] or 0 for row in read_list(tmp_path, table)) == total


def test_a_state_that_tells_of_people_too_still_marks_them(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        f"Name,Email,Amount,Date,Status\n{_WHO},50,1/2/2026,Do Not Call\n"
        "Bob Poe,bob@example.org,20,1/3/2026,Major Donor\nCy Vee,,5,1/3/2026,Pledge\n",
    )
    assert told(rows, "amount_cents", "do_not_call") == [(5000, True), (2000, None), (None, None)]


def test_the_number_of_a_payment_is_no_number_of_a_person(tmp_path: Path) -> None:
    header = "id,created_at,status,amount,name,email\n"
    paid = f"rv_1,2026-01-02,paid,50,{_WHO}\nrv_2,2026-01-03,paid,20,{_WHO}\n"
    rows = read_list(tmp_path, header + paid)
    assert told(rows, "gift_id", "external_id") == [("rv_1", None), ("rv_2", None)]
    repeated = read_list(tmp_path, header + paid.replace("rv_2", "rv_1"))
    assert told(repeated, "gift_id", "external_id") == [(None, "rv_1")] * 2


def test_money_that_went_out_is_of_whom_it_went_to(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Date,Name,Type,Gross,From Email Address,To Email Address\n"
        "1/31/2026,Ann Roe,Donation Payment,50.00,ann@example.org,office@example.com\n"
        "2/2/2026,Ann Roe,Payment Refund,-50.00,office@example.com,ann@example.org\n"
        "2/3/2026,,General Withdrawal,-900.00,office@example.com,\n"
        "2/4/2026,Bob Poe,Donation Payment,20.00,bob@example.org,office@example.com\n",
    )
    assert told(rows, "first_name", "email", "amount_cents")[:2] == [
        ("Ann", "ann@example.org", 5000),
        ("Ann", "ann@example.org", -5000),
    ]
    assert rows[2]["reason"] is not None
    assert told(rows, "email")[3] == ("bob@example.org",)
    assert rows[1]["extra:To Email Address"] == "ann@example.org"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_gift_has_one_number_in_whatever_order_its_columns_stand(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    numbers = [("Transaction ID", "ch_1"), ("Contribution ID", "301")]
    header, cells = zip(*(numbers[place] for place in order), strict=True)
    rows = read_list(
        tmp_path,
        f"Name,Email,Amount,Date,{','.join(header)}\n{_WHO},50,1/2/2026,{','.join(cells)}\n",
    )
    assert told(rows, "gift_id") == [("301",)]
