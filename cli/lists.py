"""The `pledgeline lists` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Format = Annotated[
    str | None, typer.Option("--format", help="Format code; recognised when left out.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="A mapping file (TOML); see lists inspect.")
]

# The public keys, in their order; see DESIGN.
_KEYS = (
    *("batch_id", "rows_read", "imported", "merged", "unchanged", "quarantined"),
    *("rejects_file", "quality", "seconds", "status", "format"),
)


@app.callback()
def lists_commands() -> None:
    """Look at donor lists, bring them in, take them back."""


@app.command("inspect")
def inspect(
    file: Annotated[Path, typer.Argument(help="The list.")],
    form: Format = None,
    mapping: MappingFile = None,
    save_mapping: Annotated[
        Path | None, typer.Option("--save-mapping", help="Write the mapping here, to edit it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show format, encoding, mapping and first problems of a list; change nothing."""
    from campaign.errors import InputError
    from cli.printing import emit_json
    from tasks.list_desk import inspect_list

    found = inspect_list(str(file), form, str(mapping) if mapping else None)
    if save_mapping is not None:
        save_mapping.write_text(found["mapping_toml"], encoding="utf-8")
    if as_json:
        emit_json(found)
    else:
        _show_inspected(found)
    if not found["names_people"]:
        raise InputError(_who_is_meant(file, save_mapping))
    if not as_json:
        _show_next(found, file.name, saved=save_mapping)


def _who_is_meant(file: Path, saved: Path | None) -> str:
    """Return what to do with a table of which nobody knows where its people stand."""
    nobody = "No column holds a name, a phone or an e-mail."
    if saved is None:
        return (
            f"{nobody} If it is a list of people, write its columns down with --save-mapping"
            " FILE.toml, say there what they hold, and give it with --mapping."
        )
    return (
        f"{nobody} Say in {saved} which do (first_name, last_name, phone), then: lists inspect"
        f" {file.name} --mapping {saved}"
    )


def _show_inspected(found: dict[str, Any]) -> None:
    """Show what each column was taken for, and what is wrong with the first rows."""
    from cli.printing import out

    _show_mapping(found)
    _show_more(found)
    clean = found["rows_looked_at"] - sum(told["rows"] for told in found["reasons"])
    out.print(f"Of the first {_rows(found['rows_looked_at'])} {clean:,} can be used.", markup=False)
    for told in found["reasons"]:
        place = f"{_rows(told['rows'])}, the first is row {told['first_row']} below the header"
        out.print(f"  {place}: {told['reason']}", markup=False)


def _show_next(found: dict[str, Any], name: str, *, saved: Path | None) -> None:
    """Say what to do with the list now."""
    from cli.printing import out

    if found["refusal"]:
        out.print(f"It would be stopped: {found['refusal']}.", markup=False)
    elif saved is not None:
        out.print(f"Edit {saved}, then: lists import {name} --source CODE --mapping {saved}")
    else:
        out.print(
            f"Right so? pledgeline lists import {name} --source CODE. If not, write the mapping"
            " down with --save-mapping FILE.toml, edit it, and give it with --mapping.",
            markup=False,
        )


def _show_more(found: dict[str, Any]) -> None:
    """Say what the table of columns cannot: sheets left out, unread cells, and what was assumed."""
    from cli.printing import out

    for sheet in found["sheets"]:
        if not sheet["read"]:
            why = "is hidden" if sheet["hidden"] else "has another header"
            told = f"Sheet {sheet['name']!r} ({_rows(sheet['rows'])}) {why}: it is not read."
            out.print(told, markup=False)
    for column in found["columns"]:
        if column["unread"]:
            cells = "1 cell" if column["unread"] == 1 else f"{column['unread']:,} cells"
            what = f"{column['header']}: {cells} cannot be read as {column['field']}"
            lost = "count as no gift" if column["field"] == "payment_status" else "lack it"
            out.print(f"{what}; these rows come in and {lost}.", markup=False)
    for note in found["notes"]:
        out.print(note, markup=False)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _show_mapping(found: dict[str, Any]) -> None:
    from cli.printing import table

    sign = _SIGNS.get(found["delimiter"], repr(found["delimiter"]))
    cut = f", cut by {sign}" if found["delimiter"] else ""
    header = f"header in row {found['header_row']}" if found["header_row"] else "no header"
    form = "" if found["format"] == "plain" else f" ({found['format']})"
    title = f"{found['file']}: {found['title']}{form}, {found['encoding']}{cut}, {header}"
    rows = [
        (
            column["header"],
            column["field"] or "(kept as it is)",
            _because(column),
            "\n".join(column["examples"]),
        )
        for column in found["columns"]
    ]
    table(title, ["Column", "Holds", "Sure", "Values, masked"], rows)


def _because(column: dict[str, Any]) -> str:
    because = _SHORT.get(column["because"], str(column["because"]))
    return f"{column['confidence']:.0%} {because}" if column["field"] else because


