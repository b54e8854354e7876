"""Rows and known people side by side, each different one once, ready to be compared."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources
from itertools import permutations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from nicknames import name_triplets

# What a row or a known person brings to the comparison.
PERSON = pa.schema(
    [
        ("row", pa.int64()),  # counts the new rows from 0; null for a known person
        ("donor_id", pa.int64()),  # null for a new row
        ("space", pa.string()),
        ("external_id", pa.string()),
        ("number", pa.string()),  # digests of a number that is the person's own
        ("first_name", pa.string()),
        ("middle_name", pa.string()),
        ("last_name", pa.string()),
        ("suffix", pa.string()),
        ("gender", pa.string()),
        ("birth_date", pa.date32()),
        ("birth_year", pa.int32()),
        ("phones", pa.string()),  # E.164 numbers, a blank between
        ("emails", pa.string()),
        ("street", pa.string()),
        ("city", pa.string()),
        ("state", pa.string()),
        ("postal_code", pa.string()),
        ("employer", pa.string()),
        ("occupation", pa.string()),
    ]
)

NUMBERS = "personal number"  # the space of those, among what other systems call a person
# Registers that hold a person once: two numbers are two people.
REGISTERS = ("van", "l2", "targetsmart", "nc_voter")

# A value that more people share than this says nothing about one of them.
MOST_SHARING = 24
MOST_ALIKE = 8  # the same of a name and a day of birth
_MOST_FAMILIES = 8  # last names that may share it
# Addresses of an office are no person's own.
_ROLES = (
    r"(?:^| )(?:info|office|contact|admin|hello|mail|team|support|sales|billing|accounts|donate"
    r"|donations|webmaster|postmaster|no-?reply|none|nobody|test|na)@[^ ]+"
)
# Forms ask every giver for them; what half of the givers write is nobody's own.
_NO_WORK = (
    "retired|unemployed|not employed|self|none|null|na|n a|nil|no|information|requested|refused"
    "|unknown|disabled|homemaker|home maker|housewife|student|owner|same|various|volunteer"
)
_PARTICULAR = rf"""
create macro plain(words) as trim(regexp_replace(regexp_replace(
    lower(strip_accents(words)), '[^a-z0-9]+', ' ', 'g'),
    '\b(?:the|inc|llc|llp|ltd|co|corp|corporation|company|incorporated) ?\b', '', 'g'));
create macro particular(words) as case when length(plain(words)) > 2
    and not regexp_matches(plain(words), '\b(?:{_NO_WORK})\b') then plain(words) end
"""
# The figures that end an e-mail are a year of birth, bob61@ and bob1961@ alike, where the record's
# own year does not say otherwise. Years are told by their last two figures.
_BIRTH_YEARS = r"""
create macro years_apart(one, other) as
    least((one - other + 3000) % 100, (other - one + 3000) % 100);
create macro birth_in(email) as try_cast(
    regexp_extract(email, '^[^@ ]*[^@ \d](?:19|20)?(\d\d)@[^ ]+$', 1) as int)
"""
# A figure before a letter is one that a machine took for another: 5mith, Cait1in. Not at the end,
# where figures number people: Tester1.
_MISREAD = """
create macro read_letters(name) as case when not regexp_matches(name, '[0-9][a-z]') then name
    else translate(regexp_extract(name, '^(.*[a-z])[^a-z]*$', 1), '01568', 'olsgb')
        || regexp_extract(name, '([^a-z]*)$', 1) end;
create macro plain_name(name) as read_letters(lower(strip_accents(name)))
"""
# What stands for nothing stands in many records, of many families: the e-mail, the number or the
# day that somebody types to get on. A day that one record in twenty has tells no year either; 1
# January does in lists that know no more than the year.
_CROWDS = """
create table crowd as
with told as (
    select 'phone' as kind, unnest(string_split(phones, ' ')) as value, l from raw
    union all select 'email', unnest(string_split(emails, ' ')), l from raw
    union all select 'number', number, l from raw
    union all select 'born', bd::varchar, l from raw
), often as (
    select kind, hash(value) as mark, count(*) as records from told where value <> ''
    group by all having count(*) > $most
        + case when kind = 'born' then (select count(*) from raw) / 1000 else 0 end
)
select kind, value, any_value(records) as records from told join often using (kind)
where hash(value) = mark group by kind, value having count(distinct l) > $families;

update raw set bd = null,
    byr = case when records * 20 < (select count(bd) from raw) then byr end
from crowd where kind = 'born' and bd = value::date;
update raw set number = null, near_numbers = null from crowd
where kind = 'number' and number = value;
update raw set phones = nullif(array_to_string(
        list_filter(string_split(phones, ' '), lambda one: not list_contains(many, one)), ' '), '')
