"""From a figure back to its rows, and from a payment back to the call."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from random import Random
from typing import Any

from campaign.errors import InputError, StateError, UnknownCodeError
from gateways.report_files import sha256_of
from store import audit
from store import reports as kept
from store.committees import the_committee
from store.evidence import chains
from store.session import unit_of_work
from tasks.policies import step


@step
def trace_figure(code: str, figure: str, limit: int) -> dict[str, Any]:
    """Return how a figure is made: its rows, or the figures that it follows from."""
    with unit_of_work() as session:
        report = kept.by_code(session, code)
        if figure not in report.figures:
            raise UnknownCodeError("figure", figure, report.figures)
        fact = report.figures[figure]
        traced: dict[str, Any] = {"report": code, "figure": figure, **fact}
        if not fact["section"]:
            traced["parts"] = [
                {"sign": sign, "figure": key, "value": report.figures[key]["value"]}
                for sign, keys in (("+", fact["plus"]), ("-", fact["minus"]))
                for key in keys
            ]
            return traced
        rows = _rows_of(report, fact)
        traced["row_count"] = len(rows)
        traced["rows"] = rows[:limit]
        payments = [row["charge_id"] for row in rows[:limit] if row.get("charge_id")]
        if payments:
            zone = the_committee(session).timezone
            fec_of = {row["charge_id"]: row.get("fec_id", "") for row in rows}
            traced["evidence"] = [
                chain | {"fec_line": fec_of.get(chain["payment"], "")}
                for chain in chains(session, payments, zone)
            ]
            audit.append(
                session, "report.traced", f"report:{code}",
                {"figure": figure, "payments": len(payments)},
            )  # fmt: skip
        return traced


def _rows_of(report: kept.Report, fact: dict[str, Any]) -> list[dict[str, str]]:
    """Return the rows of a section that make the figure, as the package holds them."""
    rows = section_rows(report, fact["section"])
    if fact["column"]:  # a row that adds nothing says nothing
        rows = [row for row in rows if row[fact["column"]] not in ("", "0")]
    return [
        row for row in rows if all(row[name] in values for name, values in fact["where"].items())
    ]


def section_rows(report: kept.Report, section: str) -> list[dict[str, str]]:
    """Return a section's rows; StateError when the file is not what was drawn up."""
    name = f"rows/{section}.csv"
    path = Path(report.folder) / name
    known = {file["name"]: file["sha256"] for file in report.files}
    if not path.is_file() or sha256_of(path) != known.get(name):
        raise StateError(f"{name} of {report.code} is missing or was changed.")
    text = path.read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@step
def draw_audit_sample(code: str, size: int, seed: int) -> dict[str, Any]:
    """Return payments drawn by lot, each with its whole chain of evidence.

    The same report, size and seed give the same sample, whoever draws it.
    """
    if size < 1:
        raise InputError("A sample holds at least one payment.")
    with unit_of_work() as session:
        report = kept.by_code(session, code)
        if report.kind != "treasurer":
            raise InputError("A sample is drawn from a treasurer's package.")
        receipts = {row["charge_id"]: row for row in section_rows(report, "receipts")}
        drawn = Random(f"{report.input_hash}:{seed}").sample(
            sorted(receipts), min(size, len(receipts))
        )
        found = chains(session, drawn, the_committee(session).timezone)
        audit.append(
            session, "report.sampled", f"report:{code}", {"seed": seed, "size": len(drawn)}
        )
    items = [{**chain, "fec_line": receipts[chain["payment"]]["fec_id"]} for chain in found]
    return {
        "report": code,
        "seed": seed,
        "drawn": len(drawn),
        "of": len(receipts),
        "items": items,
        "gaps": [_gap(item) for item in items if _gap(item)["missing"]],
    }


# Without a pledge a payment has no call behind it: that is no gap.
_NEEDED = ("ledger_row", "payout", "bank_line")
_NEEDED_WITH_PLEDGE = ("donor_id", "call", "team")


def _gap(item: dict[str, Any]) -> dict[str, Any]:
    needed = list(_NEEDED)
    if item["pledge"] and item["pledge_source"] == "call":
        needed += _NEEDED_WITH_PLEDGE
    return {"payment": item["payment"], "missing": [name for name in needed if not item[name]]}
