"""May we call? One answer with every reason, for a million donors or for one.

`judge` looks at the donor (who, where, when, how often, how much room the law leaves); `lane_rules`
looks at a donor and a team's shift together (papers, language, provenance, hours). The plan asks
both for everybody; the hand-out of each call asks them again for that one donor. What each reason
means stands in `reasons`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from phonenumbers import PhoneNumber, region_code_for_number

from campaign.calling.facts import Bools, Facts, FrameFacts, Ints
from campaign.calling.hours import HoursPolicy, Interval, Intervals, allowed, caller_kind, intersect
from campaign.calling.places import Place, place_of_address, place_of_number
from campaign.calling.policy import Policy
from campaign.calling.rule_rows import caps_per_24h
from campaign.calling.teams import Shift, Team
from campaign.lists.provenance import KINDS, NOT_TO

V = TypeVar("V")
_NO_CAP = 1_000  # calls in 24 hours; nobody comes near it
CALLABLE_LINES = frozenset(
    {"", "unknown", "mobile", "fixed_line", "fixed_line_or_mobile", "landline", "voip", "personal"}
)
_HOME = frozenset({"", "us", "usa", "pr", "vi", "gu", "mp", "as"})
NOT_TO_SOLICIT = frozenset(code for code, kind in KINDS.items() if not kind.may_solicit)
NOT_OFFSHORE = frozenset(code for code, kind in KINDS.items() if not kind.may_go_offshore)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which circumstances calls are asked about."""

    campaign_code: str
    committee_kind: str
    policy: Policy
    day: date
    span: Interval
    script_languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """For each donor: every reason against a call, and the hours in which one is legal."""

    against: Mapping[str, Bools]
    windows: Sequence[Intervals]
    window_of: npt.NDArray[np.int64]

    @property
    def may_call(self) -> Bools:
        """Whether nothing speaks against calling the donor."""
        return np.asarray(~np.logical_or.reduce(list(self.against.values())), dtype=np.bool_)

    def first_reason(self) -> npt.NDArray[np.str_]:
        """Return the reason that each donor is counted under; empty where a call is allowed."""
        return np.select(list(self.against.values()), list(self.against), default="")

    def reasons_of(self, position: int) -> list[str]:
        """Return every reason against one donor."""
        return [code for code, mask in self.against.items() if mask[position]]

    def hours_of(self, position: int) -> Intervals:
        """Return when one donor may be called."""
        return self.windows[int(self.window_of[position])]


def judge(donors: pd.DataFrame | Facts, question: Circumstances) -> Verdict:
    """Return what speaks against calling each donor, and when a call is legal.

    Columns: see `store.donor_facts.facts_frame`.
    """
    facts = FrameFacts(donors) if isinstance(donors, pd.DataFrame) else donors
    windows, window_of, place_known = _windows(facts, question)
    policy = question.policy
    has_phone = ~_among(facts, "phone_e164", frozenset({""}), letters=1)
    cap = _state_cap(facts, question.day)
    usable = np.array([bool(w) for w in windows], dtype=bool)[window_of]
    against = {
        "deceased": _among(facts, "status", frozenset({"deceased"})) | facts.flag("deceased"),
        "opted_out": _among(facts, "status", frozenset({"suppressed"})) | facts.flag("suppressed"),
        "not_active": _among(facts, "status", frozenset({"held", "merged"})),
        "fec_report": _by_word(facts, "provenance", _only_fec).astype(np.bool_),
        "no_phone": ~has_phone,
        "bad_number": facts.flag("bad_number"),
        "not_a_callable_line": has_phone & ~_among(facts, "line_type", CALLABLE_LINES),
        "foreign": _is_foreign(facts),
        "no_consent": _lacks_consent(facts, policy),
        "maxed_out": facts.whole("headroom_cents") < policy.min_ask_cents,
        "pledged": facts.flag("has_open_pledge"),
        "refused": facts.flag("refused"),
        "in_progress": facts.flag("in_progress"),
        "attempts_total": facts.whole("attempts_total") >= policy.attempts_total,
        "attempts_today": facts.whole("attempts_today") >= policy.attempts_per_day,
        "state_cap": facts.whole("calls_24h") >= cap,
        "callback_later": facts.flag("callback_later"),
        "household_called": facts.whole("household_calls_today") >= policy.household_calls_per_day,
        "unknown_place": has_phone & ~place_known,
        "no_hours": place_known & ~usable,
    }
    return Verdict(against, windows, window_of)