from (select list(value) as many from crowd where kind = 'phone' having count(*) > 0)
where list_has_any(string_split(phones, ' '), many);
update raw set emails = nullif(array_to_string(
        list_filter(string_split(emails, ' '), lambda one: not list_contains(many, one)), ' '), '')
from (select list(value) as many from crowd where kind = 'email' having count(*) > 0)
where list_has_any(string_split(emails, ' '), many);
drop table crowd
"""
# Thi and Van before a Vietnamese given name say that a woman or a man bears it.
_RECORDS = r"""
create table raw as
select row, donor_id, space, external_id, split_part(number, ' ', 1) as number,
    string_split(number, ' ')[2:] as near_numbers,
    nullif(regexp_replace(regexp_replace(plain_name(first_name), '[^a-z0-9 ]', '', 'g'),
        '^(?:thi|van) ([a-z])', '\1'), '') as f,
    nullif(regexp_replace(lower(strip_accents(middle_name)), '[^a-z]', '', 'g'), '') as m,
    nullif(regexp_replace(plain_name(last_name), '[^a-z0-9]', '', 'g'), '')
        as l,
    nullif(regexp_replace(plain_name(last_name), '[^a-z0-9]+', ' ', 'g'), '')
        as l_parts,
    lower(suffix) as sx, gender as g, birth_date as bd, birth_year as byr,
    phones, nullif(trim(regexp_replace(emails, $roles, '', 'g')), '') as emails,
    lower(city) as city, state, left(postal_code, 5) as zip,
    lower(street) as street, particular(employer) as employer, particular(occupation) as occupation,
    case when coalesce(years_apart(birth_in(emails), birth_year), 0) <= 1
        then birth_in(emails) end as mail_year
from people
"""
_ALIKE = r"""
-- An initial is the name in one's own e-mail: J. with john.smith@ or john61@ is John.
update raw set f = told.name from (
    select distinct emails, l, initial, name from (
        select emails, l, left(f, 1) as initial, coalesce(
            nullif(regexp_extract(emails, '^([a-z]{3,})(?:[._-][^@]*|[0-9]+)@', 1), ''),
            case when starts_with(split_part(replace(emails, l, '@'), '@', 1), left(f, 1))
                then split_part(replace(emails, l, '@'), '@', 1) end) as name,
            regexp_matches(emails, '^[a-z]{3,}[._-]' || l || '[0-9]*@') as is_whole
        from raw where length(f) = 1 and emails is not null) named
    where left(name, 1) = initial and (is_whole or name in (select name from given_view))
        and not exists (
        from raw o where o.emails = named.emails and length(o.f) > 1 and o.f <> name)
) told where length(raw.f) = 1 and raw.emails = told.emails and raw.l = told.l
    and raw.f = told.initial;

-- The same words in two rows are the same person, if they say more than a name. Whatever the order
-- in which the rows are read, the answer is the same.
create table rec as
select row_number() over (order by min(coalesce(row, -1 - donor_id)), street, zip, space,
        external_id, number, phones, emails) - 1 as r,
    any_value(donor_id) as donor_id, any_value(space) as space,
    any_value(external_id) as external_id, any_value(number) as number,
    any_value(near_numbers) as near_numbers, any_value(f) as f,
    any_value(m) as m, any_value(l) as l,
    any_value(l_parts) as l_parts, any_value(sx) as sx, any_value(g) as g, any_value(bd) as bd,
    any_value(byr) as byr, any_value(phones) as phones, any_value(emails) as emails,
    min(city) as city, min(state) as state, any_value(zip) as zip,
    any_value(street) as street, min(employer) as employer,
    min(occupation) as occupation, any_value(mail_year) as mail_year,
    list(row) filter (where row is not null) as rows,
    1 as straight, null::varchar as called
from raw
group by f, m, l, sx, g, bd, byr, phones, emails, zip, street, donor_id, space, external_id, number,
    case when (f is null and l is null and external_id is null)
        or coalesce(phones, emails, external_id, number, case when street is not null then zip end,
            bd::varchar, employer || occupation || zip) is null
        then coalesce(row, -1 - donor_id) end;
drop table raw;

create table rec_email as
select r, email from (select r, unnest(string_split(emails, ' ')) as email from rec
    where emails is not null) where email <> '';

create table rec_phone as
select r, phone from (select r, unnest(string_split(phones, ' ')) as phone from rec
    where phones is not null) where phone <> '';

-- What a number is but for one of its signs, the last one first.
create table rec_near_number as
select r, unnest(near_numbers) as near from rec where near_numbers is not null;

