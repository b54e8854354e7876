"""Which records to compare, how they agree, and what exact rules say of it.

A pair is `same` (with the rule), `never` (with the reason) or `open`: then the probability
decides, or a person.
"""

from __future__ import annotations

import duckdb

from campaign.lists.identity.records import MOST_ALIKE, MOST_SHARING

# Values that two records share; a value of a crowd is left out, for it tells nobody apart.
_BLOCKS = {
    "email": "select email as key, r from rec_email",
    "phone": "select phone as key, r from rec_phone",
    "home": "select home as key, r from rec_home",
    "home and name": "select home || '|' || l || '|' || left(f, 1) as key, r from rec_home"
    " join rec using (r) where l is not null and f is not null",
    "street and last": "select street_key || '|' || left(l, 3) as key, r from rec_home"
    " join rec using (r) where l is not null",
    "street and first": "select street_key || '|' || left(f, 3) as key, r from rec_home"
    " join rec using (r) where f is not null",
    "outside id": "select space || '|' || external_id as key, r from rec"
    " where external_id is not null",
    "born and last": "select bd::varchar || '|' || left(l, 3) || left(f, 1) as key, r from rec"
    " where bd is not null and l is not null",
    "born and first": "select bd::varchar || '|' || left(f, 3) || left(l, 1) as key, r from rec"
    " where bd is not null and f is not null",
    "name and ZIP": "select l || '|' || f || '|' || zip as key, r from rec"
    " where l is not null and f is not null and zip is not null",
    "name and birth year": "select l || '|' || f || '|' || byr as key, r from rec"
    " where l is not null and f is not null and byr is not null",
    "born and ZIP": "select bd::varchar || '|' || zip as key, r from rec"
    " where bd is not null and zip is not null",
    "swapped": "select l || '|' || f || '|' || bd::varchar as key, r from rec"
    " where bd is not null union all"
    " select f || '|' || l || '|' || bd::varchar, r from rec where bd is not null",
}

_CONTACTS = frozenset({"email", "phone", "home", "home and name", "outside id"})

_PAIRS = """
insert into pair
with keyed as materialized (
    select key, r from (select distinct key, r from ({block}) each where key is not null)
    qualify count(*) over (partition by key) between 2 and {most}
)
select a.r, b.r from keyed a join keyed b on a.key = b.key and a.r < b.r
"""

