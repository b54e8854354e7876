"""The cells of a part of a list, by what they hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from campaign.lists.columns import nulls, trimmed, without_nothings
from campaign.lists.formats import Mapping

Columns = dict[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Part:
    """The cells of a part and what they hold."""

    cells: Columns
    mapping: Mapping
    rows: int
    _said: Columns = field(default_factory=dict)  # what was looked at once

    def said(self, header: str) -> pa.Array:
        """Return a column, "N/A" and the like made null."""
        if header not in self._said:
            self._said[header] = without_nothings(self.cells[header])
        return self._said[header]

    def of(self, name: str) -> list[pa.Array]:
        """Return every column that holds a field, "N/A" and the like made null."""
        return [self.said(header) for header in self.mapping.headers_of(name)]

    def text(self, name: str) -> pa.Array:
        """Return the one column that holds a field."""
        found = self.of(name)
        return found[0] if found else nulls(self.rows)

    def name(self, name: str) -> pa.Array:
        """Return a column of names, trimmed only: a person may be called Null."""
        found = self.mapping.headers_of(name)
        return trimmed(self.cells[found[0]]) if found else nulls(self.rows)

    def marks(self, name: str) -> list[pa.Array]:
        """Return the columns of yes and no as they are: a 0 is an answer."""
        return [trimmed(self.cells[header]) for header in self.mapping.headers_of(name)]
