"""The one judge: expectations in, our own report out; no type of the library travels on."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView

from campaign.lists.quality import Finding, Gate, QualityReport
from expectations.donor_lists import donor_list_suite


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a list met, and the page that shows it to people."""

    report: QualityReport
    _result: Any

    def write_page(self, path: Path) -> None:
        """Write the page: shares and counts, nothing of a person."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _quietly():
            for each, found in zip(self._result.results, self.report.findings, strict=True):
                each.expectation_config.kwargs["column"] = found.says  # a sentence, not a name
                each.result["observed_value"] = (found.observed or "–").partition(";")[0]
            page = ValidationResultsPageRenderer(run_info_at_end=True).render(self._result)
            path.write_text(str(DefaultJinjaPageView().render(page)), encoding="utf-8")


def judge_list(figures: Mapping[str, float], gate: Gate) -> Judgement:
    """Return what a list met of what is expected; its figures are named as the expectations."""
    suite = donor_list_suite(gate, has_gifts="plausible_gifts" in figures)
    result = _validate(pd.DataFrame([figures]), suite)
    findings = tuple(_finding(each, figures) for each in result.results)
    return Judgement(QualityReport(findings), result)


def _validate(frame: pd.DataFrame, expectations: Sequence[Any]) -> Any:
    with _quietly():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("lists").add_dataframe_asset("list")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name="donor list", expectations=list(expectations))
        result = batch.validate(suite, result_format="BASIC")
    for each in result.results:
        if hasattr(each.result.get("observed_value"), "item"):  # its own page cannot print numpy's
            each.result["observed_value"] = each.result["observed_value"].item()
    return result


@contextmanager
def _quietly() -> Iterator[None]:
    """Let our own report be all that is said."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("great_exp")]
    own = [logging.getLogger(name) for name in names]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in own:
            each.disabled = True
        yield
    for each in own:
        each.disabled = False


def _finding(result: Any, figures: Mapping[str, float]) -> Finding:
    config = result.expectation_config
    says = " ".join((config.to_domain_obj().__class__.__doc__ or config.type).split())
    return Finding(
        name=config.meta["name"],
        says=says if len(says) < 200 else config.type.replace("_", " "),
        severity=config.meta["severity"],
        met=bool(result.success),
        observed=_observed(config, (result.result or {}).get("observed_value"), figures),
    )


def _observed(config: Any, value: float | None, figures: Mapping[str, float]) -> str | None:
    """Return what was found and what was asked, each with its unit."""
    if value is None:
        return None
    bounds, of = config.kwargs, config.meta.get("share_of")
    if of:
        whole = f"{figures[of]:,.0f} {of}" if of in figures else of
        return f"{_percent(value)} of {whole}; at least {100 * bounds['min_value']:g}% asked"
    if config.meta["name"] == "drift":
        if figures.get("is_first"):
            return "the first list of its source: nothing to set it beside"
        apart = f"{100 * value:.1f} points from the source's last list"
        return f"{apart}; at most {100 * bounds['max_value']:g} asked"
    return f"{_days(value)} old; at most {_days(bounds['max_value'])} asked"


def _percent(share: float) -> str:
    """Return a share, cut rather than rounded: one below its threshold never looks as if met.

    >>> _percent(0.971), _percent(0.49999)
    ('97.1%', '49.9%')
    """
    return f"{floor(round(1000 * share, 6)) / 10:.1f}%"


def _days(number: float) -> str:
    return "1 day" if number == 1 else f"{number:,.0f} days"
