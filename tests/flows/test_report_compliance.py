"""The reporting flow: package and filing in one run, and nobody's name in what Prefect keeps."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.requests import ReportRequest
from config.clock import real_now
from config.settings import settings
from flows.report_compliance import report_compliance
from store.users import add_user
from tests.support.synthetic_books import Shape, write_books


@pytest.mark.prefect
def test_a_run_leaves_package_and_filing_and_names_nobody(session: Session, tmp_path: Path) -> None:
    write_books(session, Shape(seed=21, charges=60))
    session.commit()
    request = ReportRequest(
        first_day=date(2026, 7, 1), last_day=date(2026, 9, 30), out_dir=str(tmp_path / "out")
    )
    first = report_compliance(request)
    assert first["filing"]["is_clean"]
    assert (tmp_path / "out" / "F3-Q3-2026.fec").exists()
    assert (tmp_path / "out" / "treasurer-workbook.xlsx").exists()
    told = json.dumps(first, default=str)
    names = session.scalars(
        text("select first_name || ' ' || last_name from donor union select email from donor")
    )
    assert not [name for name in names if name in told]
    # Run twice, get it once.
    again = report_compliance(request)
    assert (again["report"], again["filing"]["report"]) == (
        first["report"],
        first["filing"]["report"],
    )
    assert session.scalar(text("select count(*) from report")) == 2


@pytest.mark.prefect
@pytest.mark.parametrize(
    ("mark", "by"),
    [
        pytest.param("user:{}", "ruth@example.org", id="in-the-portal"),
        pytest.param("token-of-user:{}", "ruth@example.org", id="with-a-key"),
        pytest.param("night", "cli:worker", id="by-itself"),
    ],
)
def test_whoever_starts_a_run_prepares_its_reports(
    session: Session, monkeypatch: pytest.MonkeyPatch, mark: str, by: str
) -> None:
    from prefect import tags

    monkeypatch.setenv("PLEDGELINE_ACTOR", "cli:worker")
    settings.cache_clear()
    write_books(session, Shape(seed=23, charges=10))
    account = add_user(
        session, email="ruth@example.org", name="Ruth", roles=["treasurer"], now=real_now()
    )
    session.commit()
    request = ReportRequest(first_day=date(2026, 7, 1), last_day=date(2026, 9, 30))
    with tags("portal", mark.format(account)):
        report_compliance(request)
    assert set(session.scalars(text("select prepared_by from report"))) == {by}


def test_a_nonprofit_gets_no_filing(session: Session) -> None:
    write_books(session, Shape(seed=22, charges=20, kind="nonprofit"))
    session.commit()
    request = ReportRequest(first_day=date(2026, 7, 1), last_day=date(2026, 9, 30))
    assert report_compliance.fn(request)["filing"] is None
