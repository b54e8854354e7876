"""Invented donors: the people, their gifts, and the lists that name them.

The same seed gives the same people (`people.py`). How the lists spell them is in `donor_lists.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sandbox.donor_lists import ListRows, make_lists
from sandbox.people import make_gifts, make_people, plain

LISTS_CLOSE_ON = date(2026, 9, 1)


@dataclass(frozen=True)
class Population:
    """The people, a row each; their gifts; and the lists that name them.

    `people` is indexed by `person_id`. `gifts` has `person_id, given_on, amount_cents, is_online`.
    """

    seed: int
    people: pd.DataFrame
    gifts: pd.DataFrame

    @cached_property
    def lists(self) -> ListRows:
        """Return the rows that each list holds, and the truth about each row."""
        return make_lists(self.seed, self.people, self.gifts)

    @property
    def truth(self) -> pd.DataFrame:
        """Return who each row of each list really is: `list, source_row, person_id, defect`.

        `person_id` is -1 for a row that is about nobody; `defect` is empty for a sound row.
        """
        return self.lists.truth

    def write_lists(self, folder: Path) -> list[Path]:
        """Write the ActBlue CSV, the VAN export, the hand-made workbook and the suppressions."""
        return self.lists.write(folder)

    def find(
        self, *, phone: str | None = None, email: str | None = None, first_name: str | None = None
    ) -> int | None:
        """Return the person who is reached there; the first name tells a household apart."""
        found = self._by_phone.get(phone or "", ()) or self._by_email.get((email or "").lower(), ())
        if len(found) > 1 and first_name:
            wanted = plain(first_name)
            found = [one for one in found if self._answers_to(one, wanted)] or found
        return found[0] if found else None

    def person(self, person_id: int) -> dict[str, Any]:
        """Return everything about one person."""
        return dict(zip(self.people.columns, self._rows[person_id], strict=True))

    def people_at(self, zip_code: str) -> list[int]:
        """Return who lives at a ZIP code."""
        return self._by_zip.get(zip_code, [])

    def _answers_to(self, person_id: int, wanted: str) -> bool:
        person = self.person(person_id)
        return wanted in {plain(person["first_name"]), plain(person["nickname"])}

    @cached_property
    def _rows(self) -> list[tuple[Any, ...]]:
        return list(self.people.itertuples(index=False, name=None))

    @cached_property
    def _by_phone(self) -> dict[str, list[int]]:
        return _positions(self.people["phone_e164"])

    @cached_property
    def _by_zip(self) -> dict[str, list[int]]:
        return _positions(self.people["zip"])

    @cached_property
    def _by_email(self) -> dict[str, list[int]]:
        both = _positions(self.people["email"])
        return {**_positions(self.people["work_email"]), **both}


def make_population(
    seed: int = 1, donors: int = 2000, *, lists_close_on: date = LISTS_CLOSE_ON
) -> Population:
    """Return that many invented donors, the same ones for the same seed."""
    rng = np.random.default_rng([seed, donors])
    people = make_people(rng, donors)
    return Population(seed, people, make_gifts(rng, people, lists_close_on))


def _positions(column: pd.Series) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for person_id, value in enumerate(column):
        if value:
            found.setdefault(value.lower(), []).append(person_id)
    return found
