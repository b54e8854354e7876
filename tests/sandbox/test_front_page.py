"""The front page, as somebody uses it who tries the product by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import httpx
import pytest

from sandbox.call_centre import COLUMNS
from sandbox.donor_lists import LISTS
from sandbox.stripe_server import Sandbox
from tests.support.letters import send_letters


@pytest.fixture
def page(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, follow_redirects=True, timeout=240) as asked:
        yield asked


def test_it_says_what_it_is_and_shows_open_links(
    page: httpx.Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert "None yet" in page.get("/").text
    send_letters(sandbox.world, tmp_path, 3)
    shown = page.get("/").text
    assert "SANDBOX" in shown
    assert "Tuesday, 08 September 2026, 13:00" in shown
    assert shown.count("pay PL-") == 3


def test_a_debit_from_an_empty_account_comes_and_is_taken_back(
    page: httpx.Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    send_letters(sandbox.world, tmp_path, 1)
    account = sandbox.world.account
    (link,) = account.shelves["payment_link"]
    payer = {"name": "Ann Lee", "email": "ann@example.org", "postal_code": "10001"}
    assert "an empty bank account" in page.get(link["url"]).text
    assert "Thank you" in page.post(link["url"], data=payer | {"method": "returned"}).text
    (charge,) = account.shelves["charge"]
    page.post("/advance", data={"days": 30})
    kinds = [row["type"] for row in account.shelves["balance_transaction"]
             if row["source"] == charge["id"]]  # fmt: skip
    assert sorted(kinds) == ["payment", "payment_failure_refund"]
    assert charge["status"] == "failed"


def test_time_passes_and_donors_read_their_letters(
    page: httpx.Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert page.post("/read_letters").status_code == 400
    sandbox.world.outbox = tmp_path
    send_letters(sandbox.world, tmp_path, 30)
    assert page.post("/read_letters").status_code == 200
    assert "15 September 2026" in page.post("/advance", data={"days": 7}).text
    assert len(sandbox.world.account.shelves["charge"]) > 5
    assert page.post("/advance", data={"days": -1}).status_code == 422


def test_the_lists_can_be_fetched(page: httpx.Client, sandbox: Sandbox, tmp_path: Path) -> None:
    for path in sandbox.world.population.write_lists(tmp_path):
        assert page.get(f"/lists/{path.name}").content == path.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == set(LISTS)
    assert page.get("/lists/passwords.txt").status_code == 404


def test_pledges_from_elsewhere_can_be_fetched(page: httpx.Client, sandbox: Sandbox) -> None:
    rows = list(csv.DictReader(StringIO(page.get("/lists/pledges.csv").text)))
    assert 20 < len(rows) < 200
    assert len({row["pledge_ref"] for row in rows}) == len(rows)
    people = sandbox.world.population
    for row in rows:
        assert people.find(phone=row["phone"], first_name=row["first_name"]) is not None
        assert row["pledged_on"] == "2026-09-08" < row["due_on"]


def test_a_call_centre_calls_an_opened_packet(page: httpx.Client, sandbox: Sandbox) -> None:
    people = sandbox.world.population.people.head(40)
    lines = ["packet_row_id,phone_e164,first_name,asks"]
    lines += [f"R{i},{p.phone_e164},{p.first_name},$100; $50" for i, p in people.iterrows()]
    packet = "\n".join(lines).encode()
    answer = page.post("/calls", files={"packet": ("packet.csv", packet)})
    results = list(csv.DictReader(StringIO(answer.text)))
    assert tuple(results[0]) == COLUMNS
    assert {row["packet_row_id"] for row in results} == {f"R{i}" for i in people.index}


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00"])
def test_what_is_no_packet_is_refused(page: httpx.Client, content: bytes) -> None:
    answer = page.post("/calls", files={"packet": ("packet.csv", content)})
    assert answer.status_code == 400
