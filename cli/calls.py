"""The `pledgeline calls` commands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import call_desk, call_figures

app = typer.Typer(no_args_is_help=True)
Campaign = Annotated[str, typer.Option("--campaign", help="Campaign code.")]
Team = Annotated[str, typer.Option("--team", help="Team code.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

MOST = 2**63 - 1  # the largest number that a row can have
# The public keys, in their order.
_PLAN_KEYS = (
    *("assignments", "held", "teams", "objective_cents", "optimality_gap", "prices", "seconds"),
    *("plan_id", "campaign", "on_day", "bucketing_bound_cents", "warnings", "against_current"),
    "compared",
)


@app.command()
def allocate(
    campaign: Campaign,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Keep the plan as a draft; release nothing.")
    ] = False,
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="The calling day; else the next one."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a row a donor to this CSV file.")
    ] = None,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare", help="Tell the gain over taking turns and over the largest first."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Share out the donors who may be called among the teams, provably as well as possible.

    Without --dry-run the plan is approved and published at once: callers may begin.
    """
    from campaign.requests import AllocateRequest, PublishRequest
    from cli.printing import emit_json
    from cli.running import run_flow
    from flows.allocate_calls import allocate_calls
    from tasks.calling import publish_plan

    call_desk.require_folder(out)
    request = AllocateRequest(
        campaign=campaign,
        on_day=day.date() if day else None,
        dry_run=dry_run,
        out_path=str(out) if out else None,
        compare=compare,
    )
    plan = run_flow(allocate_calls, request)
    if not dry_run:
        publish_plan(PublishRequest(campaign=campaign, plan_id=plan["plan_id"]))
    if as_json:
        emit_json({key: plan[key] for key in _PLAN_KEYS})
    else:
        _show_plan(plan, dry_run=dry_run)


def _show_plan(plan: dict[str, Any], *, dry_run: bool) -> None:
    from campaign.calling.plan_summary import reason_text
    from campaign.money import format_minor
    from cli.printing import console, out, several, table

    table(
        f"Plan {plan['plan_id']} of {plan['campaign']} for {plan['on_day']}",
        ("team", "calls", "of", "cost", "expected net"),
        [
            (
                row["team"],
                row["assigned"],
                row["capacity"],
                format_minor(row["cost_cents"]),
                format_minor(row["expected_net_cents"]),
            )
            for row in plan["teams"]
        ],
    )
    if not plan["assignments"] and not plan["held"]:
        out.print("There is nobody to call yet: bring a list in with 'pledgeline lists import'.")
        return
    table(
        "Not called",
        ("donors", "reason"),
        [(row["count"], reason_text(row["reason"])) for row in plan["held"]],
    )
    for price in plan["prices"][:8]:
        out.print(f"{price['what']}: worth {format_minor(price['cents'])}")
    for warning in plan["warnings"]:
        console.print(warning, markup=False)
    net, bound = format_minor(plan["objective_cents"]), plan["bucketing_bound_cents"]
    proof = "proven best" if plan["optimality_gap"] == 0 else f"gap {plan['optimality_gap']:.2%}"
    out.print(
        f"{several(plan['assignments'], 'call')}, {net} expected net of cost "
        f"({proof}; grouping like donors costs at most {format_minor(bound)}), "
        f"in {plan['seconds']} s."
    )
    for line in (*_against_current(plan["against_current"]), *_compared(plan["compared"])):
        out.print(line, markup=False)
    if dry_run:
        out.print(
            f"Nothing is released. To do so: pledgeline calls approve {plan['plan_id']}, then "
            f"pledgeline calls publish {plan['plan_id']}."
        )


def _against_current(told: dict[str, Any] | None) -> list[str]:
    if told is None:
        return []
    line = (
        f"Against plan {told['plan_id']}, which is out: {told['same_team']} untouched calls stay, "
        f"{told['other_team']} go to another team, {told['new']} are new, {told['dropped']} fall "
        "away."
    )
    return [line]


