"""What kinds of pairs wait for a person: why, and how often such two are one.

The shares were measured on 100,000 invented people (`benchmarks/people_data.py`, five seeds). They
order the questions and join nobody. A model's pairs are of few kinds, by the strongest that the two
agree on: a director answers ten questions, not seventy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaign.lists.identity import claims, pairs


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question."""

    code: str
    why: str
    share: float | None = None  # of such pairs that are one; unknown where only a model speaks


# By what makes them wait.
_BY_REASON = {
    kind.why: kind
    for kind in (
        Kind("one-home", pairs.ONE_HOME, 0.98),
        Kind("one-phone", pairs.ONE_PHONE, 0.97),
        Kind("reached-apart", pairs.REACHED_APART, 0.95),
        Kind("fits-two", claims.FITS_TWO, 0.64),
        Kind("another-there", pairs.ANOTHER_THERE, 0.43),
        Kind("jr-or-sr", pairs.ONE_SUFFIX, 0.32),
        Kind("middle-names", pairs.MIDDLE_NAMES, 0.01),
        Kind("born-apart", pairs.BORN_APART),
        Kind("named-apart", pairs.FIRST_NAMES, 0.89),
        Kind("named-apart", pairs.NAMES, 0.89),
    )
}
_NAMESAKES = Kind("namesakes", "of one name in one ZIP code or town, and nothing more", 0.08)
_NAMES_AND_TOWN = {"first name", "last name", "middle name", "ZIP code", "town"}
# By the strongest that they agree on, where a model alone finds them likely.
_BY_SHARED = (
    (
        {"phone", "e-mail"},
        Kind("shared-contact", "of like names, with a phone or e-mail of both", 0.96),
    ),
    ({"day of birth"}, Kind("shared-birthday", "of like names, born on one day", 0.94)),
    ({"address"}, Kind("shared-home", "of like names, in one home", 0.82)),
)
_OTHERS = Kind("others", "likely by all that is known of them: look at each")
# Men of one name whom nothing but an e-mail or a phone tells apart: what a campaign file may join.
OF_ONE_NAME = ("one-home", "one-phone")
KNOWN_KINDS = frozenset(
    kind.code
    for kind in (*_BY_REASON.values(), _NAMESAKES, *(kind for _, kind in _BY_SHARED), _OTHERS)
)


def kind_of(but: str | None, agree: Sequence[str]) -> Kind:
    """Return the kind of a pair by what makes it wait, else by what its two agree on.

    >>> kind_of(None, ["last name", "phone"]).code, kind_of(None, ["first name", "town"]).code
    ('shared-contact', 'namesakes')
    """
    if but:
        return _BY_REASON.get(but, _OTHERS)
    told = set(agree)
    if told and told <= _NAMES_AND_TOWN:
        return _NAMESAKES
    return next((kind for shared, kind in _BY_SHARED if told & shared), _OTHERS)


def share_of(but: str) -> float:
    """Return how likely a pair is one that waits for this reason."""
    return kind_of(but, ()).share or 0.5
