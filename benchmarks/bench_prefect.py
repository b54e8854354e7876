"""Prefect's share: the same import as a flow run on a server, and as its bare function.

    python -m benchmarks prefect            # PLEDGELINE_BENCH_ROWS=100000 for a smaller list

Target: at most 3 s and 5 % more. Each import runs in a home and a process of its own; the server
runs beside both, so that what it takes by being there is in both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.list_data import write_people

ROWS = int(os.environ.get("PLEDGELINE_BENCH_ROWS", "1000000"))
MOST_SECONDS, MOST_SHARE = 3.0, 0.05


def main() -> int:
    """Print both times and Prefect's share; 1 when it is above the target."""
    from cli.servers import Servers, free_port, prefect_environment, start_prefect

    with tempfile.TemporaryDirectory(prefix="pledgeline-bench-") as folder:
        base = Path(folder)
        os.environ["PLEDGELINE_HOME"] = str(base / "server")
        path = write_people(base / "list.csv", ROWS)
        with Servers() as servers:
            api = start_prefect(servers, free_port(), with_schedules=False)
            seen = prefect_environment(base / "server" / "prefect") | {"PREFECT_API_URL": api}
            bare = _alone("bare", path, base / "bare", {})
            flow = _alone("flow", path, base / "flow", seen)
    share = flow / bare - 1
    sys.stdout.write(
        f"prefect: {ROWS:,} rows, bare {bare:.1f} s, as a flow run {flow:.1f} s: "
        f"{flow - bare:+.1f} s, {share:+.1%} (target {MOST_SECONDS:.0f} s, {MOST_SHARE:.0%})\n"
    )
    return int(flow - bare > MOST_SECONDS or share > MOST_SHARE)


def _alone(how: str, path: Path, home: Path, more: dict[str, str]) -> float:
    environment = {**os.environ, "PLEDGELINE_HOME": str(home), **more}
    words = [sys.executable, "-m", "benchmarks.bench_prefect", how, str(path)]
    done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def _measure(how: str, path: str) -> float:
    from campaign.requests import ImportRequest
    from flows.import_donors import import_donors
    from store.session import engine

    engine()  # the database is there before the clock runs
    request = ImportRequest(path=path, source="BENCH")
    run = import_donors.flow if how == "flow" else import_donors.fn
    started = time.perf_counter()
    run(request)
    return time.perf_counter() - started


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.stdout.write(f"{_measure(*sys.argv[1:])}\n")
    else:
        sys.exit(main())
