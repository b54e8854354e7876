"""The figures of the treasurer's package, and the tie-out from pledge to bank.

Belongs here: which figures there are and how one follows from others. Does not belong here: rows
(`sections`).
"""

from __future__ import annotations

from dataclasses import dataclass

from campaign.calling.results import CONTACTS
from campaign.compliance.package import Package

_REACHED = "|".join(sorted(CONTACTS))
_KNOWN = ("charge", "charge_failure", "refund", "refund_failure", "dispute", "dispute_reversal",
          "fee", "tax", "payout", "payout_reversal")  # fmt: skip


@dataclass(frozen=True, slots=True)
class TieOutLine:
    """One line of the tie-out: a step, an item on the way, or a difference that must be 0."""

    kind: str  # step, item, check
    figure: str


TIE_OUT = (
    TieOutLine("step", "pledges.made"),
    TieOutLine("item", "receipts.on_pledges"),
    TieOutLine("item", "receipts.suggested"),
    TieOutLine("item", "receipts.no_pledge"),
    TieOutLine("check", "tieout.pledges"),
    TieOutLine("step", "receipts.gross"),
    TieOutLine("item", "returns.refunds"),
    TieOutLine("item", "returns.disputes"),
    TieOutLine("item", "fees.total"),
    TieOutLine("item", "ledger.timing"),
    TieOutLine("item", "ledger.other"),
    TieOutLine("check", "tieout.ledger"),
    TieOutLine("step", "ledger.activity"),
    TieOutLine("item", "ledger.opening"),
    TieOutLine("item", "ledger.payouts"),
    TieOutLine("item", "ledger.closing"),
    TieOutLine("check", "tieout.payouts"),
    TieOutLine("step", "payouts.made"),
    TieOutLine("item", "payouts.under_way"),
    TieOutLine("check", "payouts.unexplained"),
    TieOutLine("check", "tieout.bank"),
    TieOutLine("step", "payouts.bank"),
)
LAW = (
    "excess.count",
    "best-efforts.count",
    "sources.count",
    "records.count",
    "deposits.count",
    "notices.count",
    "contracts.count",
    "calling.count",
    "exceptions.count",
    "invariants.broken",
)
# Of these a nonprofit answers for the last only; the others are the law of elections.
LAW_OF_NONPROFITS = ("contracts.count", "calling.count", "exceptions.count", "invariants.broken")
FUNNEL = ("calls.attempts", "calls.contacts", "pledges.made_count", "receipts.count")


def add_figures(package: Package) -> None:
    """Give the package every figure that its pages show."""
    _calls(package)
    _pledges(package)
    _receipts(package)
    _ledger(package)
    _payouts(package)
    _law(package)
    _unexplained(package)


def _unexplained(package: Package) -> None:
    """Add what is not explained, each difference by its size: two faults never hide each other."""
    parts = (
        "tieout.pledges",
        "tieout.ledger",
        "tieout.payouts",
        "payouts.unexplained",
        "payouts.difference",
    )
    package.derive(
        "tieout.unexplained",
        "Unexplained difference",
        [key for key in parts if package.value(key) >= 0],
        [key for key in parts if package.value(key) < 0],
    )


def _calls(package: Package) -> None:
    package.tally("calls.attempts", "Calls", "calls", "attempts")
    package.tally("calls.contacts", "People reached", "calls", "attempts", call_result=_REACHED)
    package.sum("teams.cost", "Cost of call centres", "teams", "cost_cents")
    package.sum("teams.settled", "Settled through teams", "teams", "settled_cents")


def _pledges(package: Package) -> None:
    new = {"made": "this period"}
    package.sum("pledges.made", "Pledged in the period", "pledges", "amount_cents", **new)
    package.count("pledges.made_count", "Pledges", "pledges", **new)
    package.sum("pledges.amount", "Pledged so far", "pledges", "amount_cents")
    package.sum("pledges.paid", "Paid on pledges so far", "pledges", "paid_cents")
    package.sum("pledges.written_off", "Written off", "pledges", "written_off_cents")
    package.sum("pledges.open", "Open pledges", "pledges", "open_cents")
    package.sum("pledges.over", "Paid over the pledge", "pledges", "over_cents")
    for age, key in (
        ("not due", "not_due"),
        ("0-30 days", "30"),
        ("31-60 days", "60"),
        ("61-90 days", "90"),
        ("over 90 days", "older"),
    ):
        package.sum(f"pledges.open_{key}", f"Open, {age}", "pledges", "open_cents", age=age)


