"""A day may be killed at any instant, or run twice at once: it ends as one that ran through."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from campaign.requests import (
    AllocateRequest,
    CampaignDayRequest,
    CollectRequest,
    PublishRequest,
    ReportRequest,
    Request,
    ResultsRequest,
)
from cli.demo_play import CALLING_DAYS, FIRST_DAY, LAST_DAY, at
from config.settings import settings
from store.session import unit_of_work
from tasks.auditing import verify_audit
from tests.support.play import Stage
from tests.support.runs_apart import KILLED, Apart

CODE = "FALL-26"
DAY = CALLING_DAYS[1]


@pytest.fixture
def second_morning(stage: Stage) -> Stage:
    """The morning after a day of calls: results wait, pledges were made."""
    stage.live(1)
    stage.play.world.advance(at(DAY, 9))
    return stage


@pytest.fixture
def apart(stage: Stage) -> Iterator[Apart]:
    with Apart() as runs:
        yield runs


def rows(question: str) -> list[Any]:
    with unit_of_work() as session:
        return list(session.execute(text(question)).all())


def a_whole_day_was_run() -> None:
    """One plan is out, each packet is what the books say, no letter or report is there twice."""
    assert not rows("select 1 from assignment where status = 'planned'")
    assert rows(f"select count(*) from plan where status = 'published' and on_day = '{DAY}'") == [
        (1,)
    ]
    assert not rows(
        "select donor_id from assignment where status in ('open', 'handed_out') "
        "group by 1 having count(*) > 1"
    )
    packets = rows("select path, sha256, rows, (select count(*) from packet_row r "
                   "where r.packet_id = p.id) from packet p")  # fmt: skip
    assert packets
    for path, sha256, count, found in packets:
        assert hashlib.sha256((settings().home / path).read_bytes()).hexdigest() == sha256
        assert count == found
    files = {Path(path).name for path, *_ in packets}
    assert {path.name for path in settings().folder("files", "packets").iterdir()} == files
    assert not rows(
        "select p.id from pledge p join instalment i on i.pledge_id = p.id and i.number = 1 "
        "left join payment_link l on l.pledge_id = p.id and l.instalment_number = 1 "
        "where p.status = 'open' group by 1 having count(l.id) <> 1"
    )
    reports_are_whole()
    assert verify_audit()["is_whole"]


def reports_are_whole() -> None:
    for folder, files in rows("select folder, files from report where kind = 'treasurer'"):
        for file in files:
            content = (settings().home / folder / file["name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_killed_at_the_end_of_each_stage_it_goes_on(second_morning: Stage, apart: Apart) -> None:
    """All is done but the last entry: nothing of the stage may stay, and it is done once more."""
    request = CampaignDayRequest(campaign=CODE, on_day=DAY)
    for moment in ("plan.approved", "plan.published", "packet.sealed", "letters sent",
                   "report.drawn_up"):  # fmt: skip
        assert apart.kill("run_campaign_day", request, at=moment) == KILLED, moment
    assert apart.run("run_campaign_day", request) == 0
    a_whole_day_was_run()
    before = second_morning.rows()
    second_morning.run(DAY)
    assert second_morning.rows() == before


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_twenty_instants_it_ends_the_same(second_morning: Stage, apart: Apart) -> None:
    chance = random.Random(1)
    request = CampaignDayRequest(campaign=CODE, on_day=DAY, again=True)
    died = [apart.kill("run_campaign_day", request, after=chance.uniform(0.1, 4)) == KILLED
            for _ in range(20)]  # fmt: skip
    assert sum(died) > 5
    assert apart.run("run_campaign_day", request) == 0
    a_whole_day_was_run()


def test_two_of_each_stage_at_once_do_it_once(second_morning: Stage, apart: Apart) -> None:
    """The first stands still in the midst of its work while the second runs."""
    results = sorted(settings().folder("inbox", "results").glob("*/*"))
    stages: list[tuple[str, Request, str]] = [
        *(
            (
                "record_results",
                ResultsRequest(team=path.parent.name, path=str(path)),
                "store.result_files:keep_file",
            )
            for path in results
        ),
        ("allocate_calls", AllocateRequest(campaign=CODE, on_day=DAY), "store.plans:copy_rows"),
        ("publish_assignments", PublishRequest(campaign=CODE), "gateways.sealed_packets:seal"),
        ("collect_pledges", CollectRequest(campaign=CODE), "store.collecting:note_letter"),
        (
            "report_compliance",
            ReportRequest(first_day=FIRST_DAY, last_day=LAST_DAY),
            "store.reports:add",
        ),
        (
            "run_campaign_day",
            CampaignDayRequest(campaign=CODE, on_day=DAY),
            "tasks.results:read_results",
        ),
    ]
    for flow, request, midst in stages:
        assert apart.two(flow, request, midst) == [0, 0], flow
    a_whole_day_was_run()
    assert rows("select count(*) from result_file where recorded > 0") == [(len(results),)]
    assert rows("select max(edition) from report where kind = 'treasurer'") == [(1,)]
    sent = rows("select count(*) from letter where channel <> 'skipped'")
    told = rows("select coalesce(sum(value::int), 0) from audit_entry, jsonb_each_text(detail) "
                "where action = 'letters sent'")  # fmt: skip
    assert sent == told != [(0,)]
