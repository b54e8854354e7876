"""The `pledgeline donors` commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from campaign.errors import InputError
from campaign.money import format_minor
from cli.printing import several

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
    console.print(f"{several(count, 'row')} in {out_file}", markup=False)


@app.command("why")
def why(donor_id: Id, as_json: AsJson = False) -> None:
    """Tell every merge, exclusion and hold of a donor, with its rule.

    Below each row stands what its columns told that nobody knows the meaning of.
    """
    from cli.printing import emit_json, out
    from tasks.people import donor_story

    story = donor_story(donor_id)
    if as_json:
        emit_json(story)
        return
    for line in _lines(story):
        out.print(line, markup=False)


_ENDS = {
    "imported": "came in with",
    "merged": "found again in",
    "unchanged": "said the same in",
    "quarantined": "was set aside in",
}
_HOLDS = {
    "opt_out": "asked not to be called",
    "do_not_call": "is on a do-not-call list",
    "deceased": "has died",
    "litigator": "is known to sue callers",
}


def _lines(story: dict[str, Any]) -> list[str]:
    """Return a person's story in the order in which a director asks."""
    reason = f" ({story['status_reason']})" if story["status_reason"] else ""
    lines = [f"Donor {story['id']}: {story['status']}{reason}"]
    for row in story["rows"]:
        lines.append(_row_line(row))
        lines += [f"    {name}: {told}" for name, told in row["kept"].items()]
    lines += [_merge_line(merge) for merge in story["merges"]]
    lines += [_pair_line(pair) for pair in story["pairs"]]
    lines += [
        f"  not called: {hold['kind']} by {hold['by']}: {_HOLDS.get(hold['kind'], 'on a list')}"
        f" since {hold['since']:%Y-%m-%d} ({hold['reason'] or hold['source']})"
        for hold in story["suppressions"]
    ]
    lines += [
        f"  may not go to {', '.join(bar['not_to'])}: {bar['rule']} ({bar['source']})"
        for bar in story["barred"]
        if bar["not_to"]
    ]
    said = story["consent"].get("call")
    if said is not None:
        lines.append(f"  {'agreed' if said else 'did not agree'} to be called, as a list says")
    if story["household"]:
        others = ", ".join(str(other["id"]) for other in story["household"])
        lines.append(f"  lives with {others} (household {story['household_id']}): called in turn")
    gifts = story["gifts"]
    if gifts["count"]:
        often = "once" if gifts["count"] == 1 else f"{gifts['count']} times"
        lines.append(
            f"  gave {often} before, {format_minor(gifts['cents'])} in all,"
            f" last on {gifts['last_on']}"
        )
    return lines


def _row_line(row: dict[str, Any]) -> str:
    because = f": {row['reason']}" if row["reason"] else ""
    place = f"row {row['source_row']} of {row['file_name']}"
    return (
        f"  {_ENDS[row['disposition']]} {place} ({row['source']}, batch {row['batch_id']}){because}"
    )


def _merge_line(merge: dict[str, Any]) -> str:
    since = f"{merge['merged_at']:%Y-%m-%d}"
    back = f" (taken back on {merge['undone_at']:%Y-%m-%d})" if merge["undone_at"] else ""
    return f"  donor {merge['gone_id']} is {merge['kept_id']} since {since}: {merge['rule']}{back}"


def _pair_line(pair: dict[str, Any]) -> str:
    other = f"donor {pair['other']}"
    if pair["status"] == "not_same":
        return f"  is another person than {other}: {pair['decided_by']} said so"
    if pair["status"] == "merged":
        return f"  is one with {other}: {pair['decided_by']} said so"
    why = f", {pair['why']}" if pair["why"] else ""
    return f"  may be {other}{why}: waits in donors pairs for a decision"


KindOption = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Only pairs of this kind.")
]
_SHOWN = 3  # pairs of each kind


@app.command("pairs")
def pairs(
    out_file: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.csv", help="Write them as a file to decide in."),
    ] = None,
    kind: KindOption = None,
    as_json: AsJson = False,
) -> None:
    """Show the pairs of donors who may be one person, by why they wait for you to decide.

    Of each kind the first few; with --kind all of one. Fill the column verdict of the file (same
    or not_same) and give it to donors decide, or answer a whole kind there.
    """
    from cli.printing import emit_json, out
    from tasks.merges import waiting_pairs, write_pairs

    if out_file is not None:
        count = write_pairs(str(out_file), kind)
        out.print(f"{count:,} pairs in {out_file}", markup=False)
        return
    found = waiting_pairs(kind)
    if as_json:
        emit_json(found)
        return
    for line in _kind_lines(found, None if kind else _SHOWN):
        out.print(line, markup=False)


