"""One day of a campaign: what came in, what goes out, what was paid, what it adds up to."""

from __future__ import annotations

from campaign.requests import (
    AllocateRequest,
    CampaignDayRequest,
    CollectRequest,
    PublishRequest,
    ReconcileRequest,
    ReportRequest,
    SyncRequest,
    ValidateRequest,
)
from flows.allocate_calls import allocate_calls
from flows.collect_pledges import collect_pledges
from flows.import_donors import import_donors
from flows.publish_assignments import publish_assignments
from flows.reconcile_pledges import reconcile_pledges
from flows.record_results import record_results
from flows.report_compliance import report_compliance
from flows.sync_stripe import sync_stripe
from flows.validate_donors import validate_donors
from tasks.artifacts import publish_table
from tasks.campaign_days import (
    CampaignDay,
    lists_changed,
    lists_waiting,
    once,
    one_day_at_a_time,
    open_days,
    results_waiting,
    set_aside,
)
from tasks.forgetting import erase_numbers
from tasks.policies import run_stage, stage


@stage("run-campaign-day")
def run_campaign_day(request: CampaignDayRequest) -> list[str]:
    """Run every stage of a campaign's day; interrupted, it goes on where it stopped."""
    with one_day_at_a_time():
        days = open_days(request)
        for day in days:
            take_in(day)
            if day.is_calling_day:
                hand_out(day)
            settle(day)
    publish_table(
        "campaign-day",
        [{"campaign": day.campaign, "day": str(day.on_day)} for day in days],
        "Campaigns whose day is done",
    )
    return [day.campaign for day in days]


def take_in(day: CampaignDay) -> None:
    """Bring in the lists and the calls' results that wait in the inbox."""
    once(day, "import-donors", lambda: bring_in_lists(day.campaign))
    once(day, "validate-donors", lambda: judge_new_lists(day.campaign))
    once(day, "record-results", record_waiting_results)


def bring_in_lists(campaign: str) -> None:
    """Import each waiting list and move its file out of the inbox."""
    for request in lists_waiting(campaign):
        run_stage(import_donors, request)
        set_aside(request.path)


def judge_new_lists(campaign: str) -> None:
    """Judge the lists again when one has come since they were judged last."""
    if lists_changed(campaign):
        run_stage(validate_donors, ValidateRequest())


def record_waiting_results() -> None:
    """Record each waiting file of a team and move it out of the inbox."""
    for request in results_waiting():
        run_stage(record_results, request)
        set_aside(request.path)


def hand_out(day: CampaignDay) -> None:
    """Plan the day's calls and hand them to the teams."""
    allocate = AllocateRequest(campaign=day.campaign, on_day=day.on_day)
    publish = PublishRequest(campaign=day.campaign)
    once(day, "allocate-calls", lambda: run_stage(allocate_calls, allocate))
    once(day, "publish-assignments", lambda: run_stage(publish_assignments, publish))


def settle(day: CampaignDay) -> None:
    """Ask for what was pledged, fetch what was paid, tie it out and report it."""
    days = {"first_day": day.starts_on, "last_day": day.on_day}
    collect = CollectRequest(campaign=day.campaign)
    once(day, "collect-pledges", lambda: run_stage(collect_pledges, collect))
    once(day, "sync-stripe", lambda: run_stage(sync_stripe, SyncRequest(**days)))
    once(day, "reconcile-pledges", lambda: run_stage(reconcile_pledges, ReconcileRequest(**days)))
    once(day, "report-compliance", lambda: run_stage(report_compliance, ReportRequest(**days)))
    once(day, "erase-numbers", erase_numbers)
