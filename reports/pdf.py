"""The package on paper: values into a typst template, pages out.

Belongs here: what is shown, in which words and how many rows. Does not belong here: what a
figure means. Only fonts that typst carries are used; nothing is fetched.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd
import typst

from campaign.compliance.figures import FUNNEL, TIE_OUT
from campaign.compliance.package import Column, Package, Section, words_of
from campaign.days import short_day
from campaign.money import format_minor
from config.scratch import scratch
from reports import answer

TEMPLATES = Path(__file__).resolve().parent / "templates"
ACCESSIBLE: Final = "ua-1"  # PDF/UA: title, language, reading order and tables for a screen reader
MOST_ROWS = 40  # a page; the workbook holds all
# What a page has room for; the workbook shows every column.
_ON_PAPER: Mapping[str, tuple[str, ...]] = {
    "receipts": (
        "received_on", "full_name", "state", "election_code", "fec_line", "amount_cents",
        "aggregate_cents", "pledge_ref", "deposited_on",
    ),
    "returns": ("returned_on", "kind", "full_name", "amount_cents", "reason"),
    "payouts": (
        "created_on", "payout", "state", "paid_out_cents", "rows", "unexplained_cents", "booked_on",
    ),
    "ledger": ("name", "rows", "amount_cents", "fee_cents", "net_cents", "before_cents"),
    "pledges": ("pledged_on", "pledge_ref", "team_code", "due_on", "amount_cents", "paid_cents",
                "open_cents", "age"),
    "teams": ("team", "attempts", "pledges", "pledged_cents", "settled_cents", "cost_cents",
              "net_cents", "cost_share"),
    "exceptions": ("kind", "amount_cents", "opened_on", "age", "owner", "reason"),
    "decisions": ("kind", "amount_cents", "resolution", "because", "resolved_by", "resolved_on"),
    "limits": ("full_name", "label", "given_cents", "limit_cents", "headroom_cents", "last_on"),
    "timing": ("side", "kind", "amount_cents", "day", "subject"),
    "calls": ("team", "campaign_code", "call_result", "attempts", "donors"),
}  # fmt: skip
log = logging.getLogger(__name__)
_FINDING = ("due_on", "name", "amount_cents", "since", "what", "status")


def write_pdf(
    path: Path, package: Package, code: str, seal: Sequence[tuple[str, str]], changes: Sequence[Any]
) -> None:
    """Write the package as PDF/UA, with text, bookmarks and tags."""
    data = page_data(package, code, seal, changes)
    render(path, "package.typ", data)


def render(path: Path, template: str, data: Mapping[str, Any]) -> None:
    """Fill a template with values."""
    with scratch() as folder:
        source = folder / template
        shutil.copyfile(TEMPLATES / template, source)
        (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
        _, told = typst.compile_with_warnings(
            str(source),
            output=str(path),
            root=str(folder),
            ignore_system_fonts=True,
            font_paths=[],
            pdf_standards=[ACCESSIBLE],
        )
    for warning in told:  # of the template, as a font that is missing; values are not in it
        log.warning("%s: %s", template, warning.message)


def page_data(
    package: Package, code: str, seal: Sequence[tuple[str, str]], changes: Sequence[Any]
) -> dict[str, Any]:
    """Return what the template shows, every value as it is written."""
    shown = [section for section in package.sections.values() if section.key != "fees"]
    return {
        "title": package.title,
        "committee": package.committee,
        "code": code,
        "books": dict(seal).get("Books", "")[:12],
        "days": answer.days(package),
        "days_long": f"{_long(package.first_day)} to {_long(package.last_day)}",
        "mode": package.facts.get("Mode", ""),
        "facts": _facts(package),
        "headline": [
            {"label": label, "value": answer.written(package, key)}
            for key, label in answer.HEADLINE.items()
        ],
        "verdict": answer.verdict(package),
        "tie_out": [_tie_out_line(package, line.kind, line.figure) for line in TIE_OUT],
        "funnel": _funnel(package),
        **_weeks(package),
        "ages": [
            {
                "label": package.figures[key].label.removeprefix("Open, "),
                "value": package.value(key),
                "text": answer.written(package, key),
            }
            for key in package.figures
            if key.startswith("pledges.open_")
        ],
        "law": [
            {"label": figure.label, "text": f"{figure.value:,}", "section": figure.section}
            for figure in answer.findings(package)
        ],
        "changes": [list(change) for change in changes],
        "sections": [_section(section, package.currency) for section in shown],
        "seal": [list(pair) for pair in seal],
    }


def _long(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _facts(package: Package) -> list[list[str]]:
    return [
        ["Prepared", answer.prepared(package)],
        ["Time zone", package.timezone],
        ["Currency", package.currency.upper()],
        ["Rules", f"version {package.rules_version}"],
        *([name, text] for name, text in package.facts.items() if name != "Mode"),
    ]


def _tie_out_line(package: Package, kind: str, key: str) -> dict[str, str]:
    value = package.value(key)
    note = ("ties out" if value == 0 else "DOES NOT TIE OUT") if kind == "check" else ""
    label = package.figures[key].label
    return {"kind": kind, "label": label, "value": answer.written(package, key), "note": note}


def _funnel(package: Package) -> list[dict[str, Any]]:
    """Return how many calls reached somebody, brought a pledge, and how many payments came."""
    calls = package.value(FUNNEL[0])
    return [
        {
            "label": package.figures[key].label,
            "value": package.value(key),
            "text": f"{package.value(key):,}",
            "share": f"{package.value(key) / calls:.0%} of calls" if calls and number else "",
        }
        for number, key in enumerate(FUNNEL)
    ]


def _weeks(package: Package) -> dict[str, Any]:
    """Return what was received in each week of the period."""
    rows = package.sections["receipts"].rows
    if not len(rows):
        return {"weeks": [], "weeks_top": ""}
    day = pd.to_datetime(rows["received_on"])
    start = pd.Timestamp(package.first_day)
    week = (day - start).dt.days // 7
    sums = rows["amount_cents"].groupby(week.to_numpy()).sum()
    count = (package.last_day - package.first_day).days // 7 + 1
    weeks = []
    for number in range(count):
        first = package.first_day + timedelta(days=7 * number)
        value = int(sums.get(number, 0))
        text = format_minor(100 * round(value / 100), package.currency).removesuffix(".00")
        weeks.append({"label": f"{first:%b} {first.day}", "value": value, "text": text})
    return {"weeks": weeks, "weeks_top": format_minor(int(sums.max()), package.currency)}


def _section(section: Section, currency: str) -> dict[str, Any]:
    wanted = _ON_PAPER.get(section.key)
    if wanted is None and "citation" in section.rows:
        wanted = _FINDING
    columns = [column for column in section.columns if wanted is None or column.name in wanted]
    if "election_code" in section.rows and not section.rows["election_code"].any():
        columns = [column for column in columns if column.name != "election_code"]
    rows = section.rows.head(MOST_ROWS)
    left = len(section.rows) - len(rows)
    more = "None." if section.rows.empty else ""
    if left:
        more = f"The first {len(rows):,} of {len(section.rows):,} rows; the workbook has them all."
    cells = [
        [written(row[column.name], column.kind, currency) for column in columns]
        for row in rows.to_dict("records")
    ]
    return {
        "key": section.key,
        "title": section.title,
        "note": section.note,
        "columns": [
            {"label": column.label, "kind": column.kind, "wide": column.width >= 24}
            for column in columns
        ],
        "rows": cells,
        "totals": _totals(section, columns, currency) if cells else [],
        "more": more,
    }


def _totals(section: Section, columns: Sequence[Column], currency: str) -> list[str]:
    totals = [
        written(int(section.rows[column.name].sum()), column.kind, currency) if column.total else ""
        for column in columns
    ]
    if not any(totals):
        return []
    count = len(section.rows)
    name = f"Total of all {count:,}" if count > MOST_ROWS else "Total"
    return [totals[0] or name, *totals[1:]]


def written(value: Any, kind: str, currency: str = "usd") -> str:
    """Return a value as a page shows it; a blank stays blank."""
    if value is None or (not isinstance(value, dict | list) and pd.isna(value)):
        return ""
    if kind == "cents":
        return format_minor(int(value), currency, symbol=False)
    if kind == "count":
        return f"{int(value):,}"
    if kind == "percent":
        return f"{value:.1%}"
    if kind == "date":
        return short_day(pd.Timestamp(value).date())
    return words_of(str(value)) if kind == "code" else str(value)
