"""Why somebody is not called, in words: by the donor, by every team, or by one team."""

from __future__ import annotations

# Reasons in the order in which a director wants to hear them; the first that applies is the one
# that a donor is counted under.
REASONS: dict[str, str] = {
    "deceased": "the person has died",
    "opted_out": "the person asked not to be called, or stands on our do-not-call list",
    "not_active": "the record is held or was merged into another",
    "fec_report": "known only from FEC reports, which may not be used to solicit (52 USC 30111)",
    "no_phone": "no number that can be dialled",
    "bad_number": "the number was found dead, or somebody else's",
    "not_a_callable_line": "the line is toll-free, premium or a service, not a person's",
    "foreign": "address or number outside of the United States: possibly a foreign national",
    "no_consent": "autodialled or prerecorded calls to this line need consent (47 USC 227(b))",
    "maxed_out": "the legal limit leaves no room for an ask",
    "pledged": "has pledged in this campaign already",
    "refused": "refused in this campaign",
    "in_progress": "is with a team already",
    "attempts_total": "called as often as the campaign allows",
    "attempts_today": "called as often today as the campaign allows",
    "state_cap": "called as often in 24 hours as the state allows",
    "callback_later": "asked to be called on a later day",
    "household_called": "somebody was called today at this household or number",
    "household_turn": "another member of the household, or of this number, is called today",
    "unknown_place": "neither address nor number tells the hours there",
    "no_hours": "no legal hour is left on this day, by address and number together",
}
TEAM_REASONS: dict[str, str] = {
    "team_not_ready": "no team has its papers and a certified caller for this",
    "language": "no ready team speaks the donor's language",
    "provenance": "the list's terms keep the donor from every team that could call",
    "state_registration": "no team is registered to solicit for a charity in the donor's state",
    "no_shift": "no team works in the hours in which the donor may be called",
    "pinned_elsewhere": "pinned by an uploaded list to a team that may not call",
    "no_capacity": "callable, but every seat of the day is better used for others",
    "not_worth_it": "callable, but a call is expected to cost more than it brings",
}
OF_ONE_TEAM: dict[str, str] = {
    "team_not_ready": "may not be given calls",
    "language": "nobody certified there speaks the donor's language",
    "provenance": "a list's terms keep the donor from this team",
    "state_registration": "not registered to solicit for a charity in the donor's state",
    "no_shift": "no shift falls into the donor's hours that day",
}
UNREADY: dict[str, str] = {
    "no_contract": "no contract in date",
    "no_data_sharing_agreement": "no data-sharing agreement in date",
    "no_attestation_of_fair_conditions": "no attestation of fair conditions",
    "no_certified_caller": "no certified caller",
}
# Where only these speak against a call, the hours (or the room for an ask) are worth telling.
OF_THE_HOUR = frozenset(
    {"no_hours", "unknown_place", "callback_later", "attempts_today", "household_called"}
    | {"state_cap", "in_progress"}
)
OF_THE_LIMIT = frozenset({"maxed_out", "pledged", "in_progress"})
