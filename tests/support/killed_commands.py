"""A command in a process of its own that dies just before it says so much to the database.

python -m tests.support.killed_commands 17 lists import list.csv --source WEB
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, event

from cli.main import run

PROJECT = Path(__file__).resolve().parents[2]


def kill(words: list[str], statement: int) -> bool:
    """Run a command until it would send this statement; whether it died of it.

    One that sends fewer comes to its end.
    """
    line = [sys.executable, "-m", __name__, str(statement), *words]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    ended = subprocess.run(line, env=environment, capture_output=True, check=False)
    return ended.returncode == -signal.SIGKILL


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the statements that are sent meanwhile: the last number is how many."""
    sent, number = [0], count(1)

    def note(*_: object) -> None:
        sent[0] = next(number)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _run(statement: int, words: list[str]) -> int:
    number = count(1)

    def die(*_: object) -> None:
        if next(number) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", die)
    return run(words)


if __name__ == "__main__":
    sys.exit(_run(int(sys.argv[1]), sys.argv[2:]))
