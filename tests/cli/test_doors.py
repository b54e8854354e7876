"""What every command promises: help, exit codes, one sentence, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import typer
from sqlalchemy import Engine

from cli.main import app


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


def test_doctor_finds_a_migrated_database(cli, database: Engine) -> None:
    result = cli("doctor", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["database"]["ok"]


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
