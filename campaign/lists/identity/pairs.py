"""Which records to compare, how they agree, and what exact rules say of it.

A pair is `same` (with the rule), `never` (with the reason) or `open`: then the probability
decides, or a person.
"""

from __future__ import annotations

import duckdb

from campaign.lists.identity import evidence
from campaign.lists.identity.records import MOST_ALIKE, MOST_SHARING

# Values that two records share; a value of a crowd is left out, for it tells nobody apart.
_BLOCKS = {
    "email": "select email as key, r from rec_email",
    "phone": "select phone as key, r from rec_phone",
    "home": "select home as key, r from rec_home",
    "house and name": "select coalesce(rec_home.zip || ' ' || house, home) || '|'"
    " || unnest([left(l, 3) || left(f, 1), left(f, 3) || left(l, 1)]) as key, r"
    " from rec_home join rec using (r) where l is not null and f is not null",
    "street and name": "select street_key || '|' || left(l, 3) as key, r from rec_home"
    " join rec using (r) where l is not null union all"
    " select street_key || '|' || left(f, 3), r from rec_home"
    " join rec using (r) where f is not null",
    "number": "select number as key, r from rec",
    "number but for a slip": "select near as key, r from rec_near_number",
    "outside id": "select space || '|' || external_id as key, r from rec"
    " where external_id is not null",
    "born and names": "select bd::varchar || '|' || left(l, 3) || left(f, 1) as key, r from rec"
    " where bd is not null and l is not null union all"
    " select bd::varchar || '|' || left(f, 3) || left(l, 1), r from rec"
    " where bd is not null and f is not null",
    "born and house": "select bd::varchar || '|' || house as key, r from rec_home"
    " join rec using (r) where bd is not null and house is not null",
    "name and town": "select l || '|' || f || '|' || city as key, r from rec"
    " where l is not null and f is not null and city is not null",
    "name and ZIP": "select l || '|' || f || '|' || zip as key, r from rec"
    " where l is not null and f is not null and zip is not null",
    "name and birth year": "select l || '|' || f || '|' || byr as key, r from rec"
    " where l is not null and f is not null and byr is not null",
    "e-mail but for a slip, and ZIP": "select zip || ' ' || left(l, 1) || '|'"
    " || unnest([right(emails, 14), left(emails, 7)]) as key, r from rec"
    " where zip is not null and l is not null and emails is not null",
    "phone but for a slip, and ZIP": "select zip || ' ' || left(l, 1) || right(phones, 4) as key,"
    " r from rec where zip is not null and l is not null and phones is not null",
    "born and ZIP": "select bd::varchar || '|' || zip as key, r from rec"
    " where bd is not null and zip is not null",
}

_CONTACTS = frozenset(
    {"email", "phone", "home", "house and name", "outside id", "number", "number but for a slip"}
)

_PAIRS = """
insert into pair
with keyed as materialized (
    select key, r from (select distinct key, r from ({block}) each where key is not null)
    qualify count(*) over (partition by key) between 2 and {most}
)
select a.r, b.r from keyed a join keyed b on a.key = b.key and a.r < b.r
"""

# Who may never be one; and rivals: two of one name who share a home or a phone.
_BANS = """
create table banned as
with judged as (
    select *, phones_apart and not phone_same and not phone_near as phones_differ,
        emails_apart and not email_same as emails_differ,
        first in ('same', 'nick', 'typo', 'middle') as first_fits,
        first in ('same', 'nick') as first_sure,
        last in ('same', 'typo', 'part') as last_fits,
        last = 'same' as last_sure,
        (suffix = 'one' and not (email_same and (home_same or zip_same or phone_same))
            or middle = 'differ') and born <> 'same'
            and not id_same and not number_same as doubtful,
        born in ('same', 'typo', 'year') or work_same as peers,
        peers or woman and first in ('same', 'typo') and not (phones_differ and emails_differ)
            as alone
    from evidence
), told as (
    select *, case
        when number_same and suffix <> 'differ' then null
        when number_near and suffix <> 'differ' and (born in ('same', 'typo')
            or first_fits and last_fits) then null
        when id_differs then 'the register holds them as two people'
        when suffix = 'differ' then 'their generations differ (Sr, Jr …)'
        when born = 'differ' then $born_apart
        when sexes_differ or (names_sexes_differ and first <> 'same')
            then 'they are of different sexes'
        when first = 'differ' or first = 'alike' and not email_same and not id_same
            then $first_names
        when last = 'apart' then 'their last names differ'
        end as hard,
        case when number_same or number_near and born in ('same', 'typo') then null
            when first = 'odd' or last in ('differ', 'like') and not first_fits
            then $names end as names,
        case when doubtful and suffix = 'one' then $one_suffix
            when doubtful then $middle_names end as soft
    from judged
)
select *, coalesce(hard, soft, names) as never, coalesce(hard, soft) is not null as ban,
    (first in ('same', 'nick', 'initial', 'typo')
            or first = 'alike' and (phone_same or email_same)) and last_fits
        and (hard is not null or coalesce(soft, '') = $one_suffix) as rivals
from told
"""

