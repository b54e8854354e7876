"""An import may be killed, repeated, or run beside another: the books of people end the same."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from campaign.requests import ImportRequest, ValidateRequest
from config.settings import settings
from flows.import_donors import import_donors
from flows.validate_donors import validate_donors
from gateways import donor_files, text_records
from gateways.workers import Crew
from store import audit, merging
from tasks import admission, lists
from tests.support.killed_commands import kill
from tests.support.list_files import story_of_all

_GIFT = ["Amount", "Date"]


def _list(path: Path, first: int, count: int) -> Path:
    """Write people of whom every third is somebody again, in a home of three."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            ["First Name", "Last Name", "Phone", "Email", "Address", "Zip", "Amount", "Date"]
        )
        for number in range(first, first + count):
            person = number - (number % 3 == 2)
            phone = f"617-555-{person % 10_000:04}"
            email = f"p{person}@example.org"
            home = f"{number // 3 + 1} Main St"
            out.writerow(["Ann", f"Family{person}", phone, email, home, "02139", "5", "2026-01-02"])
    return path


def _request(path: Path) -> ImportRequest:
    return ImportRequest(path=str(path), source="WEB")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param(lists, "_write_parts", id="while it is cut"),
        pytest.param(lists, "normalise_one", id="while it is normalised"),
        pytest.param(lists, "judge_parts", id="while it is judged"),
        pytest.param(admission, "find_people", id="while people are found"),
        pytest.param(merging, "merge_donors", id="when people are written"),
        pytest.param(admission, "write_rejects", id="when rows are written"),
        pytest.param(audit, "append", id="at the last moment"),
    ],
)
def test_an_interrupted_import_ends_as_one_that_never_was(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    path = _list(tmp_path / "list.csv", 0, 40)
    with monkeypatch.context() as broken:
        broken.setattr(module, name, _interrupted)
        with pytest.raises(KeyboardInterrupt):
            import_donors.fn(_request(path))
    between = story_of_all(database)
    assert not between["donor"]
    assert not between["staged_row"]
    account = import_donors.fn(_request(path))
    assert account["rows_read"] == 40
    assert [row["id"] for row in story_of_all(database)["donor"]] == list(range(1, 28))
    assert [row["id"] for row in story_of_all(database)["list_batch"]] == [1]


def _interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_two_imports_at_once_make_no_person_twice(database: Engine, tmp_path: Path) -> None:
    one, two = _list(tmp_path / "one.csv", 0, 30), _list(tmp_path / "two.csv", 15, 30)
    requests = [ImportRequest(path=str(one), source="A"), ImportRequest(path=str(two), source="B")]
    with ThreadPoolExecutor(2) as pool:
        accounts = list(pool.map(import_donors.fn, requests))
    assert sum(account["imported"] for account in accounts) == 30
    assert len(story_of_all(database)["donor"]) == 30
    assert sum(account["merged"] + account["unchanged"] for account in accounts) == 30


def test_the_same_file_twice_at_once_comes_in_once(database: Engine, tmp_path: Path) -> None:
    path = _list(tmp_path / "list.csv", 0, 30)
    with ThreadPoolExecutor(2) as pool:
        accounts = list(pool.map(import_donors.fn, [_request(path)] * 2))
    assert {account["batch_id"] for account in accounts} == {1}
    assert len(story_of_all(database)["donor"]) == 20


def test_lists_are_judged_again_without_a_change(database: Engine, tmp_path: Path) -> None:
    import_donors.fn(_request(_list(tmp_path / "list.csv", 0, 30)))
    before = story_of_all(database)
    judged = validate_donors.fn(ValidateRequest())["batches"]
    assert [(batch["source"], batch["rows"]) for batch in judged] == [("WEB", 30)]
    assert story_of_all(database) == before


def test_the_parts_of_a_list_are_done_by_processes(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEDGELINE_TASK_RUNNER", "processes")
    settings.cache_clear()
    monkeypatch.setattr(text_records, "_BLOCK_BYTES", 1000)
    monkeypatch.setattr(lists, "read_parts", partial(donor_files.read_parts, rows=12))
    monkeypatch.setattr(lists, "normalise_one", _interrupted)  # not by this one
    account = import_donors.fn(_request(_list(tmp_path / "list.csv", 0, 60)))
    assert (account["rows_read"], account["imported"]) == (60, 40)
    parts = story_of_all(database)["list_part"]
    assert len(parts) >= 4
    assert sum(part["rows"] for part in parts) == 60


def test_what_a_person_tells_in_several_parts_comes_together(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_records, "_BLOCK_BYTES", 1000)
    monkeypatch.setattr(lists, "read_parts", partial(donor_files.read_parts, rows=12))
    path = tmp_path / "list.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Voter ID", "First Name", "Last Name", "Email", "Phone", "Gift ID", *_GIFT])
        for number in range(60):  # everybody twice: the phone is told in a later part only
            person, again = number % 30, number >= 30
            phone = f"617-555-{person:04}" if again else ""
            email = f"p{person}@example.org" + (";second@example.org" if person == 3 else "")
            gift = (f"G{person % 29}", "5", "2026-01-02") if again else ("", "", "")
            out.writerow([f"V{person}", "Ann", f"Family{person}", email, phone, *gift])
    account = import_donors.fn(_request(path))
    assert (account["imported"], account["merged"]) == (30, 30)
    state = story_of_all(database)
    assert len(state["list_part"]) >= 4
    assert [donor["phone_e164"] for donor in state["donor"]] == [
        f"+1617555{number:04}" for number in range(30)
    ]
    assert [row["donor_id"] for row in state["staged_row"]] == [*range(1, 31), *range(1, 31)]
    assert not state["donor_phone"]
    assert sorted(gift["donor_id"] for gift in state["gift"]) == [*range(1, 30)]
    with database.connect() as connection:
        ids = connection.scalar(text("select count(*) from donor_external_id"))
        emails = connection.scalars(text("select email from donor_email")).all()
    assert (ids, emails) == (30, ["second@example.org"])


