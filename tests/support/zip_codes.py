"""Write `rules/zip_codes.csv` anew: `python -m tests.support.zip_codes`.

The package that keeps them takes a second to say them all: too long for each command.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path

import zipcodes

FILE = Path(__file__).resolve().parents[2] / "rules" / "zip_codes.csv"


def zip_code_table() -> str:
    """Return the ZIP codes of each county, or part of one, that keeps one time."""
    places: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in zipcodes.list_all():
        place = tuple(row[name] or "" for name in ("state", "county", "timezone"))
        places[place].append(row["zip_code"])
    text = io.StringIO()
    text.write(f"# From the package zipcodes {zipcodes.__version__} (MIT).\n")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["state", "county", "timezone", "zip_codes"])
    lines.writerows([*place, " ".join(sorted(codes))] for place, codes in sorted(places.items()))
    return text.getvalue()


if __name__ == "__main__":
    FILE.write_text(zip_code_table(), encoding="utf-8")
