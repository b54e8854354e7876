"""The `pledgeline suppress` command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.command()
def suppress(
    file: Annotated[
        Path, typer.Argument(help="A list of phones, e-mails or people not to be called.")
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="opt_out, do_not_call, deceased or litigator; the column `kind`, else opt_out.",
        ),
    ] = None,
    take_back: Annotated[
        bool,
        typer.Option(
            "--take-back", help="It was given by mistake: let those be called whom it alone named."
        ),
    ] = False,
    because: Annotated[
        str, typer.Option("--because", help="Why it is taken back, for the record.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Call nobody whom this file names, from now on: every list, packet and queue obeys at once."""
    from cli.printing import emit_json, out, several
    from tasks.suppressing import suppress_file, take_back_file

    if take_back:
        taken = take_back_file(str(file), because)
        if as_json:
            emit_json(taken)
            return
        gone = several(taken["taken"] + taken["people"], "suppression")
        donors = several(taken["donors"], "donor")
        out.print(
            f"{gone} taken back: {donors} may be called again. The next plan gives their calls out."
        )
        return
    effect = suppress_file(str(file), kind)
    if as_json:
        emit_json(effect)
        return
    new, rows = several(effect["new"], "new suppression"), several(effect["rows_read"], "row")
    donors = several(effect["donors"], "donor")
    out.print(
        f"{new} from {rows}: {donors} {'is' if effect['donors'] == 1 else 'are'} not called, "
        f"{several(effect['withdrawn'], 'open call')} withdrawn."
    )
    if effect["spared"]:
        told = "1 row says" if effect["spared"] == 1 else f"{effect['spared']:,} rows say"
        out.print(f"{told} of the person that calls are allowed, and changed nothing.")
    if effect["people"]:
        told = "1 person" if effect["people"] == 1 else f"{effect['people']:,} people"
        out.print(f"{told} named by home or day of birth: whoever comes later is marked, too.")
    if effect["unread"]:
        rows = ", ".join(map(str, effect["unread_rows"]))
        more = " and more" if effect["unread"] > len(effect["unread_rows"]) else ""
        told = "1 row holds" if effect["unread"] == 1 else f"{effect['unread']:,} rows hold"
        out.print(f"{told} no phone, e-mail or person that can be told: {rows}{more}.")
