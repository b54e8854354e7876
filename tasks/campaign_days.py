"""A campaign's day: what waits for it, and which of its stages are done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain, count, islice
from pathlib import Path

from campaign.days import day_of
from campaign.errors import InputError, UnknownCodeError
from campaign.requests import CampaignDayRequest, ImportRequest
from config.clock import now
from config.settings import settings
from gateways.file_bytes import lists_in
from store import campaign_days
from store.committees import the_committee
from store.locks import Lock
from store.session import one_at_a_time, unit_of_work
from tasks.policies import step

log = logging.getLogger(__name__)
_TOLD = 5  # files of the inbox that an error names
_NOT_WHOLE = frozenset((".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart"))


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """One campaign on one day, and the stages that were done before."""

    campaign: str
    on_day: date
    starts_on: date
    is_calling_day: bool
    done: frozenset[str]


class Inbox(StrEnum):
    """What a part of the inbox holds; its folder's name."""

    LISTS = "lists"
    RESULTS = "results"


class InboxError(InputError):
    """Files stay in the inbox, each with what is wrong with it; all else of the day was done."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        which = "".join(f"\n{file}: {why}" for file, why in islice(files.items(), _TOLD))
        more = f"\nAnd {len(files) - _TOLD} more." if len(files) > _TOLD else ""
        held = any(file.startswith(Inbox.RESULTS) for file in files)
        calls = " and, since results may hold a refusal, its calls" if held else ""
        super().__init__(
            f"The day is done but for files that stay in the inbox{calls}; mend or remove them and "
            f"run the day again.{which}{more}"
        )


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
def lists_changed(campaign: str) -> bool:
    """Return whether a list was admitted since the campaign's lists were judged last."""
    with unit_of_work() as session:
        return campaign_days.lists_changed(session, campaign)


def waiting(inbox: Inbox) -> list[Path]:
    """Return the files in a part of the inbox, `KIND/CODE/file`, in the order of their names."""
    files = settings().folder("inbox", inbox).glob("*/*")
    return sorted(file for file in files if file.is_file() and not _is_under_way(file))


def import_requests(file: Path, campaign: str) -> list[ImportRequest]:
    """Return what imports a file of `inbox/lists/SOURCE`, or each list of an archive of several."""
    source = file.parent.name
    return [
        ImportRequest(path=str(each), source=source, campaign=campaign) for each in lists_in(file)
    ]


def _is_under_way(file: Path) -> bool:
    """Whether a file is hidden, a workbook's mark that it is open, or not wholly there yet."""
    return file.name.startswith((".", "~$")) or file.suffix.lower() in _NOT_WHOLE


def set_aside(inbox: Inbox, file: Path) -> None:
    """Move a file that was taken in to `inbox/done`, beside those of its name that came before."""
    folder = settings().folder("inbox", "done", inbox, file.parent.name)
    names = (f"{file.stem} ({number}){file.suffix}" for number in count(2))
    file.replace(next(t for t in map(folder.joinpath, chain([file.name], names)) if not t.exists()))
