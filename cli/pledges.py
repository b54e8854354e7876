"""The `pledgeline pledges` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV, .xlsx: pledge_ref, amount, pledged_on, a person …")
    ],
    as_json: AsJson = False,
) -> None:
    """Take pledges from elsewhere; the same file again changes nothing."""
    from cli.printing import console, emit_json, out, progress
    from tasks.pledges import import_pledge_file

    with progress("importing pledges"):
        found = import_pledge_file(str(file))
    if as_json:
        emit_json(found)
        return
    out.print(
        f"{found['rows_read']} rows: {found['imported']} imported, {found['changed']} changed, "
        f"{found['unchanged']} unchanged, {found['quarantined']} set aside."
    )
    if found["unknown_teams"]:
        some = ", ".join(found["unknown_teams"][:5])
        out.print(f"No team is known as {some}: such a pledge counts for no team.")
    if found["rejects_file"]:
        console.print(f"Mend and import again: {found['rejects_file']}")


Campaign = Annotated[str | None, typer.Option("--campaign", help="Only this campaign's pledges.")]


@app.command("links")
def links(
    campaign: Campaign = None,
    open_amount: Annotated[
        bool, typer.Option("--open-amount", help="The donor chooses; what is due is proposed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a payment link for each open pledge and send it; none is made or sent twice."""
    _collect(campaign, as_json, send_reminders=False, open_amount=open_amount)


@app.command("remind")
def remind(campaign: Campaign = None, as_json: AsJson = False) -> None:
    """Remind donors of what is overdue, by the cadence; paid, disputed or opted out stops it."""
    _collect(campaign, as_json, send_reminders=True)


def _collect(
    campaign: str | None, as_json: bool, *, send_reminders: bool, open_amount: bool = False
) -> None:
    from campaign.requests import CollectRequest
    from cli.printing import emit_json, table
    from cli.running import run_flow
    from flows.collect_pledges import collect_pledges

    request = CollectRequest(
        campaign=campaign, send_reminders=send_reminders, open_amount=open_amount
    )
    counts = run_flow(collect_pledges, request)
    if as_json:
        emit_json(counts)
        return
    table("Pledges", ["what", "count"], sorted(counts.items()))


@app.command("write-off")
def write_off(
    pledge: Annotated[str, typer.Argument(help="The pledge's reference.")],
    because: Annotated[str, typer.Option("--because", help="Why, for the record.")],
) -> None:
    """Give up what is open of a pledge, with the reason."""
    from campaign.money import format_minor
    from cli.printing import out
    from tasks.pledges import write_off_pledge

    cents = write_off_pledge(pledge, because)
    out.print(f"{format_minor(cents)} of {pledge} written off.")
