"""Calls from the command line: plan, packet, results, and why; twice is the same as once."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import StateError
from campaign.requests import PublishRequest
from flows.publish_assignments import publish_assignments
from gateways.sealed_packets import new_key, unseal
from tests.support.calling import EXAMPLE, NOON, add_donors

KEYS = [
    *("assignments", "held", "teams", "objective_cents", "optimality_gap", "prices", "seconds"),
]
CONTROL = "+16145550142"


@pytest.fixture
def identity(tmp_path: Path, cli: Any, database: Any, clock: Any) -> str:
    """The example's campaign is applied, with a key whose identity we hold; it is noon."""
    secret, recipient = new_key()
    told = EXAMPLE.read_text()
    published = told.split('age_recipient = "')[1].split('"')[0]
    file = tmp_path / "campaign.toml"
    file.write_text(told.replace(published, recipient))
    clock.set(NOON)
    done = cli("campaign", "apply", file)
    assert done.exit_code == 0, done.stderr
    return secret


def plan(cli: Any, *words: object) -> dict[str, Any]:
    done = cli("calls", "allocate", "--campaign", "FALL-26", "--json", *words)
    assert done.exit_code == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def packet_rows(
    cli: Any, identity: str, folder: Path, team: str = "MANILA"
) -> list[dict[str, str]]:
    done = cli("calls", "packet", "--team", team, "--out", folder, "--json")
    assert done.exit_code == 0, done.stderr
    newest = json.loads(done.stdout)["packets"][0]
    files = unseal(Path(newest["file"]), identity)
    manifest = json.loads(files["manifest.json"])
    rows = list(csv.DictReader(io.StringIO(files["calls.csv"].decode())))
    assert manifest["rows"] == len(rows) == newest["rows"]
    return rows


def results_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = sorted({name for row in rows for name in row})
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def result(row: dict[str, str], number: int, disposition: str, **more: Any) -> dict[str, Any]:
    return {
        "packet_row_id": row["packet_row_id"],
        "call_id": f"c{number}",
        "started_at": (NOON - timedelta(minutes=5)).isoformat(),
        "duration_seconds": 60,
        "disposition": disposition,
        **more,
    }


def take(cli: Any, path: Path, team: str = "MANILA") -> dict[str, Any]:
    done = cli("calls", "results", path, "--team", team, "--json")
    assert done.exit_code == 0, done.stderr
    account: dict[str, Any] = json.loads(done.stdout)
    assert account["rows_read"] == (
        account["recorded"] + account["repeated"] + account["exceptions"]
    )
    return account


