"""One campaign on one day: the question that the rules are asked, and what counts for the limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.calling.eligibility import Circumstances
from campaign.calling.hours import Interval
from campaign.calling.scripts import Question, Speaker, Work, fill_in
from campaign.calling.teams import Team
from campaign.compliance.limits import LimitBasis, cycle_of, limit_basis, with_generals
from campaign.compliance.notices import needs_notice
from campaign.days import Period
from models.committee import Election
from store.campaigns import CampaignFacts, elections
from store.committees import Committee, the_committee
from store.limits import limits_in_force
from store.scripts import ScriptFacts, scripts


@dataclass(frozen=True, slots=True)
class Scene:
    """One campaign on one day: the question that the rules are asked, and what it counts."""

    committee: Committee
    campaign: CampaignFacts
    question: Circumstances
    basis: LimitBasis
    counting: Mapping[str, str]  # which gifts and pledges count against the limit, as conditions
    scripts: tuple[ScriptFacts, ...]  # every version in every language, the oldest first
    now: datetime

    def script(self, language: str, at: datetime | None = None) -> ScriptFacts | None:
        """Return the script in this language, else in English: the newest, or that of a moment."""
        for wanted in (language, "en"):
            versions = [script for script in self.scripts if script.language == wanted]
            held = [one for one in versions if at is None or (one.published_at or at) <= at]
            if versions:
                return (held or versions[:1])[-1]
        return None

    @property
    def election_name(self) -> str:
        """What a gift counts for, as a caller says it."""
        return self.basis.label.removeprefix("election ")

    def spoken(
        self,
        script: ScriptFacts,
        team: Team,
        language: str,
        work: Work | None = None,
        **values: str,
    ) -> str:
        """Return a script as this team says it; what is not told stays in braces."""
        committee = self.committee
        known = {
            "committee_name": committee.name,
            "candidate_name": committee.candidate_name or "",
            "election": self.election_name,
        }
        speaker = Speaker(
            committee.name, committee.kind, committee.paid_for_by, team.name, team.kind, team.place
        )
        return fill_in(script.body, known | values, speaker, language, work)

    @property
    def questions(self) -> dict[str, list[Question]]:
        """Return every version of every question that the campaign's script asks, by code."""
        found: dict[str, list[Question]] = {}
        for script in self.scripts:
            for told in script.questions:
                found.setdefault(told["code"], []).append(Question.model_validate(told))
        return found

    @property
    def day(self) -> Period:
        """The calling day in the committee's time zone."""
        return Period(self.question.day, self.question.day, self.committee.timezone)

    def needs_48_hour_notice(self, cents: int) -> bool:
        """Whether a gift of this size, if it came today, would have to be told within 48 hours."""
        election = self.campaign.election
        if self.committee.kind != "candidate" or election is None:
            return False
        return needs_notice(election, self.question.day, cents)

    def at(self, now: datetime) -> Scene:
        """Return the same scene at another moment of its day."""
        question = replace(self.question, span=_rest_of(self.day, now))
        return replace(self, question=question, now=now)


def _rest_of(period: Period, now: datetime) -> Interval:
    starts_at = min(max(now, period.starts_at), period.ends_at)
    return Interval(starts_at.astimezone(UTC), period.ends_at.astimezone(UTC))


def scene(session: Session, campaign: CampaignFacts, day: date, now: datetime) -> Scene:
    """Return what is asked about calls of this campaign on this day, from now on."""
    committee = the_committee(session)
    published = scripts(session, campaign.script_code)
    question = Circumstances(
        campaign_code=campaign.code,
        committee_kind=committee.kind,
        policy=campaign.policy,
        day=day,
        span=_rest_of(Period(day, day, committee.timezone), now),
        script_languages=frozenset(script.language for script in published),
    )
    basis = _basis(session, committee, campaign, day)
    counting = _counting(session, basis, day)
    return Scene(committee, campaign, question, basis, counting, published, now)


def _basis(
    session: Session, committee: Committee, campaign: CampaignFacts, day: date
) -> LimitBasis:
    known = elections(session)
    if committee.kind == "candidate":
        known = with_generals(known, day, day)
    designated = campaign.election.code if campaign.election else None
    if campaign.election and campaign.election.held_on < day:
        designated = None  # a gift after an election counts for the next one
    return limit_basis(
        committee.kind, day, known, election_code=designated, limits=limits_in_force(session)
    )


def _counting(session: Session, basis: LimitBasis, day: date) -> dict[str, str]:
    """Return which gifts and pledges count against the limit, as conditions."""
    if basis.election_code is None:
        # PostgreSQL's dates end in 5874897, Python's begin in year 1: both hold the other's.
        span = f"between '{basis.first_day}' and '{basis.last_day}'"
        return {"gift_counts": f"given_on {span}", "pledge_counts": f"pledged_on {span}"}
    known = with_generals(elections(session), day, day)
    held_on = next(e.held_on for e in known if e.code == basis.election_code)
    # What was given before the election's cycle began counted for an earlier one.
    earlier = [election.held_on for election in known if election.held_on < held_on]
    before = max([cycle_of(held_on)[0] - timedelta(days=1), *earlier])
    span = f"> '{before}' and {{day}} <= '{held_on}'"
    election_id = session.scalar(select(Election.id).where(Election.code == basis.election_code))
    return {
        # Codes are of our own table's pattern: nothing to quote but the quotes around them.
        "gift_counts": (
            f"election_code = '{basis.election_code}' or "
            f"coalesce(election_code, '') = '' and given_on {span.format(day='given_on')}"
        ),
        "pledge_counts": (
            f"election_id = {election_id or 0} or "
            f"election_id is null and pledged_on {span.format(day='pledged_on')}"
        ),
    }