def _compared(told: dict[str, Any] | None) -> list[str]:
    from campaign.money import format_minor

    if told is None:
        return []
    best = format_minor(told["without_floors_and_caps_cents"])
    lines = [f"Without floors and caps the best plan brings {best} net of cost."]
    for code, name in (("taking_turns", "taking turns"), ("greedy", "the dearest donors first")):
        row = told[code]
        share = f" ({row['gain']:+.1%})" if row["gain"] is not None else ""
        lines.append(
            f"  Against {name}: {format_minor(row['expected_net_cents'])}, so "
            f"{format_minor(row['gain_cents'])} are gained{share}."
        )
    return lines


@app.command("plans")
def list_plans(campaign: Campaign, as_json: AsJson = False) -> None:
    """Show the campaign's plans, the newest first."""
    from campaign.money import format_minor
    from cli.printing import emit_json, table
    from store import campaigns, plans
    from store.session import unit_of_work

    with unit_of_work() as session:
        found = plans.plans(session, campaigns.campaign_by_code(session, campaign).id)
    if as_json:
        emit_json(
            {
                "plans": [
                    {"plan_id": p.id, "on_day": str(p.on_day), "status": p.status, **p.summary}
                    for p in found
                ]
            }
        )
        return
    rows = [
        (p.id, p.on_day, p.status, p.summary["assignments"],
         format_minor(p.summary["objective_cents"]))
        for p in found
    ]  # fmt: skip
    table(f"Plans of {campaign}", ("plan", "day", "status", "calls", "expected net"), rows)


@app.command()
def approve(
    plan: Annotated[int, typer.Argument(min=1, max=MOST, help="Number of the draft.")],
) -> None:
    """Approve a dry run, so that it can be published."""
    from cli.printing import console
    from store import plans
    from store.session import unit_of_work
    from tasks.calling import approve_plan

    with unit_of_work() as session:
        plans.plan_by_id(session, plan)
    approve_plan(plan)
    console.print(f"Plan {plan} is approved.")


@app.command()
def publish(
    plan: Annotated[int, typer.Argument(min=1, max=MOST, help="Number of the approved plan.")],
) -> None:
    """Open the calls of an approved plan; untouched calls of the plan before give way."""
    from campaign.requests import PublishRequest
    from cli.printing import console
    from store import campaigns, plans
    from store.session import unit_of_work
    from tasks.calling import publish_plan

    with unit_of_work() as session:
        facts = plans.plan_by_id(session, plan)
        code = campaigns.campaign_by_id(session, facts.campaign_id).code
    counts = publish_plan(PublishRequest(campaign=code, plan_id=plan))
    console.print(
        f"Plan {plan}: {counts['opened']} calls opened, {counts['withdrawn']} of the plan before "
        f"withdrawn, {counts['skipped']} skipped since a team has them already."
    )


@app.command()
def packet(
    team: Team,
    out: Annotated[Path, typer.Option("--out", help="Folder for the sealed files.")],
    as_json: AsJson = False,
) -> None:
    """Seal the team's open calls for its key, and put the valid packets into a folder."""
    from zoneinfo import ZoneInfo

    from campaign.errors import InputError
    from cli.printing import console, emit_json
    from store.committees import the_committee
    from store.session import unit_of_work
    from tasks.packets import hand_packets

    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file: name a folder.")
    handed = hand_packets(team, str(out))
    if as_json:
        emit_json({"team": team, "packets": handed})
        return
    with unit_of_work() as session:
        zone = ZoneInfo(the_committee(session).timezone)
    for row in handed:
        until = datetime.fromisoformat(row["expires_at"]).astimezone(zone)
        console.print(
            f"{row['file']}: {row['rows']} rows, valid until {until:%Y-%m-%d %H:%M %Z}.",
            markup=False,
        )