# In a table of 80 columns.
_SHORT = {
    "unknown": "",
    "name of the column": "by name",
    "content": "by its cells",
    "name of the column, and what is in it": "by name and cells",
    "its words of payments count": "words of payments",
}
_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "strokes"}


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help="The list.")],
    source: Annotated[str, typer.Option("--source", help="Code of the list's source.")],
    campaign: Annotated[
        str | None, typer.Option("--campaign", help="Campaign that the list is for.")
    ] = None,
    form: Format = None,
    mapping: MappingFile = None,
    as_json: AsJson = False,
) -> None:
    """Bring a donor list in and account for each of its rows.

    The same file again changes nothing. Rows that cannot be used come back as a file that can
    be mended and imported. Of an archive each list is a batch of its own.
    """
    from tasks.judges import call_judge

    call_judge()  # before anything else that takes time

    from campaign.requests import ImportRequest
    from cli.printing import emit_json
    from cli.running import run_flow
    from flows.import_donors import import_donors
    from tasks.list_desk import lists_to_import

    mapping_path = str(mapping.resolve()) if mapping else None
    terms = {"source": source, "campaign": campaign, "format": form, "mapping_path": mapping_path}
    accounts = {
        path: run_flow(import_donors, ImportRequest(path=path, **terms))
        for path in lists_to_import(str(file.absolute()), form, mapping_path)
    }
    if as_json:
        emit_json(_told(accounts))
    else:
        for path, account in accounts.items():
            _show_account(account, Path(path).name if len(accounts) > 1 else "")
    if any(account["status"] == "stopped" for account in accounts.values()):
        raise typer.Exit(1)


def _told(of_lists: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the account of a list; of an archive the sums, and each list's own account."""
    accounts = [{key: account[key] for key in _KEYS} for account in of_lists.values()]
    if len(accounts) == 1:
        return accounts[0]
    counted = ("rows_read", "imported", "merged", "unchanged", "quarantined", "seconds")
    judged = ("expectations", "passed", "failed")
    states = {account["status"] for account in accounts}
    sums: dict[str, Any] = dict.fromkeys(_KEYS)
    sums |= {name: sum(account[name] for account in accounts) for name in counted}
    sums["quality"] = {name: sum(one["quality"][name] for one in accounts) for name in judged}
    sums["status"] = "stopped" if "stopped" in states else "admitted"
    named = zip(of_lists, accounts, strict=True)
    return {**sums, "lists": [{"file": Path(path).name, **account} for path, account in named]}


def _show_account(account: dict[str, Any], file: str) -> None:
    from cli.printing import out, table

    names = ("rows_read", "imported", "merged", "unchanged", "quarantined")
    rows = [(name.replace("_", " "), f"{account[name]:,}") for name in names]
    title = f"Batch {account['batch_id']}: {account['status']}"
    table(f"{file}: {title}" if file else title, ["Rows", "Count"], rows)
    quality = account["quality"]
    out.print(f"Quality: {quality['passed']} of {quality['expectations']} expectations met.")
    for found in quality["unmet"]:
        out.print(f"  {found['severity']}: {found['says']} ({found['observed']})", markup=False)
    for reason, count in quality.get("reasons", {}).items():
        out.print(f"  set aside: {_rows(count)}: {reason}", markup=False)
    if account["rejects_file"]:
        out.print(f"Rows to mend: {account['rejects_file']}", markup=False)


@app.command("undo")
def undo(
    batch: Annotated[int, typer.Argument(help="Number of the batch.")],
    as_json: AsJson = False,
) -> None:
    """Take a batch back: its rows, its gifts, and the people who stand on it alone."""
    from cli.printing import emit_json, out
    from tasks.list_desk import undo_batch

    counts = undo_batch(batch)
    if as_json:
        emit_json({"batch_id": batch, **counts})
    else:
        out.print(
            f"Batch {batch} was taken back: {counts['rows']:,} rows, "
            f"{counts['donors']:,} donors, {counts['gifts']:,} gifts; "
            f"what it told of {counts['changed']:,} donors who stay."
        )


@app.command("show")
def show(as_json: AsJson = False) -> None:
    """Show every batch with its account, the newest first."""
    from cli.printing import emit_json, out, table
    from tasks.list_desk import all_batches

    batches = all_batches()
    if as_json:
        emit_json({"batches": batches})
    elif batches:
        table("Lists", list(_BATCH.values()), [_batch_row(batch) for batch in batches])
    else:
        out.print("No list was brought in yet.")


_BATCH = {
    "batch_id": "Batch",
    "source": "Source",
    "file": "File",
    "status": "Status",
    "rows_read": "Rows",
    "imported": "New",
    "merged": "Merged",
    "unchanged": "Unchanged",
    "quarantined": "Set aside",
}


def _batch_row(batch: dict[str, Any]) -> list[str]:
    told = (batch[name] for name in _BATCH)
    return [f"{one:,}" if isinstance(one, int) else str(one) for one in told]
