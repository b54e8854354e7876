"""The one judge: expectations in, our own report out; no type of the library travels on."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from campaign.lists.quality import Finding, Gate, QualityReport
from expectations.donor_lists import donor_list_suite

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a list met, and the page that shows it to people."""

    report: QualityReport
    _result: Any

    def write_page(self, path: Path) -> None:
        """Write the page: shares and counts, nothing of a person."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _quietly():
            page = ValidationResultsPageRenderer(run_info_at_end=True).render(self._result)
            path.write_text(str(DefaultJinjaPageView().render(page)), encoding="utf-8")


def judge_list(figures: Mapping[str, float], gate: Gate) -> Judgement:
    """Return what a list met of what is expected; its figures are named as the expectations."""
    suite = donor_list_suite(gate, has_gifts="plausible_gifts" in figures)
    result = _validate(pd.DataFrame([figures]), suite)
    return Judgement(QualityReport(tuple(map(_finding, result.results))), result)


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


def _finding(result: Any) -> Finding:
    config = result.expectation_config
    says = " ".join((config.to_domain_obj().__class__.__doc__ or config.type).split())
    return Finding(
        name=config.meta["name"],
        says=says if len(says) < 200 else config.type.replace("_", " "),
        severity=config.meta["severity"],
        met=bool(result.success),
        observed=_observed(result.result or {}, share_of=config.meta.get("share_of")),
    )


def _observed(result: Mapping[str, Any], *, share_of: str | None) -> str | None:
    observed = result.get("observed_value")
    if observed is None:
        return None
    return f"{100 * observed:.1f}% of {share_of}" if share_of else f"{observed:.3g}"