def _by_word(
    facts: Facts, name: str, rule: Callable[[str], int], letters: int | None = None
) -> Ints:
    """Apply a rule to each distinct word of a column once."""
    words, codes = facts.kinds(name, letters)
    answers = np.array([rule(word) for word in words], dtype=np.int64)
    return answers[codes] if len(words) else np.zeros(len(facts), dtype=np.int64)


def _state_cap(facts: Facts, day: date) -> Ints:
    """Return how often in 24 hours the donor may be called, by address and number together."""
    caps = caps_per_24h(day)

    def of_number(prefix: str) -> int:
        place = place_of_number(prefix)
        return caps.get(place.state or "", _NO_CAP) if place else _NO_CAP

    at_address = _by_word(facts, "state", lambda state: caps.get(state, _NO_CAP))
    return np.minimum(at_address, _by_word(facts, "phone_e164", of_number, letters=5))


def _among(facts: Facts, name: str, known: frozenset[str], letters: int | None = None) -> Bools:
    """Mark the donors whose word, in small letters, is one of these."""
    found = _by_word(facts, name, lambda word: word.lower() in known, letters)
    return found.astype(np.bool_)


def _kinds(text: str) -> frozenset[str]:
    """Return the kinds in a JSON list, as the store keeps it."""
    return frozenset(str(kind) for kind in json.loads(text or "[]"))


def _only_fec(provenance: str) -> bool:
    kinds = {code for code in _kinds(provenance) if not code.startswith(NOT_TO)}
    return bool(kinds) and kinds <= NOT_TO_SOLICIT


def _is_foreign(facts: Facts) -> Bools:
    abroad = _by_word(facts, "phone_e164", _foreign_prefix, letters=5).astype(np.bool_)
    return np.asarray(abroad | ~_among(facts, "country", _HOME), dtype=np.bool_)


def _foreign_prefix(prefix: str) -> bool:
    """Whether a number cannot be one of the United States; toll-free ones have no place."""
    if not prefix:
        return False
    return not prefix.startswith("+1") or _is_foreign_area(prefix)


def _is_foreign_area(prefix: str) -> bool:
    number = PhoneNumber(country_code=1, national_number=int(prefix[2:5].ljust(3, "0") + "5550100"))
    region = region_code_for_number(number)
    return region not in {"US", "PR", "VI", "GU", "MP", "AS", None}


def _lacks_consent(facts: Facts, policy: Policy) -> Bools:
    """Mark lines that the dialling mode may not reach: by hand, every line may be called."""
    if policy.dialling == "hand":
        return np.zeros(len(facts), dtype=bool)
    # A line of unknown kind may be a mobile one, and numbers move: only landlines are sure.
    needs = ~_among(facts, "line_type", frozenset({"fixed_line", "landline"}))
    if policy.dialling == "prerecorded":
        needs = np.ones(len(facts), dtype=bool)
    return np.asarray(needs & ~facts.flag("consent_autodial"), dtype=np.bool_)


def _windows(
    facts: Facts, question: Circumstances
) -> tuple[list[Intervals], npt.NDArray[np.int64], Bools]:
    """Return the distinct windows, each donor's window, and whether a place is known.

    Places repeat: the hours are worked out once for each distinct pair of address and number.
    """
    distinct, inverse = facts.places()
    policy = hours_policy(question)
    windows: list[Intervals] = []
    known = np.zeros(len(distinct), dtype=bool)
    for number, words in enumerate(distinct):
        places = places_of(*words)
        known[number] = bool(places)
        windows.append(allowed(places, question.span, policy) if places else ())
    return windows, inverse, known[inverse]


def places_of(
    state: str, postal_code: str, timezone: str, phone_e164: str, phone_timezone: str
) -> tuple[Place, ...]:
    """Return the places that address and number mean; empty when neither means one."""
    found = (
        place_of_address(state or None, postal_code or None, timezone or None),
        place_of_number(phone_e164[:5], phone_timezone or None),
    )
    return tuple(place for place in found if place is not None)


