"""The library's own patterns of a country, matched against a whole column of national numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata

# In the order in which the library tries them; the last two may be one.
_KINDS = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
LINE_TYPES = ("", *_KINDS, "fixed_line", "mobile", "fixed_line_or_mobile")
CODE_OF = {name: code for code, name in enumerate(LINE_TYPES)}


@dataclass(frozen=True, slots=True)
class Country:
    """The library's patterns of one country code."""

    prefix: str | None
    regions: tuple[Any, ...]

    def has_prefix(self, national: pa.Array) -> npt.NDArray[np.bool_]:
        """Whether each number begins with what may be a national prefix."""
        if not self.prefix:
            nothing: npt.NDArray[np.bool_] = np.zeros(len(national), dtype=bool)
            return nothing
        return _matches(national, f"^(?:{self.prefix})")

    def kinds(self, national: pa.Array) -> npt.NDArray[np.uint8]:
        """Return the line type of each national number, 0 where it is none."""
        kind = np.zeros(len(national), np.uint8)
        undecided = np.ones(len(national), dtype=bool)
        for metadata in self.regions:
            decides = undecided
            if metadata.leading_digits:
                decides = undecided & _matches(national, f"^(?:{metadata.leading_digits})")
            rows = np.flatnonzero(decides)
            own = _region_kinds(national.take(pa.array(rows)), metadata)
            kind[rows] = own
            undecided[rows[(own > 0) | bool(metadata.leading_digits)]] = False
        return kind


@lru_cache(maxsize=512)
def country(code: int) -> Country | None:
    """Return the patterns of a country code, or nothing where there is no such code."""
    names = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code)
    if names is None:
        return None
    if names == ("001",):  # satellites and freephone: no region of their own
        regions: tuple[Any, ...] = (PhoneMetadata.metadata_for_nongeo_region(code),)
    else:
        regions = tuple(PhoneMetadata.metadata_for_region(name) for name in names)
    return Country(regions[0].national_prefix_for_parsing, regions)


def _region_kinds(national: pa.Array, metadata: PhoneMetadata) -> npt.NDArray[np.uint8]:
    """Return the line type of each national number in a region, 0 where it has none."""
    general = _of_kind(national, metadata.general_desc)
    kind = np.zeros(len(national), np.uint8)
    for name in _KINDS:
        new = general & (kind == 0) & _of_kind(national, getattr(metadata, name))
        kind[new] = CODE_OF[name]
    fixed = general & _of_kind(national, metadata.fixed_line)
    if metadata.same_mobile_and_fixed_line_pattern:
        mobile = fixed
    else:
        mobile = general & _of_kind(national, metadata.mobile)
    rest = kind == 0
    kind[rest & fixed] = CODE_OF["fixed_line"]
    kind[rest & mobile] = CODE_OF["mobile"]
    kind[rest & fixed & mobile] = CODE_OF["fixed_line_or_mobile"]
    return kind


def _of_kind(national: pa.Array, description: object) -> npt.NDArray[np.bool_]:
    pattern = getattr(description, "national_number_pattern", None)
    if not pattern:
        return np.zeros(len(national), dtype=bool)
    good = _matches(national, f"^(?:{pattern})$")
    lengths = [n for n in getattr(description, "possible_length", ()) if n > 0]
    if lengths:
        good &= np.isin(np.asarray(pc.utf8_length(national)), lengths)
    return good


def _matches(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, pattern)).astype(bool)