def _receipts(package: Package) -> None:
    package.sum("receipts.gross", "Received, gross", "receipts", "amount_cents")
    package.count("receipts.count", "Payments", "receipts")
    package.sum("receipts.on_pledges", "On pledges", "receipts", "confirmed_cents")
    package.sum("receipts.suggested", "Suggested, to be confirmed", "receipts", "suggested_cents")
    package.sum("receipts.no_pledge", "Without a pledge", "receipts", "unallocated_cents")
    package.sum(
        "receipts.itemised", "Itemised, line 11(a)(i)", "receipts", "amount_cents",
        fec_line="11(a)(i)",
    )  # fmt: skip
    package.sum(
        "receipts.unitemised", "Unitemised, line 11(a)(ii)", "receipts", "amount_cents",
        fec_line="11(a)(ii)",
    )  # fmt: skip
    package.derive(
        "tieout.pledges",
        "Received, less what is explained above",
        ["receipts.gross"],
        ["receipts.on_pledges", "receipts.suggested", "receipts.no_pledge"],
    )
    package.sum("returns.refunds", "Refunds", "returns", "amount_cents", kind="refund")
    package.sum(
        "returns.disputes", "Taken back by banks", "returns", "amount_cents",
        kind="dispute|dispute won|debit failed",
    )  # fmt: skip
    package.sum("fees.total", "Processor fees", "fees", "amount_cents")
    package.derive(
        "receipts.net",
        "Kept, net of refunds and fees",
        ["receipts.gross"],
        ["returns.refunds", "returns.disputes", "fees.total"],
    )


def _ledger(package: Package) -> None:
    rows = package.sections["ledger"].rows
    other = sorted(set(rows["category"].astype(str)) - set(_KNOWN))
    package.sum("ledger.opening", "Balance at the processor before", "ledger", "before_cents")
    package.sum("ledger.activity", "Net activity", "ledger", "net_cents", side="activity")
    package.sum("ledger.payouts", "Paid out", "ledger", "net_cents", side="payout")
    package.sum(
        "ledger.other", "Other ledger rows", "ledger", "net_cents", category="|".join(other)
    )
    package.sum("ledger.timing", "Timing and failed payments", "timing", "amount_cents")
    package.derive(
        "ledger.closing",
        "Balance at the processor after",
        ["ledger.opening", "ledger.activity", "ledger.payouts"],
    )
    package.derive(
        "tieout.ledger",
        "Net activity, less what is explained above",
        ["ledger.activity", "returns.refunds", "returns.disputes", "fees.total"],
        ["receipts.gross", "ledger.other", "ledger.timing"],
    )


def _payouts(package: Package) -> None:
    package.sum("payouts.made", "Payouts", "payouts", "paid_out_cents")
    package.sum("payouts.under_way", "Not on a statement yet", "payouts", "paid_out_cents",
                state="under way")  # fmt: skip
    package.sum("payouts.bank", "On the bank's statement", "payouts", "bank_cents")
    package.sum("payouts.unexplained", "Payouts, less the rows they are made of", "payouts",
                "unexplained_cents")  # fmt: skip
    package.sum("payouts.difference", "Payouts, less their bank lines", "payouts",
                "difference_cents")  # fmt: skip
    package.derive(
        "tieout.payouts",
        "Payouts, with what the ledger paid out",
        ["payouts.made", "ledger.payouts"],
    )
    package.derive(
        "tieout.bank",
        "Payouts, less what is under way or at the bank",
        ["payouts.made"],
        ["payouts.under_way", "payouts.bank"],
    )


def _law(package: Package) -> None:
    for key, label in (
        ("excess", "Excessive gifts to mend"),
        ("best-efforts", "Best efforts still to make"),
        ("sources", "Source risks to look at"),
        ("records", "Records incomplete"),
        ("notices", "48-hour notices"),
        ("contracts", "Vendor contracts flagged"),
    ):
        package.count(f"{key}.count", label, key, status="open")
    package.count("calling.count", "Calls against the rules", "calling")
    package.count("deposits.count", "Deposits late or missing", "deposits")
    package.sum("excess.amount", "Excess to be mended", "excess", "amount_cents")
    package.count("exceptions.count", "Exceptions open", "exceptions")
    package.sum("exceptions.amount", "Money in open exceptions", "exceptions", "amount_cents")
    package.sum("vendors.owed", "Owed to vendors", "vendors", "closing_cents")
    for status in ("held", "broken", "not_provable"):
        label = f"Proofs {status.replace('_', ' ')}"
        package.count(f"invariants.{status}", label, "invariants", status=status)
