"""The embedded PostgreSQL starts again wherever its folder was put."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]


WORDS = [sys.executable, "-m", "cli.main", "lists", "show"]


def _lists(home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PLEDGELINE_HOME": str(home), **more}
    return subprocess.run(
        WORDS, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_home_that_root_restored_from_a_copy_works(tmp_path: Path) -> None:
    assert _lists(tmp_path / "home").returncode == 0
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    again = _lists(tmp_path / "copy")
    assert (again.returncode, again.stderr) == (0, "")


def test_a_broken_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home" / "postgres").mkdir(parents=True)
    (tmp_path / "home" / "postgres" / "PG_VERSION").write_text("18\n")
    broken = _lists(tmp_path / "home")
    assert (broken.returncode, broken.stdout) == (2, "")
    assert broken.stderr.startswith("The embedded PostgreSQL in ")
    assert broken.stderr.count("\n") == 1


def test_a_first_start_that_was_killed_is_made_anew(tmp_path: Path) -> None:
    environment = {**os.environ, "PLEDGELINE_HOME": str(tmp_path / "home")}
    with subprocess.Popen(WORDS, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as first:
        while not list(tmp_path.glob("home/*/PG_VERSION")):
            assert first.poll() is None
            time.sleep(0.005)
        begun = psutil.Process(first.pid).children(recursive=True)
        first.kill()
        for process in begun:
            with suppress(psutil.NoSuchProcess):  # ended meanwhile
                process.kill()
    again = _lists(tmp_path / "home")
    assert (again.returncode, again.stderr) == (0, "")
    assert [each.name for each in tmp_path.glob("home/postgres*")] == ["postgres", "postgres.lock"]


def test_a_number_that_another_process_has_after_a_restart_is_not_the_server(
    tmp_path: Path,
) -> None:
    assert _lists(tmp_path / "home").returncode == 0
    left = ["postgres", "0", "5432", str(tmp_path), "", "1 1", "ready"]
    note = tmp_path / "home" / "postgres" / "postmaster.pid"
    note.write_text("\n".join([str(os.getpid()), *left]) + "\n")
    again = _lists(tmp_path / "home")
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can halt a process there")
def test_a_server_that_takes_long_to_recover_is_waited_for(tmp_path: Path) -> None:
    assert _lists(tmp_path / "home").returncode == 0
    command, server = _halted_before_it_is_ready(tmp_path / "home")
    time.sleep(12)  # the library gives up after ten
    server.resume()
    assert (command.communicate()[1], command.returncode) == (b"", 0)


def _halted_before_it_is_ready(home: Path) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    environment = {**os.environ, "PLEDGELINE_HOME": str(home)}
    note = home / "postgres" / "postmaster.pid"
    while True:
        command = subprocess.Popen(WORDS, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        while not note.exists() or not (written := note.read_text()):
            assert command.poll() is None
        server = psutil.Process(int(written.split()[0]))
        server.suspend()
        if "ready" not in note.read_text():
            return command, server
        server.resume()  # too late: again
        command.communicate()


@pytest.mark.parametrize("name", ["of Zoë & Ann's", "100%41+x", "a" * 120], ids=range(3))
def test_a_home_may_be_called_anything(tmp_path: Path, name: str) -> None:
    done = _lists(tmp_path / name / "home")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need the language installed")
@pytest.mark.skipif(not str(ROOT).isascii(), reason="Python cannot read its own path then")
def test_a_language_that_is_not_installed_does_not_matter(tmp_path: Path) -> None:
    done = _lists(tmp_path / "home", LC_ALL="tlh_KX.UTF-8", LC_MESSAGES="tlh_KX.UTF-8")
    assert (done.returncode, done.stderr) == (0, "")