def hours_policy(question: Circumstances, team_kind: str = "onshore") -> HoursPolicy:
    """Return which windows count for this campaign; for any team the strictest kind is taken."""
    return HoursPolicy(
        earliest=question.policy.earliest,
        latest=question.policy.latest,
        only_required=question.policy.hours == "required",
        caller=caller_kind(question.committee_kind, team_kind),
    )


@dataclass(frozen=True, slots=True)
class Lane:
    """One shift of one team: a place in the plan with a capacity of its own."""

    team: Team
    shift: Shift
    capacity: int

    @property
    def hours(self) -> Interval:
        """When the shift works, in UTC."""
        return Interval(self.shift.starts_at.astimezone(UTC), self.shift.ends_at.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class LaneRules:
    """What decides between donor and lane, each by the distinct values that matter."""

    ready: Bools
    language: Bools
    provenance: Bools
    registration: Bools
    shift: Bools


@dataclass(frozen=True, slots=True)
class Papers:
    """Whether a team may be given calls on a day, and the languages it may make them in."""

    ready: bool
    spoken: frozenset[str]


def papers_of(team: Team, question: Circumstances) -> Papers:
    """Return what a team's papers and certified callers allow on the day."""
    code, day = question.campaign_code, question.day
    spoken = team.certified_languages(code, day) & question.script_languages
    return Papers(not team.unready(code, day), spoken)


def against_team(
    language: str, provenance: str, state: str, team: Team, papers: Papers, question: Circumstances
) -> str | None:
    """Return the first rule that keeps a team from a donor, whatever the hour."""
    fine = {
        "team_not_ready": papers.ready,
        "language": language in papers.spoken,
        "provenance": _list_allows(provenance, team, question.policy),
        "state_registration": is_registered(state, team, question),
    }
    return next((code for code, holds in fine.items() if not holds), None)


def lane_rules(
    languages: Sequence[str],
    provenances: Sequence[str],
    states: Sequence[str],
    windows: Sequence[Intervals],
    lanes: Sequence[Lane],
    question: Circumstances,
) -> LaneRules:
    """Return, for each distinct value and lane, whether the lane may serve it."""
    papers = {lane.team.id: papers_of(lane.team, question) for lane in lanes}
    return LaneRules(
        ready=np.array([papers[lane.team.id].ready for lane in lanes], dtype=bool),
        language=_matrix(
            languages, lanes, lambda value, lane: value in papers[lane.team.id].spoken
        ),
        provenance=_matrix(
            provenances, lanes, lambda value, lane: _list_allows(value, lane.team, question.policy)
        ),
        registration=_matrix(
            states, lanes, lambda value, lane: is_registered(value, lane.team, question)
        ),
        shift=_matrix(
            windows,
            lanes,
            lambda value, lane: _minutes(value, lane) >= question.policy.min_window_minutes,
        ),
    )


def _matrix(values: Sequence[V], lanes: Sequence[Lane], rule: Callable[[V, Lane], bool]) -> Bools:
    made = np.zeros((len(values), len(lanes)), dtype=bool)
    for row, value in enumerate(values):
        for column, lane in enumerate(lanes):
            made[row, column] = rule(value, lane)
    return made


def _list_allows(joined: str, team: Team, policy: Policy) -> bool:
    """Whether the lists that a person stands on may be handed to the team."""
    told = _kinds(joined)
    barred = told & NOT_OFFSHORE
    if policy.voter_file_offshore:
        barred -= {"voter_file"}
    if team.is_offshore and barred:
        return False
    # A list's own terms, such as "not:offshore" or "not:outsourced", bar kinds and single teams.
    return told.isdisjoint(f"{NOT_TO}{place}" for place in team.places)


def is_registered(state: str, team: Team, question: Circumstances) -> bool:
    """Whether a charity may let this team solicit in the state; own staff needs no registration.

    Indiana exempts charity calls from its do-not-call law only when volunteers or employees make
    them (IC 24-4.7-1-1(3)): outsourced teams do not call there.
    """
    if question.committee_kind != "nonprofit" or team.is_in_house:
        return True
    return state != "IN" and state in team.registered_states


def _minutes(window: Intervals, lane: Lane) -> float:
    return sum(interval.minutes for interval in intersect(window, (lane.hours,)))


def longest(window: Intervals) -> tuple[datetime, datetime] | None:
    """Return the longest stretch: the window that a caller is told."""
    if not window:
        return None
    best = max(window, key=lambda interval: interval.minutes)
    return best.starts_at, best.ends_at
