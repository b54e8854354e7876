"""The normalised parts of a list, read as they are needed: never all columns of all rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaign.lists.admission import CROWD
from campaign.lists.compared import LOOKED_AT, people_of
from campaign.lists.fields import NORMALISED
from campaign.lists.identity.sharing import Kind, marks, sharers
from gateways.list_workspace import Workspace
from tasks.parts import marks_of

Ints = npt.NDArray[np.int64]


def read_parts(folder: Workspace, parts: int, columns: Sequence[str]) -> pa.Table:
    """Return some columns of all rows."""
    tables = [folder.read("normal", number, columns) for number in range(1, parts + 1)]
    return pa.concat_tables([NORMALISED.empty_table().select(columns), *tables]).combine_chunks()


class FreshParts:
    """The fresh rows of a list, numbered through all parts in the order of the file."""

    def __init__(self, folder: Workspace, parts: int, fresh: Ints, space: str) -> None:
        self.space = space
        self.count = len(fresh)
        self._folder, self._fresh = folder, fresh
        self._near: Ints = np.zeros(0, np.int64)
        self._near_rows = NORMALISED.empty_table()
        sizes = [folder.rows("normal", number) for number in range(1, parts + 1)]
        ends = np.cumsum([0, *sizes])
        self._spans = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        self._first = np.searchsorted(fresh, ends)  # by part: the number of its first fresh row

    def _places(self, part: int) -> Ints:
        """Return where in a part its fresh rows stand."""
        mine = self._fresh[self._first[part] : self._first[part + 1]]
        return mine - self._spans[part].start

    def _rows(self, part: int, places: Ints, columns: Sequence[str]) -> pa.Table:
        table = self._folder.read("normal", part + 1, list(columns))
        return table if len(places) == table.num_rows else table.take(pa.array(places))

    def each(self, columns: Sequence[str]) -> Iterator[tuple[slice, int, pa.Table]]:
        """Yield part by part: which rows of the list it holds, and the fresh ones among them."""
        for part, span in enumerate(self._spans):
            yield span, int(self._first[part]), self._rows(part, self._places(part), columns)

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Return some columns of all fresh rows."""
        tables = [rows for _, _, rows in self.each(names)]
        return pa.concat_tables([NORMALISED.empty_table().select(names), *tables]).combine_chunks()

    def _rows_of(self, numbers: Ints) -> pa.Table:
        columns = list(dict.fromkeys((*LOOKED_AT, *CROWD)))
        tables = [NORMALISED.empty_table().select(columns)]
        for part, (first, last) in enumerate(pairwise(self._first)):
            low, high = np.searchsorted(numbers, (first, last))
            if low < high:
                places = self._fresh[numbers[low:high]] - self._spans[part].start
                tables.append(self._rows(part, places, columns))
        return pa.concat_tables(tables).combine_chunks()

    def people(self) -> Iterator[pa.Table]:
        """Yield the fresh rows part by part, as identity compares them."""
        for _, first, rows in self.each(LOOKED_AT):
            yield people_of(rows, np.arange(first, first + rows.num_rows), self.space)

    def near(self, known: pa.Table) -> pa.Table:
        """Return those who share anything with another: fresh rows, and known people."""
        places = sharers(self.count + known.num_rows, self._kinds(known))
        self._near = places[places < self.count]
        self._near_rows = self._rows_of(self._near)
        rows = people_of(self._near_rows, self._near, self.space)
        others = known.take(pa.array(places[len(self._near) :] - self.count))
        return pa.concat_tables([rows, others]).combine_chunks()

    def crowd(self, numbers: Ints) -> pa.Table:
        """Return some of the near rows: those of people who have several are among them."""
        return self._near_rows.take(pa.array(np.searchsorted(self._near, numbers)))

    def _kinds(self, known: pa.Table) -> Iterator[Kind]:
        for kind, (rows, values) in enumerate(marks(known)):
            told = [
                self._own(part, *marks_of(self._folder, part + 1, self.space, kind))
                for part in range(len(self._spans))
            ]
            told.append((rows + self.count, values))
            yield (
                np.concatenate([rows for rows, _ in told]),
                np.concatenate([values for _, values in told]),
            )

    def _own(self, part: int, rows: Ints, values: npt.NDArray[np.uint64]) -> Kind:
        """Return the marks of a part's fresh rows, by their number."""
        places = self._places(part)
        first = int(self._first[part])
        if len(places) == self._spans[part].stop - self._spans[part].start:
            return rows + first, values
        at = np.minimum(np.searchsorted(places, rows), max(len(places) - 1, 0))
        here = places[at] == rows if len(places) else np.zeros(len(rows), np.bool_)
        return at[here] + first, values[here]
