"""The `pledgeline pledges` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: pledge_ref, amount, pledged_on, a person …")],
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
    if found["rejects_file"]:
        console.print(f"Mend and import again: {found['rejects_file']}")
