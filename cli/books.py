"""The `pledgeline books` commands."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.periods import First, Last, period

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


# What Stripe calls otherwise than a treasurer does.
_SYNCED = {
    "balance_transaction": "rows of Stripe's ledger",
    "balance_transaction again": "rows of Stripe's ledger again",
    "not allowed": "left out: the key may not ask for it",
    "not offered": "left out: Stripe does not have it",
    "requests": "questions to Stripe",
}


@app.command("sync")
def sync(first: First, last: Last, as_json: AsJson = False) -> None:
    """Bring in what Stripe recorded on these days; again is safe, and resumes."""
    from campaign.requests import SyncRequest
    from cli.printing import emit_json, table
    from cli.running import run_flow
    from flows.sync_stripe import sync_stripe

    counts = run_flow(sync_stripe, SyncRequest(**period(first, last)))
    if as_json:
        emit_json({"from": first, "to": last, "counts": counts})
        return
    told = {_SYNCED.get(kind, re.sub("[._]", " ", kind)): count for kind, count in counts.items()}
    table("Stripe", ["what", "count"], sorted(told.items()))


@app.command("bank")
def bank(
    file: Annotated[Path, typer.Argument(help="CSV, OFX, QFX, camt.053 or BAI2.")],
    as_json: AsJson = False,
) -> None:
    """Bring in a bank statement; its lines count once."""
    from cli.printing import emit_json, out
    from tasks.bank_lines import import_bank_file

    found = import_bank_file(str(file))
    if as_json:
        emit_json(found)
        return
    lines = "1 line" if found["lines_read"] == 1 else f"{found['lines_read']:,} lines"
    out.print(
        f"{lines} from {found['from']} to {found['to']}: "
        f"{found['added']} new, {found['already_known']} known."
    )


@app.command("reconcile")
def reconcile(
    first: First,
    last: Last,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the whole document here.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Match anew even where nothing has changed since.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say which payment pays which pledge, and prove the books to the cent."""
    import shutil
    import sys

    from campaign.requests import ReconcileRequest
    from cli.running import run_flow
    from flows.reconcile_pledges import reconcile_pledges

    request = ReconcileRequest(**period(first, last), again=again)
    _check_out(out_file)
    found = run_flow(reconcile_pledges, request)
    if out_file is not None:
        shutil.copyfile(found["path"], out_file)
    if as_json:
        with Path(found["path"]).open(encoding="utf-8") as document:
            shutil.copyfileobj(document, sys.stdout)
        sys.stdout.write("\n")
    else:
        _show(found)
    if any(row["status"] == "broken" for row in found["invariants"]):
        raise typer.Exit(1)


def _check_out(out_file: Path | None) -> None:
    from campaign.errors import InputError

    if out_file is not None and not out_file.absolute().parent.is_dir():
        raise InputError(f"The folder of {out_file} does not exist.")


# From the payments to the bank; the database keeps no order of keys.
_SUMS = {
    "charged": "charged",
    "returned": "given back",
    "kept": "kept",
    "confirmed": "on pledges, confirmed",
    "suggested": "on pledges, suggested",
    "unallocated": "on no pledge",
    "pledged": "pledged so far",
    "paid": "paid on pledges, confirmed",
    "written_off": "written off",
    "open": "still open",
    "fees": "Stripe's fees",
    "net": "change of Stripe's balance",
    "payouts": "paid out",
    "bank": "on the bank's statement",
    "in_transit": "on its way to the bank",
    "unexplained": "unexplained",
}