# What rivals share says nothing about either of them, by whichever of their names.
_CONTESTED = """
create table contested as
with rival as (
    select kind, value, f1, f2, l1, l2 from meet join banned using (a, b)
    where rivals and (hard is not null or kind <> 'email')
), named as (
    select kind, value, f1 as f, l1 as l from rival union select kind, value, f2, l2 from rival
)
select kind, value, f, l from named
union select named.kind, value, nick.b, l from named join nick on nick.a = f
"""

# Who shares a phone, an e-mail or a home with a Jr or Sr, or with somebody of another generation,
# may be that one: where they live tells nothing.
_DOUBTED = """
create table doubted as
with half as (
    select a, b from banned
    where hard is null and soft = $one_suffix and (email_same or phone_same)
        or rivals and first <> 'nick' and home_same
)
select a as r from half union select b from half
"""

# A phone or an e-mail of several first names is a household's.
_FAMILY = """
create table family as
select distinct m.kind, m.value from meet m join banned using (a, b)
where kind <> 'home' and first in ('differ', 'odd')
"""

_OWN = """
create table owned as
select a, b, bool_or(kind = 'email' and not contests) as own_email,
    bool_or(kind = 'phone' and (not contests or suffix = 'same')) as own_phone,
    bool_or(kind = 'home' and (not contests or suffix = 'same')) as own_home,
    bool_or(kind = 'home' and contests) as contested_home,
    bool_or(kind = 'email' and is_family) as family_email,
    bool_or(kind = 'phone' and is_family) as family_phone
from (
    select a, b, m.kind, m.value, suffix, f.value is not null as is_family,
        x.value is not null or y.value is not null as contests
    from meet m join banned using (a, b)
        left join contested x on x.kind = m.kind and x.value = m.value and x.f = f1 and x.l = l1
        left join contested y on y.kind = m.kind and y.value = m.value and y.f = f2 and y.l = l2
        left join family f on f.kind = m.kind and f.value = m.value
) group by a, b
"""