-- House number and first word of the street with the ZIP; a post box; else the whole street.
create table rec_home as
select r, coalesce(zip, city || ' ' || state) || '|' || street_key as home, street_key, unit, zip,
    city, house, word, letters,
    list_filter(string_split(regexp_replace(street, '[^a-z]+', ' ', 'g'), ' '),
        lambda w: length(w) > 3 and w not in ('street', 'avenue', 'road', 'drive', 'lane', 'court',
            'place', 'circle', 'boulevard', 'terrace', 'crescent', 'circuit', 'close', 'highway',
            'parkway', 'square', 'trail', 'north', 'south', 'east', 'west', 'apartment', 'unit',
            'suite')) as words
    from (
    select *, case
            when po <> '' then 'box ' || po
            when house <> '' and word <> '' then house || ' ' || word
            else regexp_replace(street, '[^a-z0-9]+', ' ', 'g') end as street_key
    from (select r, zip, city, state, street,
            regexp_extract(street, '\bp\.?\s*o\.?\s*box\s*#?\s*(\w+)', 1) as po,
            nullif(regexp_extract(street, '^\s*(\d+[a-z]?)\b', 1), '') as house,
            regexp_extract(street, '^\s*\d+[a-z]?\s+'
                '(?:(?:[nsew]|[ns][ew]|north|south|east|west)\b\.?\s+)?([a-z0-9]+)', 1) as word,
            regexp_replace(street, '[^a-z]+', '', 'g') as letters,
            nullif(regexp_extract(street, '(?:\b(?:apt|apartment|unit|suite|ste|rm|no)\b\.?|#)'
                '\s*#?\s*([a-z0-9-]+)\s*$', 1), '') as unit
        from rec where street is not null));
"""

# What the records' names say together, and their e-mails; households ask for neither.
_NAMES = r"""
-- A first name of three families is a name; but not what looks like a slip in a common one.
create table given as
with heard as (
    select f as name, count(distinct l) as families from rec where length(f) > 1 group by f
), named as (
    select name, gender, coalesce(families, 0) as families, g.distinct is not null as listed
    from heard full join given_view g using (name)
), slip as (
    select n.name from named n join named m on left(m.name, 1) = left(n.name, 1)
    where n.families >= 3 and not n.listed and m.families >= 20 * n.families
        and damerau_levenshtein(n.name, m.name) = 1
    union select n.name from named n join named m on right(m.name, 3) = right(n.name, 3)
    where n.families >= 3 and not n.listed and m.families >= 20 * n.families
        and damerau_levenshtein(n.name, m.name) = 1
)
select name, gender, listed, listed or families >= 3 and name not in (from slip) as known
from named where gender is not null or known;
create table known_name as select name from given where known;

-- Of two records with names turned, that one is which has a first name for its last one.
update rec set straight = (f in (from known_name))::int
    - (l in (from known_name))::int - (length(l) = 1)::int
where l in (from known_name) or length(l) = 1 or f not in (from known_name);

-- The day of birth tells the son's record that leaves the Jr out.
update rec set sx = told.sx from (
    select bd, l, left(f, 1) as initial, any_value(sx) as sx from rec
    where bd is not null and sx is not null and l is not null and f is not null
    group by bd, l, left(f, 1) having count(distinct sx) = 1
) told where rec.sx is null and rec.bd = told.bd and rec.l = told.l
    and left(rec.f, 1) = told.initial;

-- A short name is of the long one in one's own e-mail: Tina with christine.smith@ is no Christina.
-- Not one that is short for a man's name and for a woman's: couples share e-mails.
update rec set called = told.name from (
    select r, regexp_extract(emails, '^([a-z]{3,})[._-][^@]*@', 1) as name from rec
    where length(f) > 1 and emails is not null
) told where rec.r = told.r and exists (
    from nick where kind = 'short' and a = rec.f and b = told.name
) and rec.f not in (
    select a from nick join given on name = b where kind = 'short' group by a
    having count(distinct gender) > 1
);

-- An address at work beside one at home is how one person has two.
create table rec_at_work as
with host as (
    select split_part(email, '@', 2) as host, count(*) as addresses, count(distinct l) as families
    from rec_email join rec using (r) group by all
)
select r from rec_email join host on host = split_part(email, '@', 2)
group by r having not bool_or(host in (select name from public_view) or families >= 3
    and addresses * 100 >= (select count(*) from rec_email))
