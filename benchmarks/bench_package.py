"""The treasurer's package over 100,000 payments: workbook, PDF, rows and manifest.

Baseline: the same receipts written row by row into a workbook by xlsxwriter, nothing else.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

PAYMENTS = int(os.environ.get("BENCH_PAYMENTS", "100000"))


def main() -> None:
    """Fill a fresh database, draw up the package, print the row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PLEDGELINE_HOME"] = folder
        from campaign.requests import ReportRequest
        from store import session as store_session
        from store.session import unit_of_work
        from tasks.packages import draw_up_package
        from tests.support.synthetic_books import Shape, write_books

        with unit_of_work() as session:
            write_books(session, Shape(seed=1, charges=PAYMENTS, donors=PAYMENTS // 2))
        started, busy = time.monotonic(), time.process_time()
        request = ReportRequest(first_day=date(2026, 7, 1), last_day=date(2026, 9, 30))
        package = draw_up_package(request)
        ours, busy = time.monotonic() - started, time.process_time() - busy
        assert package["figures"]["tieout.unexplained"] == 0
        peak = peak_gb()
        baseline = row_by_row(Path(package["folder"]) / "rows" / "receipts.csv")
        store_session.forget()
    sys.stdout.write(
        f"package: {PAYMENTS:,} payments in {ours:.1f} s ({busy:.1f} s of our own CPU), "
        f"{peak:.2f} GB; "
        f"xlsxwriter row by row, receipts only: {baseline:.1f} s; ratio {baseline / ours:.1f}\n"
    )


def peak_gb() -> float:
    """Return the most memory held so far; getrusage would tell of a larger parent, too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1e6


def row_by_row(rows: Path) -> float:
    """Return the seconds that the receipts alone take cell by cell."""
    import pandas as pd
    import xlsxwriter

    frame = pd.read_csv(rows).fillna("")
    started = time.monotonic()
    with xlsxwriter.Workbook(str(rows.with_suffix(".xlsx")), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(frame.itertuples(index=False)):
            sheet.write_row(number, 0, row)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
