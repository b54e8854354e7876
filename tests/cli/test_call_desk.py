"""The call desk from the command line, and what leads keep an eye on."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.calling import EXAMPLE, NOON, add_donors

DESK = ("--team", "HQ", "--agent", "maria")


@pytest.fixture
def queue(cli: Any, database: Any, clock: Any, session: Session) -> None:
    """Forty donors are planned, most of them for our own callers; it is noon."""
    clock.set(NOON)
    assert cli("campaign", "apply", EXAMPLE).exit_code == 0
    add_donors(session, 40)
    assert cli("calls", "allocate", "--campaign", "FALL-26").exit_code == 0


def call(cli: Any) -> dict[str, Any]:
    done = cli("calls", "next", *DESK, "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_caller_works_from_the_command_line(cli: Any, queue: None, session: Session) -> None:
    shown = cli("calls", "next", *DESK)
    assert "Maria Lopez" in shown.stdout
    assert "(volunteers: yes or no)" in shown.stdout
    first = f"A-{call(cli)['assignment_id']}"
    over = cli("calls", "record", first, "pledged", *DESK, "--amount", "9999")
    assert over.exit_code == 2
    assert "room for $3,500.00 only" in over.stderr
    done = cli("calls", "record", first, "pledged", *DESK, "--amount", "100", "--instalments", 3)
    assert done.exit_code == 0, done.stderr
    assert "Pledge PL-" in done.stderr
    second = f"A-{call(cli)['assignment_id']}"
    assert second != first
    assert cli("calls", "hand-back", second, *DESK).exit_code == 0
    assert f"A-{call(cli)['assignment_id']}" != second
    assert session.scalar(text("select sum(amount_cents) from instalment")) == 10_000
    noted = "select count(*) from audit_entry where action = "
    assert session.scalar(text(f"{noted} 'donor.shown' and subject like 'donor:%'")) == 4
    assert session.scalar(text(f"{noted} 'call.hand_back' and subject = 'assignment:{second[2:]}'"))
    assert cli("audit", "verify").exit_code == 0


def test_answers_of_our_own_callers_must_fit_the_questions(
    cli: Any, queue: None, session: Session
) -> None:
    number = f"A-{call(cli)['assignment_id']}"
    for wrong, told in (("volunteers=perhaps", "not yes or no"), ("x=1", "asks no question x")):
        refused = cli("calls", "record", number, "refused", *DESK, "--answer", wrong)
        assert refused.exit_code == 2
        assert told in refused.stderr
    right = ("--answer", "volunteers=yes", "--answer", "top_issue=health care")
    assert cli("calls", "record", number, "refused", *DESK, *right).exit_code == 0
    kept = session.scalar(text("select answers -> 'survey' from call_attempt"))
    assert kept == {"volunteers": "yes", "top_issue": "health care"}


def test_the_chances_are_shown_graded_and_drawn(
    cli: Any, queue: None, session: Session, tmp_path: Path, clock: Any
) -> None:
    for number in range(8):
        one = f"A-{call(cli)['assignment_id']}"
        ended = ("refused",) if number % 2 else ("pledged", "--amount", "50")
        assert cli("calls", "record", one, *ended, *DESK).exit_code == 0
    chart = tmp_path / "chances.svg"
    done = cli("calls", "chances", "--campaign", "FALL-26", "--chart", chart, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    whole = told["calibration"]["contact"][0]
    assert (whole["tenth"], whole["cases"], whole["observed"]) == ("all", 8, 1.0)
    assert told["calibration"]["amount"][0]["observed"] == 5_000
    assert told["calibration"]["fulfil"] == []  # nothing is due yet
    assert told["segments"]["lybunt"]["contact"]["low"] > 0
    assert chart.read_text().startswith("<svg")
    assert "is reached" in cli("calls", "chances", "--campaign", "FALL-26").stdout


def test_before_the_first_list_and_call_it_is_said_that_there_is_none(
    cli: Any, database: Any
) -> None:
    assert cli("campaign", "apply", EXAMPLE).exit_code == 0
    for words, told in (
        (("allocate", "--campaign", "FALL-26", "--dry-run"), "nobody to call yet: bring a list in"),
        (("chances", "--campaign", "FALL-26"), "No call was made yet"),
        (("scorecard", "--campaign", "FALL-26"), "Against the rules: none"),
        (("sample", "--team", "HQ"), "HQ has made no call"),
    ):
        done = cli("calls", *words)
        assert done.exit_code == 0, done.stderr
        assert told in done.stdout


BAD = [
    (("calls", "next", "--team", "HQ", "--agent", "nobody"), "no caller 'nobody'"),
    (("calls", "record", "B-17", "refused", *DESK), "looks like A-1024"),
    (("calls", "record", "A-1", "pledged", *DESK, "--amount", "0"), "an amount above zero"),
    (("calls", "record", "A-1", "pledged", *DESK, "--amount=-5"), "an amount above zero"),
    (("calls", "record", "A-999999", "refused", *DESK), "does not belong to the team"),
    (("calls", "record", "A-1", "pledged", *DESK, "--amount", "x"), "--amount is dollars"),
    (("calls", "record", "A-1", "refused", *DESK, "--answer", "yes"), "--answer volunteers=yes"),
    (("calls", "record", "999999", "refused", *DESK), "does not belong to the team"),
    (("calls", "hand-back", "A-1", *DESK), "not yours"),
    (("calls", "chances", "--campaign", "FALL-26", "--chart", "c.png"), "such as chances.svg"),
    (("calls", "answers", "--campaign", "FALL-26", "--out", "/"), "cannot be written"),
    (("calls", "certify-deletion", "PKT-X"), "no packet 'PKT-X'"),
    (("calls", "leak", "+12025550100", "--campaign", "FALL-26"), "no control number"),
    (("calls", "why", "99999999999999999999"), "is more than 9223372036854775807"),
    (("calls", "approve", "999"), "no plan 999; 'pledgeline calls plans'"),
    (("calls", "pin", "none.csv", "--campaign", "FALL-26"), "no file none.csv"),
    (("calls", "invoice", "none.csv", "--team", "HQ"), "no file none.csv"),
    (("calls", "scorecard", "--campaign", "X"), "no campaign 'X'"),
]


def test_bad_input_is_one_sentence(cli: Any, queue: None) -> None:
    for words, told in BAD:
        refused = cli(*words)
        assert refused.exit_code == 2, words
        assert told in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1


def test_outside_of_hours_the_caller_hears_when(cli: Any, queue: None, clock: Any) -> None:
    clock.set(NOON + timedelta(hours=11))
    done = cli("calls", "next", *DESK)
    assert done.exit_code == 1
    assert done.stdout.strip()


def test_a_pinned_list_decides_the_team(cli: Any, queue: None, tmp_path: Path) -> None:
    path = tmp_path / "pins.csv"
    path.write_text("donor_id,team\n1,MANILA\n2,MANILA\n3,HQ\n")
    assert cli("calls", "pin", path, "--campaign", "FALL-26").exit_code == 0
    out = tmp_path / "plan.csv"
    assert cli("calls", "allocate", "--campaign", "FALL-26", "--out", out).exit_code == 0
    rows = [line.split(",") for line in out.read_text().splitlines()]
    assert [row[1] for row in rows[1:4]] == ["MANILA", "MANILA", "HQ"]
    path.write_text("donor_id,team\n1,\n")
    assert cli("calls", "pin", path, "--campaign", "FALL-26").exit_code == 0
    path.write_text("donor_id,team\n1,NOWHERE\n")
    refused = cli("calls", "pin", path, "--campaign", "FALL-26")
    assert "line 2" in refused.stderr


def test_the_scorecard_counts_calls_pledges_and_rules(
    cli: Any, queue: None, session: Session
) -> None:
    for disposition in ("pledged", "refused", "no_answer"):
        words = ("--amount", "50") if disposition == "pledged" else ()
        one = f"A-{call(cli)['assignment_id']}"
        assert cli("calls", "record", one, disposition, *DESK, *words).exit_code == 0
    session.execute(text("update call_attempt set violations = '[\"outside_hours\"]' where id = 1"))
    session.commit()
    done = cli("calls", "scorecard", "--campaign", "FALL-26", "--json")
    document = json.loads(done.stdout)
    (team,) = document["teams"]
    assert all(row["verdict"].startswith("too few") for row in document["compared_by_lot"])
    assert (team["team"], team["calls"], team["pledged_cents"]) == ("HQ", 3, 5_000)
    assert team["contact"]["rate"] == pytest.approx(2 / 3)
    assert team["contact"]["low"] < 2 / 3 < team["contact"]["high"]
    assert team["pledge"]["rate"] == 0.5
    assert team["cost_cents"] == 360
    assert team["settled_cents"] == 0
    assert team["net_cents"] == -360
    assert team["cents_per_settled_dollar"] is None
    assert team["outside_hours"] == 1
    assert cli("calls", "scorecard", "--campaign", "FALL-26").exit_code == 0


def test_a_sample_is_drawn_by_seed(cli: Any, queue: None) -> None:
    for _ in range(6):
        one = f"A-{call(cli)['assignment_id']}"
        assert cli("calls", "record", one, "refused", *DESK, "--seconds", 30).exit_code == 0
    first = cli("calls", "sample", "--team", "HQ", "--size", 3, "--seed", 7).stdout
    assert first.startswith("3 calls")
    assert cli("calls", "sample", "--team", "HQ", "--size", 3, "--seed", 7).stdout == first
    assert cli("calls", "sample", "--team", "HQ", "--size", 3, "--seed", 8).stdout != first


def test_an_invoice_is_held_against_the_log_line_by_line(
    cli: Any, queue: None, session: Session, tmp_path: Path
) -> None:
    session.execute(
        text(
            "insert into call_attempt (external_id, campaign_id, donor_id, team_id, started_at, "
            "duration_seconds, call_result, recorded_at) select 'b' || n, c.id, n, t.id, :at, 9, "
            "'busy', :at from generate_series(1, 4) n, campaign c, team t where t.code = 'BUCKEYE'"
        ),
        {"at": NOON},
    )
    session.commit()
    path = tmp_path / "invoice.csv"
    path.write_text("call_id,amount\nb1,1.35\nb2,1.35\nb2,1.35\nb3,2.00\nzz,1.35\n")
    done = cli("calls", "invoice", path, "--team", "BUCKEYE", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["invoiced_cents"] == 740
    assert told["agreed_cents"] == 405
    assert told["difference_cents"] == 335
    assert told["not_billed"] == 1
    assert [row["reason"] for row in told["disputed"]] == [
        "billed twice",
        "not the agreed price",
        "not in the call log",
    ]
    path.write_text("call_id,amount\nb1,1.35\nb2,1.35\nb3,1.35\nb4,1.35\n")
    assert cli("calls", "invoice", path, "--team", "BUCKEYE").exit_code == 0


def test_a_leak_is_traced_to_the_packets_that_held_the_number(
    cli: Any, queue: None, tmp_path: Path
) -> None:
    sealed = cli("calls", "packet", "--team", "MANILA", "--out", tmp_path)
    assert sealed.exit_code == 0
    assert re.search(r"valid until 2026-09-\d\d \d\d:\d\d EDT\.$", sealed.stderr)
    done = cli("calls", "leak", "+16145550142", "--campaign", "FALL-26")
    assert done.exit_code == 0
    assert "PKT-MANILA-20260909-1" in done.stderr
    assert cli("calls", "certify-deletion", "PKT-MANILA-20260909-1").exit_code == 0
    again = cli("calls", "certify-deletion", "PKT-MANILA-20260909-1")
    assert again.exit_code == 2
    assert "was certified" in again.stderr


def paid(session: Session, charge: str, refunded: int, kept: int) -> None:
    """A payment of 100 dollars for the one pledge, of which something went back."""
    values = {"charge": charge, "refunded": refunded, "kept": kept, "at": NOON}
    session.execute(
        text(
            "insert into stripe_charge (id, status, amount_cents, captured_cents, refunded_cents, "
            "currency, created_at, pledge_ref, raw, fetched_at) select :charge, 'succeeded', "
            "10000, 10000, :refunded, 'usd', :at, ref, '{}', :at from pledge"
        ),
        values,
    )
    session.execute(
        text(
            "insert into allocation (charge_id, pledge_id, amount_cents, tier, reason, confidence, "
            "decided_by, decided_at) select :charge, id, :kept, 'confirmed', 't', 1, 'rule', :at "
            "from pledge where cast(:kept as bigint) > 0"
        ),
        values,
    )


def test_what_went_back_is_told_whole_and_taken_off_once(
    cli: Any, queue: None, session: Session
) -> None:
    """An allocation holds what stayed: 20 of 100 dollars twice, and nothing of the third hundred.

    Of the first payment two disputes took 30 each; a third took nothing, it was won. The fourth was
    a bank debit that failed after it had come.
    """
    one = f"A-{call(cli)['assignment_id']}"
    assert cli("calls", "record", one, "pledged", *DESK, "--amount", "300").exit_code == 0
    paid(session, "ch_1", 2_000, 2_000)
    paid(session, "ch_2", 8_000, 2_000)
    paid(session, "ch_3", 10_000, 0)
    for number, status in enumerate(("lost", "needs_response", "won")):
        session.execute(
            text(
                "insert into stripe_dispute (id, charge, status, amount_cents, currency, "
                "created_at, raw, fetched_at) values (:id, 'ch_1', :status, 3000, 'usd', :at, "
                "'{}', :at)"
            ),
            {"id": f"du_{number}", "status": status, "at": NOON},
        )
    paid(session, "py_4", 0, 0)
    session.execute(
        text(
            "insert into stripe_balance_transaction (id, type, reporting_category, status, "
            "amount_cents, fee_cents, net_cents, currency, source, created_at, available_on, raw, "
            "fetched_at) values ('txn_4', 'payment_failure_refund', 'charge_failure', "
            "'available', -10000, 0, -10000, 'usd', 'py_4', :at, :at, '{}', :at)"
        ),
        {"at": NOON},
    )
    session.commit()
    done = cli("calls", "scorecard", "--campaign", "FALL-26", "--json")
    (team,) = json.loads(done.stdout)["teams"]
    assert (team["settled_cents"], team["refunded_cents"]) == (4_000, 20_000)
    assert team["disputed_cents"] == 6_000 + 10_000
    assert team["net_cents"] == 4_000 - team["cost_cents"]


CERTIFY = ("calls", "certify", "--team", "HQ", "--campaign", "FALL-26")


def test_nobody_is_handed_a_call_without_a_certificate(cli: Any, queue: None, clock: Any) -> None:
    """Maria is certified; Devon is not any more, and gets nothing until he is again."""
    assert cli(*CERTIFY, "--agent", "devon", "--withdraw").exit_code == 0
    devon = ("calls", "next", "--team", "HQ", "--agent", "devon", "--json")
    refused = cli(*devon)
    told = json.loads(refused.stdout)
    assert told["reason"] == "You hold no certificate in date for FALL-26."
    assert "pledgeline calls certify" in told["advice"]
    assert "first_name" not in told
    assert call(cli)["first_name"] == "Ann"
    yesterday = (*CERTIFY, "--agent", "devon", "--until", "2026-09-08")
    clock.set(NOON - timedelta(days=1))
    assert cli(*yesterday).exit_code == 0
    clock.set(NOON)
    assert "no certificate" in cli(*devon).stdout  # it ended yesterday
    late = cli(*yesterday)
    assert (late.exit_code, "2026-09-08 is over" in late.stderr) == (2, True)
    assert cli(*CERTIFY, "--agent", "devon", "--until", "2026-09-09").exit_code == 0
    assert json.loads(cli(*devon).stdout)["assignment_id"]


def test_what_was_decided_of_a_certificate_outlives_the_same_campaign_file(
    cli: Any, queue: None, tmp_path: Path
) -> None:
    devon = ("calls", "next", "--team", "HQ", "--agent", "devon")
    assert cli(*CERTIFY, "--agent", "devon", "--withdraw").exit_code == 0
    assert cli("campaign", "apply", EXAMPLE).exit_code == 0
    assert "no certificate" in cli(*devon).stdout
    newer = tmp_path / "newer.toml"
    newer.write_text(EXAMPLE.read_text().replace("2028-12-31", "2029-12-31"))
    assert cli("campaign", "apply", newer).exit_code == 0
    assert cli(*devon).exit_code == 0


def test_a_call_in_hand_is_not_shown_again_once_the_certificate_is_withdrawn(
    cli: Any, queue: None
) -> None:
    """The call that is being made may still be told; whose it was is not shown any more."""
    number = f"A-{call(cli)['assignment_id']}"
    assert cli(*CERTIFY, "--agent", "maria", "--withdraw").exit_code == 0
    assert cli("calls", "next", *DESK).exit_code == 1
    assert cli("calls", "record", number, "refused", *DESK).exit_code == 0


AGENTS = ("maria", "x", "")  # on paper, our own people need not say who dialled


def test_results_of_a_caller_without_a_certificate_are_kept_and_marked(
    cli: Any, queue: None, session: Session, tmp_path: Path
) -> None:
    calls = session.scalars(
        text(
            "select a.id from assignment a join team t on t.id = a.team_id "
            "where t.code = 'HQ' and a.status = 'open' order by a.id limit 3"
        )
    ).all()
    at = NOON.isoformat()
    rows = [f"A-{number},{who},{at},refused" for number, who in zip(calls, AGENTS, strict=True)]
    path = tmp_path / "results.csv"
    path.write_text("\n".join(["packet_row_id,agent,started_at,disposition", *rows]))
    done = cli("calls", "results", path, "--team", "HQ", "--json")
    assert json.loads(done.stdout)["recorded"] == 3
    marked = session.scalars(
        text("select violations ? 'uncertified_caller' from call_attempt order by assignment_id")
    ).all()
    assert marked == [False, True, False]
    card = json.loads(cli("calls", "scorecard", "--campaign", "FALL-26", "--json").stdout)
    assert card["teams"][0]["uncertified_caller"] == 1


ROSTER = "agent,name,languages,until\n"
LINE = "floor-7,Floor 7,en es,2026-11-03\n"


def test_a_roster_names_and_certifies_the_callers_of_a_centre(
    cli: Any, queue: None, tmp_path: Path
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER + LINE + "floor-1,Floor 1,en,2026-11-03\n")
    buckeye = ("--team", "BUCKEYE", "--campaign", "FALL-26")
    done = cli("calls", "certify", *buckeye, "--roster", path)
    assert done.exit_code == 0, done.stderr
    assert "2 callers of BUCKEYE" in done.stderr
    again = cli("calls", "certify", *buckeye, "--agent", "floor-7", "--withdraw")
    assert again.exit_code == 0, again.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(ROSTER, "names no caller", id="nobody"),
        pytest.param("agent,name\nx,X\n", "lacks languages, until", id="columns"),
        pytest.param(ROSTER + "x y,X,en,2026-11-03\n", "line 2", id="code"),
        pytest.param(ROSTER + "x,X,,2026-11-03\n", "line 2", id="no language"),
        pytest.param(ROSTER + "x,,en,2026-11-03\n", "line 2", id="no name"),
        pytest.param(ROSTER + "x,X,en,soon\n", "line 2", id="day"),
        pytest.param(ROSTER + LINE + LINE, "line 3", id="twice"),
    ],
)
def test_a_wrong_roster_certifies_nobody(
    cli: Any, queue: None, session: Session, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(content)
    done = cli(*CERTIFY, "--roster", path)
    assert done.exit_code == 2
    assert said in done.stderr
    assert session.scalar(text("select count(*) from agent")) == 4


@pytest.mark.parametrize(
    "words",
    [
        ("--agent", "devon"),
        ("--until", "2026-11-03"),
        ("--agent", "devon", "--until", "2026-11-03", "--withdraw"),
        ("--agent", "nobody", "--until", "2026-11-03"),
        ("--agent", "devon", "--until", "never"),
    ],
)
def test_a_certificate_needs_its_caller_and_its_day(
    cli: Any, queue: None, words: tuple[str, ...]
) -> None:
    assert cli(*CERTIFY, *words).exit_code == 2
