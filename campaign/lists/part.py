"""The cells of a part of a list, by what they hold."""

from __future__ import annotations

from dataclasses import dataclass

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

    def of(self, field: str) -> list[pa.Array]:
        """Return every column that holds a field, "N/A" and the like made null."""
        return [without_nothings(self.cells[name]) for name in self.mapping.headers_of(field)]

    def text(self, field: str) -> pa.Array:
        """Return the one column that holds a field."""
        found = self.of(field)
        return found[0] if found else nulls(self.rows)

    def name(self, field: str) -> pa.Array:
        """Return a column of names, trimmed only: a person may be called Null."""
        found = self.mapping.headers_of(field)
        return trimmed(self.cells[found[0]]) if found else nulls(self.rows)

    def marks(self, field: str) -> list[pa.Array]:
        """Return the columns of yes and no as they are: a 0 is an answer."""
        return [trimmed(self.cells[name]) for name in self.mapping.headers_of(field)]
