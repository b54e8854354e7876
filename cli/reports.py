"""The `pledgeline reports` commands."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from campaign.money import format_minor
from cli.periods import First, Last, period
from cli.printing import console, emit_json, out, progress, table

if TYPE_CHECKING:
    from campaign.requests import FilingRequest
    from tasks.filings import Filed

app = typer.Typer(no_args_is_help=True)

Report = Annotated[str, typer.Argument(help="Code of the report, as 'reports list' shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@app.command("fec")
def fec(
    form: Annotated[
        str, typer.Option("--form", help="F3 (candidate), F3X (PAC or party), F6 (48 hours).")
    ],
    report: Annotated[
        str | None,
        typer.Option("--report", help="Report code: Q1, Q2, Q3, YE, 12G, 30G, M3, TER …"),
    ] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="File to write.")] = None,
    year: Annotated[
        int | None, typer.Option(help="Year of the report; else the newest with receipts.")
    ] = None,
    through: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="With TER: the last day of the last report."),
    ] = None,
    outside: Annotated[
        Path | None,
        typer.Option("--outside", help="Opening cash and other activity (TOML; see the docs)."),
    ] = None,
    election: Annotated[
        str | None, typer.Option(help="With F6: the election, as G2026; else the next one.")
    ] = None,
    amends: Annotated[
        str | None, typer.Option(help="The FEC's number of the filing that this one replaces.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw up a filing for the FEC, and check it before it is filed."""
    from campaign.requests import FilingRequest
    from tasks.filings import draw_up_filing, summary_of

    request = FilingRequest(
        form=form.upper(),
        report=report.upper() if report else None,
        year=year,
        through=through.date() if through else None,
        out=str(out_file) if out_file else None,
        outside_path=str(outside) if outside else None,
        election=election,
        amends=amends,
    )
    if request.form == "F6":
        _notice(request, as_json=as_json)
        return
    with progress("Drawing up the filing"):
        filed = draw_up_filing(request)
    if as_json:
        emit_json(summary_of(filed))
    else:
        _show_filing(filed)
    if not filed.is_clean:
        raise typer.Exit(1)


def _notice(request: FilingRequest, *, as_json: bool) -> None:
    from tasks.notices import draw_up_notice

    told = draw_up_notice(request)
    if as_json:
        emit_json(told)
    else:
        amount = format_minor(told["amount_cents"])
        days = f"{told['first_day']} to {told['last_day']}"
        out.print(f"{told['gifts']} gifts, {amount}, {days}, {told['election']}", markup=False)
        out.print(told["path"] or "No notice is due.", markup=False)
    if not told["is_clean"]:
        raise typer.Exit(1)


def _show_filing(filed: Filed) -> None:
    rows = [
        ("Receipts", format_minor(filed.cover["total_receipts"])),
        ("Disbursements", format_minor(filed.cover["total_disbursements"])),
        ("Cash at the close", format_minor(filed.cover["cash_on_hand_close_of_period"])),
        ("Records", str(sum(filed.records.values()))),
        ("Due", str(filed.due_on)),
    ]
    days = f"{filed.first_day} to {filed.last_day}"
    table(f"{filed.report}: {days}", ("Line", "Figure"), rows)
    for severity, rules in (("error", filed.errors), ("warning", filed.warnings)):
        for rule, count in rules.items():
            console.print(f"{severity}: {rule.replace('_', ' ')} ({count})", markup=False)
    console.print(f"Every finding by its line: {filed.checks_path}", markup=False)
    what = "accepted by every check" if filed.is_clean else "a DRAFT, not to be filed as it is"
    out.print(f"{filed.path}: {what}", markup=False)


