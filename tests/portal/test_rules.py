from __future__ import annotations

import re
from datetime import date

import pytest

from campaign.compliance.rule_tables import contribution_limits
from campaign.roles import Role
from store import reports

ROW = {
    "contributor": "individual",
    "recipient": "candidate",
    "per": "election",
    "amount": "3600",
    "effective_from": "2026-11-04",
    "effective_to": "2028-11-07",
    "citation": "91 FR 1234, as published",
    "confidence": "sure",
}


def own_rows(home):
    path = home / "rules" / "contribution_limits.csv"
    return contribution_limits(path)[len(contribution_limits()) :] if path.exists() else ()


def test_each_table_that_has_a_source_can_be_read(browser):
    officer = browser(Role.COMPLIANCE_OFFICER)
    ways = re.findall(r'href="(/rules\?table=[a-z_]+)"', officer.get("/rules").text)
    assert len(ways) > 5
    for way in ways:
        page = officer.get(way)
        assert page.status_code == 200
        assert "Citation" in page.text
    assert officer.get("/rules?table=zip_codes").status_code == 404


def test_a_new_limit_counts_once_a_second_person_accepted_it(browser, home):
    treasurer, officer = browser(Role.TREASURER), browser(Role.COMPLIANCE_OFFICER)
    assert treasurer.post("/rules/limits", data=ROW).status_code == 303
    assert own_rows(home) == ()
    alone = treasurer.post("/rules/proposals/1", data={"verdict": "accept"})
    assert alone.status_code == 409
    assert own_rows(home) == ()
    assert officer.post("/rules/proposals/1", data={"verdict": "accept"}).status_code == 303
    (row,) = own_rows(home)
    assert (row.amount_cents, row.effective_from) == (360_000, date(2026, 11, 4))
    again = officer.post("/rules/proposals/1", data={"verdict": "refuse"})
    assert again.status_code == 409


def test_an_accepted_limit_counts_on_machines_that_lack_the_portals_file(browser, home):
    """Clocks and packages go by the same rows as the ask, wherever they are drawn up."""
    from campaign.requests import ReportRequest
    from store.session import unit_of_work
    from tasks.packages import draw_up_package

    def drawn_up() -> str:
        days = {"first_day": date(2026, 9, 24), "last_day": date(2026, 10, 7)}
        made = draw_up_package.fn(ReportRequest(**days))
        with unit_of_work() as session:
            report = reports.by_code(session, made["report"])
        assert report is not None
        return str(report.detail["rules"])

    treasurer = browser(Role.TREASURER)
    before = drawn_up()
    lower = ROW | {"amount": "700", "effective_from": "2026-10-01", "effective_to": "2026-11-03"}
    treasurer.post("/rules/limits", data=lower)
    browser(Role.COMPLIANCE_OFFICER).post("/rules/proposals/1", data={"verdict": "accept"})
    laid = drawn_up()
    (home / "rules" / "contribution_limits.csv").unlink()
    assert "$700.00 a person" in treasurer.get("/clocks").text
    assert drawn_up() == laid != before


def test_a_refused_row_never_counts(browser, home):
    browser(Role.TREASURER).post("/rules/limits", data=ROW)
    officer = browser(Role.COMPLIANCE_OFFICER)
    assert officer.post("/rules/proposals/1", data={"verdict": "refuse"}).status_code == 303
    assert own_rows(home) == ()
    assert "Refused" in officer.get("/rules").text


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "much"},
        {"amount": "-5"},
        {"effective_to": "2026-01-01"},
        {"effective_from": "soon"},
        {"contributor": "anybody"},
        {"citation": ""},
        {"confidence": "hearsay"},
    ],
    ids=str,
)
def test_a_row_that_cannot_be_meant_is_refused(browser, change):
    assert browser(Role.TREASURER).post("/rules/limits", data=ROW | change).status_code == 422


def test_the_database_itself_wants_a_second_person(browser, database):
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    browser(Role.TREASURER).post("/rules/limits", data=ROW)
    with pytest.raises(IntegrityError, match="second_person"), database.begin() as connection:
        connection.execute(text("update rule_proposal set decided_by = proposed_by"))
