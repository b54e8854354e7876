"""How the sandbox's few pages look: one frame that says SANDBOX, light and dark."""

from __future__ import annotations

from html import escape

STYLE = """
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; --line: #8886 }
body { max-width: 46rem; margin: 0 auto; padding: 1rem } main.narrow { max-width: 26rem }
.notice { background: #8a3b00; color: #fff; padding: .5rem 1rem; border-radius: .4rem }
label { display: block; margin: .8rem 0 }
input, select { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem;
  border: 1px solid #777; border-radius: .4rem }
button { font: inherit; padding: .6rem 1rem; border: 0; border-radius: .4rem;
  background: #1d4ed8; color: #fff; cursor: pointer } main.narrow button { width: 100% }
form.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center }
.error { color: #b91c1c } @media (prefers-color-scheme: dark) { .error { color: #fca5a5 } }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem;
  border-bottom: 1px solid var(--line) } td.figure { text-align: right;
  font-variant-numeric: tabular-nums } h2 { margin-top: 2rem }
"""


def frame(title: str, body: str, *, is_narrow: bool = False) -> str:
    """Return a whole page."""
    width = ' class="narrow"' if is_narrow else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>"
        '<p class="notice">SANDBOX: for trying only. People are invented, no money moves.</p>'
        f"<main{width}>{body}</main></body></html>"
    )


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Return a table; cells are HTML already, those that start with a figure stand right."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    is_figure = text.lstrip("-$").replace(",", "").replace(".", "").isdigit()
    return f'<td class="figure">{text}</td>' if is_figure else f"<td>{text}</td>"
