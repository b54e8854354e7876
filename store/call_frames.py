"""What a report asks of the call log: counts, what was against a rule, what vendors did by day."""

from __future__ import annotations

from datetime import date

from campaign.calling.rule_rows import caps_per_24h, federal_hours

CALLS = """
select team.code as team_code, team.name as team, team.kind, k.code as campaign_code,
       a.call_result, count(*) as attempts, sum(a.duration_seconds)::bigint as seconds,
       count(distinct a.donor_id) as donors
from call_attempt a join team on team.id = a.team_id join campaign k on k.id = a.campaign_id
where a.started_at >= :since and a.started_at < :until
group by 1, 2, 3, 4, 5 order by 1, 4, 5
"""

# What was noted of a call when it came back, and checked again from the record: hours, opt-outs,
# how often. Calls by somebody without a certificate are a row a team and day: a centre that names
# nobody would fill pages.
CALLING = """
with made as (
    select a.id, a.donor_id, a.phone_e164, a.started_at, a.recorded_at, a.call_result,
           a.violations, team.code as team_code, (a.started_at at time zone :zone)::date as day,
           a.started_at at time zone coalesce(d.timezone, d.phone_timezone) as there,
           lag(a.started_at, cast(:cap as integer))
               over (partition by a.donor_id order by a.started_at) as long_before
    from call_attempt a join team on team.id = a.team_id join donor d on d.id = a.donor_id
    where a.started_at >= cast(:since as timestamptz) - interval '1 day' and a.started_at < :until
), calls as (select * from made where started_at >= :since)
select case when violations ? 'outside_required_hours' then 'outside of the hours of the law'
            else 'outside of the strictest hours known' end as problem,
       id as call_id, team_code, day, to_char(there, 'HH24:MI') as detail
from calls
where violations ?| array['outside_hours', 'outside_required_hours']
   or there::time < :opens or there::time >= :closes
union all
select 'after an opt-out', c.id, c.team_code, c.day, s.kind
from calls c join lateral (
    select kind from suppression s
    where s.since < c.started_at and (s.phone_e164 = c.phone_e164 or s.donor_id = c.donor_id)
    order by s.since limit 1
) s on true
union all
select 'an opt-out told a day late or later', id, team_code, day,
       to_char(recorded_at at time zone :zone, 'MM-DD HH24:MI')
from calls where call_result = 'do_not_call' and recorded_at > started_at + interval '24 hours'
union all
select 'too many calls within 24 hours', id, team_code, day, 'more than ' || :cap
from calls where started_at - long_before < interval '24 hours'
union all
select 'after the packet had expired', id, team_code, day, ''
from calls where violations ? 'after_expiry'
union all
select 'by somebody without a certificate', min(id), team_code, day, count(*) || ' calls'
from calls where violations ? 'uncertified_caller' group by team_code, day
order by 1, 2
"""

VENDOR_DAYS = """
select team.code as team_code, k.code as campaign_code,
       (a.started_at at time zone :zone)::date as on,
       count(*) as attempts, sum(a.duration_seconds)::bigint as seconds
from call_attempt a join team on team.id = a.team_id join campaign k on k.id = a.campaign_id
where team.kind <> 'in_house' and a.started_at < :until
group by 1, 2, 3 order by 1, 2, 3
"""


def law_of(day: date) -> dict[str, object]:
    """Return the federal hours and the strictest cap of any state, as they hold on the day."""
    opens, closes = federal_hours(day)
    return {"opens": opens, "closes": closes, "cap": min(caps_per_24h(day).values())}
