"""Bring a donor list in: open, normalise, judge, admit."""

from __future__ import annotations

import time
from typing import Any

from campaign.requests import ImportRequest
from tasks.admission import ACCOUNT_ROWS, admit_batch, repeat_account
from tasks.artifacts import lead_to, publish_table
from tasks.lists import brief, importing, judge_batch, normalise_parts, open_batch
from tasks.policies import stage
from tasks.runners import task_runner


@stage("import-donors", task_runner)
def import_donors(request: ImportRequest) -> dict[str, Any]:
    """Bring one donor list in, and account for each of its rows."""
    started = time.monotonic()
    with importing(request):
        opened = open_batch(request)
        batch_id, parts = opened["batch_id"], opened["parts"]
        if opened["repeated"]:
            account = repeat_account(batch_id)
        else:
            normalise_parts(batch_id, parts)
            judged = judge_batch.begin(brief(batch_id, parts))
            account = admit_batch(batch_id, parts, judged)
    rows = [{"what": name, "rows": account[name]} for name in ACCOUNT_ROWS]
    publish_table(f"import-{batch_id}", rows, f"Rows of batch {batch_id}: {account['status']}")
    lead_to(f"/lists/{batch_id}", f"See list {batch_id}")
    return {**account, "seconds": round(time.monotonic() - started, 2)}
