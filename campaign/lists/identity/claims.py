"""Which joins hold where several people could claim one record: tier by tier, the strongest first.

A rule looks at two records. Here the people that stronger rules made are seen whole: who fits two
people alike is joined to neither, and two men of one name in one home are one only where nothing
speaks of two.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.lists.identity.clusters import Ints, components
from campaign.lists.identity.pairs import BY_CONTACT, BY_NUMBER, BY_PHONE, ONE_HOME
from campaign.lists.identity.records import MOST_SHARING

Flags = npt.NDArray[np.bool_]

FITS_TWO = "it fits two people alike"

_BANS = "select a, b, by_name from decision where hard"
# Two names that nobody writes for one another, though one may be misspelt: an initial of both is
# neither's, and a record without a first name is no bridge between them.
_UNLIKE = "select a, b, false as by_name from decision where unlike"
_ODD = "select a, b, false as by_name from decision where odd"
_MAYBE = (
    "select a, b from decision where never is null and rule is null and waits is null"
    " and (first = 'nick' or first = 'initial' and not parted)"
    " and (home_same or phone_same or email_same)"
)
_APART = "select a, b from decision where reached_apart"
_ASKED = "select a, b, false as by_name from decision where asked"
_PEERS = "select a, b from decision where peers and not ban"


@dataclass(frozen=True, slots=True)
class Proven:
    """Who is one by a number of their own: a wrong day or name in one record forbids nothing."""

    label: Ints  # by record
    pairs: Ints  # of labels that one of their records joins, each pair as one figure

    @classmethod
    def of(cls, count: int, own: pd.DataFrame, edges: pd.DataFrame) -> Proven:
        """Return what the strongest rules prove of the records."""
        numbered = edges[edges.tier <= BY_NUMBER]
        if numbered.empty:
            return cls(np.arange(count), np.zeros(0, np.int64))
        every = pd.concat([own[["a", "b"]], numbered[["a", "b"]]])
        label = components(count, every.a.to_numpy(), every.b.to_numpy())
        strong = edges[edges.tier < BY_CONTACT]
        return cls(label, np.unique(_figures(label, *_labels(strong, label))))

    def lift(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take back the bans between records of those who are proven to be one."""
        if not len(self.pairs):
            return
        bans = connection.execute("select a, b, by_generation from decision where ban").df()
        one, other = _labels(bans, self.label)
        known = np.isin(_figures(self.label, one, other), self.pairs)
        void = bans[(known | (one == other)) & ~bans.by_generation]
        connection.register("void", void)
        connection.execute(
            "update decision set ban = false, hard = false from void"
            " where decision.a = void.a and decision.b = void.b"
        )
        connection.unregister("void")


def settle(
    connection: duckdb.DuckDBPyConnection,
    label: Ints,
    edges: pd.DataFrame,
    weaker: pd.DataFrame | None = None,
) -> pd.Series:
    """Return for each edge why it does not hold; null where it does.

    `label` says who is one beforehand; an edge has a, b, tier, first and at_home. Where names only
    resemble, weaker claims count as well: those that fell before, those of later tiers where no
    e-mail or day of birth speaks, and those given.
    """
    why = pd.Series(None, index=edges.index, dtype=object)
    bans, asked = (connection.execute(query).df() for query in (_BANS, _ASKED))
    apart, peers = (connection.execute(query).df() for query in (_APART, _PEERS))
    maybe, unlike, odd = (connection.execute(query).df() for query in (_MAYBE, _UNLIKE, _ODD))
    more = maybe if weaker is None else pd.concat([maybe, weaker])
    resembles = edges["first"].isin(["nick", "initial"])
    for place in np.unique(edges.tier.to_numpy(np.int64)).tolist():
        tier = edges[edges.tier == place]
        a, b = _labels(tier, label)
        fell = why.notna() & (edges.tier < place)
        also = fell | (edges.tier > place) & (resembles | (place >= BY_CONTACT))
        others = pd.concat([edges.loc[also, ["a", "b"]], more])
        claims = _Claims(a, b, tier["first"].to_numpy() == "same", *_labels(others, label))
        is_strong = 0 < place < BY_PHONE  # stronger than what those who wait have in common
        two = bans if is_strong else pd.concat([bans, asked])
        lost = _claimed_twice(claims, label, two)
        for first, strangers in (("initial", unlike), ("blank", odd)):
            is_so = tier["first"].to_numpy() == first
            if is_so.any():
                lost |= is_so & _claimed_twice(claims, label, strangers)
        why.loc[tier.index[lost]] = FITS_TWO
        if tier.at_home.any():
            generations = (
                ~lost & tier.at_home.to_numpy(bool) & _meets(a, b, ~lost, label, apart, peers)
            )
            why.loc[tier.index[generations]] = ONE_HOME
            lost |= generations
        label = components(int(label.max()) + 1, a[~lost], b[~lost])[label]
    return why