# The first rule that holds decides.
_DECISION = """
create table decision as
with household as (
    select r from rec_phone join family on kind = 'phone' and value = phone group by r
    having count(*) = (select count(*) from rec_phone x where x.r = rec_phone.r)
), weighed as (
    select banned.*, coalesce(own_email, false) as own_email,
        coalesce(own_phone, false) as own_phone,
        a in (from doubted) or b in (from doubted) as home_doubted,
        coalesce(own_home, false) and (suffix = 'same'
            or a not in (from doubted) and b not in (from doubted)) as own_home,
        coalesce(contested_home, false) as contested_home,
        coalesce(family_email, false) as family_email,
        coalesce(family_phone, false) as family_phone,
        emails_differ and (a in (from rec_at_work)) = (b in (from rec_at_work)) as mails_differ,
        phones_differ and a not in (from household) and b not in (from household)
            as own_phones_differ
    from banned left join owned using (a, b)
), reached as (
    select *, mails_differ or own_phones_differ or numbered_apart as contacts_differ,
        emails_differ and phones_differ as reached_apart,
        (mails_differ or emails_differ and not home_same) and not woman and not peers
            and not homes_apart as mailed_apart
    from weighed
)
select *, least(list_position($rules, rule), $rest) + case when at_home then 1 else 0 end as tier
from (select a, b, donor_a, donor_b, never, ban, hard is not null as hard,
    coalesce(hard = $first_names or hard like 'they are of%', false) as by_name,
    suffix = 'differ' as by_generation, first,
    never = $names and first = 'odd' and (email_same or phone_same) as odd,
    hard is null and first = 'odd' and least(length(f1), length(f2)) > 3 as unlike,
    (hard is null and soft is not null and first_sure and last_sure
            and (email_same or phone_same or home_same)
        or never = $born_apart and first_sure and last_sure
            and (email_same or of_one_age and (home_same or phone_same))
        or never in ($first_names, $names) and born = 'same' and last_sure and home_same
            and (email_same or phone_same)) as worth_asking,
    case
    when never is not null then null
    when number_same and (first_fits or last_fits or born in ('same', 'typo') or home_same)
        then 'the same personal number'
    when number_near and (born in ('same', 'typo') or first_fits and last_fits)
            or number_ends_apart and born in ('same', 'typo') and first = 'same' and last_fits
        then 'the same personal number but for a slip'
    when id_same and first_fits and last_fits then 'the same outside id'
    when id_same and born = 'same' then 'the same outside id and day of birth'
    when own_email and first_fits and last_fits then 'the same e-mail and name'
    when born = 'same' and first_fits and last_fits and (first_sure or last_sure)
        and (phone_same or email_same or home_same or zip_same or town_same)
        then 'the same day of birth, name and place'
    when born = 'same' and first = 'same' and home_same and length(f1) > 1
        then 'the same day of birth, first name and home'
    when email_near and first_fits and last_fits and (first_sure or last_sure)
        and (home_same or phone_same or phone_near or born in ('same', 'typo')
            or email_numbered and (zip_same or town_same))
        then 'the same e-mail but for a slip, and name'
    when own_phone and first_fits and last_fits and (first_sure or last_sure or own_home)
        and not (emails_differ and family_phone)
        and not mailed_apart then 'the same phone and name'
    when phone_near and (own_home or zip_same and suffix in ('same', 'none'))
        and first_fits and last_fits and (first_sure or last_sure)
        and not mailed_apart then 'the same phone but for a slip, name and home'
    when work_same and (own_home or zip_same) and first_fits and last_fits
        and (first_sure or last_sure) then 'the same employer, occupation, name and place'
    when work_same and own_home and first = 'initial' and last_sure and not mails_differ
        then 'the same employer, occupation, name and place'
    when own_home and first_fits and last_fits and (alone or not reached_apart
            and not (emails_differ and first = 'nick'))
        then case when first_sure and last_sure then 'the same address and name'
            else 'the same address and nearly the same name' end
    when street_same and first_sure and last_sure and length(f1) > 1 and not home_doubted
        then 'the same address and name, but for a slip in its number'
    when first in ('initial', 'blank') and born = 'same' and (last_sure or last_fits and own_home)
        and (own_home and not emails_differ and not phones_differ or phone_same or email_same)
        then 'the same day of birth, last name and place'
    when first = 'initial' and (last_sure and own_email or own_phone and last_fits
            and (own_email or (last_sure or own_home) and (peers or not mails_differ)))
        then 'the same contact, last name and initial'
    when first = 'blank' and last_sure and own_email and not family_email
        then 'the same e-mail and last name'
    when first in ('like', 'alike') and last_fits and own_email and not family_email
        then 'the same contact and nearly the same name'
    when first = 'same' and not last_fits and (own_email and not family_email
            and (not man or last = 'like' or home_same or phone_same or peers or mail_fits)
        or mail_fits and (own_home or own_phone) and not reached_apart)
        or first in ('same', 'typo') and not last_fits
            and own_phone and own_home and woman and not family_phone
        or first = 'nick' and not last_fits and own_email and (own_home or own_phone)
            and not family_email
        then 'the same contact under another last name'
    end as rule, coalesce(starts_with(rule, 'the same address'), false)
        and suffix <> 'same' and not alone as at_home,
    contacts_differ and (home_same or street_same) and (first_fits or first = 'initial')
        and last_fits and not peers as reached_apart, peers, false as asked,
    first <> 'initial' and (own_email and (first_fits and last_fits or not family_email)
            or own_phone and last_fits and not family_phone
            and not mailed_apart
        or born in ('same', 'typo') and (home_same or street_same or phone_same or email_same)
        or own_home and first_fits and last_fits and not reached_apart
            and not (emails_differ and first = 'nick' and not alone)) as personal,
    case when rule is not null or never is not null or personal or not first_fits
            or not last_fits then null
        when own_phone and (first_sure or last_sure or own_home)
            and not (emails_differ and family_phone) then $one_phone
        when not home_same then null
        when own_home then case when reached_apart then $reached_apart else $one_home end
        else $another_there end as waits,
    emails_differ or phones_differ as parted,
    not contested_home and born = 'same' and not numbered_apart
        and (first not in ('initial', 'blank') or not parted) as moved,
    email_same, phone_same, home_same, zip_same, last, suffix, born, middle, id_same,
    first_sure, last_sure, emails_differ, phones_differ, work_same, work_apart,
    mail_years_apart
from reached)
"""


