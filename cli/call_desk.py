"""Commands at the call desk: the next call, its result, and what leads keep an eye on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from campaign.calling.teams import Team as TeamFacts

Campaign = Annotated[str, typer.Option("--campaign", help="Campaign code.")]
Team = Annotated[str, typer.Option("--team", help="Team code.")]
Agent = Annotated[str, typer.Option("--agent", help="Caller's code, as in the campaign file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def require_folder(out: Path | None) -> None:
    """Refuse a file that cannot be written before anything is worked out."""
    from campaign.errors import InputError

    if out is not None and (out.is_dir() or not out.resolve().parent.is_dir()):
        raise InputError(f"{out} cannot be written: name a file in a folder that exists.")


def _caller(session: Session, team_code: str, agent_code: str) -> tuple[TeamFacts, int]:
    from store import callers, campaigns

    return campaigns.team_by_code(session, team_code), callers.caller(
        session, team_code, agent_code
    )


def _number(call: str) -> int:
    """Return a call's number from A-1024, or from the number alone as JSON tells it."""
    from campaign.errors import InputError
    from store.result_rows import own_id

    number = own_id(f"A-{call.removeprefix('A-')}")
    if number is None:
        raise InputError(f"{call!r} is no call of the queue: it looks like A-1024.")
    return number


def next_call(team: Team, agent: Agent, as_json: AsJson = False) -> None:
    """Show the best call that is legal now, and hold it for this caller."""
    from dataclasses import asdict

    from campaign.calling.scripts import Question
    from cli.printing import emit_json, out
    from config.clock import now
    from store import handing, queue
    from store.session import unit_of_work

    with unit_of_work() as session:
        who, agent_id = _caller(session, team, agent)
        found = handing.show_next(session, who.id, agent_id, now())
    if as_json:
        named = {} if isinstance(found, queue.NoCall) else {"call": found.row_id}
        emit_json(named | asdict(found))
        if not named:
            raise typer.Exit(1)
    elif isinstance(found, queue.NoCall):
        until = f" Next at {found.next_at:%Y-%m-%d %H:%M} UTC." if found.next_at else ""
        out.print(" ".join(filter(None, (found.reason + until, found.advice))), markup=False)
        raise typer.Exit(1)
    else:
        out.print(
            f"{found.row_id}  {found.first_name} {found.last_name}  {found.phone_e164}  "
            f"{found.city} {found.state} {found.local_time}\n{found.reason}\n\n{found.script}",
            markup=False,
        )
        for asked in map(Question.model_validate, found.questions):
            out.print(f"\n{asked.text} ({asked.code}: {asked.wanted})", markup=False)


def record(
    call: Annotated[str, typer.Argument(help="The call, such as A-1024, as `next` shows it.")],
    disposition: Annotated[str, typer.Argument(help="How it ended: pledged, refused …")],
    team: Team,
    agent: Agent,
    amount: Annotated[str | None, typer.Option("--amount", help="Pledged, in dollars.")] = None,
    due_on: Annotated[
        datetime | None, typer.Option("--due", formats=["%Y-%m-%d"], help="When it is due.")
    ] = None,
    instalments: Annotated[
        int, typer.Option("--instalments", min=1, max=60, help="In how many parts it is paid.")
    ] = 1,
    seconds: Annotated[int, typer.Option("--seconds", min=0, help="How long it took.")] = 0,
    occupation: Annotated[str, typer.Option("--occupation", help="As the donor told it.")] = "",
    employer: Annotated[str, typer.Option("--employer", help="As the donor told it.")] = "",
    email: Annotated[str, typer.Option("--email", help="Where the payment link goes.")] = "",
    callback: Annotated[
        str | None, typer.Option("--callback", help="When to call back, with its offset (ISO).")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help="Answer to a question, as code=answer.")
    ] = None,
) -> None:
    """Record how a call of our own queue ended; a pledge above the limit is not taken."""
    from campaign.errors import InputError
    from campaign.money import AmountError, parse_minor
    from cli.printing import console
    from config.clock import now
    from store import spoken_results
    from store.session import unit_of_work

    number = _number(call)
    try:
        cents = parse_minor(amount) if amount else None
        back_at = datetime.fromisoformat(callback) if callback else None
    except (AmountError, ValueError) as error:
        raise InputError("--amount is dollars, --callback an ISO time with offset.") from error
    if back_at is not None and back_at.tzinfo is None:
        raise InputError("--callback needs its offset, such as 2026-10-05T18:00:00-04:00.")
    pairs = [text.partition("=") for text in answer or ()]
    if any(not code or not said for code, _, said in pairs):
        raise InputError("--answer is a question's code and its answer: --answer volunteers=yes.")
    told_answers = {code.strip(): said.strip() for code, _, said in pairs}
    with unit_of_work() as session:
        who, agent_id = _caller(session, team, agent)
        done = spoken_results.record_result(
            session,
            team_id=who.id,
            agent_id=agent_id,
            assignment_id=number,
            disposition=disposition,
            now=now(),
            duration_seconds=seconds,
            pledge_cents=cents,
            pledge_due_on=due_on.date() if due_on else None,
            instalments=instalments,
            email=email,
            occupation=occupation,
            employer=employer,
            callback_at=back_at,
            answers=told_answers,
        )
    told = f" Pledge {done.pledge_ref}." if done.pledge_ref else ""
    console.print(f"{call} is recorded as {disposition}.{told}", markup=False)


