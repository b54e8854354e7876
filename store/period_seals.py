"""What a signed period's books were: one hash a table, taken when the package is signed.

Belongs here: which columns of which rows a signature vouches for. Does not belong here: files
(`gateways/report_seals`). What may still change by nature (a later refund's mark on its charge, a
payout's state) is not covered; its own row in the ledger is.

The database itself refuses any other change of what a signature vouches for (the triggers named
`guard_signed…`): whatever may change it on purpose says so with `amending`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

# Each row in one text; ordered, so that the same rows give the same hash.
_ROWS = {
    "stripe_charge": (
        "concat_ws('|', id, captured_cents, currency, payer_name, payer_email, pledge_ref)",
        "status = 'succeeded' and created_at >= :since and created_at < :until",
        "id",
    ),
    "stripe_refund": (
        "concat_ws('|', id, charge, amount_cents, currency)",
        "created_at >= :since and created_at < :until and status not in ('failed', 'canceled')",
        "id",
    ),
    "stripe_balance_transaction": (
        "concat_ws('|', id, reporting_category, amount_cents, fee_cents, net_cents, source)",
        "created_at >= :since and created_at < :until",
        "id",
    ),
    "stripe_payout": (
        "concat_ws('|', id, amount_cents, currency)",
        "created_at >= :since and created_at < :until",
        "id",
    ),
    "bank_line": (
        "concat_ws('|', id, booked_on, amount_cents, currency, reference)",
        "booked_on >= (:since)::date and booked_on < (:until)::date and imported_at <= :at",
        "id",
    ),
    "pledge": (
        "concat_ws('|', id, ref, donor_id, amount_cents, currency, pledged_on)",
        "pledged_on >= (:since)::date and pledged_on < (:until)::date",
        "id",
    ),
    "allocation": (
        # As the package told it: what a payment paid before a later refund took it back.
        "concat_ws('|', charge_id, pledge_id, paid_cents)",
        """paid_cents > 0 and charge_id in (
            select id from stripe_charge where created_at >= :since and created_at < :until)""",
        "charge_id, pledge_id",
    ),
    "call_attempt": (
        "concat_ws('|', id, donor_id, team_id, call_result)",
        "started_at >= :since and started_at < :until",
        "id",
    ),
    "remedy": (
        "concat_ws('|', id, charge_id, kind, amount_cents, to_election, to_donor_id)",
        "decided_on >= (:since)::date and decided_on < (:until)::date",
        "id",
    ),
}
_VIEWS = {"allocation": "paid_part"}


def period_hashes(
    session: Session, since: datetime, until: datetime, at: datetime
) -> dict[str, str]:
    """Return one SHA-256 a table over the rows of a period, as they stood at a moment."""
    values = {"since": since, "until": until, "at": at}
    hashes = {}
    for table, (row, where, order) in _ROWS.items():
        rows = _VIEWS.get(table, table)
        found = session.scalar(
            text(
                f"select encode(sha256(convert_to(coalesce(string_agg({row}, E'\\n' "
                f"order by {order}), ''), 'utf8')), 'hex') from {rows} where {where}"
            ),
            values,
        )
        hashes[table] = str(found)
    return hashes


def keep_matches(session: Session, code: str, since: datetime, until: datetime) -> None:
    """Note which payments of a signed package's days surely pay what: the matcher keeps to it.

    What a person decided stands by itself.
    """
    session.execute(
        text(
            "insert into signed_allocation (report_id, charge_id, pledge_id, amount_cents) "
            "select r.id, a.charge_id, a.pledge_id, a.amount_cents from report r, allocation a "
            "join stripe_charge c on c.id = a.charge_id "
            "where r.code = :code and r.kind = 'treasurer' "
            "and a.tier = 'confirmed' and a.decided_by = 'rule' "
            "and c.created_at >= :since and c.created_at < :until"
        ),
        {"code": code, "since": since, "until": until},
    )


def amending(session: Session, why: str) -> None:
    """Say that this transaction may change signed days, because more became known of them.

    `audit verify` finds what changed, and the next package is a new edition that names it.
    """
    session.execute(text("select set_config('pledgeline.amends', :why, true)"), {"why": why})
