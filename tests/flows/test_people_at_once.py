"""Two who change people at once: it ends as if one had waited for the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from campaign.errors import InputError, StateError
from campaign.requests import AllocateRequest, ImportRequest, PublishRequest, ResultsRequest
from flows.import_donors import import_donors
from store import (
    audit,
    forgetting,
    plans,
    result_effects,
    results,
    spoken_results,
    suppressions,
    undoing,
)
from store.session import unit_of_work
from tasks import admission
from tasks.call_desk import pin_donors
from tasks.calling import approve_plan, draw_up_plan, publish_plan
from tasks.forgetting import forget_donor
from tasks.list_desk import undo_batch
from tasks.merges import decide_pair, undo_merge
from tasks.results import take_in_results
from tasks.suppressing import suppress_file
from tests.conftest import Cli, Clock
from tests.support.calling import EXAMPLE, NOON, add_donors
from tests.support.list_files import story_of_all, write_list
from tests.support.waiting import until_done_or_waiting

HEADER = ["First Name", "Last Name", "Phone", "Email", "Address", "Zip"]
ANN = ["Ann", "Poe", "617-555-0147", "ann@example.org", "12 Main St", "02139"]
ANN_AGAIN = ["Ann", "Poe", "646-555-0144", "ann@example.org", "", ""]
BEA = ["Bea", "Roe", "617-555-0148", "bea@example.org", "14 Oak St", "02139"]
CID = ["Cid", "Moe", "617-555-0149", "cid@example.org", "16 Elm St", "02139"]


def _bring(path: Path, *people: list[str], more: tuple[str, ...] = ()) -> None:
    file = write_list(path, [*people], [*HEADER, *more])
    import_donors.fn(ImportRequest(path=str(file), source="WEB"))


def _at_once(
    database: Engine, module: Any, name: str, one: Callable[[], Any], other: Callable[[], Any]
) -> None:
    """Do one thing, and another in the midst of it: until that is done, or waits for the first."""
    function, begun = getattr(module, name), list[Future[Any]]()

    def midst(*words: Any, **more: Any) -> Any:
        if not begun:
            begun.append(pool.submit(other))
            until_done_or_waiting(database, begun[0])
        return function(*words, **more)

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(module, name, midst)
        one()
    begun[0].result()


@pytest.mark.parametrize(
    ("header", "row"),
    [
        pytest.param(["Phone"], ["617-555-0148"], id="by phone"),
        pytest.param(
            ["First Name", "Last Name", "Street", "ZIP"],
            ["Bea", "Roe", "14 Oak St", "02139"],
            id="by home",
        ),
    ],
)
def test_whom_a_file_suppresses_while_a_list_brings_them_is_suppressed(
    database: Engine, tmp_path: Path, header: list[str], row: list[str]
) -> None:
    refusals = str(write_list(tmp_path / "no.csv", [row], header))
    _at_once(
        database, admission, "write_rejects",
        lambda: _bring(tmp_path / "a.csv", ANN, BEA),
        lambda: suppress_file.fn(refusals, "opt_out"),
    )  # fmt: skip
    assert [donor["status"] for donor in story_of_all(database)["donor"]] == [
        "active",
        "suppressed",
    ]


@pytest.mark.parametrize("first", ["the list", "the forgetting"])
def test_whoever_is_forgotten_while_a_list_tells_of_them_is_not_reached(
    database: Engine, tmp_path: Path, first: str
) -> None:
    def bring() -> None:
        _bring(tmp_path / "b.csv", ANN_AGAIN, BEA)

    def forget() -> None:
        forget_donor.fn(1, "a letter", dry_run=False)

    _bring(tmp_path / "a.csv", ANN)
    if first == "the list":
        _at_once(database, admission, "write_rejects", bring, forget)
    else:
        _at_once(database, forgetting, "erase_numbers", forget, bring)
    story = story_of_all(database)
    assert [story["donor"][0][name] for name in ("last_name", "phone_e164", "email")] == [None] * 3
    assert not [row for row in story["donor_phone"] if row["donor_id"] == 1]
    assert {row["email"] for row in story["suppression"]} >= {"ann@example.org"}
    assert [row["last_name"] for row in story["donor"] if row["status"] == "active"] == ["Roe"]


DESK = ("--team", "HQ", "--agent", "maria")


def _call_in_hand(cli: Cli, session: Session) -> dict[str, Any]:
    """Return the call that a caller has on the screen."""
    assert cli("campaign", "apply", EXAMPLE).exit_code == 0
    add_donors(session, 40)
    assert cli("calls", "allocate", "--campaign", "FALL-26").exit_code == 0
    shown: dict[str, Any] = json.loads(cli("calls", "next", *DESK, "--json").stdout)
    return shown


def test_a_result_comes_in_while_the_person_is_forgotten(
    cli: Cli, database: Engine, session: Session, clock: Clock
) -> None:
    clock.set(NOON)
    shown = _call_in_hand(cli, session)
    donor = shown["donor_id"]

    def record() -> None:
        done = cli("calls", "record", f"A-{shown['assignment_id']}", "refused", *DESK)
        assert done.exit_code == 0, done.stderr

    _at_once(
        database, spoken_results, "take_in",
        record,
        lambda: forget_donor.fn(donor, "a letter", dry_run=False),
    )  # fmt: skip
    asked = {"donor": donor}
    said = text("select call_result from call_attempt where donor_id = :donor")
    assert session.scalars(said, asked).all() == ["refused"]
    reason = text("select status_reason from donor where id = :donor")
    assert session.scalar(reason, asked) == "forgotten on request"


def test_a_number_is_suppressed_while_a_result_tells_of_the_person(
    cli: Cli, database: Engine, session: Session, clock: Clock
) -> None:
    clock.set(NOON)
    shown = _call_in_hand(cli, session)

    def record() -> None:
        told = ("refused", "--occupation", "Baker")
        done = cli("calls", "record", f"A-{shown['assignment_id']}", *told, *DESK)
        assert done.exit_code == 0, done.stderr

    def refuse() -> None:
        with unit_of_work() as opened:
            suppressions.suppress(
                opened, "opt_out", phone_e164=shown["phone_e164"], source="portal", now=NOON
            )

    _at_once(database, result_effects, "_learn_of_people", record, refuse)
    told = text("select occupation, status from donor where id = :donor")
    (found,) = session.execute(told, {"donor": shown["donor_id"]})
    assert tuple(found) == ("Baker", "suppressed")


def test_two_merges_at_once_lose_nobodys_rows_or_numbers(database: Engine, tmp_path: Path) -> None:
    _bring(tmp_path / "a.csv", ANN, BEA, CID)
    _at_once(
        database, audit, "append_all",
        lambda: decide_pair.fn(2, 3, "merged"),
        lambda: decide_pair.fn(1, 2, "merged"),
    )  # fmt: skip
    story = story_of_all(database)
    assert [donor["status"] for donor in story["donor"]] == ["active", "merged", "merged"]
    assert {row["donor_id"] for row in story["staged_row"]} == {1}
    for contact in ("donor_phone", "donor_email", "donor_address"):
        assert [row["donor_id"] for row in story[contact]].count(1) == 2


def test_a_list_goes_though_its_people_are_merged_meanwhile(
    database: Engine, tmp_path: Path
) -> None:
    _bring(tmp_path / "a.csv", ANN, BEA)

    def merge() -> None:
        with pytest.raises(InputError, match="no donor"):
            decide_pair.fn(1, 2, "merged")

    _at_once(database, undoing, "close_batch", lambda: undo_batch.fn(1), merge)
    assert not story_of_all(database)["donor"]


def _givers(cli: Cli, clock: Clock, folder: Path, *lists: list[list[str]]) -> None:
    """Set up a campaign, and bring in lists of people who are worth a call."""
    clock.set(NOON)
    assert cli("campaign", "apply", EXAMPLE).exit_code == 0
    for number, people in enumerate(lists):
        given = [[*each, "100", "01/31/2026", f"G-{each[0]}"] for each in people]
        _bring(folder / f"{number}.csv", *given, more=("Amount", "Date", "Gift ID"))


def _allocate() -> None:
    approve_plan.fn(draw_up_plan.fn(AllocateRequest(campaign="FALL-26"))["plan_id"])


_CHANGES: dict[str, tuple[Any, str, Callable[[], Any]]] = {
    "the list goes": (undoing, "close_batch", lambda: undo_batch.fn(1)),
    "two are merged": (audit, "append_all", lambda: decide_pair.fn(1, 2, "merged")),
    "one is forgotten": (
        forgetting, "erase_numbers", lambda: forget_donor.fn(1, "a letter", dry_run=False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("first", ["the change", "the plan"])
@pytest.mark.parametrize("change", _CHANGES)
def test_a_plan_drawn_up_while_people_change_opens_calls_to_those_who_are_there(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path, change: str, first: str
) -> None:
    module, name, act = _CHANGES[change]
    _givers(cli, clock, tmp_path, [ANN, BEA], [CID])
    if first == "the change":
        _at_once(database, module, name, act, _allocate)
    else:
        _at_once(database, plans, "save_draft", _allocate, act)
    publish_plan.fn(PublishRequest(campaign="FALL-26"))
    active = [row["id"] for row in story_of_all(database)["donor"] if row["status"] == "active"]
    with database.connect() as connection:
        opened = text("select donor_id from assignment where status = 'open' order by 1")
        assert connection.scalars(opened).all() == active


def _no_answer_of(database: Engine, path: Path, donor: int) -> ResultsRequest:
    """Publish the plan, and write the results of one of its calls."""
    publish_plan.fn(PublishRequest(campaign="FALL-26"))
    with database.connect() as connection:
        call = text("select id from assignment where donor_id = :donor")
        row = [f"A-{connection.scalar(call, {'donor': donor})}", "1", NOON.isoformat(), "no_answer"]
    header = ["packet_row_id", "call_id", "started_at", "disposition"]
    return ResultsRequest(path=str(write_list(path, [row], header)), team="HQ")


def test_the_result_of_whoever_is_merged_meanwhile_comes_along_and_goes_back(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path
) -> None:
    _givers(cli, clock, tmp_path, [ANN, BEA])
    _allocate()
    request = _no_answer_of(database, tmp_path / "results.csv", donor=2)
    _at_once(
        database, results, "take_in",
        lambda: take_in_results.fn(request),
        lambda: decide_pair.fn(1, 2, "merged"),
    )  # fmt: skip
    with database.connect() as connection:
        called = text("select donor_id from call_attempt")
        assert connection.scalars(called).all() == [1]
        undo_merge.fn(2)
        assert connection.scalars(called).all() == [2]


@pytest.mark.parametrize("first", ["the results", "the list"])
def test_results_of_a_list_that_goes_keep_it_or_wait_for_a_person(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path, first: str
) -> None:
    _givers(cli, clock, tmp_path, [ANN])
    _allocate()
    request = _no_answer_of(database, tmp_path / "results.csv", donor=1)
    taken: list[dict[str, Any]] = []

    def take_in() -> None:
        taken.append(take_in_results.fn(request))

    def keep() -> None:
        with pytest.raises(StateError, match="1 calls rest on its donors"):
            undo_batch.fn(1)

    if first == "the results":
        _at_once(database, results, "take_in", take_in, keep)
    else:
        _at_once(database, undoing, "close_batch", lambda: undo_batch.fn(1), take_in)
    assert (taken[0]["recorded"], len(story_of_all(database)["donor"])) == (
        (1, 1) if first == "the results" else (0, 0)
    )


def test_nobody_is_pinned_who_goes_with_a_list_meanwhile(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path
) -> None:
    _givers(cli, clock, tmp_path, [ANN])
    pins = tmp_path / "pins.csv"
    pins.write_text("donor_id,team\n1,HQ\n")

    def pin() -> None:
        with pytest.raises(InputError, match="There is no donor 1"):
            pin_donors(str(pins), "FALL-26")

    _at_once(database, undoing, "close_batch", lambda: undo_batch.fn(1), pin)
    assert not story_of_all(database)["donor"]


def _suppress() -> None:
    with unit_of_work() as session:
        suppressions.suppress(
            session, "opt_out", phone_e164="+16175550148", source="portal", now=NOON
        )


@pytest.mark.parametrize("first", ["the list", "a list with a death", "the refusal"])
def test_whose_number_is_suppressed_while_a_list_brings_them_is_suppressed(
    database: Engine, tmp_path: Path, first: str
) -> None:
    people = [[*ANN, "x" if first == "a list with a death" else ""], [*BEA, ""]]

    def bring() -> None:
        _bring(tmp_path / "a.csv", *people, more=("Deceased",))

    if first == "the refusal":
        _at_once(database, audit, "append", _suppress, bring)
    else:
        _at_once(database, admission, "write_rejects", bring, _suppress)
    assert story_of_all(database)["donor"][1]["status_reason"] == "suppression: opt_out"


def test_a_refusal_waits_for_no_list_that_has_marked_its_own(
    database: Engine, tmp_path: Path
) -> None:
    ended: list[str] = []

    def bring() -> None:
        _bring(tmp_path / "a.csv", [*ANN, "x"], [*CID, ""], more=("Deceased",))
        ended.append("the list")

    def refuse() -> None:
        _suppress()
        ended.append("the refusal")

    _at_once(database, admission, "write_rejects", bring, refuse)
    assert ended == ["the refusal", "the list"]


def _called(cli: Cli, database: Engine, clock: Clock, folder: Path) -> Callable[[str], Any]:
    """Put Ann's call on a caller's screen; return what records its result."""
    _givers(cli, clock, folder, [ANN])
    _allocate()
    publish_plan.fn(PublishRequest(campaign="FALL-26"))
    shown = json.loads(cli("calls", "next", *DESK, "--json").stdout)
    done = ("calls", "record", f"A-{shown['assignment_id']}")
    return lambda result: cli(*done, result, "--occupation", "Baker", *DESK)


def _of_ann(database: Engine) -> tuple[Any, ...]:
    with database.connect() as connection:
        told = "select occupation, status, status_reason from donor where id = 1"
        return tuple(connection.execute(text(told)).one())


def test_a_result_comes_in_while_a_list_says_that_the_person_has_died(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path
) -> None:
    record, told = _called(cli, database, clock, tmp_path), list[Any]()
    _at_once(
        database, suppressions, "suppress_many",
        lambda: _bring(tmp_path / "a.csv", [*ANN, "x"], more=("Deceased",)),
        lambda: told.append(record("do_not_call")),
    )  # fmt: skip
    assert told[0].exit_code == 0, told[0].stderr
    assert _of_ann(database) == ("Baker", "deceased", "suppression: deceased")


def test_a_number_that_a_list_brings_is_refused_and_its_owner_called_meanwhile(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path
) -> None:
    record, told = _called(cli, database, clock, tmp_path), list[Any]()

    def meanwhile() -> None:
        with unit_of_work() as session:
            suppressions.suppress(
                session, "opt_out", phone_e164="+16465550144", source="portal", now=NOON
            )
        told.append(record("refused"))

    _at_once(
        database, admission, "write_rejects",
        lambda: _bring(tmp_path / "a.csv", ANN_AGAIN),
        meanwhile,
    )  # fmt: skip
    assert told[0].exit_code == 0, told[0].stderr
    assert _of_ann(database) == ("Baker", "suppressed", "suppression: opt_out")


def _calls_of_one_number(cli: Cli, database: Engine, clock: Clock, folder: Path) -> tuple[int, int]:
    """Publish two calls to people each of whom is reached by the other's number, too."""
    _givers(cli, clock, folder, [ANN, BEA])
    _allocate()
    publish_plan.fn(PublishRequest(campaign="FALL-26"))
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into donor_phone (donor_id, phone_e164, batch_id)"
                " select d.id, o.phone_e164, 1 from donor d join donor o on o.id <> d.id"
            )
        )
        first, last = connection.scalars(text("select id from assignment order by id")).all()
    return first, last


