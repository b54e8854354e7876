"""A list drawn up for the tables: first who is somebody alone, then those who were compared."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.admission import (
    DRAWN_UP,
    Account,
    Drawing,
    People,
    Persons,
    Sorted,
    account,
)
from campaign.lists.gift import NAMES_OF_GIFTS, gifts_of
from campaign.lists.identity.resolve import Resolution
from tasks.list_parts import FreshParts

Drawn = dict[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Found:
    """Who is who among those who share anything with another."""

    near: pa.Table
    persons: Persons
    resolution: Resolution


class ListDrawing:
    """Draws up a list, part by part, while those who share anything are still compared."""

    def __init__(
        self, fresh: FreshParts, keys: pa.Table, rows: Sorted, first_donor_id: int
    ) -> None:
        self._fresh, self._keys, self._rows = fresh, keys, rows
        self._lone = fresh.lone_rows
        self._alone = Persons.alone(first_donor_id + self._lone)
        self.own_ids = first_donor_id + fresh.near_rows  # of the near rows, if they bring somebody
        self.new_people = len(self._lone)  # at least
        self.flagged: dict[str, list[int]] = {}
        self.counts: dict[str, int] = {}  # of the rows, by what became of them

    def drawn(self, finding: Future[Found]) -> Iterator[Drawn]:
        """Yield the rows of each table, piece by piece."""
        tells = gifts_of(self._fresh.columns(NAMES_OF_GIFTS))
        yield from self._drawn_alone(tells)
        found = finding.result()
        people = People(self._lone, self._alone, self._fresh.near_rows, found.persons)
        told = account(self._keys["reason"], self._rows, people, found.resolution.rule)
        self.counts = told.counts
        crowd = self._fresh.crowd(found.persons.crowd)
        near = self._fresh.near_rows
        drawing = Drawing(found.persons, crowd, tells[near], self._fresh.space)
        others = np.asarray(pc.not_equal(told.disposition, "imported"))  # these a person tells of
        for span, first, rows in self._fresh.each(DRAWN_UP, near):
            yield {**drawing.part(rows, first), "row_end": self._ends(told, span, others[span])}
        yield drawing.crowd()
        self._flag(drawing)

    def _drawn_alone(self, tells: npt.NDArray[np.bool_]) -> Iterator[Drawn]:
        nobody = self._fresh.crowd(np.zeros(0, np.int64))
        drawing = Drawing(self._alone, nobody, tells[self._lone], self._fresh.space)
        for _, first, rows in self._fresh.each(DRAWN_UP, self._lone):
            yield drawing.part(rows, first)
        self._flag(drawing)

    def _ends(self, told: Account, span: slice, chosen: npt.NDArray[np.bool_]) -> pa.Table:
        ends = pa.table(
            {
                "source_row": self._keys["source_row"][span],
                "donor_id": pa.array(told.donor[span], mask=told.donor[span] < 0),
                "disposition": told.disposition[span],
                "reason": told.reason[span],
            }
        )
        return ends.filter(pa.array(chosen))

    def _flag(self, drawing: Drawing) -> None:
        for name, donors in drawing.flagged.items():
            self.flagged.setdefault(name, []).extend(donors)
