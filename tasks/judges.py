"""The process that judges a list, called before it is needed: it takes seconds to get ready."""

from __future__ import annotations

import atexit
import sys

from config.settings import settings
from gateways.workers import Worker

_WAITING: list[Worker] = []


def call_judge() -> None:
    """Let the judge get ready while the list is still being read."""
    if settings().task_runner == "processes" and "great_expectations" not in sys.modules:
        judge = Worker("tasks.judging")
        atexit.register(judge.dismiss)
        _WAITING.append(judge)


def take_judge() -> Worker | None:
    """Return the judge that was called, or nothing where this process judges by itself."""
    if not _WAITING:
        call_judge()
    return _WAITING.pop() if _WAITING else None
