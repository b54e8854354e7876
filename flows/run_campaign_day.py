"""One day of a campaign: what came in, what goes out, what was paid, what it adds up to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from campaign.errors import InputError, RuleError, StateError
from campaign.requests import (
    AllocateRequest,
    CampaignDayRequest,
    CollectRequest,
    PublishRequest,
    ReconcileRequest,
    ReportRequest,
    ResultsRequest,
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
    Inbox,
    InboxError,
    import_requests,
    lists_changed,
    once,
    one_day_at_a_time,
    open_days,
    set_aside,
    waiting,
)
from tasks.forgetting import erase_numbers
from tasks.policies import run_stage, stage


@stage("run-campaign-day")
def run_campaign_day(request: CampaignDayRequest) -> list[str]:
    """Run every stage of a campaign's day; interrupted, it goes on where it stopped.

    A file of the inbox that cannot be used stays there, and is named when all else is done:
    InboxError. While it is one of results no calls are handed out, for a refusal may stand in it.
    """
    left: dict[str, str] = {}
    with one_day_at_a_time():
        days = open_days(request)
        for day in days:
            lists, results = take_in(day)
            left |= lists | results
            if day.is_calling_day and not results:
                hand_out(day)
            settle(day)
    publish_table(
        "campaign-day",
        [{"campaign": day.campaign, "day": str(day.on_day)} for day in days],
        "Campaigns whose day is done",
    )
    if left:
        raise InboxError(left)
    return [day.campaign for day in days]


def take_in(day: CampaignDay) -> tuple[dict[str, str], dict[str, str]]:
    """Bring in the lists and the results that wait; return which of each stay, and why."""
    lists = what_stays(day, "import-donors", lambda: bring_in_lists(day.campaign))
    once(day, "validate-donors", lambda: judge_new_lists(day.campaign))
    return lists, what_stays(day, "record-results", record_waiting_results)


def what_stays(day: CampaignDay, stage: str, work: Callable[[], None]) -> dict[str, str]:
    """Empty a part of the inbox once a day; it is not done while a file stays there."""
    try:
        once(day, stage, work)
    except InboxError as error:
        return error.files
    return {}


def bring_in_lists(campaign: str) -> None:
    """Import each waiting list."""

    def bring_in(file: Path) -> None:
        for request in import_requests(file, campaign):
            run_stage(import_donors, request)

    empty(Inbox.LISTS, bring_in)


def record_waiting_results() -> None:
    """Record each waiting file of a team."""
    empty(
        Inbox.RESULTS,
        lambda file: run_stage(
            record_results, ResultsRequest(path=str(file), team=file.parent.name)
        ),
    )


def empty(inbox: Inbox, bring_in: Callable[[Path], object]) -> None:
    """Bring in each file that waits, and move it out of the inbox; one that is wrong stays."""
    left = {}
    for file in waiting(inbox):
        try:
            bring_in(file)
        except (InputError, StateError, RuleError) as error:
            left[f"{inbox}/{file.parent.name}/{file.name}"] = str(error)
        else:
            set_aside(inbox, file)
    if left:
        raise InboxError(left)


def judge_new_lists(campaign: str) -> None:
    """Judge the lists again when one has come since they were judged last."""
    if lists_changed(campaign):
        run_stage(validate_donors, ValidateRequest())


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