@app.command()
def results(
    file: Annotated[Path, typer.Argument(help="Results (CSV), as the packet's template.")],
    team: Team,
    as_json: AsJson = False,
) -> None:
    """Take in the results of calls; the same file again changes nothing.

    Every row is recorded, repeated, or an exception that waits for a person.
    """
    from campaign.money import format_minor
    from campaign.requests import ResultsRequest
    from cli.printing import console, emit_json
    from cli.running import run_flow
    from flows.record_results import record_results

    account = run_flow(record_results, ResultsRequest(team=team, path=str(file.absolute())))
    if as_json:
        emit_json(account)
        return
    console.print(
        f"{account['rows_read']} rows: {account['recorded']} recorded, {account['repeated']} told "
        f"before, {account['exceptions']} exceptions. {account['pledges']} pledges of "
        f"{format_minor(account['pledged_cents'])}, {account['opt_outs']} opt-outs."
    )
    for row in account["exceptions_by_kind"]:
        console.print(f"  {row['count']} × {row['kind']}")
    console.print(f"Of the rows handed out {account['packet_rows']['missing']} are missing still.")


@app.command()
def why(
    donor_id: Annotated[
        int, typer.Argument(min=1, max=MOST, help="Donor's number, as `donors export` shows it.")
    ],
    campaign: Annotated[
        str | None, typer.Option("--campaign", help="Campaign code; all when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell why a donor is called, by whom, for how much; or every reason why not."""
    from dataclasses import asdict

    from campaign.errors import StateError
    from cli.printing import emit_json
    from config.clock import now
    from store import campaigns, explain
    from store.session import unit_of_work

    with unit_of_work() as session:
        codes = [campaign] if campaign else campaigns.campaign_codes(session)
        answers = [explain.why(session, donor_id, code, now()) for code in codes]
    if not answers:
        raise StateError("There is no campaign yet: apply a campaign file first.")
    if as_json:
        emit_json({"donor_id": donor_id, "campaigns": [asdict(answer) for answer in answers]})
        return
    for answer in answers:
        _show_answer(answer)


def _show_answer(answer: Any) -> None:
    from campaign.calling.reasons import OF_THE_HOUR, OF_THE_LIMIT
    from cli.printing import out

    lines = [f"{answer.campaign}: {answer.answer}"]
    lines += [f"  also: {_reason(row)}" for row in answer.reasons[1:]]
    against = {row["reason"] for row in answer.reasons}
    if against <= OF_THE_HOUR:  # else another hour changes nothing
        day = f"{answer.on_day:%A, %Y-%m-%d}"
        lines += [f"  hours on {day}, at {line}" for line in answer.hours]
    if against <= OF_THE_LIMIT and answer.headroom:
        lines.append(f"  limit: {answer.headroom}")
    if not against:
        lines += [f"  {team['team']}: {_team_words(team)}" for team in answer.teams]
    for line in lines:
        out.print(line, markup=False)


def _reason(row: dict[str, str]) -> str:
    return f"{row['rule']} ({row['evidence']})" if row["evidence"] else row["rule"]


def _team_words(team: dict[str, Any]) -> str:
    from campaign.calling.reasons import OF_ONE_TEAM, UNREADY

    problems = [OF_ONE_TEAM[code] for code in team["reasons"] if code != "team_not_ready"]
    problems += [UNREADY[code] for code in team["papers"]]
    return "; ".join(problems) or "may call"


# Planning comes first; then what callers and leads do, and what came of it.
app.command("next")(call_desk.next_call)
app.command("record")(call_desk.record)
app.command("hand-back")(call_desk.hand_back)
app.command("pin")(call_desk.pin)
app.command("scorecard")(call_figures.scorecard)
app.command("sample")(call_desk.sample)
app.command("invoice")(call_desk.invoice)
app.command("answers")(call_figures.answers)
app.command("chances")(call_figures.chances)
app.command("leak")(call_desk.leak)
app.command("certify")(call_desk.certify)
app.command("certify-deletion")(call_desk.certify_deletion)