def test_a_person_known_without_a_phone_is_found_in_a_list_with_one(
    database: Engine, tmp_path: Path
) -> None:
    """What is not known of a known person differs from nothing."""
    known, later = tmp_path / "known.csv", tmp_path / "later.csv"
    home = "John,Drummond,12 Main St,Boston,MA,02139"
    header = "First Name,Last Name,Address,City,State,Zip"
    known.write_text(f"{header},Phone,Email\n{home},,\n")
    later.write_text(f"{header},Phone,Email\n{home},617-555-0142,john@example.org\n")
    import_donors.fn(ImportRequest(path=str(known), source="OLD"))
    account = import_donors.fn(ImportRequest(path=str(later), source="NEW"))
    assert (account["imported"], account["merged"]) == (0, 1)
    assert len(story_of_all(database)["donor"]) == 1


@pytest.mark.parametrize(
    "later",
    [
        pytest.param("James,Morinini,1602 Lake Ave,,46056", id="at their second home"),
        pytest.param(
            "James,Modrinini,1602 Lake Ave,,46056", id="there, with a slip in the last name"
        ),
        pytest.param("Jmaes,Morinini,10 Park St,,02139", id="with a slip in the first name"),
        pytest.param("James,Nettles,10 Park St,james.morinini@example.com,02139", id="renamed"),
    ],
)
def test_among_many_a_person_is_found_who_agrees_in_part(
    database: Engine, tmp_path: Path, later: str
) -> None:
    """In a large home only those are compared with a list who agree with its rows in something."""
    import_donors.fn(_request(_list(tmp_path / "many.csv", 0, 1_600)))
    for number, row in enumerate(
        (
            "James,Morinini,10 Park St,j@example.org,02139",
            "James,Morinini,1602 Lake Ave,j@example.org,46056",
            later,
        )
    ):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"First Name,Last Name,Address,Email,Zip\n{row}\n")
        account = import_donors.fn(ImportRequest(path=str(path), source=f"LIST{number}"))
    assert (account["imported"], account["merged"]) == (0, 1)


def test_what_a_worker_fails_at_its_owner_does() -> None:
    crew = Crew("tasks.parts", 1)
    assert crew.ask({"no": "job"}) is None
    assert crew.ask({"no": "job"}) is None
    crew.dismiss()


@pytest.mark.prefect
def test_prefect_sees_counts_and_no_donor(database: Engine, tmp_path: Path) -> None:
    account = import_donors(_request(_list(tmp_path / "list.csv", 0, 9)))
    assert (account["rows_read"], account["imported"]) == (9, 6)


@pytest.mark.slow
def test_of_an_import_that_was_killed_as_it_opened_its_file_nothing_stays(
    database: Engine, tmp_path: Path
) -> None:
    path = _list(tmp_path / "list.csv", 0, 9)
    words = ["lists", "import", str(path), "--source", "WEB"]
    left = settings().folder("files", "lists")
    for statement in count(1):
        assert kill(words, statement)
        if any(left.iterdir()):
            break
    import_donors.fn(ImportRequest(path=str(path), source="WEB"))
    assert not list(left.iterdir())


@pytest.mark.slow
def test_killed_at_twenty_moments_it_ends_the_same(database: Engine, tmp_path: Path) -> None:
    path = _list(tmp_path / "list.csv", 0, 3000)
    words = [sys.executable, "-m", "cli.main", "lists", "import", str(path), "--source", "WEB"]
    rng = random.Random(1)
    environment = {**os.environ, "PLEDGELINE_TASK_RUNNER": "processes"}  # as it comes
    for _ in range(20):
        running = subprocess.Popen(words, cwd=Path(__file__).parents[2], env=environment)
        time.sleep(rng.uniform(0.5, 9))
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert subprocess.run(words, cwd=Path(__file__).parents[2], check=False).returncode == 0
    state = story_of_all(database)
    assert [row["id"] for row in state["donor"]] == list(range(1, 2001))
    assert len(state["staged_row"]) == 3000
    assert [row["status"] for row in state["list_batch"]] == ["admitted"]
