"""The package as files: workbook, PDF, rows as CSV, and a manifest with the hash of each.

Belongs here: which files there are and what they are called. Does not belong here: where they
are kept (`gateways/report_files`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from campaign.compliance.package import Package
from reports.pdf import write_pdf
from reports.workbook import write_workbook

PDF = "treasurer-report.pdf"
WORKBOOK = "treasurer-workbook.xlsx"
ROWS = "rows"
MANIFEST = "manifest.json"


def write_files(
    folder: Path,
    package: Package,
    code: str,
    seal: Sequence[tuple[str, str]],
    changes: Sequence[Any],
) -> None:
    """Write everything but the manifest."""
    rows = folder / ROWS
    rows.mkdir()
    for key, content in package.csv.items():
        (rows / f"{key}.csv").write_bytes(content)
    write_workbook(folder / WORKBOOK, package)
    write_pdf(folder / PDF, package, code, seal, changes)


def manifest(
    package: Package, code: str, edition: int, input_hash: str, files: Sequence[dict[str, Any]]
) -> bytes:
    """Return the manifest: what the report is, every figure, and the hash of every file."""
    document = {
        "report": code,
        "edition": edition,
        "title": package.title,
        "committee": package.committee,
        "first_day": str(package.first_day),
        "last_day": str(package.last_day),
        "timezone": package.timezone,
        "currency": package.currency,
        "prepared_by": package.prepared_by,
        "prepared_at": package.prepared_at.isoformat(),
        "rules_version": package.rules_version,
        "facts": package.facts,
        "input_hash": input_hash,
        "figures": package.figure_table(),
        "files": list(files),
    }
    return (json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()
