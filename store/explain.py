"""Why is this donor called by that team, or not called? One line, and the rules behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.calling.eligibility import (
    Circumstances,
    Lane,
    hours_policy,
    judge,
    lane_rules,
    places_of,
)
from campaign.calling.facts import PLACE_COLUMNS, FewFacts
from campaign.calling.hours import Intervals, explain
from campaign.calling.reasons import REASONS, TEAM_REASONS
from campaign.calling.segments import MEANING
from campaign.calling.teams import Shift, Team
from campaign.compliance.limits import NO_LIMIT
from campaign.errors import InputError
from campaign.money import format_minor
from models.calling import Assignment
from models.committee import Team as TeamRow
from models.donors import Donor
from store import campaigns, plans
from store.calling import next_calling_day
from store.donor_facts import facts_of
from store.evidence_of_calls import evidence
from store.scenes import Scene, scene


@dataclass(frozen=True, slots=True)
class Why:
    """The answer for one donor in one campaign."""

    donor_id: int
    campaign: str
    answer: str
    on_day: date  # the day that is asked about: today, or the next with a shift
    may_be_called: bool
    reasons: list[dict[str, str]]
    assignment: dict[str, Any] | None
    hours: list[str]
    headroom: str
    teams: list[dict[str, Any]]


def why(session: Session, donor_id: int, campaign_code: str, now: datetime) -> Why:
    """Return why the donor is called, by whom, or every reason why not."""
    if session.scalar(select(Donor.id).where(Donor.id == donor_id)) is None:
        raise InputError(f"There is no donor {donor_id}; 'pledgeline donors export' lists them.")
    campaign = campaigns.campaign_by_code(session, campaign_code)
    view = scene(session, campaign, next_calling_day(session, campaign, now), now)
    facts = facts_of(session, view, [donor_id])
    if not len(facts):
        return _merged(donor_id, campaign.code, view.question.day)
    verdict = judge(facts, view.question)
    against = verdict.reasons_of(0)
    told = {code: evidence(session, view, donor_id, code) for code in against}
    if "deceased" in told and not told.get("opted_out"):
        told.pop("opted_out", None)  # nobody asked: a death is a suppression too
    where = {name: str(facts.text(name)[0]) for name in PLACE_COLUMNS}
    places = places_of(**where)
    teams = [
        _team_answer(facts, verdict.hours_of(0), team, view.question)
        for team in campaigns.campaign_teams(session, campaign.id)
    ]
    assignment = _assignment(session, donor_id, campaign.id)
    policy = hours_policy(view.question)
    return Why(
        donor_id=donor_id,
        campaign=campaign.code,
        answer=_answer(told, assignment, teams, _better_used(session, view)),
        on_day=view.question.day,
        may_be_called=not against,
        reasons=[
            {"reason": code, "rule": REASONS[code], "evidence": found}
            for code, found in told.items()
        ],
        assignment=assignment,
        hours=list(dict.fromkeys(explain(places, view.question.day, policy))),
        headroom=_headroom(int(facts.whole("headroom_cents")[0]), view),
        teams=teams,
    )


def _merged(donor_id: int, campaign: str, day: date) -> Why:
    answer = "Not called: the record was merged into another; see 'pledgeline donors why'."
    return Why(donor_id, campaign, answer, day, False, [], None, [], "", [])


def _team_answer(
    facts: FewFacts, window: Intervals, team: Team, question: Circumstances
) -> dict[str, Any]:
    """Return whether one team may call the donor, and what stands in the way."""
    shifts = team.shifts(question.day) or (
        Shift("none", question.span.ends_at, question.span.ends_at),
    )
    lanes = [Lane(team, shift, 1) for shift in shifts]
    rules = lane_rules(
        [facts.text("language")[0] or "en"],
        [facts.text("provenance")[0]],
        [facts.text("state")[0]],
        [window],
        lanes,
        question,
    )
    found = {
        "team_not_ready": bool(rules.ready.any()),
        "language": bool(rules.language.any()),
        "provenance": bool(rules.provenance.any()),
        "state_registration": bool(rules.registration.any()),
        "no_shift": bool(rules.shift.any()),
    }
    problems = [code for code, fine in found.items() if not fine]
    unready = team.unready(question.campaign_code, question.day)
    return {"team": team.code, "may_call": not problems, "reasons": problems, "papers": unready}


def _assignment(session: Session, donor_id: int, campaign_id: int) -> dict[str, Any] | None:
    row = session.execute(
        select(Assignment, TeamRow.code)
        .join(TeamRow, TeamRow.id == Assignment.team_id)
        .where(
            Assignment.donor_id == donor_id,
            Assignment.campaign_id == campaign_id,
            Assignment.status != "planned",
        )
        .order_by(Assignment.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    call, team = row
    return {
        "plan_id": call.plan_id,
        "team": team,
        "status": call.status,
        "priority": call.priority,
        "segment": call.segment,
        "asks_cents": list(call.asks_cents),
        "expected_net_cents": call.expected_net_cents,
        "reason": call.reason,
        "call_from": call.callable_from,
        "call_until": call.callable_to,
        "callback_at": call.callback_at,
    }


def _better_used(session: Session, view: Scene) -> bool:
    """Whether the day's plan is out: who is callable and not in it gave way to others."""
    plan = plans.newest_plan(session, view.campaign.id, ("published",))
    return plan is not None and plan.on_day == view.question.day


def _answer(
    against: Mapping[str, str],
    assignment: dict[str, Any] | None,
    teams: list[dict[str, Any]],
    better_used: bool,
) -> str:
    if assignment and assignment["status"] in ("open", "handed_out"):
        return _answer_with_team(against, assignment)
    if against:
        return f"Not called: {_first(against)}."
    if not any(team["may_call"] for team in teams):
        common = [code for code in TEAM_REASONS if all(code in t["reasons"] for t in teams)]
        text = TEAM_REASONS[common[0]] if common else "each team is kept away by another rule"
        return f"Not called: {text}."
    if better_used:
        return "Not called today: callable, but the day's seats bring more with other donors."
    return "May be called; the next plan decides by whom."


def _first(against: Mapping[str, str]) -> str:
    """Return the first reason with what it rests on."""
    code, told = next(iter(against.items()))
    return f"{REASONS[code]} ({told})" if told else REASONS[code]


def _answer_with_team(against: Mapping[str, str], assignment: dict[str, Any]) -> str:
    team = assignment["team"]
    if assignment["callback_at"] is not None:
        return f"To be called back by {team} at {assignment['callback_at']:%Y-%m-%d %H:%M} UTC."
    if against and [*against] != ["in_progress"]:
        return f"With {team}, yet not to be called: {_first(against)}."
    net = format_minor(assignment["expected_net_cents"])
    meaning = MEANING.get(assignment["segment"])
    return (
        f"Called by {team} as number {assignment['priority']}: {assignment['reason']}"
        f"{f'; the donor {meaning}' if meaning else ''}; {net} expected net of cost."
    )


def _headroom(cents: int, view: Scene) -> str:
    basis = view.basis
    if cents == NO_LIMIT:
        return "No legal limit."
    known = "" if basis.is_known else " (the limit for this date is not published yet)"
    return (
        f"{format_minor(cents)} of {format_minor(basis.cap_cents)} left for {basis.label}{known} "
        f"[{basis.citation}]"
    )
