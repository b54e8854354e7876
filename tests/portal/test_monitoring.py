from __future__ import annotations

from sqlalchemy import text

from campaign.roles import Role


def drawn(database) -> list[int]:
    with database.connect() as connection:
        ids = connection.scalars(text("select call_attempt_id from quality_review order by 1"))
        return list(ids)


def draw(client, seed, size=4):
    form = {"team": "NORTHSTAR", "size": size, "seed": seed}
    return client.post("/monitoring", data=form)


def test_the_same_seed_draws_the_same_calls(browser, database):
    client = browser(Role.FINANCE_DIRECTOR)
    assert draw(client, 5).status_code == 303
    first = drawn(database)
    assert len(first) == 4
    draw(browser(Role.COMPLIANCE_OFFICER), 5)
    assert drawn(database) == first
    draw(client, 6)
    assert set(drawn(database)) > set(first)


def test_what_was_heard_is_kept_once_with_who_heard_it(browser, database, world):
    client = browser(Role.COMPLIANCE_OFFICER)
    draw(client, 5, size=2)
    call, other = drawn(database)
    page = client.get("/monitoring").text
    assert "Northstar Calls" in page
    assert f"/monitoring/calls/{call}" in page
    told = {"outcome": "failed", "note": "No disclosure"}
    assert client.post(f"/monitoring/calls/{call}", data=told).status_code == 303
    assert client.post(f"/monitoring/calls/{call}", data=told).status_code == 409
    with database.connect() as connection:
        row = connection.execute(
            text(
                "select outcome, note, reviewed_by from quality_review where call_attempt_id = :c"
            ),
            {"c": call},
        ).one()  # fmt: skip
    assert row == ("failed", "No disclosure", f"user:{world.users[Role.COMPLIANCE_OFFICER]}")
    assert f"/monitoring/calls/{other}" in client.get("/monitoring").text


def test_a_vendor_does_not_draw_what_is_heard_of_it(browser, database):
    assert draw(browser(Role.VENDOR_MANAGER), 1).status_code == 403
    assert drawn(database) == []


def test_where_no_team_is_known_it_is_said_how_one_comes(browser, database):
    with database.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from team"))
    page = browser(Role.FINANCE_DIRECTOR).get("/monitoring").text
    assert "No teams yet" in page
    assert "Draw calls" not in page