@app.command("treasurer")
def treasurer(
    first: First,
    last: Last,
    out_dir: Annotated[Path | None, typer.Option("--out", help="Folder for the files.")] = None,
    edition: Annotated[
        str | None, typer.Option(help="political or nonprofit; the committee's kind decides.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw up the treasurer's package: workbook, PDF, rows, manifest."""
    from campaign.requests import ReportRequest
    from tasks.packages import draw_up_package

    request = ReportRequest(
        **period(first, last),
        out_dir=str(out_dir) if out_dir else None,
        edition=edition,
    )
    with progress("Drawing up the package"):
        package = draw_up_package(request)
    if as_json:
        emit_json(package)
    else:
        _show_package(package)
    if package["figures"]["tieout.unexplained"] or package["figures"]["invariants.broken"]:
        raise typer.Exit(1)


_FIRST = {
    "receipts.gross": "received, gross",
    "returns.refunds": "refunds",
    "returns.disputes": "taken back by banks",
    "fees.total": "processor fees",
    "receipts.net": "kept, net",
    "payouts.made": "paid out",
    "payouts.bank": "on the bank's statement",
    "pledges.made": "pledged in the period",
    "pledges.open": "pledges still open",
    "tieout.unexplained": "unexplained",
}


def _show_package(package: dict[str, Any]) -> None:
    from reports.answer import NOT_PROVEN

    figures, code = package["figures"], package["report"]
    broken, unexplained = figures["invariants.broken"], figures["tieout.unexplained"]
    if unexplained or broken:
        told = f"{format_minor(unexplained)} unexplained, {broken} proofs broken."
        out.print(f"[bold red]Not tied out:[/bold red] {told}")
    else:
        out.print("[bold green]Every cent is accounted for, from pledge to bank.[/bold green]")
        if not any(figures[f"invariants.{status}"] for status in ("held", "not_provable")):
            out.print(NOT_PROVEN)
    rows = [(words, format_minor(figures[key]), key) for key, words in _FIRST.items()]
    table(f"{code} ({package['status']})", ("what", "amount", "figure"), rows)
    plain = [name for name in package["files"] if not name.startswith("rows/")]
    for name in plain:
        out.print(f"{package['folder']}/{name}", markup=False)
    count = len(package["files"]) - len(plain)
    out.print(f"{package['folder']}/rows: {count} files with the rows behind them", markup=False)
    out.print(f"Follow a figure: pledgeline reports trace {code} receipts.gross", markup=False)
    out.print(f"When it is ready: pledgeline reports submit {code}", markup=False)


@app.command("letters")
def letters(
    kind: Annotated[str, typer.Argument(help="best-efforts, acknowledgement or year-end.")],
    first: First,
    last: Last,
    out_file: Annotated[Path | None, typer.Option("--out", help="PDF to print.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Also e-mail them.")] = False,
    as_json: Json = False,
) -> None:
    """Write the letters that the law asks for; each is written once and kept as proof."""
    from campaign.requests import LettersRequest
    from tasks.letters import write_letters

    request = LettersRequest(
        kind=kind,
        **period(first, last),
        out=str(out_file) if out_file else None,
        send=send,
    )
    with progress("Writing letters"):
        written = write_letters(request)
    if as_json:
        emit_json(written)
        return
    out.print(
        f"{written['written']} letters written, {written['mailed']} mailed, "
        f"{written['before']} had been written before.",
        markup=False,
    )
    if written["path"]:
        out.print(written["path"], markup=False)


@app.command("remedy")
def remedy(
    payment: Annotated[str, typer.Argument(help="Payment that counted for too much.")],
    kind: Annotated[str, typer.Option("--as", help="redesignation or reattribution.")],
    amount: Annotated[str, typer.Option(help="Amount that moves, as 500.00.")],
    because: Annotated[str, typer.Option(help="Where the giver's signed letter is kept.")],
    to: Annotated[str, typer.Option(help="Election code, or the other giver's donor id.")],
) -> None:
    """Enter a redesignation or a reattribution: a pair of memo items in the next filing."""
    from tasks.remedies import enter_remedy

    done = enter_remedy(payment, kind, amount, to, because)
    what = f"{format_minor(done['amount_cents'])} of {payment}"
    out.print(f"Entered: {kind} of {what} to {done['to']}.", markup=False)


@app.command("list")
def list_reports(as_json: Json = False) -> None:
    """List the reports that were drawn up, the newest first."""
    from store.reports import all_reports, outgrown
    from store.session import unit_of_work

    with unit_of_work() as session:
        found = all_reports(session)
        rows = [
            {
                "report": report.code,
                "status": report.status,
                "prepared_by": report.prepared_by,
                "signed_by": report.signed_by or "",
                "folder": report.folder,
            }
            for report in found
        ]
    if as_json:
        emit_json({"reports": rows})
    elif rows:
        heads = ("report", "status", "prepared by", "signed by")
        replaced = [row for row in rows if row["status"] == "replaced"]
        begun = outgrown(found)
        current = [row for row in rows if row not in replaced and row["report"] not in begun]
        shown = [[row[head.replace(" ", "_")] for head in heads] for row in current]
        table("Reports", heads, shown)
        if replaced:
            out.print(f"{len(replaced):,} earlier editions were replaced; --json names them, too.")
        if begun:
            out.print(f"{len(begun):,} drafts of days that a later one covers; --json names them.")
    else:
        out.print("No report was drawn up yet.")


@app.command("submit")
def submit(
    report: Report,
    email: Annotated[str | None, typer.Option("--as", help="Account of the preparer.")] = None,
) -> None:
    """Say that a package is ready to be signed."""
    from tasks.sealing import submit_report

    submit_report(report, email)
    out.print(f"{report} is submitted: another person signs it with 'reports sign'.", markup=False)


@app.command("sign")
def sign(
    report: Report,
    email: Annotated[
        str | None, typer.Option("--as", help="Account of the one who signs; asked for else.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Sign a submitted package: another person than the preparer, with password again."""
    from tasks.sealing import require_report, sign_report

    require_report(report)
    account = email or str(typer.prompt("Account", err=True))
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = str(typer.prompt("Password", hide_input=True, err=True))
    signed = sign_report(report, account, password)
    out.print(f"{report} is signed by {signed['signed_by']} and sealed.", markup=False)
    out.print(f"Key {signed['key']}", markup=False)
    out.print(signed["folder"], markup=False)


@app.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of a package, copied anywhere.")],
    key: Annotated[
        Path | None, typer.Option(help="File with the public key to trust; else this home's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a signed package without the database: every file, the manifest, the signature."""
    from tasks.sealing import verify_folder

    verdict = verify_folder(folder, key)
    if as_json:
        emit_json(asdict(verdict) | {"is_whole": verdict.is_whole})
    else:
        for problem in verdict.problems:
            console.print(f"{problem}.", markup=False)
        if verdict.signed_by:
            out.print(f"Signed by {verdict.signed_by}, {verdict.signed_at}", markup=False)
            out.print(f"Key {verdict.fingerprint or 'not known'}", markup=False)
        state = "whole, as it was signed" if verdict.is_whole else "NOT as it was signed"
        out.print(f"{verdict.report}: {verdict.files} files, {state}", markup=False)
    if not verdict.is_whole:
        raise typer.Exit(1)


@app.command("trace")
def trace(
    report: Report,
    figure: Annotated[str, typer.Argument(help="Figure, as receipts.gross.")],
    limit: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the rows behind a figure; for payments, the whole way back to the list row."""
    from tasks.tracing import trace_figure

    traced = trace_figure(report, figure, limit)
    if as_json:
        emit_json(traced)
        return
    value = format_minor(traced["value"]) if traced["unit"] == "cents" else f"{traced['value']:,}"
    out.print(f"{traced['label']}: {value}", markup=False)
    for part in traced.get("parts", ()):
        out.print(f"  {part['sign']} {part['figure']}: {part['value']:,}", markup=False)
    if traced.get("section") not in ("", "receipts"):
        out.print(f"{traced['row_count']:,} rows", markup=False)
        for row in traced["rows"]:
            told = (_named(name, value) for name, value in row.items() if value)
            out.print("  " + ", ".join(told), markup=False)
    for chain in traced.get("evidence", ()):
        out.print(evidence_line(chain), markup=False)


def _named(column: str, value: Any) -> str:
    """Return a cell behind its column's name, an amount as an amount."""
    if column.endswith("_cents"):
        return f"{column.removesuffix('_cents')} {format_minor(int(value))}"
    return f"{column} {value}"


def evidence_line(chain: dict[str, Any]) -> str:
    """Return a payment's way, a step a line, from the filing back to the list row."""
    told = [
        ("pledge {pledge} ({matched_because})", "pledge", "no pledge"),
        ("call {call} by {team}, agent {agent}, {called_at}", "call", "no call"),
        ("script {script} v{script_version} {script_language}", "script", "no script"),
        ("list {list_source}, batch {list_batch}, row {list_row}", "list_row", "no list row"),
    ]
    if "payment" in chain:
        told = [
            ("{payment} of {received_on}", "payment", ""),
            ("FEC {fec_line}", "fec_line", "unitemised"),
            ("bank line {bank_line} of {booked_on}", "bank_line", "not on a statement yet"),
            ("payout {payout}", "payout", "not paid out yet"),
            *told,
        ]
    chain = {"matched_because": "promised"} | chain | {"agent": chain["agent"] or "not told"}
    parts = [form.format(**chain) if chain[key] else none for form, key, none in told]
    return f"{format_minor(chain['amount_cents'])}: " + "\n  <- ".join(parts)


@app.command("audit-sample")
def audit_sample(
    report: Report,
    size: Annotated[int, typer.Option(min=1, help="How many payments to draw.")] = 25,
    seed: Annotated[int, typer.Option(help="The same seed draws the same payments.")] = 1,
    as_json: Json = False,
) -> None:
    """Draw payments by lot, and show the chain of evidence of each."""
    from tasks.tracing import draw_audit_sample

    sample = draw_audit_sample(report, size, seed)
    if as_json:
        emit_json(sample)
    else:
        out.print(f"{sample['drawn']} of {sample['of']} payments, seed {seed}", markup=False)
        for chain in sample["items"]:
            out.print(evidence_line(chain), markup=False)
        for gap in sample["gaps"]:
            console.print(f"{gap['payment']} lacks {', '.join(gap['missing'])}", markup=False)


def show_rows(title: str, rows: list[dict[str, Any]]) -> None:
    """Print dicts of one shape as a table."""
    if rows:
        table(title, tuple(rows[0]), [tuple(row.values()) for row in rows])
