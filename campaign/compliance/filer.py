"""Who files: the committee's particulars, as a filing's cover states them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filer:
    """A committee with its treasurer; blank where the campaign file is silent."""

    committee_id: str
    name: str
    kind: str
    street: str
    city: str
    state: str
    zip: str
    treasurer_last: str
    treasurer_first: str
    office: str = ""
    candidate_id: str = ""
    candidate_last: str = ""
    candidate_first: str = ""
    district: str = ""


def two_names(text: str | None) -> tuple[str, str]:
    """Return last and first name of "Last, First" or "First Last".

    >>> two_names("Okafor, Ruth"), two_names("Ruth Okafor"), two_names(None)
    (('Okafor', 'Ruth'), ('Okafor', 'Ruth'), ('', ''))
    """
    cleaned = (text or "").strip()
    if "," in cleaned:
        last, _, first = cleaned.partition(",")
        return last.strip(), first.strip()
    first, _, last = cleaned.rpartition(" ")
    return last, first
