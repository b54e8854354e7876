"""What calls brought and are expected to bring: scorecards, chances, answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.call_desk import AsJson, Campaign, require_folder

_RULES = (
    *("outside_hours", "outside_required_hours", "uncertified_caller", "late_opt_outs"),
    *("after_expiry", "rows_missing", "leaks"),
)


def scorecard(campaign: Campaign, as_json: AsJson = False) -> None:
    """Show what each team's calls brought: rates with uncertainty, settled money net of cost."""
    from campaign.calling.fair_comparison import compare
    from campaign.calling.scorecard import card
    from cli.printing import emit_json, table
    from config.clock import now
    from store import campaigns, scorecards
    from store.session import unit_of_work

    with unit_of_work() as session:
        facts = campaigns.campaign_by_code(session, campaign)
        cards = [card(row) for row in scorecards.records(session, facts.id, now())]
        by_lot = compare(scorecards.lot_donors(session, facts.id))
    if as_json:
        emit_json({"campaign": campaign, "teams": cards, "compared_by_lot": by_lot})
        return
    table(
        f"Teams of {campaign}; in brackets where a rate lies 19 times in 20",
        ("team", "calls", "reached", "pledges", "pays", "settled", "net", "cost per $"),
        [_line(row) for row in cards],
    )
    table(
        "Against the rules",
        ("team", "hours", "law's hours", "untrained", "late opt-out", "packet over",
         "missing", "leaks"),
        [(row["team"], *(row[name] for name in _RULES)) for row in cards],
    )  # fmt: skip
    if by_lot:
        table(
            "Compared on donors drawn by lot, each team against the others",
            ("team", "donors", "pledge", "net a donor", "difference (95%)", "p", "verdict"),
            [_compared_line(row) for row in by_lot],
        )


def _compared_line(row: dict[str, Any]) -> tuple[object, ...]:
    from campaign.money import format_minor

    span = "–"
    if row["difference_cents"] is not None:
        names = ("difference_cents", "low_cents", "high_cents")
        middle, low, high = (format_minor(row[name]) for name in names)
        span = f"{middle} ({low} to {high})"
    return (
        row["team"],
        row["donors"],
        _rate(row["pledge_rate"]),
        format_minor(row["net_cents_a_donor"]),
        span,
        "–" if row["p_value"] is None else f"{row['p_value']:.3f}",
        row["verdict"],
    )


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    from campaign.money import format_minor

    cost = row["cents_per_settled_dollar"]
    return (
        row["team"],
        row["calls"],
        *(_rate(row[step]) for step in ("contact", "pledge", "fulfilment")),
        _whole(row["settled_cents"]),
        _whole(row["net_cents"]),
        format_minor(cost) if cost is not None else "–",
    )


def _whole(cents: int) -> str:
    from campaign.money import format_minor

    return format_minor(100 * ((cents + 50) // 100)).removesuffix(".00")


def _rate(told: dict[str, Any]) -> str:
    if told["rate"] is None:
        return "–"
    return f"{told['rate']:.0%} ({100 * told['low']:.0f}–{100 * told['high']:.0f})"


def answers(
    campaign: Campaign,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a row a call to this CSV file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what donors answered to the script's questions, and export it a row a call."""
    from cli.printing import console, emit_json, table
    from cli.printing import out as screen
    from tasks.call_desk import export_answers

    require_folder(out)
    told = export_answers(campaign, str(out) if out else None)
    if as_json:
        emit_json(told)
        return
    for question in told["questions"]:
        rows = [(row["answer"], row["count"]) for row in question["answers"]]
        if rows:
            table(f"{question['text']} ({question['question']})", ("answer", "calls"), rows)
        else:
            told_so = (
                f"{question['text']} ({question['question']}): {question['answered']} answers."
            )
            screen.print(told_so, markup=False)
    if not told["questions"]:
        screen.print(f"The script of {campaign} asks no question.", markup=False)
    if out is not None:
        console.print(f"{told['calls']} calls with answers are in {out}.", markup=False)


def chances(
    campaign: Campaign,
    chart: Annotated[
        Path | None, typer.Option("--chart", help="Draw what was expected and what came (SVG).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what calls are expected to bring, how sure that is, and whether it came true."""
    from campaign.errors import InputError
    from cli.printing import console, emit_json, table
    from cli.printing import out as screen
    from tasks.call_desk import grade_chances

    if chart is not None and chart.suffix.lower() != ".svg":
        raise InputError("The chart is an SVG picture: name a file such as chances.svg.")
    require_folder(chart)
    told = grade_chances(campaign, str(chart) if chart else None)
    if as_json:
        emit_json(told)
        return
    table(
        f"Chances now, by segment, after {told['calls']} calls (and where they lie 19 times in 20)",
        ("segment", "is reached", "pledges, when reached", "keeps the pledge"),
        [
            (name, *(_chance(steps[step]) for step in ("contact", "pledge", "fulfil")))
            for name, steps in told["segments"].items()
        ],
    )
    graded = [_graded(step, row) for step, rows in told["calibration"].items() for row in rows]
    if graded:
        table(
            "Did it come as the days before foretold? By tenths of the cases",
            ("step", "tenth", "cases", "expected", "came", "19 times in 20", ""),
            graded,
        )
    else:
        screen.print("No call was made yet: nothing can be held against what was foretold.")
    if chart is not None:
        console.print(f"The chart is {chart}.", markup=False)


def _chance(told: dict[str, Any]) -> str:
    return f"{told['mean']:.1%} ({told['low']:.1%}–{told['high']:.1%})"


def _graded(step: str, row: dict[str, Any]) -> tuple[object, ...]:
    from campaign.money import format_minor

    def words(value: float | None) -> str:
        if value is None:
            return "?"
        return format_minor(round(value)) if step == "amount" else f"{value:.1%}"

    span = f"{words(row['low'])}–{words(row['high'])}"
    holds = "" if row["holds"] else "off"
    return (
        *(step, row["tenth"], row["cases"]),
        *(words(row["expected"]), words(row["observed"]), span, holds),
    )
