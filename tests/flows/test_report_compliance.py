"""The reporting flow: package and filing in one run, and nobody's name in what Prefect keeps."""

from __future__ import annotations

import csv
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


def test_the_package_names_who_decided(session: Session) -> None:
    write_books(session, Shape(seed=22, charges=20))
    account = add_user(
        session, email="ruth@example.org", name="Ruth", roles=["treasurer"], now=real_now()
    )
    session.execute(
        text("insert into book_exception (kind, subject, amount_cents, currency, reason, proposal,"
             " opened_on, status, resolution, because, resolved_by, resolved_at)"
             " select 'overpayment', 'ledger:' || by, 100, 'usd', 'Too much', '{}', '2026-08-01',"
             " 'resolved', 'noted', 'Seen', by, '2026-08-02 12:00Z'"
             " from unnest(cast(:by as text[])) by"),
        {"by": [f"user:{account}", f"token-of-user:{account}", "cli:ruth", "rule"]},
    )  # fmt: skip
    session.commit()
    request = ReportRequest(first_day=date(2026, 7, 1), last_day=date(2026, 9, 30))
    report_compliance.fn(request)
    (path,) = settings().folder("files", "reports").glob("TR-*/rows/decisions.csv")
    with path.open(encoding="utf-8-sig", newline="") as rows:
        told = [row["resolved_by"] for row in csv.DictReader(rows)]
    assert sorted(told) == ["cli:ruth", "reconciliation", "ruth@example.org", "ruth@example.org"]
