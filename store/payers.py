"""Whose payment it is where no pledge tells: the one donor with the payer's address and last name.

Belongs here: the condition, as parts of statements over `stripe_charge c`, its pledge `p` and the
pledge's donor `own`; and which payments rest on a donor `d`. Does not belong here: what a payment
pays (`campaign/giving`).
"""

from __future__ import annotations

# Without the generation behind it: Richardson of "Bjorn Richardson, Sr.".
LAST_NAME = (
    r"lower(regexp_replace(regexp_replace(trim(c.payer_name), "
    r"',?\s+(jr|sr|ii|iii|iv)\.?\Z', '', 'i'), '^.*\s', ''))"
)
# Two donors of one name at one address are told apart by nobody: then it is nobody's.
DONOR_ID = f"""(
    select min(e.donor_id) from (select donor_id, email from donor_email
        union all select id, email from donor) e join donor o on o.id = e.donor_id
    where p.id is null and e.email = lower(c.payer_email) and lower(o.last_name) = {LAST_NAME}
    having count(distinct e.donor_id) = 1
)"""
_FIRST = "left(lower(trim({})), 1)"
# Donor `o` has the payer's initial, and somebody else pledged: a spouse, who may be a donor too.
PAYS_FOR_ANOTHER = f"""
    {_FIRST.format("o.first_name")} = {_FIRST.format("c.payer_name")}
    and not ({LAST_NAME} = lower(coalesce(own.last_name, p.last_name, ''))
        and {_FIRST.format("c.payer_name")}
            = {_FIRST.format("coalesce(own.first_name, p.first_name, '')")})
"""
OTHER_ID = f"""(
    select min(e.donor_id) from (select donor_id, email from donor_email
        union all select id, email from donor) e join donor o on o.id = e.donor_id
    where p.id is not null and e.email = lower(c.payer_email) and lower(o.last_name) = {LAST_NAME}
        and {PAYS_FOR_ANOTHER}
    having count(distinct e.donor_id) = 1
)"""
# When payments came that rest on donor `d`: on their pledges, though they went back since, and
# those that came from their address under their last name. The record of each is kept.
MOMENTS_OF_DONOR = f"""(
    select c.created_at from pledge p
    join (select charge_id, pledge_id from allocation
          union all select charge_id, pledge_id from allocation_before_return) a
        on a.pledge_id = p.id
    join stripe_charge c on c.id = a.charge_id
    where p.donor_id = d.id and c.status = 'succeeded'
    union all
    select c.created_at from stripe_charge c
    where c.status = 'succeeded' and {LAST_NAME} = lower(d.last_name) and lower(c.payer_email) in (
        select email from donor_email where donor_id = d.id union all select d.email)
)"""