def hand_back(
    call: Annotated[str, typer.Argument(help="The call, such as A-1024.")], team: Team, agent: Agent
) -> None:
    """Give a call back unspoken; it goes to the end of the list."""
    from cli.printing import console
    from config.clock import now
    from store import handing
    from store.session import unit_of_work

    number = _number(call)
    with unit_of_work() as session:
        _, agent_id = _caller(session, team, agent)
        handing.hand_back(session, number, agent_id, now())
    console.print(f"{call} is back in the queue.", markup=False)


def pin(
    file: Annotated[Path, typer.Argument(help="CSV with the columns donor_id and team.")],
    campaign: Campaign,
) -> None:
    """Give donors to the teams that a list names; the next plan keeps to it."""
    from cli.printing import console
    from tasks.call_desk import pin_donors

    count = pin_donors(str(file), campaign)
    console.print(f"{count} donors are pinned in {campaign}.")


def certify(
    team: Team,
    campaign: Campaign,
    agent: Annotated[
        list[str] | None, typer.Option("--agent", help="Caller's code; repeat it for several.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="Last day on which it holds."),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option("--roster", help="CSV with the columns agent, name, languages, until."),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take the certificates back, from now on.")
    ] = False,
) -> None:
    """Record which callers were trained for a campaign, or take their certificates back.

    Nobody is handed a call without one. A roster names a centre's callers and certifies them; its
    languages are codes with spaces between them, such as en es.
    """
    from campaign.errors import InputError
    from cli.printing import console
    from config.clock import now
    from store import callers
    from store.session import unit_of_work

    ways = (bool(agent and until), bool(roster), bool(agent and withdraw))
    if sum(ways) != 1 or (roster and (agent or until or withdraw)):
        raise InputError(
            "Name callers with --agent and --until, or with --agent and --withdraw, or give a "
            "--roster."
        )
    if roster:
        from tasks.call_desk import take_roster

        count = take_roster(str(roster), team, campaign)
        console.print(f"{count} callers of {team} are certified for {campaign}.", markup=False)
        return
    with unit_of_work() as session:
        for code in agent or ():
            agent_id = callers.caller(session, team, code)
            if until:
                callers.certify(session, agent_id, campaign, until.date(), now())
            else:
                callers.withdraw(session, agent_id, campaign, now())
    told = f"certified for {campaign} until {until:%Y-%m-%d}" if until else "not certified any more"
    console.print(f"{', '.join(agent or ())}: {told}.", markup=False)


def certify_deletion(packet: Annotated[str, typer.Argument(help="Code of the packet.")]) -> None:
    """Record that a team certified the deletion of a packet."""
    from cli.printing import console
    from config.clock import now
    from store import packets
    from store.session import unit_of_work

    with unit_of_work() as session:
        packets.certify_deletion(session, packet, now())
    console.print(f"The deletion of {packet} is certified.", markup=False)


def leak(
    phone: Annotated[str, typer.Argument(help="The control number that a stranger called.")],
    campaign: Campaign,
) -> None:
    """Report that a stranger called a control number; tells which packets held it."""
    from cli.printing import console
    from config.clock import now
    from store import campaigns, scorecards
    from store.session import unit_of_work

    with unit_of_work() as session:
        facts = campaigns.campaign_by_code(session, campaign)
        held = scorecards.report_leak(session, phone, facts.id, facts.controls, now())
    console.print(f"That number was handed out in: {held or 'no packet yet'}.", markup=False)


def sample(
    team: Team,
    size: Annotated[
        int, typer.Option("--size", min=1, max=10_000, help="How many calls to draw.")
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same calls.")] = 1,
) -> None:
    """Draw calls of a team to be listened to, by seed."""
    from cli.printing import out
    from config.clock import now
    from store import campaigns, scorecards
    from store.session import unit_of_work

    with unit_of_work() as session:
        who = campaigns.team_by_code(session, team)
        drawn = scorecards.draw_sample(session, who, size, seed, now())
    if drawn:
        out.print(f"{len(drawn)} calls: {', '.join(map(str, drawn))}", markup=False)
    else:
        out.print(f"Team {team} has made no call that could be listened to.", markup=False)


def invoice(
    file: Annotated[Path, typer.Argument(help="CSV with the columns call_id and amount.")],
    team: Team,
    as_json: AsJson = False,
) -> None:
    """Hold a vendor's invoice against the call log, line by line."""
    from campaign.money import format_minor
    from cli.printing import console, emit_json
    from tasks.call_desk import check_vendor_invoice

    told = check_vendor_invoice(str(file), team)
    if as_json:
        emit_json(told)
    else:
        console.print(
            f"{told['lines']} lines of {format_minor(told['invoiced_cents'])}: "
            f"{format_minor(told['agreed_cents'])} agree with the call log, "
            f"{format_minor(told['difference_cents'])} do not; {len(told['disputed'])} lines are "
            f"disputed, {told['not_billed']} calls are not billed."
        )
    if told["disputed"]:
        raise typer.Exit(1)
