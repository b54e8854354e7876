"""Where a list comes from decides what may be done with the people on it.

The rules and their citations; the default of a source that no campaign file declares is the
kind that its format tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from campaign.errors import InputError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list and what the law or the campaign's caution says of it."""

    code: str
    title: str
    may_solicit: bool
    may_go_offshore: bool
    rule: str


KINDS = {
    kind.code: kind
    for kind in (
        Kind("own_donors", "People who gave to or signed up with the committee", True, True,
             "the committee's own records"),
        Kind("supporters", "People who signed a petition or came to an event", True, True,
             "the committee's own records"),
        Kind("exchange", "A list exchanged with another committee", True, False,
             "the exchange agreement"),
        Kind("rented", "A list rented for one use", True, False, "the rental agreement"),
        Kind("voter_file", "A state's register of voters", True, False,
             "Cal. Elec. Code 2188.5: voter data stays in the US; applied to every state here"),
        Kind("fec_report", "Names copied from FEC reports", False, False,
             "52 USC 30111(a)(4), 11 CFR 104.15: names from FEC reports may not be solicited"),
    )
}  # fmt: skip


NOT_TO = "not:"  # before a place that a list's own terms bar, where a person's kinds are kept


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a batch remembers of where it came from."""

    kind: str
    supplied_by: str | None = None
    received_on: str | None = None
    consent: dict[str, str] | None = None  # basis, by channel
    uses: tuple[str, ...] = ("solicit",)
    not_to: tuple[str, ...] = ()
    rule: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as a batch remembers it."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


def provenance_of(declared: Mapping[str, Any] | None, kind: str, today: date) -> Provenance:
    """Return a source's provenance: as declared, or as its format tells.

    What the format proves goes before what is declared: a voter file stays one.
    """
    told = declared or {}
    code = str(told.get("kind", kind))
    if code not in KINDS:
        raise InputError(f"A source's kind is one of {', '.join(KINDS)}, not {code!r}.")
    if kind in ("voter_file", "fec_report"):
        code = kind
    found = KINDS[code]
    uses = tuple(told.get("uses") or (("solicit",) if found.may_solicit else ()))
    if not found.may_solicit:
        uses = tuple(use for use in uses if use != "solicit")
    barred = set(told.get("not_to", ()))
    return Provenance(
        kind=code,
        supplied_by=told.get("supplied_by"),
        received_on=str(told.get("received_on") or today),
        consent=dict(told.get("consent") or {}),
        uses=uses,
        not_to=tuple(sorted(barred if found.may_go_offshore else {*barred, "offshore"})),
        rule=found.rule,
    )


def conflict(kind: str, uses: Sequence[str]) -> str | None:
    """Return why a source may not be declared for these uses, or nothing where it may.

    >>> conflict("rented", ["solicit"]) is None, "30111" in conflict("fec_report", ["solicit"])
    (True, True)
    """
    found = KINDS[kind]
    if found.may_solicit or "solicit" not in uses:
        return None
    return f"{found.title} may not be solicited ({found.rule})"


def refusal(kind: str, uses: Sequence[str] = ("solicit",)) -> str | None:
    """Return why people of such a list may not be asked for money, or nothing where they may.

    >>> refusal("own_donors") is None, "30111" in refusal("fec_report")
    (True, True)
    >>> refusal("exchange", ["survey"])
    'the terms of this source do not allow asking for money (the exchange agreement)'
    """
    found = KINDS[kind]
    if not found.may_solicit:
        return f"{found.title} may not be solicited ({found.rule})"
    if "solicit" not in uses:
        return f"the terms of this source do not allow asking for money ({found.rule})"
    return None


def terms_of(provenance: Mapping[str, Any]) -> list[str]:
    """Return what a person keeps of a batch's provenance: its kind, and where it may not go.

    >>> terms_of({"kind": "rented", "not_to": ["offshore", "CENTRE-2"]})
    ['rented', 'not:CENTRE-2', 'not:offshore']
    """
    kind = str(provenance["kind"])
    barred = set(provenance.get("not_to", ()))
    if not KINDS[kind].may_go_offshore and kind == "voter_file":
        barred -= {"offshore"}  # the kind says so, and the policy may say otherwise
    return [kind, *(f"{NOT_TO}{place}" for place in sorted(barred))]
