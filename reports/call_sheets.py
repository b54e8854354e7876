"""Call sheets on paper: one block a call, with the asks and boxes for how it ended.

Only fonts that typst carries are used: a sheet looks alike on every machine.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)
_PAGE = """
#set document(title: sys.inputs.title)
#set page(paper: "us-letter", margin: (x: 16mm, y: 14mm), footer: context [
  #set text(8pt, fill: luma(90))
  #sys.inputs.footer #h(1fr) Page #counter(page).display("1 of 1", both: true)])
#set text(font: "Libertinus Serif", size: 10pt, lang: "en")
#let calls = json(bytes(sys.inputs.calls))
#let box-for(words) = box(inset: (right: 9pt))[#box(width: 8pt, height: 8pt, stroke: 0.6pt) #words]
#show heading: set text(15pt)
#heading(level: 1)[#sys.inputs.title]
#v(4pt)
#for script in json(bytes(sys.inputs.scripts)) [
  #block(width: 100%, fill: luma(244), radius: 3pt, inset: 8pt)[
    #for part in script.split("\n\n") [#par(part.split("\n").join(linebreak()))]]
]
#for call in calls [
  #block(breakable: false, width: 100%, stroke: (top: 0.8pt), inset: (y: 8pt))[
    #grid(columns: (1fr, auto), align: (left, right),
      text(13pt, weight: 700)[#call.name], text(13pt, weight: 700)[#call.phone])
    #grid(columns: (1fr, auto), align: (left, right),
      text(fill: luma(70))[#call.row · #call.place],
      text(fill: luma(70))[call until #call.until, their time])
    #v(2pt) Ask: *#call.asks* #h(8pt) #text(fill: luma(70))[#call.limit]
    #v(3pt) #for words in call.boxes { box-for(words) }
    #v(5pt) Pledge \\$ #box(width: 24mm, stroke: (bottom: 0.5pt)) #h(6pt)
    Due #box(width: 24mm, stroke: (bottom: 0.5pt)) #h(6pt)
    E-mail #box(width: 1fr, stroke: (bottom: 0.5pt)) #h(6pt)
    Call back #box(width: 24mm, stroke: (bottom: 0.5pt))
    #if call.work not in ("", "-") [#v(4pt) #text(fill: luma(70))[#call.work]]
    #if call.work == "" or call.work.ends-with("?") [
      #v(5pt) Occupation #box(width: 45mm, stroke: (bottom: 0.5pt)) #h(6pt)
      Employer #box(width: 1fr, stroke: (bottom: 0.5pt))]
  ]
]
"""


def call_sheets(
    title: str, footer: str, calls: Sequence[Mapping[str, object]], scripts: Sequence[str]
) -> bytes:
    """Return the sheets as PDF, first what is said.

    A call has name, phone, row, place, until, asks, limit, work, boxes.
    """
    import typst

    found, told = typst.compile_with_warnings(
        _PAGE.encode(),
        sys_inputs={
            "title": title,
            "footer": footer,
            "calls": json.dumps(list(calls)),
            "scripts": json.dumps(list(scripts)),
        },
        ignore_system_fonts=True,
        font_paths=[],
        pdf_standards=["ua-1"],
    )
    for warning in told:  # of the template, as a font that is missing; values are not in it
        log.warning("call sheets: %s", warning.message)
    assert isinstance(found, bytes)
    return found
