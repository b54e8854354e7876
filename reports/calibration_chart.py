"""The calibration of the chances as a chart: what was expected against what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from campaign.calling.calibration import STEPS, Tenth

_SIDE, _GAP, _LEFT, _TOP = 250, 80, 70, 80
_TITLES = {
    "contact": "Is reached",
    "pledge": "Pledges, when reached",
    "amount": "Pledged amount",
    "fulfil": "Keeps the pledge",
}


def draw(found: Mapping[str, Sequence[Tenth]], campaign: str) -> str:
    """Return an SVG of four panels: a dot a tenth, its uncertainty, and the line of the just."""
    width = _LEFT + 2 * _SIDE + _GAP + 30
    height = _TOP + 2 * _SIDE + _GAP + 60
    panels = []
    for number, step in enumerate(STEPS):
        x = _LEFT + (number % 2) * (_SIDE + _GAP)
        y = _TOP + (number // 2) * (_SIDE + _GAP)
        panels.append(_panel(step, list(found.get(step, ())), x, y))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" font-family="sans-serif" font-size="12">'
        f"<title>Calibration of the chances of {escape(campaign)}</title>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<text x="{_LEFT}" y="26" font-size="17">What was expected, and what came: '
        f"{escape(campaign)}</text>"
        f'<text x="{_LEFT}" y="46" fill="#555">Each dot is a tenth of the cases; bars hold the '
        "truth 19 times in 20. On the line: as expected.</text>"
        f"{''.join(panels)}</svg>\n"
    )


def _panel(step: str, rows: Sequence[Tenth], x: float, y: float) -> str:
    tenths = [row for row in rows if row.number]
    whole = next((row for row in rows if not row.number), None)
    said = f"{whole.cases:,} cases" if whole else "no cases yet"
    head = (
        f'<text x="{x}" y="{y - 8}" font-size="13">{_TITLES[step]} '
        f'<tspan fill="#555">({said})</tspan></text>'
        f'<rect x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999"/>'
        f'<line x1="{x}" y1="{y + _SIDE}" x2="{x + _SIDE}" y2="{y}" stroke="#bbb" '
        'stroke-dasharray="4 4"/>'
    )
    top = _top(tenths)

    def place(value: float) -> float:
        return min(max(value / top, 0.0), 1.0) * _SIDE

    marks = [_mark(row, x, y, place(row.expected), place) for row in tenths]
    labels = "".join(
        f'<text x="{x + share * _SIDE}" y="{y + _SIDE + 16}" text-anchor="middle">'
        f"{_label(step, top * share)}</text>"
        f'<text x="{x - 6}" y="{y + _SIDE * (1 - share) + 4}" text-anchor="end">'
        f"{_label(step, top * share)}</text>"
        for share in (0.0, 0.5, 1.0)
    )
    axis = (
        f'<text x="{x + _SIDE / 2}" y="{y + _SIDE + 34}" text-anchor="middle" fill="#555">'
        "expected</text>"
    )
    return f"<g>{head}{''.join(marks)}{labels}{axis}</g>"


def _mark(row: Tenth, x: float, y: float, across: float, place: Callable[[float], float]) -> str:
    low, middle, high = (y + _SIDE - place(value) for value in (row.low, row.observed, row.high))
    at, colour = x + across, "#1d5fa8" if row.holds else "#c0392b"
    return (
        f'<line x1="{at:.1f}" y1="{low:.1f}" x2="{at:.1f}" y2="{high:.1f}" stroke="{colour}"/>'
        f'<circle cx="{at:.1f}" cy="{middle:.1f}" r="4" fill="{colour}">'
        f"<title>{row.cases} cases: expected {row.expected:.3g}, came {row.observed:.3g}</title>"
        "</circle>"
    )


def _top(tenths: Sequence[Tenth]) -> float:
    """Return where the axes end: past every dot, at a round figure."""
    most = max((max(row.expected, row.observed) for row in tenths), default=1.0) * 1.15
    power = 1.0
    while power < most:
        power *= 10
    while power >= most * 10:
        power /= 10
    return next(step * power for step in (0.15, 0.2, 0.3, 0.5, 0.75, 1.0) if step * power >= most)


def _label(step: str, value: float) -> str:
    return f"${value / 100:,.0f}" if step == "amount" else f"{value:.0%}"
