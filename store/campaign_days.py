"""Which campaigns there are, and which stages of a day are done."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.committee import Campaign
from models.lists import ListBatch
from models.reports import CampaignDayStage


def campaigns(session: Session) -> dict[str, tuple[date, date]]:
    """Return each campaign's first and last day of calls, by its code."""
    query = select(Campaign.code, Campaign.starts_on, Campaign.ends_on).order_by(Campaign.code)
    return {code: (starts_on, ends_on) for code, starts_on, ends_on in session.execute(query)}


def done_stages(session: Session, code: str, on_day: date) -> frozenset[str]:
    """Return the stages of a campaign's day that are done."""
    query = select(CampaignDayStage.stage).where(
        CampaignDayStage.campaign_code == code, CampaignDayStage.on_day == on_day
    )
    return frozenset(session.scalars(query))


def mark_done(
    session: Session, code: str, on_day: date, stage: str, seconds: float, now: datetime
) -> None:
    """Note that a stage is done; the first note stays."""
    session.execute(
        insert(CampaignDayStage)
        .values(campaign_code=code, on_day=on_day, stage=stage, finished_at=now, seconds=seconds)
        .on_conflict_do_nothing()
    )


def lists_changed(session: Session, code: str) -> bool:
    """Whether a list was admitted since the stage that judges lists was done last."""
    judged_at = session.scalar(
        select(func.max(CampaignDayStage.finished_at)).where(
            CampaignDayStage.campaign_code == code, CampaignDayStage.stage == "validate-donors"
        )
    )
    newest = session.scalar(select(func.max(ListBatch.admitted_at)))
    return newest is not None and (judged_at is None or newest > judged_at)


def seconds_by_stage(session: Session) -> dict[str, float]:
    """Return how long each stage took, all days together, the first stage first."""
    query = (
        select(CampaignDayStage.stage, func.sum(CampaignDayStage.seconds))
        .group_by(CampaignDayStage.stage)
        .order_by(func.min(CampaignDayStage.finished_at), CampaignDayStage.stage)
    )
    return {stage: float(seconds) for stage, seconds in session.execute(query)}


def reopen(session: Session, code: str, on_day: date) -> None:
    """Forget which stages are done, so that the day is run again."""
    session.execute(
        delete(CampaignDayStage).where(
            CampaignDayStage.campaign_code == code, CampaignDayStage.on_day == on_day
        )
    )
