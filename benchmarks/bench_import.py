"""Import: a list all the way in, against its floor and against the script that one writes first.

Floor: pyarrow reads the file, COPY writes its columns as text. Plain script: pandas, phonenumbers
row by row, and the ORM. Each runs in a home and a process of its own; memory is that of the
process and its workers together, and the database's is told beside it. Processor seconds count
all of them, the database too: they tell more than the clock where other work runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.list_data import write_people
from benchmarks.memory import Watch, processor_seconds

FLOOR_TIMES, SCRIPT_TIMES, MOST_MB = 4, 20, 1500
_TIMES = 3
_SCRIPT_ROWS = 5_000  # the plain script is measured on these and scaled


def main(rows: int = 1_000_000) -> int:
    """Print seconds, ratios, memory and the rate from 100,000 rows on."""
    with tempfile.TemporaryDirectory(prefix="pledgeline-bench-") as folder:
        base = Path(folder)
        sizes = sorted({100_000, rows} | ({2_000_000} if rows >= 1_000_000 else set()))
        files = {size: write_people(base / f"list-{size}.csv", size) for size in sizes}
        floor = _typical("floor", files[rows], base / "floor")["seconds"]
        script = _alone("script", files[min(sizes)], base / "script")["seconds"]
        script *= rows / _SCRIPT_ROWS
        found = {n: _typical("import", path, base / f"home-{n}") for n, path in files.items()}
        own = found[rows]
        for size, each in found.items():
            sys.stdout.write(
                f"import: {size:,} rows in {each['seconds']:.1f} s, "
                f"{size / each['seconds']:,.0f} rows/s, {each['cpu']:.1f} processor seconds, "
                f"{each['mb']:,.0f} MB and {each['database_mb']:,.0f} MB of the database\n"
            )
        sys.stdout.write(
            f"import: floor {floor:.1f} s: {own['seconds'] / floor:.1f} x "
            f"(target {FLOOR_TIMES} x); "
            f"plain script {script:,.0f} s: {script / own['seconds']:.0f} x faster "
            f"(target {SCRIPT_TIMES} x); memory target {MOST_MB} MB\n"
        )
        fast = own["seconds"] <= FLOOR_TIMES * floor and script >= SCRIPT_TIMES * own["seconds"]
        return int(not (fast and own["mb"] < MOST_MB))


def _typical(what: str, path: Path, home: Path) -> dict[str, float]:
    """Return the middle one of three runs: a machine is not always equally fast."""
    runs = [_alone(what, path, home / str(number)) for number in range(_TIMES)]
    return sorted(runs, key=lambda run: run["seconds"])[_TIMES // 2]


def _alone(what: str, path: Path, home: Path) -> dict[str, float]:
    environment = {**os.environ, "PLEDGELINE_HOME": str(home)}
    words = [sys.executable, "-m", "benchmarks.bench_import", what, str(path)]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        watch = Watch(process, home)
        watch.start()
        said, _ = process.communicate()
        watch.join()
    if process.returncode:
        raise SystemExit(process.returncode)
    answer: dict[str, float] = json.loads(said.splitlines()[-1])
    return {**answer, "mb": watch.own_mb, "database_mb": watch.database_mb}


def _measure(what: str, path: Path) -> dict[str, float]:
    from store.session import engine

    engine()  # the database is there before the clock runs
    started, before = time.perf_counter(), processor_seconds()
    {"floor": _floor, "script": _script, "import": _import}[what](path)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "cpu": processor_seconds() - before}


def _import(path: Path) -> None:
    from campaign.requests import ImportRequest
    from flows.import_donors import import_donors

    import_donors.fn(ImportRequest(path=str(path), source="BENCH"))


def _floor(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    from sqlalchemy import text

    from store.bulk import copy_table
    from store.session import unit_of_work

    table = pa_csv.read_csv(path)
    table = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    columns = ", ".join(f'"{name}" text' for name in table.column_names)
    with unit_of_work() as session:
        session.execute(text(f"create table floor ({columns})"))
    with unit_of_work() as session:
        copy_table(session, "floor", table)


def _script(path: Path) -> None:
    from benchmarks.plain_script import run

    run(path, _SCRIPT_ROWS)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.stdout.write(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]))) + "\n")
    else:
        sys.exit(main(*map(int, sys.argv[1:])))
