"""What the rules of calling need to know about donors: a frame of all, or a few at the hand-out.

One statement serves both, so that the plan and the hand-out of a call count the same things.
Belongs here: facts. What follows from them is for `campaign/calling`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from string import Template
from typing import Any, cast

import pandas as pd
import pyarrow as pa
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from campaign.calling.facts import FewFacts
from campaign.compliance.limits import headrooms
from campaign.lists.provenance import KINDS, NOT_TO
from store import payers
from store.frames import read_columns
from store.scenes import Scene
from store.suppressions import SUPPRESSED_DONORS
from store.taken_back import HAS_FAILED

_TEXT, _WHOLE, _DAY, _FLAG = pa.string(), pa.int64(), pa.date32(), pa.bool_()
_FACTS = {
    "donor_id": _WHOLE,
    "phone_e164": _TEXT,
    "line_type": _TEXT,
    "state": _TEXT,
    "postal_code": _TEXT,
    "country": _TEXT,
    "timezone": _TEXT,
    "phone_timezone": _TEXT,
    "household_id": _WHOLE,
    "status": _TEXT,
    "provenance": _TEXT,
    "consent_autodial": _FLAG,
    "language": _TEXT,
    "suppressed": _FLAG,
    "deceased": _FLAG,
    "gifts": _WHOLE,
    "last_gift_on": _DAY,
    "total_cents": _WHOLE,
    "largest_cents": _WHOLE,
    "last_cents": _WHOLE,
    "counted_cents": _WHOLE,
    "has_open_pledge": _FLAG,
    "refused": _FLAG,
    "bad_number": _FLAG,
    "attempts_total": _WHOLE,
    "attempts_today": _WHOLE,
    "calls_24h": _WHOLE,
    "last_team_id": _WHOLE,
    "household_calls_today": _WHOLE,
    "in_progress": _FLAG,
    "callback_later": _FLAG,
}

# What a caller's screen needs besides.
CARD = ("first_name", "last_name", "city", "occupation", "employer")
# These stay onshore by their kind, which a campaign's policy may lift for voter files.
_ONSHORE_KINDS = ", ".join(f"'{code}'" for code, kind in KINDS.items() if not kind.may_go_offshore)

# What was given back is taken off the sums, and is no gift; nor is a debit that failed. `straight`
# is what came by card or bank and pays no pledge, or another's: the payer's address and last name
# tell whose, as they do of a pledge from a file. A pledge counts for whoever made it, though
# another paid it. Who asked to be called back invited the next call: it does not count against the
# day's caps.
# $of_donor and $near narrow every part to single donors when one call is handed out.
_QUERY = Template("""
    with given as (
        select donor_id, count(*) filter (where amount_cents > 0) as gifts,
            max(given_on) filter (where amount_cents > 0) as last_gift_on,
            sum(amount_cents) as total_cents, greatest(max(amount_cents), 0) as largest_cents,
            (array_agg(amount_cents order by given_on desc, id desc)
                filter (where amount_cents > 0))[1] as last_cents,
            coalesce(sum(amount_cents) filter (where $gift_counts), 0) as counted_cents
        from gift where $of_donor group by donor_id
    ), payer as (
        select o.id as donor_id, c.id as charge_id
        from donor o join stripe_charge c on lower(c.payer_email) = o.email
            and $payers_last_name = lower(o.last_name)
        where c.status = 'succeeded' and c.currency = {currency} and $of_payer
        union
        select o.id, c.id
        from donor_email e join donor o on o.id = e.donor_id
            join stripe_charge c on lower(c.payer_email) = e.email
                and $payers_last_name = lower(o.last_name)
        where c.status = 'succeeded' and c.currency = {currency} and $of_payer
    ), straight as (
        select donor_id, coalesce(sum(cents) filter (where $gift_counts), 0) as counted_cents
        from (
            select o.id as donor_id, greatest(c.captured_cents - c.refunded_cents - coalesce((
                    select sum(a.amount_cents) from allocation a join pledge p on p.id = a.pledge_id
                        left join donor own on own.id = p.donor_id
                    where a.charge_id = c.id and ($pays_for_another) is not true), 0), 0) as cents,
                (c.created_at at time zone {zone})::date as given_on,
                c.raw -> 'metadata' ->> 'election_code' as election_code
            from payer join donor o on o.id = payer.donor_id
                join stripe_charge c on c.id = payer.charge_id
            where not exists (select from gift g
                where g.donor_id = o.id and g.external_id = c.id)
                and not $has_failed
        ) each group by 1
    ), pledged as (
        select id, donor_id from pledge where $of_donor
        union
        select p.id, o.id from pledge p join donor o on o.email = p.email
        where p.donor_id is null and $same_last_name and $of_payer
        union
        select p.id, o.id from pledge p join donor o on o.phone_e164 = p.phone_e164
        where p.donor_id is null and $same_last_name and $of_payer
            and left(lower(p.first_name), 1) = left(lower(o.first_name), 1)
    ), promised as (
        select m.donor_id,
            coalesce(sum(amount_cents - written_off_cents) filter (where $pledge_counts), 0)
                as counted_cents,
            bool_or(campaign_id = {campaign_id}) as in_campaign
        from pledged m join pledge p on p.id = m.id where status <> 'cancelled' group by m.donor_id
    ), tried as (
        select donor_id,
            count(*) filter (where campaign_id = {campaign_id}) as attempts_total,
            count(*) filter (where started_at >= {day_start} and started_at < {day_end}
                and call_result <> 'callback') as attempts_today,
            count(*) filter (where started_at > {now} - interval '24 hours')
                as calls_24h,
            bool_or(campaign_id = {campaign_id} and call_result = 'refused') as refused,
            (array_agg(team_id order by started_at desc) filter (where call_result in
                ('pledged', 'contributed', 'refused', 'callback')))[1] as last_team_id
        from call_attempt where $of_donor group by donor_id
    ), called_today as (
        select c.phone_e164, o.household_id from call_attempt c join donor o on o.id = c.donor_id
        where c.started_at >= {day_start} and c.started_at < {day_end}
            and c.call_result <> 'callback' and $near
    ), by_phone as (
        select phone_e164, count(*) as calls from called_today where phone_e164 is not null
        group by 1
    ), by_house as (
        select household_id, count(*) as calls from called_today where household_id is not null
        group by 1
    ), bad as (
        select distinct phone_e164, donor_id from call_attempt
        where call_result in ('wrong_number', 'disconnected') and $of_donor
    ), busy as (
        select donor_id, bool_or(not ($replannable)) as in_progress,
            bool_or(callback_at >= {day_end}) as callback_later
        from assignment where status in ('open', 'handed_out') and $of_donor group by 1
    ), barred as (
        select r.donor_id, jsonb_agg(distinct '$not_to' || place) as places
        from staged_row r join list_batch b on b.id = r.batch_id
            cross join jsonb_array_elements_text(b.provenance -> 'not_to') place
        where b.status = 'admitted' and $of_row
            and not (place = 'offshore' and b.provenance ->> 'kind' in ($onshore_kinds))
        group by 1
    ), hushed as (
        select donor_id, bool_or(kind = 'deceased') as deceased
        from ($suppressed_donors) each where $of_donor group by 1
    )
    select d.id, d.phone_e164, d.line_type, d.state, d.postal_code, d.country, d.timezone,
        d.phone_timezone, d.household_id, d.status,
        cast(d.provenance || coalesce(n.places, '[]') as text),
        coalesce(d.consent ->> 'autodial', '') in ('true', 'yes'), d.language,
        h.donor_id is not null, coalesce(h.deceased, false),
        coalesce(g.gifts, 0), g.last_gift_on, coalesce(g.total_cents, 0),
        coalesce(g.largest_cents, 0), coalesce(g.last_cents, 0),
        coalesce(g.counted_cents, 0) + coalesce(p.counted_cents, 0)
            + coalesce(s.counted_cents, 0),
        coalesce(p.in_campaign, false), coalesce(t.refused, false), bad.donor_id is not null,
        coalesce(t.attempts_total, 0), coalesce(t.attempts_today, 0), coalesce(t.calls_24h, 0),
        t.last_team_id, greatest(coalesce(bp.calls, 0), coalesce(bh.calls, 0)),
        coalesce(b.in_progress, false), coalesce(b.callback_later, false)$more
    from donor d
        left join given g on g.donor_id = d.id
        left join straight s on s.donor_id = d.id
        left join promised p on p.donor_id = d.id
        left join tried t on t.donor_id = d.id
        left join by_phone bp on bp.phone_e164 = d.phone_e164
        left join by_house bh on bh.household_id = d.household_id
        left join bad on bad.donor_id = d.id and bad.phone_e164 = d.phone_e164
        left join busy b on b.donor_id = d.id
        left join hushed h on h.donor_id = d.id
        left join barred n on n.donor_id = d.id
    where $of_id and d.status <> 'merged' order by d.id
