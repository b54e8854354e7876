"""Charts as SVG, drawn on the server, each with its figures as text for those who cannot see it.

Colours come from the style sheet by class, so that a chart follows the dark mode.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from markupsafe import Markup

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 540, 230, 56, 28, 12


def _nice_ceiling(value: float) -> float:
    """Return the round number that closes an axis.

    >>> [_nice_ceiling(v) for v in (0, 7, 12, 380)]
    [1.0, 8.0, 15.0, 400.0]
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(value))) - 1)
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value)


def _short_money(cents: float) -> str:
    """Return an amount as an axis has room for it.

    >>> [_short_money(100 * dollars) for dollars in (0, 950, 1500, 999_950, 2.5e6, 1e9)]
    ['$0', '$950', '$1.5k', '$1M', '$2.5M', '$1B']
    """
    dollars = cents / 100
    for unit, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if dollars >= 0.9995 * unit:
            return f"${dollars / unit:.3g}{name}"
    return f"${dollars:,.0f}"


def lines_by_day(
    days: Sequence[str],
    series: Sequence[tuple[str, Sequence[int]]],
    title: str,
    label: Callable[[float], str] = _short_money,
) -> Markup:
    """Return a chart of cumulated figures by day, one line a series, named at its end."""
    if not days:
        return Markup("")
    top = _nice_ceiling(max(max(values, default=0) for _, values in series))
    right = _WIDTH - 84
    step = (right - _LEFT) / max(len(days) - 1, 1)

    def at(index: int, value: float) -> tuple[float, float]:
        return _LEFT + index * step, _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _BOTTOM - _TOP)

    parts = [_grid(top, right, label), _day_labels(days, step)]
    ends = _apart([at(len(days) - 1, values[-1])[1] for _, values in series])
    for number, ((name, values), end) in enumerate(zip(series, ends, strict=True), 1):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*p) for p in enumerate(values)))
        parts.append(
            Markup('<polyline class="line series-{}" points="{}"/>').format(number, points)
        )
        parts.append(
            Markup('<text class="series-name series-{}" x="{}" y="{:.1f}">{}</text>').format(
                number, right + 8, end + 4, name
            )
        )
    text = "; ".join(f"{name}: {label(values[-1])} on {days[-1]}" for name, values in series)
    return _figure(parts, title, text)


def _apart(heights: Sequence[float], gap: float = 15) -> list[float]:
    """Return the heights moved so that names at the ends of lines do not lie on each other."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    moved = list(heights)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + gap)
    return moved


def _grid(top: float, right: float, label: Callable[[float], str]) -> Markup:
    parts = []
    for quarter in range(5):
        y = _HEIGHT - _BOTTOM - quarter / 4 * (_HEIGHT - _BOTTOM - _TOP)
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                '<text class="axis end" x="{}" y="{:.1f}">{}</text>'
            ).format(_LEFT, right, y, y, _LEFT - 8, y + 4, label(top * quarter / 4))
        )
    return Markup("").join(parts)


def _day_labels(days: Sequence[str], step: float) -> Markup:
    every = max(1, -(-len(days) // 6))
    return Markup("").join(
        Markup('<text class="axis middle" x="{:.1f}" y="{}">{}</text>').format(
            _LEFT + index * step, _HEIGHT - 8, name
        )
        for index, name in enumerate(days)
        if index % every == 0
    )


def funnel(stages: Sequence[tuple[str, int, str]], title: str) -> Markup:
    """Return a bar a stage; each carries its figure, and its share of the stage before."""
    widest = max((number for _, number, _ in stages), default=0) or 1
    row, parts = 38, []
    for index, (name, number, shown) in enumerate(stages):
        before = stages[index - 1][1] if index else 0
        share = f"{100 * number / before:.0f}%" if index and before else ""
        width = max(2.0, number / widest * (_WIDTH - 210))
        parts.append(
            Markup(
                '<text class="bar-name" x="0" y="{y}">{name}</text>'
                '<rect class="bar" x="92" y="{top}" width="{width:.1f}"'
                ' height="24" rx="4"/>'
                '<text class="bar-figure" x="{after:.1f}" y="{y}">{shown}'
                '<tspan class="share" dx="8">{share}</tspan></text>'
            ).format(
                y=index * row + 22,
                top=index * row + 5,
                width=width,
                after=92 + width + 10,
                name=name,
                shown=shown,
                share=share,
            )
        )
    text = "; ".join(f"{name}: {shown}" for name, _, shown in stages)
    return _figure(parts, title, text, height=len(stages) * row)


def meter(part: int, whole: int, title: str) -> Markup:
    """Return how far something has come, as a bar."""
    share = min(1.0, part / whole) if whole > 0 else 0.0
    parts = [
        Markup('<rect class="track" width="540" height="10" rx="5"/>'),
        Markup('<rect class="bar" width="{:.1f}" height="10" rx="5"/>').format(share * 540),
    ]
    return _figure(parts, title, f"{share:.0%}", height=10, kind="meter")


def _figure(
    parts: Sequence[Markup], title: str, text: str, height: int = _HEIGHT, kind: str = "chart"
) -> Markup:
    aspect = Markup(' preserveAspectRatio="none"') if kind == "meter" else ""
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}"{}>{}</svg>'
    ).format(kind, _WIDTH, height, f"{title}. {text}", aspect, Markup("").join(parts))
