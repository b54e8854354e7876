"""The `pledgeline reports` commands."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from campaign.money import format_minor
from cli.printing import console, emit_json, out, progress, table

if TYPE_CHECKING:
    from tasks.filings import Filed

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@app.command("fec")
def fec(
    form: Annotated[str, typer.Option("--form", help="F3 (candidate), F3X (PAC or party).")],
    report: Annotated[
        str | None, typer.Option("--report", help="Report code: Q1, Q2, Q3, YE, 12G, 30G, M3 …")
    ] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="File to write.")] = None,
    year: Annotated[
        int | None, typer.Option(help="Year of the report; the newest with receipts.")
    ] = None,
    outside: Annotated[
        Path | None,
        typer.Option("--outside", help="Opening cash and other activity (TOML; see the docs)."),
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
        out=str(out_file) if out_file else None,
        outside_path=str(outside) if outside else None,
        amends=amends,
    )
    with progress("Drawing up the filing"):
        filed = draw_up_filing(request)
    if as_json:
        emit_json(summary_of(filed))
    else:
        _show_filing(filed)
    if not filed.is_clean:
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
            console.print(f"{severity}: {rule.replace('_', ' ')}, {count} times", markup=False)
    console.print(f"Every finding by its line: {filed.checks_path}", markup=False)
    what = "accepted by every check" if filed.is_clean else "a DRAFT, not to be filed as it is"
    out.print(f"{filed.path}: {what}", markup=False)


@app.command("treasurer")
def treasurer(
    first: Annotated[str, typer.Option("--from", help="First day, as 2026-07-01.")],
    last: Annotated[str, typer.Option("--to", help="Last day, included.")],
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
        first_day=_day(first, "--from"),
        last_day=_day(last, "--to"),
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


def _show_package(package: dict[str, Any]) -> None:
    figures = package["figures"]
    keys = ("pledges.made", "receipts.gross", "returns.refunds", "returns.disputes", "fees.total",
            "payouts.made", "payouts.bank", "tieout.unexplained")  # fmt: skip
    rows = [(key, format_minor(figures[key])) for key in keys]
    table(f"{package['report']} ({package['status']})", ("Figure", "Amount"), rows)
    for name in package["files"]:
        out.print(f"{package['folder']}/{name}", markup=False)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write a day as 2026-10-31", param_hint=option) from error


def show_rows(title: str, rows: list[dict[str, Any]]) -> None:
    """Print dicts of one shape as a table."""
    if rows:
        table(title, tuple(rows[0]), [tuple(row.values()) for row in rows])
