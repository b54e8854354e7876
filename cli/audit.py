"""The `pledgeline audit` commands."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def audit_commands() -> None:
    """Look after the record that cannot be quietly changed."""


@app.command("verify")
def verify(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Prove that no entry of the audit chain was changed, added or taken out."""
    from cli.printing import console, emit_json, out
    from tasks.auditing import verify_audit

    found = verify_audit()
    if as_json:
        emit_json(found)
    else:
        for problem in found["problems"]:
            console.print(f"{problem}.", markup=False)
        state = "whole" if found["is_whole"] else "NOT whole"
        entries = "1 entry" if found["entries"] == 1 else f"{found['entries']:,} entries"
        out.print(f"{entries}, {state}; head {found['head']}", markup=False)
    if not found["is_whole"]:
        raise typer.Exit(1)


@app.command("forget")
def forget(
    donor_id: Annotated[int, typer.Argument(help="Donor, as 'donors export' numbers them.")],
    because: Annotated[str, typer.Option(help="How the person asked.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would stay.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Forget a person who asks for it, as far as the law allows; what stays says why."""
    from cli.printing import emit_json, out
    from tasks.forgetting import forget_donor

    done = forget_donor(donor_id, because, dry_run=dry_run)
    if as_json:
        emit_json(done)
        return
    for what, count in done["gone"].items():
        out.print(f"gone: {what.replace('_', ' ')}, {count}", markup=False)
    for item in done["kept"]:
        until = f" until {item['until']}" if item["until"] else ""
        out.print(f"kept{until}: {item['what']}: {item['why']} ({item['citation']})", markup=False)
