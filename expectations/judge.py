"""The one judge: expectations in, our own report out; no type of the library travels on."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from campaign.lists.quality import Finding, Gate, QualityReport
from expectations.donor_lists import donor_list_suite, whole_list_suite

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView


def judge_list(
    rows: pd.DataFrame, whole: Mapping[str, float], gate: Gate, docs: Path | None = None
) -> QualityReport:
    """Return what a list met of what is expected; the page for people goes to `docs`."""
    has_gifts = bool(rows["gift_cents"].notna().any())
    by_row = _validate("rows", rows, donor_list_suite(gate, has_gifts=has_gifts))
    by_list = _validate("list", pd.DataFrame([whole]), whole_list_suite(gate))
    if docs is not None:
        docs.parent.mkdir(parents=True, exist_ok=True)
        docs.write_text(_page(by_row) + _page(by_list), encoding="utf-8")
    return QualityReport(tuple(map(_finding, [*by_row.results, *by_list.results])))


def _validate(name: str, frame: pd.DataFrame, expectations: Sequence[Any]) -> Any:
    with _quietly():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("lists").add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name=name, expectations=list(expectations))
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


def _page(result: Any) -> str:
    with _quietly():
        page = ValidationResultsPageRenderer(run_info_at_end=True).render(result)
        return str(DefaultJinjaPageView().render(page))


def _finding(result: Any) -> Finding:
    config = result.expectation_config
    says = " ".join((config.to_domain_obj().__class__.__doc__ or config.type).split())
    return Finding(
        name=config.meta["name"],
        says=says if len(says) < 200 else config.type.replace("_", " "),
        severity=config.meta["severity"],
        met=bool(result.success),
        observed=_observed(result.result or {}),
    )


def _observed(result: Mapping[str, Any]) -> str | None:
    if result.get("unexpected_percent") is not None:
        total = result.get("element_count") or 1
        missing = result.get("missing_count") or 0
        judged = total if "missing_count" not in result else max(total - missing, 1)
        return f"{100 - 100 * result.get('unexpected_count', 0) / judged:.1f} % of rows"
    observed = result.get("observed_value")
    return None if observed is None else f"{observed:.3g}"
