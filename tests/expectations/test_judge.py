"""A list is judged by its shares: at a threshold it meets it, and below it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign.lists.quality import Gate
from expectations.judge import judge_list

_FINE = {
    "usable_rows": 1.0, "named": 1.0, "callable_phones": 1.0, "reachable": 1.0, "consent": 0.0,
    "known_states": 1.0, "distinct_phones": 1.0, "suppression_days": 0.0, "drift": 0.0,
}  # fmt: skip
_GIFTS = {"plausible_gifts": 1.0, "plausible_days": 1.0}


@pytest.mark.parametrize(
    ("figures", "unmet", "stops"),
    [
        pytest.param({}, [], False, id="all is well"),
        pytest.param({"usable_rows": 0.1}, [], False, id="at the gate"),
        pytest.param({"usable_rows": 0.0999}, ["usable_rows"], True, id="below the gate"),
        pytest.param({"callable_phones": 0.49}, ["callable_phones"], False, id="few phones"),
        pytest.param({"plausible_gifts": 0.9}, ["plausible_gifts"], False, id="odd gifts"),
        pytest.param({"drift": 0.3, "suppression_days": 32.0}, ["drift"], False, id="the whole"),
    ],
)
def test_each_figure_is_held_against_its_threshold(
    figures: dict[str, float], unmet: list[str], stops: bool
) -> None:
    report = judge_list({**_FINE, **_GIFTS, **figures}, Gate()).report
    found = [finding.name for finding in report.findings if not finding.met]
    assert set(unmet) <= set(found)
    assert len(found) == len(figures) * bool(unmet)
    assert report.stops is stops


def test_gifts_are_judged_only_where_there_are_any() -> None:
    people = judge_list(_FINE, Gate()).report.findings
    givers = judge_list({**_FINE, **_GIFTS}, Gate()).report.findings
    assert {finding.name for finding in givers} - {finding.name for finding in people} == {*_GIFTS}


def test_a_campaign_says_what_stops_a_list_and_the_page_shows_it(tmp_path: Path) -> None:
    judgement = judge_list({**_FINE, "reachable": 0.7}, Gate(stops=("usable_rows", "reachable")))
    assert judgement.report.stops
    judgement.write_page(tmp_path / "docs" / "page.html")
    assert "reachable" in (tmp_path / "docs" / "page.html").read_text(encoding="utf-8")