def compare(connection: duckdb.DuckDBPyConnection, registers: tuple[str, ...]) -> None:
    """Fill the table `decision` with a row for each pair that shares something."""
    connection.execute("create table pair (a bigint, b bigint)")
    for name, block in _BLOCKS.items():
        most = MOST_SHARING if name in _CONTACTS else MOST_ALIKE
        connection.execute(_PAIRS.format(block=block, most=most))
    connection.execute("create table every as select distinct a, b from pair")
    connection.execute("drop table pair")
    connection.execute("alter table every rename to pair")
    decide(connection, registers)


def decide(connection: duckdb.DuckDBPyConnection, registers: tuple[str, ...]) -> None:
    """Weigh the pairs that are in the table `pair`."""
    for table in (
        "meet",
        "evidence",
        "banned",
        "contested",
        "doubted",
        "family",
        "owned",
        "decision",
    ):
        connection.execute(f"drop table if exists {table}")
    evidence.compare(connection, registers)
    values = {**_WAITS, "rules": list(RULES), "rest": _REST}
    for statement in (_BANS, _CONTESTED, _DOUBTED, _FAMILY, _OWN, _DECISION):
        own = {name: value for name, value in values.items() if f"${name}" in statement}
        connection.execute(statement, own)


# Why a pair waits that would be one, were it not for father and son, or for one wrong word.
ONE_SUFFIX = "only one of them is a Jr or Sr"
MIDDLE_NAMES = "their middle names differ"
BORN_APART = "their days of birth differ"
FIRST_NAMES = "their first names differ"
NAMES = "their names differ"
ONE_HOME = "of one name in one home, perhaps of two generations"
ONE_PHONE = "of one name on one phone, perhaps of two generations"
REACHED_APART = "of one name in one home, but with another e-mail and another phone"
ANOTHER_THERE = "of one name in one home, where another of that name lives"
_WAITS = {
    "one_suffix": ONE_SUFFIX,
    "middle_names": MIDDLE_NAMES,
    "born_apart": BORN_APART,
    "first_names": FIRST_NAMES,
    "names": NAMES,
    "one_home": ONE_HOME,
    "one_phone": ONE_PHONE,
    "reached_apart": REACHED_APART,
    "another_there": ANOTHER_THERE,
}

# Every rule that makes two records one, the strongest first.
RULES = (
    "the same personal number",
    "the same personal number but for a slip",
    "the same outside id",
    "the same outside id and day of birth",
    "the same e-mail and name",
    "the same day of birth, name and place",
    "the same day of birth, first name and home",
    "the same e-mail but for a slip, and name",
    "the same phone and name",
    "the same phone but for a slip, name and home",
    "the same employer, occupation, name and place",
    "the same address and name",
    "the same address and nearly the same name",
    "the same address and name, but for a slip in its number",
    "the same day of birth, last name and place",
    "the same contact, last name and initial",
    "the same e-mail and last name",
    "the same contact and nearly the same name",
    "the same contact under another last name",
)
# The tiers: a number of their own; a phone, which a household may share; all the rest, where a home
# is the least.
BY_NUMBER = RULES.index("the same personal number but for a slip") + 1
BY_CONTACT = RULES.index("the same employer, occupation, name and place") + 1
_REST = BY_CONTACT + 1
BY_PHONE = RULES.index("the same phone and name") + 1