def test_a_plan_says_all_that_the_contract_promises(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    add_donors(session, 60)
    add_donors(session, 3, first_id=101, line_type="toll_free")
    out = tmp_path / "plan.csv"
    told = plan(cli, "--dry-run", "--out", out)
    assert list(told)[: len(KEYS)] == KEYS
    assert told["optimality_gap"] == 0
    assert told["assignments"] == 60
    assert {"reason": "not_a_callable_line", "count": 3} in told["held"]
    assert sum(team["assigned"] for team in told["teams"]) == 60
    assert {"team", "assigned", "capacity", "cost_cents", "expected_net_cents"} <= told["teams"][
        0
    ].keys()
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert len(rows) == 63
    assert {"team", "priority", "ask", "window", "reason"} <= rows[0].keys()
    called = next(row for row in rows if row["team"])
    assert called["window"] == f"{called['window_from']}/{called['window_to']}"
    assert sum(bool(row["team"]) for row in rows) == 60


def test_a_dry_run_releases_nothing_until_it_is_approved_and_published(
    cli: Any, identity: str, session: Session
) -> None:
    add_donors(session, 20)
    number = plan(cli, "--dry-run")["plan_id"]
    count = text("select count(*) from assignment where status = 'open'")
    assert session.scalar(count) == 0
    refused = cli("calls", "publish", number)
    assert refused.exit_code == 2
    assert "approve it first" in refused.stderr
    assert cli("calls", "approve", number).exit_code == 0
    assert cli("calls", "publish", number).exit_code == 0
    session.rollback()
    assert session.scalar(count) == 20
    assert cli("calls", "publish", number).exit_code == 0
    session.rollback()
    assert session.scalar(count) == 20
    assert cli("calls", "plans", "--campaign", "FALL-26").exit_code == 0


def test_a_dry_run_says_what_it_gains_and_what_it_changes(
    cli: Any, identity: str, session: Session
) -> None:
    ids = add_donors(session, 60)
    first = plan(cli, "--compare")
    assert first["against_current"] is None
    told = first["compared"]
    for name in ("taking_turns", "greedy"):
        assert told[name]["gain_cents"] >= 0
        whole = told[name]["expected_net_cents"] + told[name]["gain_cents"]
        assert whole == told["without_floors_and_caps_cents"]
    assert told["without_floors_and_caps_cents"] + 60 >= first["objective_cents"]  # whole cents
    session.execute(text("update donor set status = 'deceased' where id = :id"), {"id": ids[0]})
    session.commit()
    add_donors(session, 2, first_id=100)
    again = plan(cli, "--dry-run")
    moves = again["against_current"]
    assert again["compared"] is None
    assert moves["same_team"] + moves["other_team"] + moves["new"] == again["assignments"]
    assert moves["new"] == 2
    assert moves["dropped"] == 1
    shown = cli("calls", "allocate", "--campaign", "FALL-26", "--dry-run", "--compare").stdout
    assert "2 are new, 1 fall away" in shown
    assert "Against taking turns" in shown


def test_allocating_twice_leaves_one_open_call_a_donor(
    cli: Any, identity: str, session: Session
) -> None:
    add_donors(session, 30)
    plan(cli)
    add_donors(session, 10, first_id=201)
    again = plan(cli)
    assert again["assignments"] == 40
    open_calls = session.execute(
        text("select donor_id from assignment where status in ('open', 'handed_out')")
    ).scalars()
    assert sorted(open_calls) == sorted([*range(1, 31), *range(201, 211)])


def test_a_campaign_that_is_unknown_or_over_is_refused(cli: Any, identity: str) -> None:
    unknown = cli("calls", "allocate", "--campaign", "NOPE")
    assert unknown.exit_code == 2
    assert "no campaign 'NOPE' (known: FALL-26)" in unknown.stderr
    outside = cli("calls", "allocate", "--campaign", "FALL-26", "--day", "2031-01-01")
    assert outside.exit_code == 2
    assert "lies outside" in outside.stderr


def test_a_plan_is_published_for_its_own_campaign_only(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text(file.read_text().replace('"FALL-26"', '"WINTER-26"'))
    assert cli("campaign", "apply", file).exit_code == 0
    add_donors(session, 3)
    number = plan(cli, "--dry-run")["plan_id"]
    assert cli("calls", "approve", number).exit_code == 0
    with pytest.raises(StateError, match="WINTER-26 has no approved plan"):
        publish_assignments.fn(PublishRequest(campaign="WINTER-26", plan_id=number))
    count = text("select count(*) from assignment where status = 'open'")
    assert session.scalar(count) == 0


def test_a_packet_holds_a_script_in_each_of_the_teams_languages_that_has_one(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    """None of them stands in for another."""
    add_donors(session, 60)
    plan(cli)
    done = cli("calls", "packet", "--team", "MANILA", "--out", tmp_path, "--json")
    files = unseal(Path(json.loads(done.stdout)["packets"][0]["file"]), identity)
    written = session.scalars(text("select distinct language from script")).all()
    spoken = {"en", "es", "tl"}
    assert set(written) & spoken < spoken
    scripts = {name for name in files if name.startswith("script-")}
    assert scripts == {f"script-{language}.txt" for language in written if language in spoken}


def test_a_packet_tells_the_least_and_results_come_back_row_by_row(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    add_donors(session, 60)
    plan(cli)
    rows = packet_rows(cli, identity, tmp_path / "packets")
    controls = [row for row in rows if row["phone"] == CONTROL]
    assert len(controls) == 1
    assert "email" not in rows[0]
    assert len({row["packet_row_id"] for row in rows}) == len(rows)
    donors = [row for row in rows if row not in controls]
    told = [result(row, n, "no_answer") for n, row in enumerate(rows)]
    told[rows.index(donors[0])] |= {"disposition": "pledged", "pledge_amount": "100.00"}
    told[rows.index(donors[1])]["disposition"] = "do_not_call"
    told[rows.index(donors[2])]["disposition"] = "hung up"
    told[rows.index(donors[3])] |= {"disposition": "pledged", "pledge_amount": "3500.01"}
    foreign = result({"packet_row_id": "RNOTOURS"}, 999, "busy")
    repeated = dict(told[rows.index(donors[5])])
    changed = dict(told[rows.index(donors[6])]) | {"disposition": "busy"}
    missing = told.pop()
    path = results_file(tmp_path / "r.csv", [*told, foreign, repeated, changed])
    account = take(cli, path)
    assert account["pledges"] == 1
    assert account["pledged_cents"] == 10_000
    assert account["opt_outs"] == 1
    assert account["exceptions_by_kind"] == [
        {"kind": "changed", "count": 1},
        {"kind": "foreign_row", "count": 1},
        {"kind": "over_limit", "count": 1},
        {"kind": "unknown_code", "count": 1},
    ]
    assert account["repeated"] == 1
    assert account["packet_rows"]["missing"] == 2  # the one not told, and the unknown code
    before = state(session)
    again = take(cli, path)
    assert again["recorded"] == 0
    assert again["repeated"] == account["recorded"] + 2  # the over-limit call is known too
    assert state(session) == before
    mended = results_file(tmp_path / "m.csv", [missing])
    assert take(cli, mended)["recorded"] == 1


def came_in_by_a_list(session: Session) -> None:
    """Say of the donors who are there that one list brought them."""
    session.execute(text("update list_batch set status = 'admitted'"))
    session.execute(
        text(
            "insert into row_end (batch_id, source_row, donor_id, disposition)"
            " select b.id, d.id, d.id, 'imported' from list_batch b, donor d"
        )
    )
    session.commit()


def test_a_list_stays_while_people_of_it_are_in_a_packet(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    add_donors(session, 60)
    came_in_by_a_list(session)
    plan(cli)
    calls = [row for row in packet_rows(cli, identity, tmp_path) if row["phone"] != CONTROL]
    refused = cli("lists", "undo", 1)
    assert refused.exit_code == 2
    assert f"{len(calls)} calls in packets rest on its donors" in refused.stderr


def test_a_list_goes_with_its_open_calls_and_pins(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    add_donors(session, 60)
    came_in_by_a_list(session)
    pins = results_file(tmp_path / "pins.csv", [{"donor_id": 1, "team": "MANILA"}])
    assert cli("calls", "pin", pins, "--campaign", "FALL-26").exit_code == 0
    plan(cli)
    done = cli("lists", "undo", 1, "--json")
    assert (done.exit_code, json.loads(done.stdout)["donors"]) == (0, 60)
    assert session.scalar(text("select count(*) from assignment")) == 0


def test_an_answer_that_the_question_does_not_take_waits_for_a_person(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    add_donors(session, 60)
    plan(cli)
    rows = [r for r in packet_rows(cli, identity, tmp_path) if r["phone"] != CONTROL]
    told = [
        result(rows[0], 0, "refused", top_issue="jobs", volunteers="YES"),
        result(rows[1], 1, "refused", top_issue="=cmd()", volunteers="no"),
        result(rows[2], 2, "refused", volunteers="perhaps"),
        result(rows[3], 3, "do_not_call", volunteers="perhaps"),
        result(rows[4], 4, "refused", a_column_of_the_centre="kept by nobody"),
    ]
    account = take(cli, results_file(tmp_path / "r.csv", told))
    assert account["exceptions_by_kind"] == [{"kind": "unknown_answer", "count": 3}]
    assert (account["recorded"], account["opt_outs"]) == (2, 1)
    reasons = session.execute(text("select reason from result_exception order by 1")).scalars()
    assert set(reasons) == {
        "the answer to top_issue is not one of schools, health care, jobs, climate, housing, roads",
        "the answer to volunteers is not yes or no",
    }
    # Who asks not to be called is not called, whatever else is wrong with the row.
    assert session.scalar(text("select count(*) from suppression where kind = 'opt_out'")) == 2
    out = tmp_path / "answers.csv"
    done = cli("calls", "answers", "--campaign", "FALL-26", "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["questions"][0]["answers"] == [{"answer": "jobs", "count": 1}]
    assert document["questions"][1]["answers"] == [{"answer": "yes", "count": 1}]
    (line,) = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert (line["top_issue"], line["volunteers"], line["team"]) == ("jobs", "YES", "MANILA")
    assert line["script"] == "STANDARD en v1"


def test_a_call_names_the_script_that_was_read(
    cli: Any, identity: str, session: Session, tmp_path: Path, clock: Any
) -> None:
    """A packet's script stays the one enclosed, also when a newer one is out by then."""
    add_donors(session, 60)
    plan(cli)
    rows = [r for r in packet_rows(cli, identity, tmp_path) if r["phone"] != CONTROL]
    file = tmp_path / "campaign.toml"
    file.write_text(file.read_text().replace("Would you give an evening", "Could you spend one"))
    clock.set(NOON + timedelta(hours=1))
    assert cli("campaign", "apply", file).exit_code == 0
    clock.set(NOON + timedelta(hours=3))
    take(cli, results_file(tmp_path / "r.csv", [result(rows[0], 150, "refused")]))
    used = "select version from call_attempt c join script s on s.id = c.script_id"
    assert list(session.execute(text(used)).scalars()) == [1]
    newest = "select max(version) from script where code = 'STANDARD'"
    assert session.scalar(text(newest)) == 2


def state(session: Session) -> list[Any]:
    session.rollback()
    tables = {
        "call_attempt": "donor_id, call_result, started_at, fingerprint",
        "pledge": "donor_id, amount_cents, ref",
        "assignment": "donor_id, status, attempts, callback_at",
        "suppression": "kind, phone_e164, donor_id",
        "result_exception": "kind, call_id, packet_row_id, fingerprint",
        "packet_row": "packet_row_id, status",
    }
    return [
        sorted(map(repr, session.execute(text(f"select {columns} from {table}"))))
        for table, columns in tables.items()
    ]


def test_an_opt_out_is_withdrawn_everywhere_at_once(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    add_donors(session, 40)
    plan(cli)
    rows = packet_rows(cli, identity, tmp_path)
    first, second = [row for row in rows if row["phone"] != CONTROL][:2]
    told = [result(first, 1, "do_not_call"), result(second, 2, "deceased")]
    take(cli, results_file(tmp_path / "r.csv", told))
    again = plan(cli)
    reasons = {row["reason"]: row["count"] for row in again["held"]}
    assert reasons["opted_out"] == 1
    assert reasons["deceased"] == 1


def test_a_row_of_another_team_is_foreign(
    cli: Any, identity: str, session: Session, tmp_path: Path
) -> None:
    add_donors(session, 60)
    plan(cli)
    rows = packet_rows(cli, identity, tmp_path)
    path = results_file(tmp_path / "r.csv", [result(rows[0], 1, "busy")])
    account = take(cli, path, team="BUCKEYE")
    assert account["exceptions_by_kind"] == [{"kind": "foreign_row", "count": 1}]


def test_after_expiry_the_rows_come_back_to_the_plan(
    cli: Any, identity: str, session: Session, tmp_path: Path, clock: Any
) -> None:
    add_donors(session, 40)
    first = plan(cli)
    handed = len(packet_rows(cli, identity, tmp_path)) - 1
    assert handed > 0
    clock.set(NOON + timedelta(days=7))
    assert plan(cli)["assignments"] == first["assignments"] - handed
    done = cli("calls", "packet", "--team", "MANILA", "--out", tmp_path)
    assert done.exit_code in (0, 2)
    assert plan(cli)["assignments"] >= handed


def test_a_team_without_a_key_gets_no_packet(cli: Any, identity: str, tmp_path: Path) -> None:
    refused = cli("calls", "packet", "--team", "HQ", "--out", tmp_path)
    assert refused.exit_code == 2
    assert "has no key" in refused.stderr
    unknown = cli("calls", "packet", "--team", "X", "--out", tmp_path)
    assert unknown.exit_code == 2
    assert "known: BUCKEYE, HQ, MANILA" in unknown.stderr
    idle = cli("calls", "packet", "--team", "BUCKEYE", "--out", tmp_path)
    assert idle.exit_code == 2
    assert "no open calls" in idle.stderr


def test_why_has_a_one_line_answer_and_its_rules(cli: Any, identity: str, session: Session) -> None:
    add_donors(session, 5)
    add_donors(session, 1, first_id=10, provenance='["fec_report"]')
    plan(cli)
    called = cli("calls", "why", 1)
    assert called.exit_code == 0
    assert "Called by" in called.stdout.splitlines()[0]
    assert "the donor gave" in called.stdout.splitlines()[0]
    assert "hours on Wednesday, 2026-09-09, at OH" in called.stdout
    held = cli("calls", "why", 10)
    assert "52 USC 30111" in held.stdout.splitlines()[0]
    document = json.loads(cli("calls", "why", 10, "--json").stdout)
    assert document["campaigns"][0]["reasons"][0]["reason"] == "fec_report"
    assert "may call" not in held.stdout  # no team may, whatever its papers
    pledge = "insert into pledge (ref, donor_id, campaign_id, amount_cents, pledged_on, status, "
    session.execute(
        text(
            f"{pledge} source, created_at) select 'PL-1', 2, id, 5000, '2026-09-08', 'fulfilled', "
            "'call', now() from campaign"
        )
    )
    session.commit()
    pledged = cli("calls", "why", 2).stdout
    assert "PL-1: $50.00 on 2026-09-08" in pledged
    nobody = cli("calls", "why", 999)
    assert nobody.exit_code == 2
    assert "no donor" in nobody.stderr.lower()


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "packet_row_id,started_at,disposition\n"])
def test_a_file_that_is_no_results_file_changes_nothing(
    cli: Any, identity: str, session: Session, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(content)
    refused = cli("calls", "results", path, "--team", "MANILA")
    assert refused.exit_code == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert session.scalar(text("select count(*) from result_file")) == 0