def show_tie_out(totals: dict[str, Any], proofs: list[dict[str, Any]]) -> None:
    """Print whether every cent is accounted for, the sums, and the proofs."""
    from campaign.books.proofs import in_money
    from campaign.money import format_minor
    from cli.printing import out, table

    counts = Counter(proof["status"] for proof in proofs)
    if counts["broken"]:
        told = f"[bold red]{counts['broken']} of {len(proofs)} proofs are broken.[/bold red]"
    else:
        told = f"[bold green]Nothing is broken:[/bold green] {counts['held']} proofs held"
        told += f", {counts['not_provable']} cannot be made." if counts["not_provable"] else "."
    out.print(told)
    main = totals.get("currency", "usd")
    for code, each in {main: totals, **totals.get("other_currencies", {})}.items():
        sums = [
            (words, format_minor(each[f"{key}_cents"], code))
            for key, words in _SUMS.items()
            if f"{key}_cents" in each
        ]
        name = "Tie-out" if code == main else f"Tie-out, {code.upper()}"
        table(name, ["what", "amount"], sums)
    marks = {"held": "[green]held[/green]", "broken": "[red]broken[/red]"}
    rows = [
        (
            proof["number"],
            marks.get(proof["status"], proof["status"].replace("_", " ")),
            proof["name"],
            in_money(proof["detail"]),
        )
        for proof in proofs
    ]
    table("Proofs", ["no.", "status", "what holds", "detail"], rows)


def _show(found: dict[str, Any]) -> None:
    from cli.printing import out, table

    show_tie_out(found["totals"], found["invariants"])
    if found["exceptions"]:
        waiting = [
            (kind.replace("_", " "), count) for kind, count in sorted(found["exceptions"].items())
        ]
        table("Waiting for a person", ["what", "count"], waiting)
        out.print("See each of them: pledgeline books exceptions")
    out.print(f"The whole document: {found['path']}", markup=False)


@app.command("exceptions")
def exceptions(as_json: AsJson = False) -> None:
    """Show what waits for a person, the oldest first."""
    from campaign.money import format_minor
    from cli.printing import emit_json, out, table
    from tasks.resolving import open_exceptions

    waiting = open_exceptions()
    if as_json:
        emit_json({"exceptions": waiting})
        return
    if not waiting:
        out.print("Nothing waits for a person.")
        return
    has_owners = any(row["owner"] for row in waiting)
    rows = [
        (
            row["id"],
            row["opened_on"],
            row["kind"].replace("_", " "),
            format_minor(row["amount_cents"], row["currency"]),
            *([row["owner"] or ""] if has_owners else []),
            f"{row['reason']}\n{row['subject']}",
        )
        for row in waiting
    ]
    owner = ["owner"] if has_owners else []
    table("Exceptions", ["id", "since", "what", "amount", *owner, "why, and about what"], rows)
    out.print('Decide: pledgeline books resolve ID --as gift --because "…"', markup=False)


@app.command("assign")
def assign(
    exception: Annotated[str, typer.Argument(help="Its number.")],
    owner: Annotated[str, typer.Option("--to", help="Who looks into it; '' for nobody.")],
) -> None:
    """Note who looks into an open exception; reports name the owner."""
    from cli.printing import out
    from tasks import resolving

    number = resolving.assign(exception, owner)
    out.print(f"Exception {number}: {owner.strip() or 'nobody'}.", markup=False)


@app.command("resolve")
def resolve(
    exception: Annotated[str, typer.Argument(help="Its number, or the payment's id.")],
    answer: Annotated[
        str,
        typer.Option(
            "--as",
            help="confirm, pledge:REF, not:REF, gift, not_campaign, refund, noted or undo.",
        ),
    ],
    because: Annotated[str, typer.Option("--because", help="Why, for the record.")],
    as_json: AsJson = False,
) -> None:
    """Decide about an exception or a payment; the next reconciliation keeps to it."""
    from cli.printing import emit_json, out
    from tasks import resolving

    found = resolving.resolve(exception, answer, because)
    if as_json:
        emit_json(found)
        return
    out.print(f"Exception {found['exception']}: {found['as']}.")


@app.command("journal")
def journal(
    first: First,
    last: Last,
    out_file: Annotated[Path, typer.Option("--out", help="A .csv or a .beancount file.")],
) -> None:
    """Write the period as double entries: gross, fees, refunds, disputes, clearing, bank."""
    from campaign.requests import ReconcileRequest
    from cli.printing import out
    from tasks.journal import write_journal

    request = ReconcileRequest(**period(first, last))
    _check_out(out_file)
    found = write_journal(request, str(out_file))
    out.print(f"{found['entries']} entries, {found['lines']} lines in {out_file}.")
