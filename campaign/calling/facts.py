"""Donors' facts by column: of a million in a frame, or of a few in plain lists.

The rules of `eligibility` ask for columns and never see what holds them, so that one donor at the
hand-out is judged by the same lines as a whole list, without building a frame for him or her.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
PLACE_COLUMNS = ("state", "postal_code", "timezone", "phone_e164", "phone_timezone")


class Facts(Protocol):
    """What the rules may ask of donors; `store.donor_facts` names the columns."""

    def __len__(self) -> int: ...

    def whole(self, name: str) -> Ints:
        """Return a column of whole numbers."""

    def flag(self, name: str) -> Bools:
        """Return a column of yes and no."""

    def kinds(self, name: str, letters: int | None = None) -> tuple[list[str], Ints]:
        """Return a column's distinct words (or first letters), and which of them each donor has."""

    def places(self) -> tuple[list[tuple[str, ...]], Ints]:
        """Return the distinct words of PLACE_COLUMNS, and which of them each donor has."""


@dataclass(frozen=True, slots=True)
class FewFacts:
    """The facts of a few donors, column by column in plain lists."""

    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.columns["donor_id"])

    def text(self, name: str) -> list[str]:
        """Return a column of words, empty where nothing is known."""
        return [_word(cell) for cell in self.columns[name]]

    def whole(self, name: str) -> Ints:
        """Return a column of whole numbers."""
        return np.array(self.columns[name], dtype=np.int64)

    def flag(self, name: str) -> Bools:
        """Return a column of yes and no."""
        return np.array(self.columns[name], dtype=np.bool_)

    def kinds(self, name: str, letters: int | None = None) -> tuple[list[str], Ints]:
        """Return a column's distinct words (or first letters), and which of them each donor has."""
        return _numbered([word[:letters] for word in self.text(name)])

    def places(self) -> tuple[list[tuple[str, ...]], Ints]:
        """Return the distinct words of PLACE_COLUMNS, and which of them each donor has."""
        cells = zip(*(self.columns[name] for name in PLACE_COLUMNS), strict=True)
        return _numbered([tuple(_word(cell) for cell in row) for row in cells])

    def row(self, position: int) -> dict[str, Any]:
        """Return one donor's facts by name."""
        return {name: cells[position] for name, cells in self.columns.items()}


def _numbered(values: Sequence[Any]) -> tuple[list[Any], Ints]:
    number_of: dict[Any, int] = {}
    numbers = [number_of.setdefault(value, len(number_of)) for value in values]
    return list(number_of), np.array(numbers, dtype=np.int64)


def _word(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """The facts of many donors in a frame."""

    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    def whole(self, name: str) -> Ints:
        """Return a column of whole numbers."""
        return self.frame[name].to_numpy(dtype=np.int64)

    def flag(self, name: str) -> Bools:
        """Return a column of yes and no."""
        return self.frame[name].to_numpy(dtype=bool)

    def kinds(self, name: str, letters: int | None = None) -> tuple[list[str], Ints]:
        """Return a column's distinct words (or first letters), and which of them each donor has."""
        column = self.frame[name] if letters is None else self.frame[name].str.slice(0, letters)
        codes, kinds = pd.factorize(column, use_na_sentinel=False)
        return [_word(kind) for kind in kinds], codes.astype(np.int64)

    def places(self) -> tuple[list[tuple[str, ...]], Ints]:
        """Return the distinct words of PLACE_COLUMNS, and which of them each donor has.

        Words are cut to what decides: places repeat, and hours are worked out once for each.
        """
        columns = [self._place(name) for name in PLACE_COLUMNS]
        combined = np.zeros(len(self), dtype=np.int64)
        for column in columns:
            codes, values = pd.factorize(column, use_na_sentinel=False)
            combined = combined * max(1, len(values)) + codes
        _, first, place = np.unique(combined, return_index=True, return_inverse=True)
        parts = [[_word(cell) for cell in column.iloc[first].tolist()] for column in columns]
        return list(zip(*parts, strict=True)), place.astype(np.int64)

    def _place(self, name: str) -> pd.Series[str]:
        column = self.frame[name]
        if name == "postal_code":  # only Arizona's clock needs it
            return column.where(self.frame["state"].eq("AZ"), "")
        return column.str.slice(0, 5) if name == "phone_e164" else column
