"""What a flow leaves on Prefect's page: counts and totals, never a donor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tasks.policies import in_flow_run


def publish_table(key: str, rows: Sequence[Mapping[str, object]], description: str) -> None:
    """Show a table on the flow run's page; nothing happens outside of a run."""
    if in_flow_run():
        from prefect.artifacts import create_table_artifact  # slow to import

        create_table_artifact(
            key=re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-"),
            table=[dict(row) for row in rows],
            description=description,
        )
