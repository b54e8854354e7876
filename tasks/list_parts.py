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

_AT_ONCE = 50_000  # rows, or a part


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
        self.near_rows: Ints = np.zeros(0, np.int64)  # which of them share anything with another
        self._near = NORMALISED.empty_table()
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

    def each(
        self, columns: Sequence[str], chosen: Ints | None = None
    ) -> Iterator[tuple[slice, int, pa.Table]]:
        """Yield a part or several at a time: where in the list they are, and their fresh rows.

        Of the fresh rows, those that are chosen, by their number. With them comes how many came
        before.
        """
        start = first = 0
        waiting: list[pa.Table] = []
        for part, span in enumerate(self._spans):
            places = self._places(part)
            if chosen is not None:
                low, high = np.searchsorted(chosen, self._first[part : part + 2])
                places = places[chosen[low:high] - self._first[part]]
            waiting.append(self._rows(part, places, columns))
            rows = sum(table.num_rows for table in waiting)
            if rows >= _AT_ONCE or part == len(self._spans) - 1:
                yield slice(start, span.stop), first, pa.concat_tables(waiting)
                start, first, waiting = span.stop, first + rows, []

    def columns(self, names: Sequence[str], chosen: Ints | None = None) -> pa.Table:
        """Return some columns of all fresh rows, or of those that are chosen."""
        tables = [rows for _, _, rows in self.each(names, chosen)]
        return pa.concat_tables([NORMALISED.empty_table().select(names), *tables]).combine_chunks()

    def people(self) -> Iterator[pa.Table]:
        """Yield the fresh rows part by part, as identity compares them."""
        for _, first, rows in self.each(LOOKED_AT):
            yield people_of(rows, np.arange(first, first + rows.num_rows), self.space)

    def near(self, known: pa.Table) -> pa.Table:
        """Return those who share anything with another: fresh rows, and known people.

        Each row has a number of its own among those that are near.
        """
        places = sharers(self.count + known.num_rows, self._kinds(known))
        self.near_rows = places[places < self.count]
        columns = list(dict.fromkeys((*LOOKED_AT, *CROWD)))
        self._near = self.columns(columns, self.near_rows)
        rows = people_of(self._near, np.arange(self._near.num_rows), self.space)
        others = known.take(pa.array(places[len(self.near_rows) :] - self.count))
        return pa.concat_tables([rows, others]).combine_chunks()

    @property
    def lone_rows(self) -> Ints:
        """Which of the fresh rows share nothing with anybody."""
        return np.delete(np.arange(self.count), self.near_rows)

    def crowd(self, numbers: Ints) -> pa.Table:
        """Return some of the near rows: those of people who have several are among them."""
        return self._near.take(pa.array(numbers))

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