# How two records agree. Known given names that differ are no misspelling of one another.
_EVIDENCE = """
create table evidence as
with together as (
    select p.a, p.b, x.donor_id as donor_a, y.donor_id as donor_b,
        x.f as f1, y.f as f2, x.l as l1, y.l as l2, x.m as m1, y.m as m2, x.sx as sx1, y.sx as sx2,
        x.g as g1, y.g as g2, x.bd as bd1, y.bd as bd2, x.byr as by1, y.byr as by2,
        x.l_parts as lp1, y.l_parts as lp2, x.city as city1, y.city as city2,
        x.f = y.l and x.l = y.f and x.f <> x.l as swapped,
        x.phones is not null and y.phones is not null as phones_told,
        x.emails is not null and y.emails is not null as emails_told,
        coalesce(x.employer <> y.employer and x.occupation <> y.occupation, false)
            as jobs_differ,
        x.zip = y.zip as zip_same, x.state = y.state as state_same,
        x.space is not distinct from y.space and x.external_id = y.external_id as id_same,
        x.space is not distinct from y.space and x.external_id <> y.external_id
            and list_contains($registers, x.space) as id_differs,
        strftime(x.bd, '%Y%m%d') as day1, strftime(y.bd, '%Y%m%d') as day2
    from pair p join rec x on x.r = p.a join rec y on y.r = p.b
), named as (
    select t.*, n.a is not null as nick, v1.name is not null as known1,
        v2.name is not null as known2, v1.listed as listed1, v2.listed as listed2,
        v1.gender as sex1, v2.gender as sex2
    from together t
        left join nick n on n.a = split_part(t.f1, ' ', 1) and n.b = split_part(t.f2, ' ', 1)
        left join given v1 on v1.name = split_part(t.f1, ' ', 1)
        left join given v2 on v2.name = split_part(t.f2, ' ', 1)
), judged as (
    select *,
        case when f1 is null or f2 is null then 'blank' when f1 = f2 or swapped then 'same'
            when (length(f1) = 1 or length(f2) = 1) and left(f1, 1) = left(f2, 1) then 'initial'
            when nick or split_part(f1, ' ', 1) = f2 or split_part(f2, ' ', 1) = f1
                or replace(f1, ' ', '') = replace(f2, ' ', '') then 'nick'
            when listed1 and listed2 then 'differ'
            when least(length(f1), length(f2)) >= 3 and (starts_with(f1, f2) or starts_with(f2, f1))
                then 'nick'
            when known1 and known2 then 'differ'
            when (f1 = m2 or f2 = m1) and length(f1) > 1 and length(f2) > 1 then 'middle'
            when least(length(f1), length(f2)) >= 3
                and damerau_levenshtein(f1, f2) <= case when least(length(f1), length(f2)) >= 6
                    then 2 else 1 end then 'typo'
            when not (known1 and known2) and (jaro_winkler_similarity(f1, f2) >= 0.8 or bd1 = bd2)
                then 'like'
            else 'differ' end as first,
        case when l1 is null or l2 is null then 'blank' when l1 = l2 or swapped then 'same'
            when least(length(l1), length(l2)) >= 3
                and damerau_levenshtein(l1, l2) <= case when least(length(l1), length(l2)) >= 6
                    then 2 else 1 end then 'typo'
            when list_has_any(string_split(lp1, ' '),
                list_filter(string_split(lp2, ' '), lambda w: length(w) > 3)) then 'part'
            when jaro_winkler_similarity(l1, l2) >= 0.8 then 'like'
            else 'differ' end as last,
        case when sx1 = sx2 then 'same' when sx1 is not null and sx2 is not null then 'differ'
            when sx1 is null and sx2 is null then 'none' else 'one' end as suffix,
        case when m1 is null or m2 is null then 'none' when m1 = m2 then 'same'
            when left(m1, 1) = left(m2, 1) and (length(m1) = 1 or length(m2) = 1) then 'initial'
            when damerau_levenshtein(m1, m2) <= 1 and least(length(m1), length(m2)) > 3
                then 'initial'
            else 'differ' end as middle,
        case when bd1 = bd2 then 'same'
            when bd1 is not null and bd2 is not null then
                case when abs(year(bd1) - year(bd2)) between 14 and 65 then 'differ'
                    when damerau_levenshtein(day1, day2) <= 1
                        or (year(bd1) = year(bd2) and month(bd1) = day(bd2)
                            and day(bd1) = month(bd2))
                        then 'typo'
                    else 'differ' end
            when by1 is null or by2 is null then 'none' when abs(by1 - by2) <= 1 then 'year'
            else 'differ' end as born,
        coalesce(g1 <> g2, false) as sexes_differ,
        coalesce(sex1 <> sex2, false) as names_sexes_differ
    from named
)
select j.a, j.b, donor_a, donor_b, f1, f2, first, last, suffix, middle, born, sexes_differ,
    names_sexes_differ,
    coalesce(id_same, false) as id_same, coalesce(id_differs, false) as id_differs,
    coalesce(zip_same, false) as zip_same,
    coalesce(state_same, false) and coalesce(city1 = city2, false) as town_same,
    exists (select 1 from rec_email x join rec_email y on x.email = y.email
        where x.r = j.a and y.r = j.b) as email_same,
    exists (select 1 from rec_phone x join rec_phone y on x.phone = y.phone
        where x.r = j.a and y.r = j.b) as phone_same,
    exists (select 1 from rec_home x join rec_home y on x.home = y.home
        where x.r = j.a and y.r = j.b and coalesce(x.unit = y.unit, true)) as home_same,
    phones_told, emails_told, jobs_differ
from judged j
"""

# Who may never be one; and rivals: two of one name who share a home or a phone.
_BANS = """
create table banned as
with judged as (
    select *, phones_told and not phone_same as phones_differ,
        emails_told and not email_same as emails_differ,
        first in ('same', 'nick', 'typo', 'middle') as first_fits,
        first in ('same', 'nick') as first_sure,
        last in ('same', 'typo', 'part') as last_fits,
        last = 'same' as last_sure,
        (suffix = 'one' or middle = 'differ') and born <> 'same' and not id_same as doubtful
    from evidence
), told as (
    select *, case
        when id_differs then 'the register holds them as two people'
        when suffix = 'differ' then 'their generations differ (Sr, Jr …)'
        when born = 'differ' then 'their days of birth differ'
        when sexes_differ or (names_sexes_differ and first <> 'same')
            then 'they are of different sexes'
        when first = 'differ' then 'their first names differ'
        when last = 'differ' and not (first_fits and (email_same or born = 'same'))
            then 'their last names differ'
        end as hard,
        case when doubtful and suffix = 'one' then 'only one of them is a Jr or Sr'
            when doubtful then 'their middle names differ' end as soft
    from judged
)
select *, coalesce(hard, soft) as never, first in ('same', 'nick', 'initial') and last_fits
    and (hard is not null or home_same and born not in ('same', 'typo') and (
        emails_differ or jobs_differ and not email_same)) as rivals
from told
"""

