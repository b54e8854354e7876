"""The cells of a part of a list, by what they hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import (
    nulls,
    trimmed,
    unmarked,
    unquoted,
    without_nothings,
    without_pictures,
)
from campaign.lists.fields import NAMES
from campaign.lists.formats import Mapping

Columns = dict[str, pa.Array]
_NOTHING = frozenset({"na", "null", "none", "nil"})
_BLANKS = "pledgeline:blanks"


@dataclass(frozen=True, slots=True)
class Part:
    """The cells of a part and what they hold."""

    cells: Columns
    mapping: Mapping
    rows: int
    promises: tuple[str, ...] = ()  # kinds of rows that promise a gift only, in this list
    _said: Columns = field(default_factory=dict)  # what was looked at once

    def said(self, header: str) -> pa.Array:
        """Return a column, "N/A" and the like made null."""
        if header not in self._said:
            shown = unmarked(unquoted(trimmed(self.cells[header])))
            self._said[header] = without_nothings(shown)
        return self._said[header]

    def of(self, name: str) -> list[pa.Array]:
        """Return every column that holds a field, "N/A" and the like made null."""
        return [self.said(header) for header in self.mapping.headers_of(name)]

    def text(self, name: str) -> pa.Array:
        """Return the one column that holds a field."""
        found = self.of(name)
        return found[0] if found else nulls(self.rows)

    def name(self, name: str) -> pa.Array:
        """Return a column of names: one may be Null or Na, but where blanks are written so."""
        text = self._as_it_is(name)
        if _BLANKS not in self._said:
            words = [word for word in self._short_words() if self._is_blank(word)]
            self._said[_BLANKS] = pa.array(words, pa.string())
        if not len(self._said[_BLANKS]):
            return text
        nothing = pc.is_in(text, self._said[_BLANKS])
        return pc.if_else(nothing, pa.scalar(None, text.type), text)

    def _as_it_is(self, name: str) -> pa.Array:
        found = self.mapping.headers_of(name)
        if not found:
            return nulls(self.rows)
        if f"{name}:" not in self._said:
            shown = unmarked(unquoted(trimmed(self.cells[found[0]])))
            self._said[f"{name}:"] = without_pictures(shown)
        return self._said[f"{name}:"]

    def _short_words(self) -> list[str]:
        """Return the words for nothing that stand among the names, each as it is written."""
        found: set[str] = set()
        for field_name in sorted(NAMES):
            text = self._as_it_is(field_name)
            short = text.filter(pc.fill_null(pc.less_equal(pc.binary_length(text), 4), False))
            found |= set(filter(_may_be_nothing, pc.unique(short).to_pylist()))
        return sorted(found)

    def _is_blank(self, word: str) -> bool:
        """Whether a word is how this list writes a blank.

        It stands in columns of other things, too; or, written as no name among names is, for a
        first name, beside none, or often.
        """
        first, last = self._as_it_is("first_name"), self._as_it_is("last_name")
        named = {header for one in NAMES for header in self.mapping.headers_of(one)}
        others = (cell for header, cell in self.cells.items() if header not in named)
        if any(_times(cell, word) for cell in others):
            return True
        if word.istitle():
            return False
        if _times(first, word):
            return True
        alone = pc.and_(pc.equal(last, word), pc.is_null(first))
        has_first = first.null_count < len(first)
        often = _times(last, word)
        return bool(has_first and pc.any(alone).as_py()) or (often > 4 and often * 10 > self.rows)

    def marks(self, name: str) -> list[pa.Array]:
        """Return the columns of yes and no as they are: a 0 is an answer."""
        return [trimmed(self.cells[header]) for header in self.mapping.headers_of(name)]


def _may_be_nothing(word: str) -> bool:
    return word.lower() in _NOTHING or word in ("nan", "NaN")  # Nan is a woman's name


def _times(column: pa.Array, word: str) -> int:
    return int(pc.sum(pc.equal(column, word)).as_py() or 0)
