"""The package as a workbook: an index, the figures, and a sheet a section, with live formulas.

Belongs here: cells, formats, formulas. Does not belong here: what a figure means. Amounts are
written as dollars and cents; every formula carries its value, for viewers that do not recalculate.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from campaign.compliance.figures import TIE_OUT
from campaign.compliance.package import Column, Figure, Package, Section, words_of
from reports import answer
from reports.sheet_rows import fill_sheets

HEADER_ROW = 3  # counted from 0: title, note, totals, header
FIRST_ROW = HEADER_ROW + 1
GREATEST_ROWS = 1_000_000  # a sheet holds 1,048,576
READABLE_WIDTH = 220  # characters: about seven points high on a Letter page on its side
WIDEST_GROWN, _ROOM = 32, 2  # a column's width grows with its texts until here
_LINE, _MARGIN = 16, 1  # points; characters
INK, ACCENT, PALE = "#1F2933", "#1F4E5F", "#E8EEF0"
_NUMBER = {"cents": "#,##0.00;[Red]-#,##0.00", "count": "#,##0", "date": "mmm d, yyyy",
           "percent": "0.0%"}  # fmt: skip


_TEXTS = ("text", "code", "date")
_TIE_OUT_STYLE: dict[str, dict[str, Any]] = {
    "step": {"bold": True, "bg_color": PALE},
    "check": {"italic": True},
}


class Workbook:
    """One workbook in the making."""

    def __init__(self, path: Path, package: Package) -> None:
        self.package = package
        self.book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False,
                        "strings_to_urls": False, "default_date_format": "mmm d, yyyy"}
        )  # fmt: skip
        self.book.set_properties(
            {
                "title": f"{package.title}, {answer.days(package)}",
                "author": package.committee,
                "created": package.prepared_at.replace(tzinfo=None),
            }
        )
        self.book.set_calc_mode("auto")
        self.formats: dict[str, Any] = {}
        self.sheet_of = {key: _sheet_name(section) for key, section in package.sections.items()}
        self.cell_of: dict[str, str] = {}

    def format(self, **properties: Any) -> Any:
        """Return a format, made once."""
        key = repr(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {"font_name": "Calibri", "font_size": 11, "font_color": INK, **properties}
            )
        return self.formats[key]

    def kind(self, kind: str, **properties: Any) -> Any:
        """Return the format of a kind of value."""
        number = _NUMBER.get(kind)
        shown: dict[str, Any] = {"num_format": number} if number else {}
        if kind in _TEXTS:  # apart from the number before
            shown |= {"align": "left", "indent": 1}
        return self.format(**shown, **properties)


def write_workbook(path: Path, package: Package) -> None:
    """Write the package as a workbook."""
    work = Workbook(path, package)
    sheets = {
        name: work.book.add_worksheet(name)
        for name in ("Index", "Summary", *work.sheet_of.values())
    }
    _locate_figures(work)
    _index(work, sheets["Index"])
    _summary(work, sheets["Summary"])
    for key, section in package.sections.items():
        _section(work, sheets[work.sheet_of[key]], section)
    work.book.close()
    fill_sheets(
        path,
        {
            number: (FIRST_ROW + 1, section.columns, section.rows.head(GREATEST_ROWS))
            for number, section in enumerate(package.sections.values(), start=3)
            if len(section.rows)
        },
    )


def _sheet_name(section: Section) -> str:
    return section.title.replace("'", "")[:31]


def _locate_figures(work: Workbook) -> None:
    for number, key in enumerate(work.package.figures):
        work.cell_of[key] = f"C{number + len(TIE_OUT) + 8}"


def _title(work: Workbook, sheet: Any, title: str, note: str) -> None:
    sheet.hide_gridlines(2)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, title, work.format(bold=True, font_size=16, font_color=ACCENT))
    sheet.write_string(1, 0, note, work.format(italic=True, font_color="#52606D"))


def _index(work: Workbook, sheet: Any) -> None:
    package = work.package
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 96)
    _title(work, sheet, package.title, package.committee)
    label, value = work.format(bold=True), work.format()
    sheet.write_string(3, 0, answer.verdict(package), work.format(bold=True, font_size=13))
    row = _answer(work, sheet, 5)
    for name, text in _facts(package):
        sheet.write_string(row, 0, name, label)
        sheet.write_string(row, 1, text, value)
        row += 1
    row += 1
    shown: dict[str, Any] = {"bold": True, "font_color": "#FFFFFF", "bg_color": ACCENT}
    sheet.write_string(row, 0, "Sheet", work.format(**shown))
    sheet.write_string(row, 1, "Rows", work.format(align="right", **shown))
    sheet.write_string(row, 2, "What it shows", work.format(indent=1, **shown))
    note = work.format(indent=1)
    link = work.format(font_color="#0B5CAD", underline=1)
    sheet.write_url(row + 1, 0, "internal:'Summary'!A1", link, "Summary")
    sheet.write_number(row + 1, 1, len(package.figures), work.kind("count"))
    sheet.write_string(row + 1, 2, "The tie-out from pledge to bank, and every figure.", note)
    for number, (key, section) in enumerate(package.sections.items(), start=row + 2):
        sheet.write_url(number, 0, f"internal:'{work.sheet_of[key]}'!A1", link, section.title)
        sheet.write_number(number, 1, len(section.rows), work.kind("count"))
        sheet.write_string(number, 2, section.note, note)
    _page(sheet, landscape=False)


def _answer(work: Workbook, sheet: Any, row: int) -> int:
    """Write the sums that people ask for first and what is open; return the row after a gap."""
    package = work.package
    label, soft = work.format(bold=True), work.format(font_color="#52606D")
    for key, name in answer.HEADLINE.items():
        figure = package.figures[key]
        formula = f"=Summary!{work.cell_of[key]}"
        sheet.write_string(row, 0, name, label)
        sheet.write_formula(
            row, 1, formula, work.kind(figure.unit), _cell(figure.value, figure.unit)
        )
        row += 1
    row += 1
    sheet.write_string(row, 0, "To look at before it is signed", label)
    found = answer.still_open(package)
    if not found:
        sheet.write_string(row, 1, "Nothing is open.", soft)
    for figure in found:
        row += 1
        name = work.sheet_of.get(figure.section, "Summary")
        link = work.format(font_color="#0B5CAD", underline=1, indent=1)
        sheet.write_url(row, 0, f"internal:'{name}'!A1", link, figure.label)
        formula = f"=Summary!{work.cell_of[figure.key]}"
        number = work.kind(figure.unit, bold=True)
        sheet.write_formula(row, 1, formula, number, _cell(figure.value, figure.unit))
    return row + 2


def _facts(package: Package) -> list[tuple[str, str]]:
    return [
        ("Committee", package.committee),
        ("Days covered", f"{answer.days(package)}, both included"),
        ("Time zone, currency", f"{package.timezone}, {package.currency.upper()}"),
        ("Prepared", answer.prepared(package)),
        ("Rules", f"version {package.rules_version}"),
        *package.facts.items(),
    ]


def _page(sheet: Any, *, landscape: bool, width: int = 0) -> None:
    """Print on Letter paper, on as many pages beside each other as keep the letters readable."""
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(1)  # US Letter
    pages = -(-width // READABLE_WIDTH) or 1
    if pages > 1:
        sheet.repeat_columns(0, 1)  # whose row it is
    sheet.fit_to_pages(pages, 0)
    sheet.set_footer("&L&A&RPage &P of &N")


def _summary(work: Workbook, sheet: Any) -> None:
    package = work.package
    sheet.set_column(0, 0, 4)
    sheet.set_column(1, 1, 46)
    sheet.set_column(2, 2, 18)
    sheet.set_column(3, 3, 70)
    _title(work, sheet, "Summary", "From pledge to bank: every cent, and how it is counted.")
    head = work.format(bold=True, font_color="#FFFFFF", bg_color=ACCENT)
    right = work.format(bold=True, font_color="#FFFFFF", bg_color=ACCENT, align="right")
    sheet.write_row(3, 0, ("", "Tie-out", "", ""), head)
    sheet.write_string(3, 2, "Amount", right)
    for row, line in enumerate(TIE_OUT, start=4):
        figure = package.figures[line.figure]
        chosen = _TIE_OUT_STYLE.get(line.kind, {})
        indent = {"step": 0, "item": 1, "check": 1}[line.kind]
        sheet.write_string(row, 1, figure.label, work.format(indent=indent, **chosen))
        formula = f"={work.cell_of[line.figure]}"
        sheet.write_formula(
            row, 2, formula, work.kind(figure.unit, **chosen), _cell(figure.value, figure.unit)
        )
        text = ("ties out" if figure.value == 0 else "DOES NOT TIE OUT") * (line.kind == "check")
        sheet.write_string(row, 3, text, work.format(indent=1, **chosen))
    row = 4 + len(TIE_OUT) + 2
    sheet.write_row(row, 0, ("", "Figure", "", "How it is counted"), head)
    sheet.write_string(row, 2, "Value", right)
    for number, (key, figure) in enumerate(package.figures.items(), start=row + 1):
        assert work.cell_of[key] == f"C{number + 1}"
        sheet.write_string(number, 1, figure.label, work.format())
        sheet.write_formula(
            number, 2, _formula(work, figure), work.kind(figure.unit),
            _cell(figure.value, figure.unit),
        )  # fmt: skip
        sheet.write_string(
            number, 3, f"{key}: {figure.source()}", work.format(font_color="#52606D", indent=1)
        )
    sheet.freeze_panes(3, 0)
    _page(sheet, landscape=False)


def _cell(value: int, unit: str) -> float | int:
    return value / 100 if unit == "cents" else value


def _formula(work: Workbook, figure: Figure) -> str:
    """Return the figure as a formula over the cells that it is made of."""
    if not figure.section:
        parts = [f"+{work.cell_of[key]}" for key in figure.plus]
        parts += [f"-{work.cell_of[key]}" for key in figure.minus]
        return f"=ROUND({''.join(parts).removeprefix('+')},2)"
    section = work.package.sections[figure.section]
    span = {column.name: _span(work, section, column.name) for column in section.columns}
    first = section.columns[0].name
    if not figure.where:
        if figure.column:
            return f"=ROUND(SUM({span[figure.column]}),2)"
        return f"=ROWS({span[first]})" if len(section.rows) else "=0"
    (name, values), *others = figure.where.items()
    if others:
        raise ValueError("a figure filters by one column")
    if any(column.name == name and column.kind == "code" for column in section.columns):
        values = tuple(words_of(value) for value in values)
    terms = [
        f'SUMIFS({span[figure.column]},{span[name]},"{value}")'
        if figure.column
        else f'COUNTIF({span[name]},"{value}")'
        for value in values
    ]
    return f"=ROUND({'+'.join(terms)},2)"


def _span(work: Workbook, section: Section, name: str) -> str:
    position = [column.name for column in section.columns].index(name)
    letter = xl_col_to_name(position)
    last = FIRST_ROW + max(1, min(len(section.rows), GREATEST_ROWS))
    return f"'{work.sheet_of[section.key]}'!${letter}${FIRST_ROW + 1}:${letter}${last}"


def _section(work: Workbook, sheet: Any, section: Section) -> None:
    _title(work, sheet, section.title, section.note)
    rows = section.rows.head(GREATEST_ROWS)
    last = FIRST_ROW + len(rows)
    widths = [_width(section, column) for column in section.columns]
    for position, width in enumerate(widths):
        sheet.set_column(position, position, width)
    _totals(work, sheet, section, last)
    labels = [column.label for column in section.columns]
    # A viewer that does not grow the row would write the second line over the first row.
    sheet.set_row(HEADER_ROW, _LINE * max(map(_lines, labels, widths)))
    for position, column in enumerate(section.columns):
        side: dict[str, Any] = {"align": "right"}
        if column.kind in _TEXTS:
            side = {"align": "left", "indent": 1}
        head = work.format(
            bold=True, font_color="#FFFFFF", bg_color=ACCENT, text_wrap=True, valign="top", **side
        )
        sheet.write_string(HEADER_ROW, position, column.label, head)
    if len(rows):
        _sample_row(work, sheet, section)
    else:
        sheet.write_string(FIRST_ROW, 0, "None.", work.format(italic=True, indent=1))
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.autofilter(HEADER_ROW, 0, max(last - 1, HEADER_ROW), len(section.columns) - 1)
    sheet.repeat_rows(HEADER_ROW)
    _page(sheet, landscape=True, width=sum(widths))


def _lines(label: str, width: int) -> int:
    """Return on how many lines a header stands, in bold letters."""
    return len(wrap(label, max(width - _MARGIN, 1)))


def _width(section: Section, column: Column) -> int:
    """Return a width that most texts of the column fit into."""
    if column.kind not in ("text", "code") or not len(section.rows):
        return column.width
    longest = int(section.rows[column.name].fillna("").astype(str).str.len().max()) + _ROOM
    return max(column.width, min(longest, WIDEST_GROWN))


def _totals(work: Workbook, sheet: Any, section: Section, last: int) -> None:
    """Write the sums above the header: they follow the filter."""
    if not any(column.total for column in section.columns):
        return
    for position, column in enumerate(section.columns):
        if not column.total:
            if position == 0:
                sheet.write_string(2, 0, "Total", work.format(bold=True, bg_color=PALE, indent=1))
            continue
        letter = xl_col_to_name(position)
        span = f"{letter}{FIRST_ROW + 1}:{letter}{max(last, FIRST_ROW + 1)}"
        total = int(section.rows[column.name].sum()) if len(section.rows) else 0
        sheet.write_formula(
            2, position, f"=SUBTOTAL(109,{span})",
            work.kind(column.kind, bold=True, bg_color=PALE), _cell(total, column.kind),
        )  # fmt: skip


def _sample_row(work: Workbook, sheet: Any, section: Section) -> None:
    """Write one row whose formats all rows take."""
    for position, column in enumerate(section.columns):
        # What is longer still is written smaller: the cell beside it would cut it in print.
        is_text = column.kind in ("text", "code")
        form = work.kind(column.kind, **({"shrink": True} if is_text else {}))
        if column.kind in ("text", "code"):
            sheet.write_string(FIRST_ROW, position, "-", form)
        else:
            sheet.write_number(FIRST_ROW, position, 0, form)
