"""Books over a sandbox of their own, kept through the command line, for what may go wrong there."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from sandbox.world import World
from tests.conftest import Cli

PERIOD = ("--from", "2026-09-01", "--to", "2026-12-31")
PLEDGES = """pledge_ref,first_name,last_name,email,postal_code,amount,pledged_on
F-1,Pat,Invented,pat@example.com,10001,100.00,2026-09-07
F-2,Kim,Example,kim@example.com,10002,50.00,2026-09-07
"""


class Books:
    """A sandbox whose books are kept through the command line."""

    def __init__(self, cli: Cli, world: World, control: httpx.Client, folder: Path) -> None:
        self.cli, self.world, self.control, self.folder = cli, world, control, folder

    def run(self, *words: object) -> dict[str, Any]:
        result = self.cli(*words, "--json")
        assert result.exit_code in (0, 1), result.stderr
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def do(self, place: str, **order: Any) -> dict[str, Any]:
        """Let something happen in the sandbox."""
        answer = self.control.post(place, json=order)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def pay(self, amount: int = 10_000, ref: str | None = "F-1", **more: Any) -> str:
        metadata = {"pledge_ref": ref} if ref else {}
        return str(self.do("/payments", amount=amount, metadata=metadata, **more)["id"])

    def days(self, count: int) -> None:
        self.world.advance(timedelta(days=count))

    def tie_out(self) -> dict[str, Any]:
        """Sync, bring in the bank's statement, reconcile."""
        self.run("books", "sync", *PERIOD)
        if self.world.bank.write_csv(self.folder / "bank.csv"):
            self.run("books", "bank", self.folder / "bank.csv")
        return self.run("books", "reconcile", *PERIOD)


def kinds(document: dict[str, Any]) -> set[str]:
    return {row["kind"] for row in document["exceptions"]}


def status(document: dict[str, Any]) -> dict[int, str]:
    return {row["number"]: row["status"] for row in document["invariants"]}


def broken(document: dict[str, Any]) -> list[int]:
    return [number for number, found in status(document).items() if found == "broken"]


def paid(document: dict[str, Any]) -> list[tuple[str, int]]:
    return sorted((row["pledge_ref"], row["amount_cents"]) for row in document["allocations"])
