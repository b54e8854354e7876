"""Faults on demand: what goes wrong between the sandbox's Stripe and whoever asks it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["rate_limit", "server_error", "drop", "lose_answer", "slow", "new_payment"]
MEANINGS: dict[str, str] = {
    "rate_limit": "answers 429 without Retry-After",
    "server_error": "answers 500",
    "drop": "cuts the connection before anything was done",
    "lose_answer": "does what was asked, then cuts the connection",
    "slow": "answers after `seconds`",
    "new_payment": "lets somebody pay just before the answer, as between two pages",
}


@dataclass
class Fault:
    """One thing that goes wrong, some times, for requests whose path begins so."""

    kind: Kind
    path: str = ""
    method: str = ""
    skip: int = 0
    times: int = 1
    seconds: float = 0.0

    def hits(self, method: str, path: str) -> bool:
        """Return whether this request is one of those, and count it."""
        if self.times <= 0 or not path.startswith(self.path) or self.method not in ("", method):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class Faults:
    """All faults that wait, a delay for every answer, and a limit of requests a second."""

    waiting: list[Fault] = field(default_factory=list)
    latency_seconds: float = 0.0
    requests_per_second: int = 0
    refused: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def take(self, method: str, path: str) -> list[str]:
        """Return the kinds of faults that hit this request."""
        hit = [fault for fault in self.waiting if fault.hits(method, path)]
        self.waiting = [fault for fault in self.waiting if fault.times > 0]
        return [fault.kind for fault in hit]

    def delay(self, method: str, path: str) -> float:
        """Return how long the answer takes, in seconds."""
        slow = [fault for fault in self.waiting if fault.kind == "slow"]
        return self.latency_seconds + sum(
            fault.seconds for fault in slow if fault.hits(method, path)
        )

    def is_over_limit(self) -> bool:
        """Return whether this request is one too many within a second."""
        if not self.requests_per_second:
            return False
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 1.0:
            self._recent.popleft()
        if len(self._recent) >= self.requests_per_second:
            self.refused += 1
            return True
        self._recent.append(now)
        return False