def _kind_lines(found: dict[str, list[dict[str, Any]]], shown: int | None) -> Iterator[str]:
    if not found["kinds"]:
        yield "No pair waits for a decision."
        return
    total = sum(kind["pairs"] for kind in found["kinds"])
    wait = "waits" if total == 1 else "wait"
    yield f"{several(total, 'pair')} {wait} for a decision."
    for kind in found["kinds"]:
        likely = f"{kind['likely_one']:.0%} of such pairs are one person"
        yield ""
        yield f"{kind['kind']}: {several(kind['pairs'], 'pair')}; {kind['why']} ({likely})"
        own = [pair for pair in found["pairs"] if pair["kind"] == kind["kind"]]
        for pair in own[:shown]:
            yield from (f"  {line}" for line in _pair_lines(pair))
        if shown and len(own) > shown:
            yield f"  … and {len(own) - shown:,} more: donors pairs --kind {kind['kind']}"


def _pair_lines(pair: dict[str, Any]) -> list[str]:
    evidence = pair["evidence"]
    agree, differ = (", ".join(evidence.get(name, [])) for name in ("agree", "differ"))
    but = f"; differ on {differ}" if differ else ""
    lines = [f"agree on {agree or 'nothing'}{but}"]
    for side, number in (("first", pair["first_id"]), ("second", pair["second_id"])):
        told = (pair[side][what] for what in ("name", "born", "phone", "email", "address"))
        lines.append(f"  donor {number}: {' · '.join(str(value) for value in told if value)}")
    return lines


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
    from tasks.merges import decide_pair

    decide_pair(first, second, verdict)
    kept, gone = sorted((first, second))
    done = f"{gone} is {kept} now" if verdict == "merged" else f"{kept} and {gone} are two people"
    out.print(f"Kept: {done}.")


@app.command("decide")
def decide(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.csv]", help="As donors pairs --out writes it.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Answer all pairs of a kind at once."),
    ] = None,
    same: Annotated[
        bool | None,
        typer.Option("--same/--not-same", help="With --kind: they are one person, or two."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --kind: keep it, without asking again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep every decision of a file of pairs, or one for all pairs of a kind.

    Of a file all are kept, or none where one of them is no decision. Of a kind it is said first
    how many that are; each is kept as a decision of its own, which donors unmerge takes back. Two
    whom anything else tells apart wait on.
    """
    from cli.printing import emit_json, out
    from tasks.merges import decide_file

    if kind is not None:
        _decide_kind(kind, same, file, yes=yes, as_json=as_json)
        return
    if file is None or same is not None or yes:
        raise InputError("Name a file of pairs, or --kind with --same or --not-same.")
    counts = decide_file(str(file))
    if as_json:
        emit_json(counts)
    else:
        out.print(f"Kept: {counts['merged']:,} merged, {counts['not_same']:,} told apart.")


def _decide_kind(
    kind: str, same: bool | None, file: Path | None, *, yes: bool, as_json: bool
) -> None:
    from cli.printing import console, emit_json, out, progress
    from tasks.merges import answer_kind

    if same is None or file is not None:
        raise InputError("With --kind say --same or --not-same, and name no file.")
    verdict = "merged" if same else "not_same"
    if not yes:
        with progress("Looking"):
            found = answer_kind(kind, verdict, keep=False)
        console.print(_kind_line(found, verdict), markup=False)
        yes = found[verdict] > 0 and console.is_terminal and typer.confirm("Keep that?", err=True)
    if yes:
        with progress("Deciding"):
            found = answer_kind(kind, verdict, keep=True)
    if as_json:
        emit_json({**found, "kept": yes})
    elif yes:
        out.print(f"Kept: {_kind_line(found, verdict)}", markup=False)
    else:
        out.print(
            "Nothing was kept: repeat it with --yes."
            if found[verdict]
            else "Nothing is to be kept."
        )


def _kind_line(found: dict[str, Any], verdict: str) -> str:
    said = "one person" if verdict == "merged" else "two people"
    line = f"{several(found[verdict], 'pair')} of the kind {found['kind']}, each {said}."
    if found["left"]:
        line += (
            f" {several(found['left'], 'pair')} more of that kind must wait on: they fit"
            " two people alike, or something else tells them apart."
        )
    return line


@app.command("unmerge")
def unmerge(donor_id: Id, as_json: AsJson = False) -> None:
    """Make a donor who was merged into another a person of its own again.

    Rows, gifts, pledges, calls, phones and holds that came with it go back; what came after the
    merge stays with the other. That they are two people is remembered.
    """
    from cli.printing import emit_json, out
    from tasks.merges import undo_merge

    done = undo_merge(donor_id)
    if as_json:
        emit_json(done)
        return
    moved = ", ".join(
        f"{count} {name if count != 1 else name.removesuffix('s')}"
        for name, count in done.items()
        if count and name not in ("kept", "gone")
    )
    out.print(
        f"Donor {done['gone']} is a person of its own again, beside {done['kept']}"
        f" ({moved or 'nothing else'} went back)."
    )
