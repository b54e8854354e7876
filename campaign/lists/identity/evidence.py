"""How two records agree: their names, contacts, homes and days of birth, side by side.

For each pair of the table `pair` a row in `evidence`, and in `meet` each value that the two share.
What that makes of them is decided in `pairs`.
"""

from __future__ import annotations

import duckdb

# Each e-mail, phone and home that the two have in common. Homes are put beside each other pair by
# pair, and looked at then: to join them by their house number first would meet half a city.
_MEET = """
create table meet as
with homes as materialized (
    select a, b, x, y from pair join rec_home x on x.r = a join rec_home y on y.r = b
)
select a, b, 'email' as kind, x.email as value from pair
    join rec_email x on x.r = a join rec_email y on y.r = b and y.email = x.email
union all select a, b, 'phone', x.phone from pair
    join rec_phone x on x.r = a join rec_phone y on y.r = b and y.phone = x.phone
union all select a, b, 'home', least(x.home, y.home) from homes
    where coalesce(x.unit = y.unit, true) and (y.home = x.home or x.house = y.house
        and (x.zip = y.zip or x.city = y.city or damerau_levenshtein(x.zip, y.zip) <= 1)
        and (jaro_winkler_similarity(x.letters, y.letters) >= 0.9 or list_has_any(x.words, y.words)
            or damerau_levenshtein(x.word, y.word) <= 1 and length(x.word || y.word) > 4))
"""

# One street and place, and a house number that is missing, or lacks a digit, or has two of them
# turned; the number of a neighbour differs otherwise.
_STREET = """
create table alongside as
select distinct a, b from pair join rec_home x on x.r = a join rec_home y on y.r = b
where coalesce(x.house <> y.house, true) and x.words is not null
    and (x.zip = y.zip or x.city = y.city)
    and (x.house is null or y.house is null or damerau_levenshtein(x.house, y.house) = 1
        and (length(x.house) <> length(y.house) or turned_figures(x.house, y.house)))
    and (jaro_winkler_similarity(x.letters, y.letters) >= 0.9 or list_has_all(x.words, y.words)
        and len(y.words) > 0)
"""

# A slip of the finger in a figure is another house, number or person, for all that one can tell.
_MACROS = r"""
create or replace macro same_figures(one, other) as
    regexp_replace(one, '\D', '', 'g') = regexp_replace(other, '\D', '', 'g')
;
create or replace macro turned_figures(one, other) as
    list_sort(string_split(one, '')) = list_sort(string_split(other, ''))
;
create or replace macro figures_of(words) as regexp_replace(words, '\D', '', 'g')
;
create or replace macro host_of(email) as split_part(email, '@', 2)
;
create or replace macro sound_of(name) as translate(left(name, 1), 'kyjzw', 'ciisv')
;
create or replace macro slip_in_email(one, other) as
    case when least(length(one), length(other)) < 20 or abs(length(one) - length(other)) > 2
            or damerau_levenshtein(one, other) > 2 then false
        else same_figures(one, other) or damerau_levenshtein(one, other) = 1
            and length(figures_of(one)) <> length(figures_of(other))
            and greatest(length(figures_of(one)), length(figures_of(other))) >= 3 end
;
create or replace macro slips_of(letters) as
    case when letters >= 6 then 2 when letters >= 3 then 1 else 0 end
"""

