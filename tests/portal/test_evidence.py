from __future__ import annotations

import csv
import hashlib
import re

import pytest
from sqlalchemy import text

from campaign.roles import Role

CODE = "TR-2026-09-24-2026-10-07-1"
FIGURES = (
    '{"receipts.gross": {"label": "Receipts, gross", "unit": "cents", "value": 0,'
    ' "section": "receipts", "column": "amount_cents", "where": {}, "plus": [], "minus": []},'
    ' "tieout.ledger": {"label": "Difference", "unit": "cents", "value": 0, "section": "",'
    ' "column": "", "where": {}, "plus": ["receipts.gross"], "minus": []}}'
)


@pytest.fixture
def package(database, home, world):
    """A package whose receipts are the world's payments; return the file of its rows."""
    folder = home / "files" / "reports" / CODE
    path = folder / "rows" / "receipts.csv"
    path.parent.mkdir(parents=True)
    with database.begin() as connection:
        payments = connection.execute(
            text("select id as charge_id, captured_cents as amount_cents from stripe_charge")
        ).all()
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("charge_id", "amount_cents"), *payments])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files = f'[{{"name": "rows/receipts.csv", "bytes": 1, "sha256": "{digest}"}}]'
        connection.execute(
            text("update report set folder = :folder, files = cast(:files as jsonb),"
                 " figures = cast(:figures as jsonb) where code = :code"),
            {"folder": str(folder), "files": files, "figures": FIGURES, "code": CODE},
        )  # fmt: skip
    return path


def payments_in(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/trace\?what=(ch_\d+)"', page)


def test_a_sample_is_the_same_whoever_draws_it(browser, package):
    address = f"/reports/{CODE}/sample?size=5&seed=3"
    drawn = payments_in(browser(Role.REVIEWER).get(address).text)
    assert len(drawn) == len(set(drawn)) == 5
    assert payments_in(browser(Role.TREASURER).get(address).text) == drawn
    other = browser(Role.REVIEWER).get(f"/reports/{CODE}/sample?size=5&seed=4").text
    assert payments_in(other) != drawn


def test_a_finding_is_kept_once_under_the_reviewers_name(browser, database, world, package):
    client = browser(Role.REVIEWER)
    address = f"/reports/{CODE}/sample"
    payment = payments_in(client.get(f"{address}?size=3&seed=3").text)[0]
    form = {"size": 3, "seed": 3, "outcome": "differs"}
    assert client.post(f"{address}/{payment}", data=form).status_code == 422
    form |= {"words": "The card is somebody else's"}
    assert client.post(f"{address}/{payment}", data=form).status_code == 303
    assert client.post(f"{address}/{payment}", data=form).status_code == 409
    with database.connect() as connection:
        row = connection.execute(text("select outcome, found_by from sample_finding")).one()
    assert row == ("differs", f"user:{world.users[Role.REVIEWER]}")
    page = client.get(f"{address}?size=3&seed=3").text
    assert "1 checked so far" in page
    assert "The card is somebody else" in page


def test_a_finding_needs_a_signers_hand_and_a_payment_of_the_sample(browser, package):
    form = {"size": 1, "seed": 3, "outcome": "fits"}
    address = f"/reports/{CODE}/sample"
    drawn = payments_in(browser(Role.REVIEWER).get(f"{address}?size=1&seed=3").text)
    assert browser(Role.TREASURER).post(f"{address}/{drawn[0]}", data=form).status_code == 403
    assert browser(Role.REVIEWER).post(f"{address}/ch_none", data=form).status_code == 404


def test_a_figure_leads_to_its_rows_and_to_what_it_follows_from(browser, database, package):
    client = browser(Role.TREASURER)
    report = client.get(f"/reports/{CODE}").text
    assert f"/reports/{CODE}/figures/receipts.gross" in report
    rows = client.get(f"/reports/{CODE}/figures/receipts.gross").text
    with database.connect() as connection:
        some = connection.scalar(text("select min(id) from stripe_charge"))
    assert f"/trace?what={some}" in rows
    parts = client.get(f"/reports/{CODE}/figures/tieout.ledger").text
    assert f"/reports/{CODE}/figures/receipts.gross" in parts
    assert client.get(f"/reports/{CODE}/figures/none").status_code == 404


def test_rows_that_were_changed_are_not_shown(browser, package):
    package.write_text("charge_id,amount_cents\nch_x,1\n")
    for page in ("figures/receipts.gross", "sample"):
        answer = browser(Role.TREASURER).get(f"/reports/{CODE}/{page}")
        assert answer.status_code == 409
        assert "was changed" in answer.text