""")


def replannable(now: datetime) -> str:
    """Return the condition of a call that nobody has seen, or whose hour has passed."""
    return (
        "packet_id is null and (status = 'open' and callback_at is null "
        f"or callable_to < '{now.isoformat()}' "
        f"and (status = 'open' or leased_until < '{now.isoformat()}'))"
    )


def facts_frame(session: Session, scene: Scene) -> pd.DataFrame:
    """Return a row a donor with all that eligibility, value and asks depend on."""
    frame = read_columns(session, _everybody(scene), _FACTS, _values(scene)).to_pandas()
    frame["headroom_cents"] = headrooms(frame["counted_cents"].to_numpy(dtype="int64"), scene.basis)
    return cast("pd.DataFrame", frame)


def facts_of(session: Session, scene: Scene, donor_ids: Sequence[int]) -> FewFacts:
    """Return the same of a few donors, whose own open assignment does not stand in their way.

    Columns of CARD come with them. Who was merged away is left out.
    """
    statement = _somebody(tuple(sorted(scene.counting.items())))
    rows = session.execute(statement, _values(scene) | {"ids": list(donor_ids)}).all()
    names = (*_FACTS, *CARD)
    cells = zip(*rows, strict=True) if rows else ((),) * len(names)
    columns: dict[str, Sequence[Any]] = dict(zip(names, cells, strict=True))
    counted = FewFacts(columns).whole("counted_cents")
    return FewFacts(columns | {"headroom_cents": headrooms(counted, scene.basis).tolist()})


def _values(scene: Scene) -> dict[str, Any]:
    return {
        "campaign_id": scene.campaign.id,
        "day_start": scene.day.starts_at,
        "day_end": scene.day.ends_at,
        "now": scene.now,
        "zone": scene.committee.timezone,
        "currency": scene.committee.currency,
    }


_RULES = {
    "suppressed_donors": SUPPRESSED_DONORS,
    "onshore_kinds": _ONSHORE_KINDS,
    "payers_last_name": payers.LAST_NAME,
    "pays_for_another": payers.PAYS_FOR_ANOTHER,
    "has_failed": HAS_FAILED,
    "same_last_name": "lower(p.last_name) = lower(o.last_name)",
    "not_to": NOT_TO,
}


def _everybody(scene: Scene) -> str:
    return _QUERY.substitute(
        _RULES | dict(scene.counting),
        of_donor="true",
        of_row="true",
        of_id="true",
        of_payer="true",
        near="true",
        more="",
        replannable=replannable(scene.now),
    )


@lru_cache(maxsize=64)
def _somebody(counting: tuple[tuple[str, str], ...]) -> TextClause:
    """Return the statement for single donors; its text stays the same: it is planned once."""
    query = _QUERY.substitute(
        _RULES | dict(counting),
        of_donor="donor_id = any({ids})",
        of_row="r.donor_id = any({ids})",
        of_id="d.id = any({ids})",
        of_payer="o.id = any({ids})",
        near=_NEAR,
        more="".join(f", d.{name}" for name in CARD),
        replannable="true",
    )
    return text(re.sub(r"\{(\w+)\}", r":\1", query))


# Whoever shares the household or the number with these donors.
_NEAR = """c.donor_id in (
    select id from donor where id = any({ids})
    union select id from donor
        where household_id in (select household_id from donor where id = any({ids}))
    union select id from donor
        where phone_e164 in (select phone_e164 from donor where id = any({ids})))"""
