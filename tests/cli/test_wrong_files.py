"""Files that people edited wrongly: exit 2, one sentence, and nothing is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine


def test_a_pledge_file_whose_header_lacks_a_column_is_refused(
    cli: Any, database: Engine, tmp_path: Path
) -> None:
    """Each cell would stand under another's name: an amount under the ZIP code."""
    path = tmp_path / "pledges.csv"
    path.write_text(
        "pledge_ref,first_namelast_name,email,amount,pledged_on\n"
        "P1,Ann,Roe,ann@example.org,50,2026-01-01\n",
        encoding="utf-8",
    )
    done = cli("pledges", "import", path)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "equal rows" in done.stderr


def test_an_hour_that_is_a_number_is_told_in_one_line(
    cli: Any, database: Engine, tmp_path: Path
) -> None:
    """A reader of TOML takes 0 for a moment in UTC, which no time of the day compares with."""
    example = Path(__file__).parents[2] / "examples" / "nonprofit.toml"
    told = example.read_text(encoding="utf-8")
    (tmp_path / "campaign.toml").write_text(told.replace("latest = 20:00:00", "latest = 0"))
    done = cli("campaign", "apply", tmp_path / "campaign.toml")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "times of the day" in done.stderr
