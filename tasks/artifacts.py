"""What a flow leaves on Prefect's page: counts and totals, never a donor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from campaign.money import to_major
from config.settings import settings
from tasks.policies import in_flow_run

_MADE = "portal-page"  # the portal looks for an artifact of that key


def sums_of(totals: Mapping[str, Any]) -> list[dict[str, object]]:
    """Return a reconciliation's sums and counts, a row each; every currency's apart.

    >>> sums_of({"paid_cents": 5, "pledges": 1, "other_currencies": {"jpy": {"paid_cents": 7}}})
    [{'what': 'paid', 'USD': '0.05', 'JPY': '7'}, {'what': 'pledges', 'USD': '1'}]
    """
    main = str(totals.get("currency", "usd"))
    each = {main: totals, **totals.get("other_currencies", {})}
    return [
        {"what": key.removesuffix("_cents").replace("_", " ")}
        | {
            code.upper(): to_major(sums[key], code) if key.endswith("_cents") else str(sums[key])
            for code, sums in each.items()
            if key in sums
        }
        for key, value in totals.items()
        if isinstance(value, int)
    ]


def publish_table(key: str, rows: Sequence[Mapping[str, object]], description: str) -> None:
    """Show a table on the flow run's page; nothing happens outside of a run."""
    if in_flow_run():
        from prefect.artifacts import create_table_artifact  # slow to import

        create_table_artifact(
            key=re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-"),
            table=[dict(row) for row in rows],
            description=description,
        )


def lead_to(path: str, words: str) -> None:
    """Lead from the flow run to the portal's page of what it made; nothing happens outside."""
    if in_flow_run():
        from prefect.artifacts import create_link_artifact  # slow to import

        create_link_artifact(key=_MADE, link=f"{settings().portal_url}{path}", link_text=words)
