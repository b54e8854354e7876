"""Processes beside this one, for work that one core is too slow for: jobs in, answers out.

A job and its answer are one line of JSON each: ids, paths and counts, never rows. A worker ends
when its owner does, however that ends; a job that a worker fails at is for the owner to do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from queue import LifoQueue
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_MOST = 8  # each takes some hundred megabytes


class Worker:
    """One process that serves a module's jobs, one after the other."""

    def __init__(self, module: str) -> None:
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(  # noqa: S603 - a module of our own
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what fails there is done here, and told here
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )

    def ask(self, job: dict[str, Any]) -> Any | None:
        """Return the answer to a job, or nothing where the worker failed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            return None
        return self.hear()

    def hear(self) -> Any | None:
        """Return what else the worker has to say of a job, or nothing where it failed."""
        assert self._process.stdout is not None
        try:
            return json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            return None

    def be_modest(self) -> None:
        """Let others go first where there is more work than cores."""
        if hasattr(os, "setpriority"):  # not on Windows
            os.setpriority(os.PRIO_PROCESS, self._process.pid, 10)

    def dismiss(self) -> None:
        """End the process, once or again; a job that it has in hand is given up."""
        if self._process.returncode is not None:
            return
        self._process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()


class Crew:
    """Some workers of one kind, for several threads to ask."""

    def __init__(self, module: str, count: int) -> None:
        self._workers = [Worker(module) for _ in range(min(count, os.cpu_count() or 2, _MOST))]
        self._free: LifoQueue[Worker] = LifoQueue()
        for worker in self._workers:
            self._free.put(worker)

    @property
    def size(self) -> int:
        """How many jobs are done at once."""
        return len(self._workers)

    def ask(self, job: dict[str, Any]) -> Any | None:
        """Return the answer to a job when a worker is free, or nothing where that one failed."""
        worker = self._free.get()
        try:
            return worker.ask(job)
        finally:
            self._free.put(worker)

    def dismiss(self) -> None:
        """End every worker."""
        for worker in self._workers:
            worker.dismiss()


def serve(answers: Callable[[dict[str, Any]], Iterable[Any]]) -> None:
    """Answer the jobs that come in until the owner has gone; the first failure ends it.

    A job may have several answers, each said as soon as it is known.
    """
    said = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    with os.fdopen(said, "w") as out:
        for line in sys.stdin:
            for answer in answers(json.loads(line)):
                out.write(json.dumps(answer) + "\n")
                out.flush()


def limit_memory(most_bytes: int) -> None:
    """Let this process ask for no more memory than that, where the system can hold it to it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(OSError, ValueError):  # a lower limit holds already
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
