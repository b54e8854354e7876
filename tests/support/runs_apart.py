"""Flows in processes of their own: killed at a named moment or after a while, or two at once.

Run as a module it imports everything once, then forks a process for each run that is asked for; a
process that was never asked for anything costs a twentieth of a second, not three.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from campaign import requests
from store import audit

PROJECT = Path(__file__).resolve().parents[2]
KILLED = -signal.SIGKILL
_SECONDS = 2.0  # that the second of two has to come as far as the first


class Apart(AbstractContextManager["Apart"]):
    """The process that forks; it has the environment of the moment when it began."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=PROJECT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, flow: str, request: requests.Request) -> int:
        """Run a flow to its end; return its exit code."""
        return self._ask(flow, request)[0]

    def kill(
        self, flow: str, request: requests.Request, *, at: str = "", after: float = 0
    ) -> int:  # fmt: skip
        """Run a flow until it would write this audit entry, the last thing of its transaction.

        Or for so many seconds; return the exit code, `KILLED` unless it came to its end before.
        """
        return self._ask(flow, request, die_at=at, die_after=after)[0]

    def two(self, flow: str, request: requests.Request, at: str) -> list[int]:
        """Run a flow twice: the second runs while the first stands still in the function `at`.

        `at` is "module:function". Return both exit codes.
        """
        return self._ask(flow, request, stand_at=at)

    def _ask(self, flow: str, request: requests.Request, **how: Any) -> list[int]:
        kind, told = type(request).__name__, request.model_dump(mode="json")
        asked = {"flow": flow, "kind": kind, "request": told} | how
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def _fork(asked: dict[str, Any], prepare: Callable[[], None] | None = None) -> int:
    child = os.fork()
    if child:
        return child
    try:
        if prepare is not None:
            prepare()
        module = importlib.import_module(f"flows.{asked['flow']}")
        request = getattr(requests, asked["kind"]).model_validate(asked["request"])
        getattr(module, asked["flow"]).fn(request)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - whatever it was, the forked process ends here
        traceback.print_exc()
        os._exit(1)


def _before(module: object, name: str, act: Callable[..., None]) -> None:
    """Let something happen whenever a function is called, just before it does its work."""
    function = getattr(module, name)

    def both(*words: Any, **more: Any) -> Any:
        act(*words)
        return function(*words, **more)

    setattr(module, name, both)


def _killed(asked: dict[str, Any]) -> list[int]:
    def die(_: object, action: str, *__: object) -> None:
        if action == asked["die_at"]:
            os.kill(os.getpid(), signal.SIGKILL)

    child = _fork(asked, lambda: _before(audit, "append", die))
    if asked["die_after"]:
        time.sleep(asked["die_after"])
        os.kill(child, signal.SIGKILL)
    return [_end_of(child)]


def _two(asked: dict[str, Any]) -> list[int]:
    place, name = asked["stand_at"].split(":")
    stood: list[bool] = []

    def stand(*_: object) -> None:
        if not stood:
            stood.append(True)
            os.kill(os.getpid(), signal.SIGSTOP)

    first = _fork(asked, lambda: _before(importlib.import_module(place), name, stand))
    _, status = os.waitpid(first, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        return [os.waitstatus_to_exitcode(status), -1]  # it never came there
    second = _fork(asked)
    until = time.monotonic() + _SECONDS
    while (
        time.monotonic() < until
        and os.waitid(os.P_PID, second, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    ):
        time.sleep(0.05)
    os.kill(first, signal.SIGCONT)
    return [_end_of(first), _end_of(second)]


def _end_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _serve() -> None:
    importlib.import_module("flows.run_campaign_day")
    for line in sys.stdin:
        asked = json.loads(line)
        if "die_at" in asked:
            codes = _killed(asked)
        else:
            codes = _two(asked) if "stand_at" in asked else [_end_of(_fork(asked))]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