"""


# What an unknown first name is one slip away from, by all that stands for it.
_SLIPS = """
create table near_name as
with unknown as (
    select distinct f as name from rec where length(f) > 2 and f not in (from known_name)
)
select u.name, n.name as means from unknown u join known_name n on left(u.name, 2) = left(n.name, 2)
where abs(length(u.name) - length(n.name)) <= 1 and damerau_levenshtein(u.name, n.name) <= 1
union select u.name, n.name from unknown u join known_name n on right(u.name, 2) = right(n.name, 2)
where abs(length(u.name) - length(n.name)) <= 1 and damerau_levenshtein(u.name, n.name) <= 1;
create table slip_of as
select name, means from near_name union select name, b from near_name join nick on a = means
    where kind <> 'alike';
create table unknown_name as select distinct name from near_name;
drop table near_name
"""


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files("rules").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@lru_cache(maxsize=1)
def _given_names() -> pa.Table:
    rows = _table("given_names.csv")
    columns = {name: [row[name] or None for row in rows] for name in ("name", "gender", "distinct")}
    return pa.table(columns)


def _apart() -> set[tuple[str, str]]:
    """Return, both ways, the names in their own right that lists of nicknames pair."""
    rows = [(row["one"], row["other"]) for row in _table("names_apart.csv")]
    return {*rows, *((other, one) for one, other in rows)}


def _forms(kind: str) -> list[list[str]]:
    """Return the names that are forms of one, each line of our own list."""
    return [row["names"].split() for row in _table("name_forms.csv") if row["kind"] == kind]


def _shorts(apart: set[tuple[str, str]]) -> dict[str, set[str]]:
    """Return what each formal name is shortened to, without names in their own right."""
    shorts: dict[str, set[str]] = {}
    own = ((names[0], nick) for names in _forms("short") for nick in names[1:])
    for formal, nick in (*((one.name1, one.name2) for one in name_triplets()), *own):
        if (formal, nick) not in apart:
            shorts.setdefault(formal, set()).add(nick)
    return shorts


@lru_cache(maxsize=1)
def _nicknames() -> pa.Table:
    """Return names that stand for one another, both ways, and how they do.

    A `letter` is the first of a formal name, beside what that name is shortened to. Whoever writes
    a name in one of its spellings may also use what another is shortened to.
    """
    apart = _apart()
    shorts = _shorts(apart)
    spelt = {pair for names in _forms("spelling") for pair in permutations(names, 2)} - apart
    for name, other in sorted(spelt):
        nicks = shorts.get(other, set()) - {name} - {nick for one, nick in apart if one == name}
        shorts.setdefault(name, set()).update(nicks)
    names = _given_names()
    listed = set(names.filter(pc.is_valid(names["distinct"]))["name"].to_pylist())
    kinds: dict[tuple[str, str], str] = {}
    for formal, nick in sorted((one, nick) for one in shorts for nick in shorts[one]):
        kinds |= {(formal, nick): "short", (nick, formal): "short"}
        if formal in listed:
            kinds.setdefault((formal[0], nick), "letter")
            kinds.setdefault((nick, formal[0]), "letter")
    siblings = (pair for nicks in shorts.values() for pair in permutations(sorted(nicks), 2))
    kinds = {pair: "both short" for pair in siblings if pair not in apart} | kinds
    kinds |= {
        pair: "alike" if listed.issuperset(pair) else "spelling"
        for pair in spelt
        if kinds.get(pair) != "short"
    }
    known = sorted((a, b, kind) for (a, b), kind in kinds.items())
    return pa.table(
        {name: [one[place] for one in known] for place, name in enumerate(("a", "b", "kind"))}
    )


def load(people: pa.Table, *, named: bool = True, overflow: str = "") -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the records and their e-mails, phones and homes.

    What their names say, as identity asks, is found where it is asked for. What memory cannot hold
    goes into the folder `overflow` for as long as the database is open, and nowhere without one.
    """
    connection = duckdb.connect(config={"temp_directory": overflow})
    connection.execute("set preserve_insertion_order = false")
    connection.register("people", people)
    connection.execute(_PARTICULAR)
    connection.execute(_MISREAD)
    connection.execute(_BIRTH_YEARS)
    connection.register("given_view", _given_names())
    values = {"roles": _ROLES, "most": MOST_SHARING, "families": _MOST_FAMILIES}
    for statement in ";\n".join((_RECORDS, _CROWDS, _ALIKE)).split(";\n"):
        if statement.strip():
            own = {name: value for name, value in values.items() if f"${name}" in statement}
            connection.execute(statement, own)
    connection.unregister("people")
    if named:
        connection.register("nick_view", _nicknames())
        connection.execute("create table nick as from nick_view")
        hosts = [row["host"] for row in _table("mail_hosts.csv")]
        connection.register("public_view", pa.table({"name": hosts}))
        for statement in (*_NAMES.split(";\n"), *_SLIPS.split(";\n")):
            connection.execute(statement)
    return connection
