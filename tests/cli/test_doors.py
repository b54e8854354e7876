"""What every command promises: help, exit codes, one sentence, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine

from cli.main import app
from cli.manual import manual

EXAMPLE = Path(__file__).parents[2] / "examples" / "federal-candidate.toml"


def every_command() -> Iterator[tuple[str, ...]]:
    """Each command's words, read from the program itself."""

    def walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        children = getattr(command, "commands", None)
        if children is None:
            yield words
            return
        for name, child in children.items():
            yield from walk(child, (*words, name))

    return walk(typer.main.get_command(app), ())


@pytest.mark.parametrize("words", [pytest.param(w, id=" ".join(w)) for w in every_command()])
def test_every_command_explains_itself(cli, words: tuple[str, ...]) -> None:
    result = cli(*words, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


@pytest.mark.parametrize("words", [pytest.param(w, id=" ".join(w)) for w in every_command()])
def test_an_unknown_option_is_one_sentence_and_exit_2(cli, words: tuple[str, ...]) -> None:
    result = cli(*words, "--no-such-option")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "--help" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("bogus",), "Did you mean 'books'? See 'pledgeline --help'.", id="command"),
        pytest.param(
            ("calls", "allocate", "--campaign"),
            "'--campaign' requires an argument. See 'pledgeline calls allocate --help'.",
            id="no-value",
        ),
        pytest.param(("donors", "why", "Ana"), "'Ana' is no whole number", id="number"),
        pytest.param(("demo", "--donors", "0"), "0 is less than 300", id="too-small"),
        pytest.param(("up", "--port", "99999"), "99999 is more than 65535", id="port"),
        pytest.param(
            ("calls", "allocate", "--campaign", "C", "--day", "soon"),
            "'soon' is no day like 2026-09-30",
            id="day",
        ),
    ],
)
def test_a_wrong_word_is_told_with_what_is_wanted(cli, words: tuple[str, ...], told: str) -> None:
    result = cli(*words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_version_is_that_of_the_installed_program(cli) -> None:
    result = cli("--version")
    assert (result.exit_code, result.stdout) == (0, f"pledgeline {version('pledgeline')}\n")


def test_every_option_says_what_it_means() -> None:
    assert [
        line for line in manual().splitlines() if line.startswith("| `--") and line.endswith("|  |")
    ] == []


def test_doctor_finds_a_migrated_database(cli, database: Engine) -> None:
    result = cli("doctor", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["database"]["ok"]


def test_doctor_tells_that_no_letter_could_be_sent(cli, database: Engine, monkeypatch) -> None:
    from config.settings import settings

    monkeypatch.setenv("PLEDGELINE_MAIL_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("PLEDGELINE_MAIL_FROM", "finance@example.org")
    settings.cache_clear()
    result = cli("doctor", "--json")
    assert result.exit_code == 1
    mail = json.loads(result.stdout)["mail"]
    assert not mail["ok"]
    assert "check PLEDGELINE_MAIL_URL" in mail["detail"]


def test_a_database_that_does_not_answer_is_named(cli, home, monkeypatch) -> None:
    from config.settings import settings

    monkeypatch.setenv("PLEDGELINE_DATABASE_URL", "postgresql://nobody:geheim@127.0.0.1:1/none")
    settings.cache_clear()
    result = cli("doctor")
    assert result.exit_code == 1
    assert "127.0.0.1:1" in result.stdout
    assert "geheim" not in result.stdout


def test_a_home_that_cannot_be_made_is_named(cli, home, monkeypatch, tmp_path) -> None:
    from config.settings import settings

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PLEDGELINE_HOME", str(tmp_path / "file" / "home"))
    settings.cache_clear()
    result = cli("lists", "show")
    assert (result.exit_code, result.stdout) == (2, "")
    assert str(tmp_path / "file") in result.stderr
    assert "unforeseen" not in result.stderr


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("perform pg_terminate_backend(pg_backend_pid())", "The database went away meanwhile"),
        ("raise exception using errcode = 'disk_full'", "The database's disk is full"),
    ],
)
def test_a_database_that_fails_in_the_middle_is_one_sentence(
    cli, database: Engine, tmp_path, what: str, said: str
) -> None:
    body = f"begin {what}; return new; end"
    with database.begin() as connection:
        connection.exec_driver_sql(
            f"create function fail() returns trigger language plpgsql as $$ {body} $$"
        )
        connection.exec_driver_sql(
            "create trigger fail before insert on donor execute function fail()"
        )
    (tmp_path / "list.csv").write_text("First Name,Last Name,Phone\nAnn,Lee,617-555-0142\n")
    words = ("lists", "import", tmp_path / "list.csv", "--source", "BOARD")
    failed = cli(*words)
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert failed.stderr.startswith(said)
    assert len(failed.stderr.splitlines()) == 1
    with database.begin() as connection:
        connection.exec_driver_sql("drop trigger fail on donor")
    again = cli(*words, "--json")
    assert (again.exit_code, json.loads(again.stdout)["imported"]) == (0, 1)


def test_ctrl_c_says_that_what_was_done_is_kept(cli, database: Engine, monkeypatch) -> None:
    from store import lists

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lists, "batches", stop)
    stopped = cli("lists", "show")
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    assert stopped.stderr.startswith("Stopped; what was done is kept")


def test_a_campaign_file_counts_what_it_made_and_what_it_changed(
    cli, database: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "campaign.toml"
    path.write_text(EXAMPLE.read_text())
    first = json.loads(cli("campaign", "apply", path, "--json").stdout)
    again = json.loads(cli("campaign", "apply", path, "--json").stdout)
    assert first["created"] == again["unchanged"] > 0
    assert (first["changed"], first["unchanged"]) == (again["created"], again["changed"]) == (0, 0)
    path.write_text(EXAMPLE.read_text().replace("for Congress", "for Senate", 1))
    renamed = json.loads(cli("campaign", "apply", path, "--json").stdout)
    assert (renamed["created"], renamed["changed"]) == (0, 2)  # the campaign has a new file
