"""What the database itself shows to the portal's role, whatever a page asks."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from campaign.errors import StoreError
from models import Base
from store.portal_scope import seen_by

SECRET = {"app_user", "portal_session", "user_ticket", "signin_failure", "api_token"}
# Without a person or money: everybody who is signed in may see them.
PLAIN = {
    *("committee", "election", "campaign", "campaign_team", "team", "script", "plan"),
    *("notice", "audit_entry", "rule_proposal"),
}
# A team sees its own rows of these.
TEAMS_OWN = {
    *("agent", "assignment", "call_attempt", "packet", "packet_row", "pledge", "donor"),
    *("donor_phone", "donor_email", "donor_address", "gift", "instalment", "payment_link"),
    *("result_file", "result_exception", "quality_review"),
}


def counts(session, tables) -> dict[str, int]:
    return {
        table: session.execute(text(f'select count(*) from "{table}"')).scalar_one()
        for table in tables
    }


def test_every_table_has_a_policy(database):
    with database.connect() as connection:
        open_ones = set(
            connection.scalars(
                text("select relname from pg_class where relnamespace = 'public'::regnamespace"
                     " and relkind in ('r', 'p') and not relrowsecurity")
            )
        )  # fmt: skip
    assert open_ones == set()


def test_nobody_without_a_team_sees_a_person_or_money(world):
    tables = set(Base.metadata.tables) - SECRET - PLAIN
    with seen_by("none") as session:
        assert {name for name, rows in counts(session, tables).items() if rows} == set()


def test_a_team_sees_rows_of_its_own_tables_only(world):
    tables = set(Base.metadata.tables) - SECRET - PLAIN - TEAMS_OWN
    with seen_by(str(world.teams["HOUSE"])) as session:
        assert {name for name, rows in counts(session, tables).items() if rows} == set()


def test_teams_and_the_rest_share_the_donors_out(world):
    seen = []
    for team_id in world.teams.values():
        with seen_by(str(team_id)) as session:
            seen.append(set(session.scalars(text("select id from donor"))))
            others = text("select count(*) from assignment where team_id <> :team")
            assert session.scalar(others, {"team": team_id}) == 0
            strange = text("select count(*) from pledge where team_id <> :team")
            assert session.scalar(strange, {"team": team_id}) == 0
    assert sum(map(len, seen)) == len(set().union(*seen)) == len(world.donors)


def test_whoever_sees_all_donors_sees_all(world):
    with seen_by("all") as session:
        assert session.scalar(text("select count(*) from donor")) == len(world.donors)


def test_a_donor_who_was_withdrawn_is_out_of_sight(world, database):
    with database.begin() as connection:
        connection.execute(text("update assignment set status = 'withdrawn'"))
    with seen_by(str(world.teams["HOUSE"])) as session:
        assert session.scalar(text("select count(*) from donor")) == 0


@pytest.mark.parametrize("table", sorted(SECRET))
def test_what_proves_an_account_is_nobodys_to_see(world, table):
    with pytest.raises(StoreError, match="InsufficientPrivilege"), seen_by("all") as session:
        session.execute(text(f"select * from {table}"))


@pytest.mark.parametrize(
    "statement",
    [
        "update donor set first_name = 'x'",
        "delete from assignment",
        "insert into suppression (kind, phone_e164, source, since) values ('x', '1', 'x', now())",
        "update audit_entry set actor = 'somebody else'",
    ],
)
def test_a_page_cannot_write(world, statement):
    with pytest.raises(StoreError, match=r"ReadOnly|InsufficientPrivilege"), seen_by("all") as page:
        page.execute(text(statement))


def test_the_role_itself_may_change_nothing(database):
    with database.connect() as connection:
        may = connection.scalar(
            text("select count(*) from pg_class where relnamespace = 'public'::regnamespace"
                 " and relkind = 'r' and has_table_privilege('pledgeline_portal', oid,"
                 " 'insert, update, delete, truncate')")
        )  # fmt: skip
    assert may == 0


def test_sight_ends_with_the_transaction(world):
    from store.session import unit_of_work

    with seen_by("none"):
        pass
    with unit_of_work() as session:
        assert session.scalar(text("select count(*) from donor")) == len(world.donors)
        assert session.scalar(text("select current_setting('pledgeline.team_id', true)")) in (
            "",
            None,
        )
