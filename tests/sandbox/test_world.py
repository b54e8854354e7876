"""The whole sandbox: donors who read letters and pay, time that passes, a story that is told."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import __main__ as sandbox_process
from sandbox.bank_formats import Statement, as_ofx
from sandbox.clock import ClockError, SandboxClock, banking_days_after, parse_moment
from sandbox.mailbox import read_letters
from sandbox.population import Population, make_population
from sandbox.stripe_server import serve
from sandbox.world import World
from tests.support.letters import send_letters

SPECIAL = {
    "spouse_payment", "overpayment", "refund", "partial_refund", "dispute_lost", "dispute_won",
    "ach_failed_late", "payout_failed", "payout_resent",
}  # fmt: skip


def run_campaign(people: Population, outbox: Path, letters: int = 120) -> World:
    world = World(seed=people.seed, population=people)
    send_letters(world, outbox, letters)
    world.donors_pay(outbox)
    world.advance(timedelta(days=45))
    return world


def test_donors_pay_by_habit_and_the_story_has_every_part(
    people: Population, tmp_path: Path
) -> None:
    world = run_campaign(people, tmp_path)
    kinds = Counter(line["kind"] for line in world.story())
    assert set(kinds) >= SPECIAL
    charges = list(world.account.shelves["charge"])
    assert 60 < len(charges) < 120
    with_ref = [charge for charge in charges if "pledge_ref" in charge["metadata"]]
    assert 0 < len(charges) - len(with_ref) < len(with_ref)
    over = next(line for line in world.story() if line["kind"] == "overpayment")
    assert (over["amount_cents"], over["pledge_ref"] is not None) == (15_000, True)


def test_who_pays_an_instalment_is_not_told_to_overpay(people: Population, tmp_path: Path) -> None:
    world = World(seed=7, population=people)
    send_letters(world, tmp_path, 120)
    for path in tmp_path.iterdir():
        path.write_text(path.read_text().replace("pay here:", "(part 1 of 3) pay here:"))
    world.donors_pay(tmp_path)
    world.advance(timedelta(days=45))
    assert SPECIAL - {line["kind"] for line in world.story()} == {"overpayment"}


def test_a_small_campaign_has_every_part_too(tmp_path: Path) -> None:
    people = make_population(1, 300)
    world = run_campaign(people, tmp_path, letters=30)
    assert {line["kind"] for line in world.story()} >= SPECIAL


def test_a_spouse_pays_with_their_own_card(people: Population, tmp_path: Path) -> None:
    world = run_campaign(people, tmp_path)
    line = next(line for line in world.story() if line["kind"] == "spouse_payment")
    person = people.person(line["person_id"])
    spouse = people.person(int(person["spouse_id"]))
    charge = world.account.shelves["charge"][line["charge"]]
    assert charge["billing_details"]["name"].startswith(spouse["first_name"])


def test_a_failed_payout_comes_back_and_goes_out_again(people: Population, tmp_path: Path) -> None:
    world = run_campaign(people, tmp_path)
    line = next(line for line in world.story() if line["kind"] == "payout_resent")
    failed = world.account.shelves["payout"][line["failed_payout"]]
    assert failed["status"] == "failed"
    assert sum(one.amount for one in world.bank.lines if one.reference == failed["id"]) == 0
    rows = world.account.rows_of_payout[line["payout"]]
    back = failed["failure_balance_transaction"]
    assert back in rows


def test_letters_are_read_once_and_the_same_seed_pays_the_same(
    people: Population, tmp_path: Path
) -> None:
    first, again = (run_campaign(people, tmp_path / name) for name in ("a", "b"))
    assert first.donors_pay(tmp_path / "a") == {"letters": 0, "will_pay": 0, "reached_nobody": 0}
    assert first.story() == again.story()
    assert list(first.account.shelves["charge"]) == list(again.account.shelves["charge"])
    assert first.bank.lines == again.bank.lines


def test_a_reminder_moves_some_who_did_not_pay(people: Population, tmp_path: Path) -> None:
    world = run_campaign(people, tmp_path, letters=100)
    paid = len(world.account.shelves["charge"])
    for path in list(tmp_path.iterdir()):
        (tmp_path / f"again-{path.name}").write_bytes(path.read_bytes())
    assert world.donors_pay(tmp_path)["letters"] == 100
    world.advance(timedelta(days=10))
    charges = list(world.account.shelves["charge"])
    assert paid < len(charges)
    refs = Counter(one["metadata"].get("pledge_ref") for one in charges if one["metadata"])
    assert max(refs.values()) == 1  # nobody pays twice because of a reminder


def test_a_letter_to_nobody_is_counted(people: Population, tmp_path: Path) -> None:
    world = World(seed=7, population=people)
    send_letters(world, tmp_path, 1)
    letter = (tmp_path / "0.eml").read_text()
    person = people.person(0)
    strange = letter.replace(person["email"] or "nobody", "stranger@example.com")
    strange = strange.replace(person["zip"], "00000")
    (tmp_path / "0.eml").write_text(strange)
    assert world.donors_pay(tmp_path) == {"letters": 0, "will_pay": 0, "reached_nobody": 1}


def test_a_file_of_text_messages_is_read_line_by_line(people: Population, tmp_path: Path) -> None:
    world = World(seed=7, population=people)
    send_letters(world, tmp_path / "letters", 20)
    codes = list(world.account.link_of_code)
    lines = [
        f"{people.person(n)['phone_e164']},Hi {people.person(n)['first_name']}: http://x/pay/{code}"
        for n, code in enumerate(codes)
    ]
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "messages.csv").write_text("phone,text\n" + "\n".join(lines))
    letters, lost = read_letters(tmp_path / "texts", set(), people)
    assert lost == 0
    assert [(one.person_id, one.code) for one in letters] == list(enumerate(codes))


def test_a_paper_letter_is_read_by_name_and_zip(people: Population, tmp_path: Path) -> None:
    world = World(seed=7, population=people)
    send_letters(world, tmp_path, 40)
    for path in list(tmp_path.glob("*.eml")):
        path.with_suffix(".txt").write_text(path.read_text().split("\n\n", 1)[1])
        path.unlink()
    read = world.donors_pay(tmp_path)
    assert read["letters"] + read["reached_nobody"] == 40
    assert read["reached_nobody"] <= 1


def test_a_saved_world_goes_on_where_it_stopped(people: Population, tmp_path: Path) -> None:
    whole = run_campaign(people, tmp_path / "a")
    world = World(seed=people.seed, population=people)
    send_letters(world, tmp_path / "b", 120)
    world.donors_pay(tmp_path / "b")
    world.advance(timedelta(days=7))
    world.save(tmp_path / "world")
    loaded = World.load(tmp_path / "world", tmp_path / "clock")
    loaded.advance(timedelta(days=38))
    assert loaded.story() == whole.story()
    assert loaded.bank.lines == whole.bank.lines
    assert parse_moment((tmp_path / "clock").read_text()) == loaded.now


def test_the_clock_tells_its_file_and_never_goes_back(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "clock"
    clock = SandboxClock(file=file)
    clock.move(datetime(2026, 10, 1, tzinfo=UTC))
    clock.move(datetime(2026, 9, 1, tzinfo=UTC))
    clock.tell()
    assert file.read_text() == "2026-10-01T00:00:00+00:00"
    with pytest.raises(ClockError):
        clock.move(datetime(2026, 10, 2))  # noqa: DTZ001 (naive on purpose)


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        ("2026-09-04", 2, "2026-09-09"),
        ("2026-11-10", 1, "2026-11-12"),
        ("2026-10-02", 0, "2026-10-02"),
    ],
)
def test_banks_rest_on_weekends_and_holidays(day: str, count: int, then: str) -> None:
    found = banking_days_after(datetime.fromisoformat(day).date(), count)
    assert found.isoformat() == then


def test_statements_say_the_same_in_both_forms(people: Population, tmp_path: Path) -> None:
    from ofxtools.Parser import OFXTree

    world = run_campaign(people, tmp_path)
    lines = world.bank.between()
    (tmp_path / "s.ofx").write_text(as_ofx(Statement(lines)), encoding="ascii")
    tree = OFXTree()
    tree.parse(str(tmp_path / "s.ofx"))
    read = tree.convert().statements[0].transactions
    assert [int(one.trnamt * 100) for one in read] == [line.amount for line in lines]
    assert world.bank.write_csv(tmp_path / "s.csv") == len(lines)
    rows: list[Any] = (tmp_path / "s.csv").read_text().splitlines()
    assert rows[0] == "date,amount,description,reference"
    assert len(rows) == len(lines) + 1


def test_it_runs_in_a_thread_until_the_block_ends(people: Population, tmp_path: Path) -> None:
    world = World(seed=7, population=people)
    send_letters(world, tmp_path, 1)
    with serve(world) as sandbox:
        assert httpx.get(f"{sandbox.url}/_sandbox/health", timeout=240).json() == {"status": "ok"}
        link = next(iter(world.account.shelves["payment_link"]))
        assert (
            "$100.00" in httpx.get(link["url"], timeout=240).text
        )  # made before, at another address
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{sandbox.url}/_sandbox/health", timeout=240)


def test_it_runs_as_a_process_of_its_own_and_keeps_its_state(tmp_path: Path) -> None:
    folders = ["--clock-file", str(tmp_path / "clock"), "--state-dir", str(tmp_path / "state")]
    words = [sys.executable, "-m", "sandbox", "--port", "0", "--donors", "300", *folders]
    moments = []
    for _ in range(2):
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            url = process.stdout.readline().split()[2]
            moments.append(httpx.get(f"{url}/_sandbox", timeout=240).json()["now"])
            httpx.post(f"{url}/_sandbox/advance", json={"days": 3}, timeout=240).raise_for_status()
            process.terminate()
            assert process.wait(240) == 0
    assert moments == ["2026-09-08T13:00:00+00:00", "2026-09-11T13:00:00+00:00"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start", "yesterday"], "not a moment"),
        (["--port", "TAKEN"], "cannot start"),
        (["--port", "0", "--state-dir", "DAMAGED"], "damaged"),
    ],
)
def test_it_says_in_one_sentence_why_it_cannot_start(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "world.pickle").write_bytes(b"nonsense")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        known = {"TAKEN": str(taken.getsockname()[1]), "DAMAGED": str(tmp_path)}
        monkeypatch.setattr(sys, "argv", ["sandbox", *(known.get(word, word) for word in words)])
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(sandbox_process.main())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
