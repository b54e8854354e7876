"""Every error that Pledgeline raises on purpose.

    PledgelineError                 a sentence a person can act on
    ├── InputError                  a file, an option or a value that was given
    │   ├── FileError               the file as a whole: missing, empty, not what it claims
    │   └── UnknownCodeError        a campaign, team, source … that does not exist
    ├── StateError                  not now: the thing is not in a state that allows it
    ├── SetupError                  a setting, a service or the database is not usable
    ├── StoreError                  the database refused a change; its text names no value
    │   └── CollisionError          two changed the same at once: this one may be done again
    └── RuleError                   the law or the campaign's policy forbids it

Subjects add their own classes below one of these. Texts never carry personal data.
"""

from __future__ import annotations

from collections.abc import Iterable


class PledgelineError(Exception):
    """Something a person can mend; the text says how, in one sentence."""


class InputError(PledgelineError):
    """What was given cannot be used."""


class FileError(InputError):
    """A file cannot be read as what it should be."""


class UnknownCodeError(InputError):
    """A code names nothing that exists."""

    def __init__(self, kind: str, code: str, known: Iterable[str] | None = ()) -> None:
        """Say what is known, too; `known` is None where that is too many to tell."""
        self.kind = kind
        self.code = code
        self.known = tuple(sorted(known or ()))
        choice = f"known: {', '.join(self.known)}" if self.known else f"no {kind} exists yet"
        told = "" if known is None else f" ({choice})"
        super().__init__(f"There is no {kind} {code!r}{told}.")


class StateError(PledgelineError):
    """The thing is not in a state that allows this."""


class SetupError(PledgelineError):
    """A setting, a service or the database is missing or does not answer."""


class StoreError(PledgelineError):
    """The database refused a change, or went away."""

    def __init__(self, kind: str, constraint: str | None = None) -> None:
        self.kind = kind
        self.constraint = constraint
        rule = f" by the rule {constraint}" if constraint else ""
        super().__init__(f"The database refused a change{rule} ({kind}); nothing was kept.")


class CollisionError(StoreError):
    """Two who changed the same waited for each other; the other one went on."""

    def __init__(self) -> None:
        super().__init__("deadlock")
        self.args = ("Somebody changed the same just now; nothing was kept: do it again.",)


class RuleError(PledgelineError):
    """The law or the campaign's policy forbids it."""
