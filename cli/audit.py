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
        out.print(f"{found['entries']} entries, {state}; head {found['head']}", markup=False)
    if not found["is_whole"]:
        raise typer.Exit(1)
