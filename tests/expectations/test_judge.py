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
    page = (tmp_path / "docs" / "page.html").read_text(encoding="utf-8")
    assert "Most rows carry a phone or an e-mail." in page
    assert "70.0% of rows" in page


@pytest.mark.parametrize(
    ("name", "figures", "said"),
    [
        pytest.param(
            "callable_phones", {"callable_phones": 0.971, "rows": 4020},
            "97.1% of 4,020 rows; at least 50% asked", id="a share of the rows",
        ),
        pytest.param(
            "plausible_gifts", {"plausible_gifts": 0.99899, "gifts": 12},
            "99.8% of 12 gifts; at least 99.9% asked", id="just below is never rounded up",
        ),
        pytest.param(
            "distinct_phones", {"distinct_phones": 0.5, "phones": 2},
            "50.0% of 2 phones; at least 50% asked", id="a share of the phones",
        ),
        pytest.param(
            "suppression_freshness", {"suppression_days": 1.0},
            "1 day old; at most 31 days asked", id="days",
        ),
        pytest.param(
            "drift", {"drift": 0.021},
            "2.1 points from the source's last list; at most 25 asked", id="points",
        ),
        pytest.param(
            "drift", {"is_first": True},
            "the first list of its source: nothing to set it beside", id="nothing to set beside",
        ),
    ],
)  # fmt: skip
def test_what_was_found_is_told_with_its_unit_and_with_what_was_asked(
    name: str, figures: dict[str, float], said: str
) -> None:
    report = judge_list({**_FINE, **_GIFTS, **figures}, Gate()).report
    assert {found.name: found.observed for found in report.findings}[name] == said
