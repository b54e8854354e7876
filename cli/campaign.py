"""The `pledgeline campaign` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `apply` a command of a group, also while it is the only one."""


@app.command("apply")
def apply_file(
    file: Annotated[Path, typer.Argument(help="The campaign file (TOML); see examples/.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make committee, elections, campaign, teams, scripts and users be as the file says.

    The same file again changes nothing. A mistake is told with its line, and nothing is changed.
    """
    from campaign.campaign_file import read_campaign_file
    from campaign.roles import Role
    from cli.printing import console, emit_json
    from config.clock import now
    from store import campaigns
    from store.session import unit_of_work

    told = read_campaign_file(file, roles=[role.value for role in Role])
    with unit_of_work() as session:
        changes = campaigns.apply(session, told, now())
    if as_json:
        emit_json(
            {
                "campaign": told.campaign.code,
                "created": changes.created,
                "changed": changes.changed,
                "unchanged": changes.unchanged,
            }
        )
    elif changes.any():
        console.print(
            f"{told.campaign.code}: {changes.created} created, {changes.changed} changed, "
            f"{changes.unchanged} unchanged."
        )
    else:
        console.print(f"{told.campaign.code}: nothing to change.")
