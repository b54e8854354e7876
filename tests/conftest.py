"""What every test may ask for: a home, a database of its own, the command line, a clock."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

# pytest's own folder belongs to all sessions of an account: each that starts shuts it to everybody
# else, and so to a server's user. What a session makes is in one folder, and goes with it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(prefix="pledgeline-tests-")
    # Exit functions run backwards: a server, which starts later, stops before.
    atexit.register(shutil.rmtree, os.environ["PYTEST_DEBUG_TEMPROOT"], ignore_errors=True)
PLACE = os.environ["PYTEST_DEBUG_TEMPROOT"]
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="prefect-", dir=PLACE)
for name in [key for key in os.environ if key.startswith(("PLEDGELINE_", "STRIPE_"))]:
    del os.environ[name]
os.environ.pop("PREFECT_API_URL", None)
# A session imports Great Expectations once, not once a list; the processes have tests of their own.
os.environ["PLEDGELINE_TASK_RUNNER"] = "threads"
# Prefect's server tells its makers of itself by default.
os.environ |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}

import hypothesis
import psutil
import psycopg
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from config.settings import settings
from gateways import embedded_database
from store import migrating
from tests.support.databases import TEMPLATE, database_of_its_own

# A change lands or not for what it is, not for what was drawn; `make test-all` draws anew.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("searching", deadline=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """One embedded PostgreSQL a session, with a migrated template database in it.

    It is stopped here: where the machine is busy nobody waits for the exit functions of a worker.
    """
    folder = Path(tempfile.mkdtemp(prefix="cluster-", dir=PLACE))
    url = embedded_database.start(folder / "postgres")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        # Nothing outlives the session: nobody waits for a disk when a database is made or dropped.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off",
                        "checkpoint_flush_after = 0", "autovacuum = off"):  # fmt: skip
            admin.execute(f"alter system set {setting}")
        admin.execute("select pg_reload_conf()")
        admin.execute(f"create database {TEMPLATE}")
    template = create_engine(make_url(url).set(database=TEMPLATE))
    migrating.upgrade(template)
    template.dispose()
    yield url
    server = psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))
    server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
    server.wait(240)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home; settings are read anew."""
    folder = tmp_path / "home"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLEDGELINE_HOME", str(folder))
    monkeypatch.setenv("PLEDGELINE_ACTOR", "test")
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def database(cluster: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A migrated database of the test's own; the settings name it."""
    with database_of_its_own(cluster, TEMPLATE, monkeypatch) as engine:
        yield engine


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    """An open session; the test commits what others should see."""
    with Session(database, expire_on_commit=False) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str


Cli = Callable[..., Result]


@pytest.fixture
def cli(home: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `pledgeline` with these words, in this process."""
    from cli.main import run

    def call(*words: object) -> Result:
        capsys.readouterr()
        code = run([str(word) for word in words])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


class Clock:
    """The sandbox's clock, set by the test."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def set(self, moment: datetime) -> None:
        """Let it be this aware moment."""
        if moment.tzinfo is None:
            raise ValueError("A moment must carry its time zone.")
        self.file.write_text(moment.isoformat(), encoding="ascii")


@pytest.fixture
def clock(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock file that the settings name; it shows real time until it is set."""
    file = tmp_path / "clock"
    monkeypatch.setenv("PLEDGELINE_CLOCK_FILE", str(file))
    settings.cache_clear()
    return Clock(file)


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """One Prefect server for all tests with the mark `prefect`."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=280):
        yield


@pytest.fixture(autouse=True)
def _with_server(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("prefect"):
        request.getfixturevalue("prefect_server")
