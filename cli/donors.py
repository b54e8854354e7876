"""The `pledgeline donors` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Id = Annotated[int, typer.Argument(help="Number of the donor.")]


@app.callback()
def donors_commands() -> None:
    """Look at the people: export them, tell why, and say who is the same."""


@app.command("export")
def export(
    out_file: Annotated[Path, typer.Argument(metavar="OUT.csv", help="File to write.")],
    rows: Annotated[
        bool, typer.Option("--rows", help="A row a source row instead of a row a donor.")
    ] = False,
) -> None:
    """Write a row a donor, or a row a source row with what became of it."""
    from cli.printing import console
    from tasks.people import export_donors

    count = export_donors(str(out_file), by_row=rows)
    console.print(f"{count:,} rows in {out_file}", markup=False)


@app.command("why")
def why(donor_id: Id, as_json: AsJson = False) -> None:
    """Tell every merge, exclusion and hold of a donor, with its rule."""
    from cli.printing import emit_json, out
    from tasks.people import donor_story

    story = donor_story(donor_id)
    if as_json:
        emit_json(story)
        return
    for line in _lines(story):
        out.print(line, markup=False)


def _lines(story: dict[str, Any]) -> list[str]:
    reason = f" ({story['status_reason']})" if story["status_reason"] else ""
    lines = [f"Donor {story['id']}: {story['status']}{reason}"]
    for row in story["rows"]:
        because = f": {row['reason']}" if row["reason"] else ""
        place = f"{row['source']}, batch {row['batch_id']}, row {row['source_row']}"
        lines.append(f"  {row['disposition']} from {place}{because}")
    lines += [
        f"  donor {merge['gone_id']} is {merge['kept_id']}: {merge['rule']}"
        for merge in story["merges"]
    ]
    lines += [
        f"  may be donor {pair['other']} ({pair['probability']:.2f}): {pair['status']}"
        for pair in story["pairs"]
    ]
    lines += [
        f"  not called: {hold['kind']} by {hold['by']}, {hold['source']}"
        for hold in story["suppressions"]
    ]
    lines += [
        f"  may not go {', '.join(bar['not_to'])}: {bar['rule']}"
        for bar in story["barred"]
        if bar["not_to"]
    ]
    if story["household"]:
        others = ", ".join(str(other["id"]) for other in story["household"])
        lines.append(f"  lives with {others} (household {story['household_id']})")
    return lines


@app.command("pairs")
def pairs(as_json: AsJson = False) -> None:
    """Show the pairs of donors who may be one person, and wait for you to decide."""
    from cli.printing import emit_json, out, table
    from tasks.people import waiting_pairs

    waiting = waiting_pairs()
    if as_json:
        emit_json({"pairs": waiting})
    elif waiting:
        rows = [
            (
                p["first_id"],
                p["second_id"],
                p["probability"],
                ", ".join(p["evidence"].get("agree", [])),
            )
            for p in waiting
        ]
        table("May be one person", ["Donor", "Donor", "Probability", "Agree on"], rows)
    else:
        out.print("No pair waits for a decision.")


@app.command("merge")
def merge(first: Id, second: Id) -> None:
    """Say that two donors are one person; the second's rows, gifts and calls follow the first."""
    _decide(first, second, "merged")


@app.command("not-same")
def not_same(first: Id, second: Id) -> None:
    """Say that two donors are two people; it is remembered."""
    _decide(first, second, "not_same")


def _decide(first: int, second: int, verdict: str) -> None:
    from cli.printing import out
    from tasks.people import decide_pair

    decide_pair(first, second, verdict)
    kept, gone = sorted((first, second))
    done = f"{gone} is {kept} now" if verdict == "merged" else f"{kept} and {gone} are two people"
    out.print(f"Kept: {done}.")
