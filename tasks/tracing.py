"""From a figure back to its rows, and from a payment back to the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from campaign.compliance.sampling import draw, gap
from campaign.errors import InputError, UnknownCodeError
from gateways.report_rows import rows_of_figure, section_rows
from store import audit
from store import reports as kept
from store.committees import the_committee
from store.evidence import chains, payments_of_payouts, pledge_chains
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
        rows = rows_of_figure(code, Path(report.folder), report.files, fact)
        traced["row_count"] = len(rows)
        traced["rows"] = rows[:limit]
        zone = the_committee(session).timezone
        evidence = _evidence(session, report, rows[:limit], zone)
        if evidence:
            traced["evidence"] = evidence
            detail = {"figure": figure, "payments": len(evidence)}
            audit.append(session, "report.traced", f"report:{code}", detail)
        return traced


def _evidence(
    session: Session, report: kept.Report, rows: Sequence[Mapping[str, str]], zone: str
) -> list[dict[str, Any]]:
    """Return the whole way back for the payments, or the pledges, that the rows speak of."""
    payments = [payment for payment in map(_payment_of, rows) if payment]
    if not payments:
        payouts = [row["payout"] for row in rows if row.get("payout")]
        payments = payments_of_payouts(session, payouts, len(rows))
    if payments:
        receipts = section_rows(report.code, Path(report.folder), report.files, "receipts")
        fec_of = {row["charge_id"]: row["fec_id"] for row in receipts}
        return [
            chain | {"fec_line": fec_of.get(chain["payment"], "")}
            for chain in chains(session, payments, zone)
        ]
    refs = [row["pledge_ref"] for row in rows if row.get("pledge_ref")]
    return pledge_chains(session, refs, zone)


def _payment_of(row: Mapping[str, str]) -> str | None:
    """Return the payment that a row is about: in a column of its own, or as its subject."""
    subject = row.get("charge_id") or row.get("subject") or ""
    payment = subject.removeprefix("charge:").removeprefix("P:")
    return payment if payment.startswith(("ch_", "py_")) else None


@step
def draw_audit_sample(code: str, size: int, seed: int) -> dict[str, Any]:
    """Return payments drawn by lot, each with its whole chain of evidence.

    The same report, size and seed give the same sample, whoever draws it.
    """
    with unit_of_work() as session:
        report = kept.by_code(session, code)
        if report.kind != "treasurer":
            raise InputError("A sample is drawn from a treasurer's package.")
        rows = section_rows(code, Path(report.folder), report.files, "receipts")
        receipts = {row["charge_id"]: row for row in rows}
        drawn = draw(receipts, report.input_hash, size, seed)
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
        "gaps": [gap(item) for item in items if gap(item)["missing"]],
    }