# What rivals share says nothing about either of them.
_CONTESTED = """
create table contested as
with rival as (select a, b from banned where rivals), shared as (
    select 'phone' as kind, x.phone as value, a, b from rival
        join rec_phone x on x.r = a join rec_phone y on y.r = b and y.phone = x.phone
    union all select 'home', x.home, a, b from rival
        join rec_home x on x.r = a join rec_home y on y.r = b and y.home = x.home
    union all select 'email', x.email, a, b from rival
        join rec_email x on x.r = a join rec_email y on y.r = b and y.email = x.email
)
select distinct kind, value, f, l from (
    select kind, value, a as r from shared union all select kind, value, b from shared
) join rec using (r)
"""

# A phone of several first names is a household's.
_FAMILY_PHONES = """
create table family_phone as
select phone from rec_phone join rec using (r) where length(f) > 1
group by phone having count(distinct left(f, 3)) > 1
"""


def _own(kind: str, table: str) -> str:
    """Return the condition that two records share a value that no rival of theirs shares."""
    return f"""exists (select 1 from {table} x join {table} y on x.{kind} = y.{kind}
            join rec p on p.r = x.r join rec q on q.r = y.r
        where x.r = banned.a and y.r = banned.b and not exists (select 1 from contested c
            where c.kind = '{kind}' and c.value = x.{kind}
            and (c.f = p.f and c.l = p.l or c.f = q.f and c.l = q.l)))"""


# The first rule that holds decides.
_DECISION = f"""
create table decision as
with weighed as (
    select *,
        email_same and {_own("email", "rec_email")} as own_email,
        phone_same and (suffix = 'same' or {_own("phone", "rec_phone")}) as own_phone,
        home_same and (suffix = 'same' or {_own("home", "rec_home")}) as own_home,
        phone_same and exists (select 1 from rec_phone x join family_phone using (phone)
            where x.r = banned.a) as family
    from banned
)
select a, b, donor_a, donor_b, never, first, f1, f2,
    hard is null and soft is not null and first_sure and last_sure
        and (email_same or phone_same or home_same) as worth_asking,
    case
    when never is not null then null
    when id_same and first_fits and last_fits then 'the same outside id'
    when own_email and first_fits and last_fits then 'the same e-mail and name'
    when born = 'same' and first_fits and last_fits and (first_sure or last_sure)
        and (phone_same or email_same or home_same or zip_same)
        then 'the same day of birth, name and place'
    when own_phone and first_fits and last_fits and (first_sure or last_sure)
        and not (emails_differ and (family or home_same)) then 'the same phone and name'
    when own_home and first_sure and last_sure and not emails_differ
        then 'the same address and name'
    when own_home and (first_sure and last = 'typo' or last_sure and first = 'typo')
        and not emails_differ then 'the same address and nearly the same name'
    when first = 'initial' and last_sure and (own_email or own_phone)
        then 'the same contact, last name and initial'
    when first = 'blank' and last_sure and own_email then 'the same e-mail and last name'
    end as rule,
    not rivals and (own_email or own_phone and not family or born in ('same', 'typo')
        and (zip_same or home_same or phone_same or email_same)) as personal,
    not rivals and born = 'same' as moved,
    email_same, phone_same, home_same, zip_same, last, suffix, born, middle, id_same
from weighed
"""

# An initial fits John and Jane: it counts only where one first name stands behind it.
_LONE_INITIALS = """
update decision set rule = null
where rule in ('the same contact, last name and initial', 'the same e-mail and last name')
and (a in (select r from lone where names > 1) or b in (select r from lone where names > 1))
"""
_INITIALS_OF = """
create temp table lone as
select r, count(distinct other) as names from (
    select a as r, f2 as other, f1 as own from decision
        where rule is not null or (never is null and last = 'same')
    union all select b, f1, f2 from decision
        where rule is not null or (never is null and last = 'same')
) each where length(coalesce(own, '')) <= 1 and length(other) > 1 group by r
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
    connection.execute(_INITIALS_OF)
    connection.execute(_LONE_INITIALS)


def decide(connection: duckdb.DuckDBPyConnection, registers: tuple[str, ...]) -> None:
    """Weigh the pairs that are in the table `pair`."""
    for table in ("evidence", "banned", "contested", "family_phone", "decision"):
        connection.execute(f"drop table if exists {table}")
    connection.execute(_EVIDENCE, {"registers": list(registers)})
    for statement in (_BANS, _CONTESTED, _FAMILY_PHONES, _DECISION):
        connection.execute(statement)


# Every rule that makes two records one, the strongest first.
RULES = (
    "the same outside id",
    "the same e-mail and name",
    "the same day of birth, name and place",
    "the same phone and name",
    "the same address and name",
    "the same address and nearly the same name",
    "the same contact, last name and initial",
    "the same e-mail and last name",
)
