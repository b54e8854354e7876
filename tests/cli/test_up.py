"""`pledgeline up`: everything that it starts works together, and ends with it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cli.servers import is_free

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds: what comes late on a busy machine comes all the same
LIST = "First Name,Last Name,Phone,Zip\nAnn,Lee,617-555-0142,02138\nBo,Ray,617-555-0143,02139\n"


def two_ports() -> list[int]:
    """Return ports that no system gives to whoever asks for any: nobody takes them meanwhile."""
    some = random.SystemRandom().sample(range(20_000, 30_000), 100)
    return [port for port in some if is_free(port)][:2]


class Running:
    """A started `pledgeline up`, with the portal and Prefect's API."""

    def __init__(self, home: Path) -> None:
        self.portal, self.prefect = two_ports()
        unset = ("PLEDGELINE_DATABASE_URL", "PREFECT_API_URL")
        environment = {name: value for name, value in os.environ.items() if name not in unset}
        self.environment = environment | {"PLEDGELINE_HOME": str(home)}
        self.process = subprocess.Popen(self.words(), **self.how())

    def words(self) -> list[str]:
        """Return the command."""
        ports = ("--port", str(self.portal), "--prefect-port", str(self.prefect))
        return [sys.executable, "-m", "cli.main", "up", "--sandbox", *ports]

    def how(self) -> dict[str, Any]:
        """Return where and how it runs."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return {"cwd": ROOT, "env": self.environment, "text": True, **pipes}

    def api(self, path: str, **more: Any) -> Any:
        """Ask Prefect's server."""
        method = "POST" if "json" in more else "GET"
        address = f"http://127.0.0.1:{self.prefect}/api/{path}"
        answer = httpx.request(method, address, timeout=PATIENCE, **more)
        return answer.raise_for_status().json()


def until(true: Callable[[], Any]) -> Any:
    """Return what becomes true; fail when it does not in time."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.3)
    return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    up = Running(tmp_path / "Zoë's home")
    said: Iterator[str] = iter(up.process.stdout or ())
    assert any("Ctrl-C" in line for line in said), (up.process.stderr or said).read()
    yield up
    children = psutil.Process(up.process.pid).children(recursive=True)
    up.process.send_signal(signal.SIGINT)
    _, complaint = up.process.communicate(timeout=PATIENCE)
    assert (up.process.returncode, complaint) == (0, "")
    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert alive == []


def test_a_worker_runs_flows_and_a_schedule_plans_them(running: Running, tmp_path: Path) -> None:
    assert httpx.get(f"http://127.0.0.1:{running.portal}/health", timeout=PATIENCE).is_success
    mornings = {"active": True, "schedule": {"cron": "30 6 * * *", "timezone": "America/Chicago"}}
    day = running.api("deployments/name/run-campaign-day/default")["id"]
    running.api(f"deployments/{day}/schedules", json=[mornings])
    planned = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    assert until(lambda: running.api("flow_runs/count", json=planned)) > 1

    (tmp_path / "list.csv").write_text(LIST)
    request = {"path": str(tmp_path / "list.csv"), "source": "BOARD"}
    import_donors = running.api("deployments/name/import-donors/default")["id"]
    asked = {"parameters": {"request": request}}
    run = running.api(f"deployments/{import_donors}/create_flow_run", json=asked)["id"]
    ended = {"COMPLETED", "FAILED", "CRASHED"}
    until(lambda: running.api(f"flow_runs/{run}")["state_type"] in ended)
    assert running.api(f"flow_runs/{run}")["state_type"] == "COMPLETED"

    second = subprocess.run(running.words(), **running.how(), check=False)
    taken = f"Port {running.portal} is taken: choose another one with --port.\n"
    assert (second.returncode, second.stderr) == (2, taken)