@dataclass(frozen=True, slots=True)
class _Claims:
    """Who would be joined to whom: the claims of one tier, then the weaker ones."""

    a: Ints
    b: Ints
    same: Flags  # by claim of the tier: the given names are equal
    weaker_a: Ints
    weaker_b: Ints


def _labels(pairs: pd.DataFrame, label: Ints) -> tuple[Ints, Ints]:
    return label[pairs.a.to_numpy(np.int64)], label[pairs.b.to_numpy(np.int64)]


def _claimed_twice(claims: _Claims, label: Ints, bans: pd.DataFrame) -> Flags:
    """Say which joins take somebody whom another claims as well that the first is not."""
    count = len(claims.a)
    lost = np.zeros(count, np.bool_)
    a = np.concatenate([claims.a, claims.weaker_a])
    b = np.concatenate([claims.b, claims.weaker_b])
    told = _inside(a, b, label, bans)
    if told.empty:
        return lost
    near = np.flatnonzero(np.isin(a, told.a) | np.isin(b, told.a))
    every = pd.DataFrame(
        {
            "one": np.concatenate([a[near], b[near]]),
            "other": np.concatenate([b[near], a[near]]),
            "edge": np.concatenate([near, near]),
        }
    )
    every = every[every.groupby("one").edge.transform("size") <= MOST_SHARING * 2]
    own = every[every.edge < count]
    own = own.assign(same=claims.same[own.edge.to_numpy(np.int64)])
    rival = every.assign(weaker=every.edge >= count)[["one", "other", "weaker"]].drop_duplicates()
    both = own.merge(rival, on="one", suffixes=("", "_2"))
    both = both[~(both.same & both.weaker)]
    found = both.merge(told, left_on=["other", "other_2"], right_on=["a", "b"])
    lost[found.edge[~(found.by_name & found.same)].to_numpy(np.int64)] = True
    apart = own.merge(told, left_on=["one", "other"], right_on=["a", "b"])
    lost[apart.edge.to_numpy(np.int64)] = True
    return lost


def _inside(a: Ints, b: Ints, label: Ints, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return, both ways round, the pairs of people that the edges would bring together."""
    whole = components(int(label.max()) + 1, a, b)
    one, other = _labels(pairs, label)
    met = (one != other) & (whole[one] == whole[other])
    near, far = one[met], other[met]
    both = pd.DataFrame({"a": np.concatenate([near, far]), "b": np.concatenate([far, near])})
    by_name = pairs.by_name.to_numpy(bool)[met]
    return both.assign(by_name=np.concatenate([by_name, by_name])).drop_duplicates(["a", "b"])


def _meets(
    a: Ints, b: Ints, held: Flags, label: Ints, pairs: pd.DataFrame, peers: pd.DataFrame
) -> Flags:
    """Say which edges lie where two people of these pairs would come together.

    Not those who are of one age, or of one employer and occupation, by other records of theirs.
    """
    whole = components(int(label.max()) + 1, a[held], b[held])
    one, other = _labels(pairs, label)
    equal = _figures(label, *_labels(peers, label))
    two = (one != other) & ~np.isin(_figures(label, one, other), equal)
    met = whole[one[two & (whole[one] == whole[other])]]
    return np.isin(whole[a], met)


def _figures(label: Ints, one: Ints, other: Ints) -> Ints:
    """Return each pair of labels as one figure."""
    figures: Ints = np.minimum(one, other) * (label.max() + 1) + np.maximum(one, other)
    return figures