# Known given names that differ are no misspelling of one another, and hardly anybody slips at the
# first letter of a name: Jenna and Kenna of one home and phone are sisters, unless an e-mail or a
# day of birth says otherwise. A name that stands in the
# other's place is turned round first.
_EVIDENCE = """
create table evidence as
with shared as (
    select a, b, bool_or(kind = 'email') as email_same, bool_or(kind = 'phone') as phone_same,
        bool_or(kind = 'home') as home_same
    from meet group by a, b
), sides as (
    select p.a, p.b, x.donor_id as donor_a, y.donor_id as donor_b,
        x.f as xf, x.l as xl, x.l_parts as xp, x.m as m1, x.sx as sx1, y.sx as sx2,
        x.g as g1, y.g as g2, x.bd as bd1, y.bd as bd2, x.byr as by1, y.byr as by2,
        y.f as yf, y.l as yl, y.l_parts as yp, y.m as m2, x.straight < y.straight as x_looks_turned,
        coalesce(x.bd = y.bd, false) or coalesce(x.emails = y.emails, false) as tied,
        tied and coalesce(x.f is null and x.l = y.f or x.l is null and x.f = y.l, false)
            as x_astray,
        tied and coalesce(y.f is null and y.l = x.f or y.l is null and y.f = x.l, false)
            as y_astray,
        x.called as called1, y.called as called2,
        case when x.f = y.f or x.l = y.l then false else coalesce(
            jaro_winkler_similarity(x.f, y.l) + jaro_winkler_similarity(x.l, y.f)
            > greatest(1.7, 0.3 + jaro_winkler_similarity(x.f, y.f)
                + jaro_winkler_similarity(x.l, y.l))
            and (least(jaro_winkler_similarity(x.f, y.l),
                jaro_winkler_similarity(x.l, y.f)) >= 0.8
                or least(length(x.f), length(x.l), length(y.f), length(y.l)) = 1),
            false) end as turned,
        coalesce(x.phones <> y.phones, false) as phones_apart,
        case when coalesce(x.emails = y.emails, true) then false
            when px.name <> py.name then true
            else not slip_in_email(x.emails, y.emails) end as emails_apart,
        coalesce(regexp_matches(x.emails, '[0-9]{2}'), false) as email_numbered,
        coalesce(x.emails <> y.emails, false) as emails_unequal,
        case when x.phones <> y.phones and length(x.phones) = length(y.phones)
            and right(x.phones, 2) = right(y.phones, 2)
            then damerau_levenshtein(x.phones, y.phones) = 1 else false end as phone_near,
        coalesce(x.zip = y.zip, false) as zip_same,
        coalesce(x.zip <> y.zip and x.street <> y.street, false) as homes_apart,
        coalesce(x.state = y.state and x.city = y.city, false) as town_same,
        coalesce(x.number = y.number, false) as number_same,
        coalesce(x.number <> y.number and x.near_numbers[1] <> y.near_numbers[1]
            and list_has_any(x.near_numbers, y.near_numbers), false) as number_near,
        coalesce(x.number <> y.number and x.near_numbers[1] = y.near_numbers[1], false)
            as number_ends_apart,
        coalesce(x.space is not distinct from y.space and x.external_id = y.external_id, false)
            as id_same,
        coalesce(x.space is not distinct from y.space and x.external_id <> y.external_id, false)
            as numbered_apart,
        coalesce(x.space is not distinct from y.space and x.external_id <> y.external_id
            and list_contains($registers, x.space), false) as id_differs,
        coalesce(length(y.l) >= 4 and contains(x.emails, y.l)
            or length(x.l) >= 4 and contains(y.emails, x.l), false) as mail_fits,
        coalesce(x.employer = y.employer and x.occupation = y.occupation
            and not contains(x.employer, x.l), false) as work_same,
        coalesce(years_apart(x.mail_year, y.byr) >= 14, false)
            or coalesce(years_apart(y.mail_year, x.byr) >= 14, false) as mail_years_apart,
        coalesce(x.occupation <> y.occupation and x.employer <> y.employer
            and not contains(x.employer, y.employer) and not contains(y.employer, x.employer)
            and jaro_winkler_similarity(x.employer, y.employer) < 0.85, false) as work_apart,
        coalesce(email_same, false) as email_same, coalesce(phone_same, false) as phone_same,
        coalesce(home_same, false) as home_same, s2.a is not null as street_same
    from pair p join rec x on x.r = p.a join rec y on y.r = p.b
        left join shared s on s.a = p.a and s.b = p.b
        left join alongside s2 on s2.a = p.a and s2.b = p.b
        left join public_view px on px.name = host_of(x.emails)
        left join public_view py on py.name = host_of(y.emails)
), placed as (
    select *, case when x_turned then xl else xf end as f1,
        case when x_turned then xf else xl end as l1, case when x_turned then xf else xp end as lp1,
        case when y_turned then yl else yf end as f2, case when y_turned then yf else yl end as l2,
        case when y_turned then yf else yp end as lp2,
        strftime(bd1, '%Y%m%d') as day1, strftime(bd2, '%Y%m%d') as day2
    from (select *, x_astray or turned and x_looks_turned as x_turned,
        y_astray and not x_astray or turned and not x_looks_turned as y_turned from sides)
), named as (
    select t.*, n.kind as kin, coalesce(t.called1 <> f2 and c1.a is null and v2.listed, false)
            or coalesce(t.called2 <> f1 and c2.a is null and v1.listed, false) as called_otherwise,
        coalesce(v1.known, false) as known1,
        coalesce(v2.known, false) as known2,
        coalesce(v1.listed, false) as listed1, coalesce(v2.listed, false) as listed2,
        v1.gender as sex1, v2.gender as sex2,
        (u1.name is not null or u2.name is not null) and s1.name is null and s2.name is null
            as slips_elsewhere,
        s1.name is not null or s2.name is not null as slip_of_form,
        case when f1 = f2 then 0 else damerau_levenshtein(f1, f2) end as f_slips,
        least(length(f1), length(f2)) as f_least,
        case when l1 = l2 then 0 else damerau_levenshtein(l1, l2) end as l_slips,
        least(length(l1), length(l2)) as l_least
    from placed t
        left join nick n on n.a = split_part(t.f1, ' ', 1) and n.b = split_part(t.f2, ' ', 1)
        left join given v1 on v1.name = split_part(t.f1, ' ', 1)
        left join given v2 on v2.name = split_part(t.f2, ' ', 1)
        left join nick c1 on c1.a = t.called1 and c1.b = split_part(t.f2, ' ', 1)
        left join nick c2 on c2.a = t.called2 and c2.b = split_part(t.f1, ' ', 1)
        left join unknown_name u1 on u1.name = t.f1 left join unknown_name u2 on u2.name = t.f2
        left join slip_of s1 on s1.name = t.f1 and s1.means = t.f2
        left join slip_of s2 on s2.name = t.f2 and s2.means = t.f1
)
select a, b, donor_a, donor_b, f1, f2, l1, l2, turned, phones_apart, emails_apart, zip_same,
    homes_apart,
    work_same, work_apart, mail_years_apart, phone_near,
    emails_unequal and not emails_apart and not email_same as email_near, email_numbered,
    town_same, number_same, number_near, number_ends_apart,
    id_same, id_differs, numbered_apart,
    mail_fits,
    email_same, phone_same, home_same, street_same,
    case when f1 is null or f2 is null then 'blank'
        when f_least = 1 then case when left(f1, 1) = left(f2, 1) or kin = 'letter'
            then 'initial' else 'differ' end
        when f1 = f2 then 'same'
        when kin = 'short' and called_otherwise then 'differ'
        when kin = 'short' or split_part(f1, ' ', 1) = f2 or split_part(f2, ' ', 1) = f1
            or replace(f1, ' ', '') = replace(f2, ' ', '') then 'nick'
        when sex1 <> sex2 then 'differ'
        when kin = 'alike' then 'alike' when kin = 'spelling' then 'nick'
        when kin = 'both short' then 'like'
        when listed1 and listed2 then case when f_slips <= 1 then 'alike' else 'differ' end
        when f_least >= 3 and (starts_with(f1, f2) or starts_with(f2, f1)) then 'nick'
        when known1 and known2 then case when f_slips <= 1 then 'alike' else 'differ' end
        when f_slips = 1 and length(f1) = length(f2) and sound_of(f1) <> sound_of(f2)
            then case when email_same or bd1 = bd2 then 'like' else 'odd' end
        when same_figures(f1, f2) and f_slips <= slips_of(f_least)
            and (f_slips <= 1 or left(f1, 1) = left(f2, 1) and not slips_elsewhere) then 'typo'
        when slip_of_form then 'typo'
        when (f1 = m2 or f2 = m1) and f_least > 1 then 'middle'
        when slips_elsewhere and f_slips > 1 then 'odd'
        when jaro_winkler_similarity(f1, f2) >= case when bd1 = bd2 and f_slips <= 3 then 0.6
            else 0.75 end then 'like'
        when known1 and known2 then 'differ' else 'odd' end as first,
    case when l1 is null or l2 is null then 'blank' when l1 = l2 then 'same'
        when not same_figures(l1, l2) then 'apart'
        when l_slips <= slips_of(l_least) then 'typo'
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
            case when abs(year(bd1) - year(bd2)) between 14 and 65
                    then case when damerau_levenshtein(day1, day2) = 1
                        and turned_figures(day1, day2) then 'typo' else 'differ' end
                when damerau_levenshtein(day1, day2) <= 1
                    or year(bd1) = year(bd2) and (month(bd1) = month(bd2) or day(bd1) = day(bd2)
                        or month(bd1) = day(bd2) and day(bd1) = month(bd2))
                    then 'typo'
                else 'differ' end
        when by1 is null or by2 is null then 'none' when abs(by1 - by2) <= 1 then 'year'
        else 'differ' end as born,
    coalesce(abs(year(bd1) - year(bd2)) < 14, false) as of_one_age,
    coalesce(g1 <> g2, false) as sexes_differ, coalesce(sex1 <> sex2, false) as names_sexes_differ,
    coalesce(coalesce(g1, g2, sex1, sex2) = 'f', false) as woman,
    coalesce(coalesce(g1, g2, sex1, sex2) = 'm', false) as man
from named
"""


def compare(connection: duckdb.DuckDBPyConnection, registers: tuple[str, ...]) -> None:
    """Fill `meet` and `evidence` for the pairs that are in the table `pair`."""
    for macro in _MACROS.split(";\n"):
        connection.execute(macro)
    connection.execute(_MEET)
    connection.execute("drop table if exists alongside")
    connection.execute(_STREET)
    connection.execute(_EVIDENCE, {"registers": list(registers)})
