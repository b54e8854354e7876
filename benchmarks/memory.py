"""What a process, its children and the database took: the most memory, and processor seconds.

Memory that processes share is counted once (Pss). `ru_maxrss` will not do: a process that is
started by a large one inherits the large one's mark.
"""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import psutil

from config.settings import settings

_EVERY_SECONDS = 0.1


class Watch(threading.Thread):
    """Looks at a process, its children and the embedded database of a home, until it ends."""

    def __init__(self, process: subprocess.Popen[str], home: Path) -> None:
        super().__init__(daemon=True)
        self._process, self._home = process, home
        self.own_mb = self.database_mb = 0.0

    def run(self) -> None:
        """Look until the process has ended."""
        while self._process.poll() is None:
            database = _database(self._home)
            own = [each for each in _family(self._process.pid) if each not in database]
            self.own_mb = max(self.own_mb, sum(map(_megabytes, own)))
            self.database_mb = max(self.database_mb, sum(map(_megabytes, database)))
            threading.Event().wait(_EVERY_SECONDS)


def processor_seconds() -> float:
    """Return what this process, its children and the embedded database have used until now."""
    own = psutil.Process().cpu_times()
    times = [own, *(each.cpu_times() for each in _database(settings().home))]
    return float(
        sum(one.user + one.system + one.children_user + one.children_system for one in times)
    )


def _database(home: Path) -> list[psutil.Process]:
    with suppress(OSError, ValueError):  # a server that is being made has no number yet
        first = (home / "postgres" / "postmaster.pid").read_text(encoding="ascii").split("\n")[0]
        return _family(int(first))
    return []


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def _megabytes(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        return float(process.memory_full_info().pss) / 2**20
    return 0.0
