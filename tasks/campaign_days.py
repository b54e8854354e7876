"""A campaign's day: what waits for it, and which of its stages are done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from campaign.days import day_of
from campaign.errors import UnknownCodeError
from campaign.requests import CampaignDayRequest, ImportRequest, ResultsRequest
from config.clock import now
from config.settings import settings
from gateways.file_bytes import lists_in
from store import campaign_days
from store.committees import the_committee
from store.locks import Lock
from store.session import one_at_a_time, unit_of_work
from tasks.policies import step

log = logging.getLogger(__name__)
_NOT_WHOLE = frozenset((".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart"))


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """One campaign on one day, and the stages that were done before."""

    campaign: str
    on_day: date
    starts_on: date
    is_calling_day: bool
    done: frozenset[str]


def one_day_at_a_time() -> AbstractContextManager[None]:
    """Let a second run of a day wait, and find done what the first has done."""
    return one_at_a_time(Lock.DAY, "")


@step
def open_days(request: CampaignDayRequest) -> list[CampaignDay]:
    """Return the days to run: of the campaign asked for, or of every one that has begun."""
    with unit_of_work() as session:
        on_day = request.on_day or day_of(now(), the_committee(session).timezone)
        campaigns = campaign_days.campaigns(session)
        if request.campaign is not None and request.campaign not in campaigns:
            raise UnknownCodeError("campaign", request.campaign, campaigns)
        days = []
        for code, (starts_on, ends_on) in campaigns.items():
            if request.campaign not in (None, code) or on_day < starts_on:
                continue
            if request.again:
                campaign_days.reopen(session, code, on_day)
            done = campaign_days.done_stages(session, code, on_day)
            days.append(CampaignDay(code, on_day, starts_on, on_day <= ends_on, done))
        return days


def once(day: CampaignDay, stage: str, work: Callable[[], object]) -> None:
    """Do a stage unless it is done for the day; note it only when it went well."""
    if stage in day.done:
        log.info("%s %s: %s is done already", day.campaign, day.on_day, stage)
        return
    started = time.monotonic()
    work()
    note_done(day.campaign, day.on_day, stage, round(time.monotonic() - started, 2))


@step
def note_done(campaign: str, on_day: date, stage: str, seconds: float) -> None:
    """Remember that a stage is done, and how long it took."""
    with unit_of_work() as session:
        campaign_days.mark_done(session, campaign, on_day, stage, seconds, now())


@step
def lists_waiting(campaign: str) -> list[ImportRequest]:
    """Return the lists in the inbox, `inbox/lists/SOURCE/file`, in the order of their names."""
    return [
        ImportRequest(path=str(each), source=file.parent.name, campaign=campaign)
        for file in _files("lists")
        for each in lists_in(file)
    ]


@step
def lists_changed(campaign: str) -> bool:
    """Return whether a list was admitted since the campaign's lists were judged last."""
    with unit_of_work() as session:
        return campaign_days.lists_changed(session, campaign)


@step
def results_waiting() -> list[ResultsRequest]:
    """Return the results in the inbox, `inbox/results/TEAM/file`, in the order of their names."""
    return [ResultsRequest(path=str(file), team=file.parent.name) for file in _files("results")]


def _files(kind: str) -> list[Path]:
    folder = settings().folder("inbox", kind)
    return sorted(file for file in folder.glob("*/*") if file.is_file() and not _is_under_way(file))


def _is_under_way(file: Path) -> bool:
    """Whether a file is hidden, a workbook's mark that it is open, or not wholly there yet."""
    return file.name.startswith((".", "~$")) or file.suffix.lower() in _NOT_WHOLE


@step
def set_aside(path: str) -> None:
    """Move a file that was taken in out of the inbox, to `inbox/done`; repeating does nothing."""
    file = Path(path)
    if file.exists():
        target = settings().folder("inbox", "done", *file.parent.parts[-2:]) / file.name
        file.replace(target)
