"""Child processes of `demo` and `up`: start, wait until they answer, stop."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from campaign.errors import SetupError
from config.settings import settings


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kept_port(note: Path) -> int:
    """Return the port that was noted there, while it is free; else a free one, noted from now on.

    Addresses in letters that were sent before stay right.
    """
    known = note.read_text(encoding="ascii").strip() if note.is_file() else ""
    if known.isdecimal() and 1024 <= int(known) <= 65_535 and is_free(int(known)):
        return int(known)
    port = free_port()
    note.write_text(f"{port}\n", encoding="ascii")
    return port


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of the loopback address."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


class Servers:
    """Processes that live as long as the `with` block, each with a log in the home."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._logs = settings().folder("logs")

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        health: str | None = None,
        environment: Mapping[str, str] | None = None,
        seconds: float = 120,
    ) -> None:
        """Start a process; SetupError when it ends or does not answer in time."""
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
            )
        self._running.append((name, process))
        if health is not None:
            self._wait(name, process, health, log, seconds)

    def _wait(
        self, name: str, process: subprocess.Popen[bytes], health: str, log: Path, seconds: float
    ) -> None:
        import httpx  # every command would pay for it

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise SetupError(f"The {name} ended by itself; see {log}.")
            try:
                if httpx.get(health, timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise SetupError(f"The {name} does not answer at {health}; see {log}.")

    def ended(self) -> str | None:
        """Return the name of a process that has ended by itself, if there is one."""
        return next((name for name, process in self._running if process.poll() is not None), None)

    def stop(self) -> None:
        """End every process, the last one started first."""
        for _, process in reversed(self._running):
            process.terminate()
        for _, process in reversed(self._running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_prefect(servers: Servers, port: int, *, with_schedules: bool) -> str:
    """Start Prefect's server with its state in the home; return the address of its API."""
    home = settings().folder("prefect")
    servers.start(
        "prefect-server",
        [
            *(sys.executable, "-m", "cli.prefect_server", "server", "start"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *([] if with_schedules else ["--no-services"]),
        ],
        health=f"http://127.0.0.1:{port}/api/health",
        environment=prefect_environment(home),
    )
    return f"http://127.0.0.1:{port}/api"


def prefect_environment(home: Path) -> dict[str, str]:
    """Return the settings that Prefect's processes of this home share."""
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_LOGGING_ROOT_LEVEL": "INFO",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "tasks,flows",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
