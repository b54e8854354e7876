"""From a file's cells to persons: what a list is, what its cells say, and who stands in its rows.

Recognised: `headers` and `contents` (what a column's name and its cells tell), `formats` (known
systems), `others` (a second person's columns), `abroad` (which country), `by_cells` (the cells
against the name), `recognise` (all of them together), `mapping_files` (what a person says instead).

Read, a part at a time: `part` (its cells by field), `normalise` (all of it), `person`, `names`,
`surname_first`, `reach`, `pieces`, `remarks`, `addresses`, `gift`, and under them `phones`,
`phone_patterns`, `several`, `values`, `payments`, `amounts`, `dates`, `columns`; `reasons` says why
a row is set aside.

Judged and let in: `quality` (the list as a whole), `provenance` (what may be done with it),
`admission` and `compared` (rows against who is there), `identity` (who is who), `households`.
`fields` names what a row can tell; `engine` is the DuckDB beneath.
"""
