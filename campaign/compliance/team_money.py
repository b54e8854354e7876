"""Which team brought which part of a payment, and which part goes when money goes back.

A payment may pay pledges that several teams took: each has what is confirmed for its own. What came
beyond all pledges goes with the largest part, but no team settled it. Belongs here: that division,
day by day. Does not belong here: what a team is paid for it (`vendors`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

TEAM = ["team_code", "campaign_code"]
# The layers of a payment, in the order in which money fills them; returns take the last first.
_CONFIRMED, _TAKEN_BACK, _BEYOND = range(3)


def parts_of(receipts: pd.DataFrame, split: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each pledge that a payment pays, the largest part first.

    `split` tells of the payments that pay several; `receipts` have the others whole.
    """
    whole = receipts.loc[receipts["pledge_id"].notna()]
    if split.empty:
        return whole
    several = whole["charge_id"].isin(split["charge_id"])
    told = [name for name in split if name != "charge_id"]
    apart = whole.loc[several].drop(columns=told).merge(split, on="charge_id")
    return pd.concat([whole.loc[~several], apart], ignore_index=True)


def team_moves(parts: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """Return what came in and went back: team, campaign, on, is_return, cents, settled_cents.

    Settled is what payments keep of pledges: what came beyond them nobody pledged on a call.
    """
    layers = _layers(parts)
    came = layers.assign(on=layers["received_on"], is_return=False, moved=layers["cents"])
    back = returns.sort_values(["returned_on", "return_id"])
    by_charge = back["charge_id"]
    is_won = back["kind"].eq("dispute won").groupby(by_charge).cummax()
    back = back[["charge_id", "returned_on"]].assign(
        back=back["amount_cents"],
        gone=back.groupby("charge_id")["amount_cents"].cumsum(),
        is_won=is_won,
        was_won=is_won.groupby(by_charge).shift(fill_value=False),
    )
    went = back.merge(layers, on="charge_id")
    left = went["amount_cents"] - went["gone"]
    moved = _filled(went, left, went["is_won"]) - _filled(
        went, left + went["back"], went["was_won"]
    )
    went = went.assign(on=went["returned_on"], is_return=True, moved=moved)
    moves = pd.concat([came, went], ignore_index=True)
    settled = moves["moved"].where(moves["layer"] != _BEYOND, 0)
    moves = moves.assign(cents=moves["moved"], settled_cents=settled)
    return moves[[*TEAM, "on", "is_return", "cents", "settled_cents"]]


def _layers(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the payments layer by layer: from which cent each begins, and how many it holds.

    Once as they came, and once since a dispute brought the money back: another payment may have
    paid a pledge meanwhile. Confirmed, refunded and taken back are told as of today, whatever day
    the report ends on.
    """
    as_it_came, since = parts["at_most_cents"], parts["at_most_since_cents"]
    is_retold = as_it_came.ne(since).groupby(parts["charge_id"]).transform("any")
    confirmed = parts["confirmed_cents"]
    layers = _stacked(parts, confirmed.where(~is_retold, as_it_came), as_it_came)
    later = _stacked(parts, confirmed, since)
    return layers.assign(start_since=later["start"], cents_since=later["cents"])


def _stacked(parts: pd.DataFrame, confirmed: pd.Series, at_most: pd.Series) -> pd.DataFrame:
    kept = parts["amount_cents"] - parts["refunded_cents"] - parts["taken_back_cents"]
    by_charge = parts["charge_id"]
    sure = confirmed.groupby(by_charge).transform("sum")
    # Returns take what was beyond the pledges first: while some is left, all confirmed is settled.
    room = (at_most - confirmed).clip(lower=0).where(sure >= kept, 0).astype("int64")
    before = room.groupby(by_charge).cumsum() - room
    taken_back = (parts["amount_cents"] - sure - before).clip(0, room).astype("int64")
    place = by_charge.groupby(by_charge).cumcount()
    beyond = parts["amount_cents"] - sure - taken_back.groupby(by_charge).transform("sum")
    frame = parts[["charge_id", *TEAM, "received_on", "amount_cents"]].assign(place=place)
    layers = pd.concat(
        [
            frame.assign(layer=_CONFIRMED, cents=confirmed),
            frame.assign(layer=_TAKEN_BACK, cents=taken_back),
            frame.assign(layer=_BEYOND, cents=beyond).loc[place == 0],
        ],
        ignore_index=True,
    ).sort_values(["charge_id", "layer", "place"], ignore_index=True)
    layers["cents"] = layers["cents"].astype("int64")
    start = layers.groupby("charge_id")["cents"].cumsum() - layers["cents"]
    return layers.assign(start=start.astype("int64"))


def _filled(layers: pd.DataFrame, left: Any, is_since: pd.Series) -> Any:
    """Return what of each layer is there while so much of the payment is left.

    More may go back than came (refunded, then taken back): the first layer is then below nothing.
    """
    holds = layers["cents"].where(~is_since, layers["cents_since"])
    inside = left - layers["start"].where(~is_since, layers["start_since"])
    is_first = (layers["layer"] == _CONFIRMED) & (layers["place"] == 0)
    filled = inside.clip(upper=holds)
    filled = filled.clip(lower=0).where(~is_first, filled)
    return inside.clip(lower=0).where(layers["layer"] == _BEYOND, filled).astype("int64")