def _statuses(database: Engine) -> list[str]:
    with database.connect() as connection:
        return list(connection.scalars(text("select status from assignment order by id")))


def test_two_of_one_number_refuse_at_once(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path
) -> None:
    _calls_of_one_number(cli, database, clock, tmp_path)
    seats = [("--team", "HQ", "--agent", agent) for agent in ("maria", "devon")]
    first, last = sorted(
        (json.loads(cli("calls", "next", *seat, "--json").stdout)["assignment_id"], seat)
        for seat in seats
    )
    told = list[Any]()

    def refuse(call: int, seat: tuple[str, ...]) -> None:
        told.append(cli("calls", "record", f"A-{call}", "do_not_call", *seat))

    _at_once(database, result_effects, "hush", lambda: refuse(*last), lambda: refuse(*first))
    assert [done.exit_code for done in told] == [0, 0]
    assert _statuses(database) == ["done", "done"]


def test_results_that_somebody_waits_for_while_they_wait_are_taken_in_once_the_other_ended(
    cli: Cli, database: Engine, clock: Clock, tmp_path: Path
) -> None:
    first, last = _calls_of_one_number(cli, database, clock, tmp_path)
    row = [f"A-{last}", "1", NOON.isoformat(), "do_not_call"]
    header = ["packet_row_id", "call_id", "started_at", "disposition"]
    path = write_list(tmp_path / "results.csv", [row], header)
    taken: list[dict[str, Any]] = []

    def hold_both() -> None:
        with database.begin() as connection:
            connection.execute(text("set local deadlock_timeout = '1h'"))  # the other one gives way
            for call in (first, last):
                connection.execute(
                    text("select from assignment where id = :id for update"), {"id": call}
                )

    _at_once(
        database, result_effects, "hush",
        lambda: taken.append(take_in_results.fn(ResultsRequest(path=str(path), team="HQ"))),
        hold_both,
    )  # fmt: skip
    assert (taken[0]["recorded"], taken[0]["opt_outs"]) == (1, 1)
    assert _statuses(database) == ["withdrawn", "done"]
