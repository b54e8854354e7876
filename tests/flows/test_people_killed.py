"""Whatever is done to people, in any order and killed at any statement: the story ends the same.

Two homes are told the same. In one each command runs once; in the other it is killed, and done
again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from config.settings import settings
from store import session as store_session
from tests.conftest import Cli, Clock
from tests.support.calling import NOON
from tests.support.databases import TEMPLATE, lay
from tests.support.killed_commands import counted, kill
from tests.support.list_files import story_of_all, write_list

HEADER = [
    *("First Name", "Last Name", "Phone", "Phone 2", "Email", "Address", "Zip"),
    *("Gift ID", "Amount", "Date", "Do Not Call"),
]
NAMES = [("John", "Poe"), ("John", "Poe"), ("Ann", "Poe"), ("Bea", "Roe"), ("Otto", "Moe")]
_MORE = {
    "pair": "select first_id, second_id, status from donor_pair order by 1, 2",
    "pledge": "select ref, amount_cents, status from pledge order by 1",
    "instalment": "select p.ref, i.number, i.amount_cents from instalment i join pledge p"
    " on p.id = i.pledge_id order by 1, 2",
}


class Deeds:
    """What somebody may do next, by chance."""

    def __init__(self, chance: Random, folder: Path) -> None:
        self.chance, self.folder, self.files = chance, folder, list[list[str]]()

    def next(self, database: Engine) -> list[str]:
        """Return the words of a command."""
        people = self._numbers(database, "select id from donor where status <> 'merged'")
        merged = self._numbers(database, "select id from donor where status = 'merged'")
        batches = self._numbers(database, "select id from list_batch where status = 'admitted'")
        may = [self._bring, self._bring, self._suppress, self._promise]
        may += [lambda: self.chance.choice(self.files)] if self.files else []
        may += [lambda: ["lists", "undo", self._one(batches)]] * (2 if batches else 0)
        may += [lambda: ["donors", "unmerge", self._one(merged)]] * (2 if merged else 0)
        if len(people) > 1:
            two = self.chance.sample(people, 2)
            may += [lambda: ["donors", "merge", *two]] * 2 + [lambda: ["donors", "not-same", *two]]
            may += [lambda: ["audit", "forget", two[0], "--because", "a letter"]]
        return self.chance.choice(may)()

    def _numbers(self, database: Engine, query: str) -> list[str]:
        with database.connect() as connection:
            return [str(number) for number in connection.scalars(text(f"{query} order by 1"))]

    def _one(self, numbers: list[str]) -> str:
        return self.chance.choice(numbers)

    def _file(self) -> Path:
        return self.folder / f"{len(list(self.folder.iterdir()))}.csv"

    def _person(self) -> list[str]:
        who = self.chance.randrange(len(NAMES))
        kept = [self.chance.random() < 0.6 for _ in range(5)]
        told = [
            *(f"617-555-014{who}", f"646-555-015{who}", f"p{who}@example.org"),
            *(f"{who // 3 + 1} Main St", "02139"),
        ]
        gift = [f"G{who}", f"{who + 5}", "01/31/2026"] if self.chance.random() < 0.3 else [""] * 3
        refuses = "x" if self.chance.random() < 0.05 else ""
        shown = [value if keep else "" for value, keep in zip(told, kept, strict=True)]
        return [*NAMES[who], *shown, *gift, refuses]

    def _bring(self) -> list[str]:
        rows = [self._person() for _ in range(self.chance.choice([1, 2, 4]))]
        path = write_list(self._file(), rows, HEADER)
        self.files.append(
            ["lists", "import", str(path), "--source", self.chance.choice(["WEB", "BOARD"])]
        )
        return self.files[-1]

    def _suppress(self) -> list[str]:
        number = f"617-555-014{self.chance.randrange(len(NAMES))}"
        return ["suppress", str(write_list(self._file(), [[number]], ["Phone"]))]

    def _promise(self) -> list[str]:
        path = self._file()
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["pledge_ref", "last_name", "amount", "pledged_on", "instalments"])
            out.writerow([f"P{self.chance.randrange(3)}", "Poe", self.chance.randrange(5, 9),
                          "2026-09-01", self.chance.choice([1, 3])])  # fmt: skip
        return ["pledges", "import", str(path)]


@pytest.fixture
def twin(cluster: str, database: Engine) -> Iterator[Engine]:
    """Another home's database beside the test's own."""
    name = f"{database.url.database}_twin"
    engine = create_engine(lay(cluster, name, TEMPLATE))
    yield engine
    store_session.forget()
    for each in (engine, database):
        each.dispose()
    with psycopg.connect(cluster.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


def _story(database: Engine) -> dict[str, Any]:
    story = story_of_all(database)
    for row in story["suppression"]:
        del row["id"]  # a number that a killed one drew is not drawn again
    with database.connect() as connection:
        more = {name: connection.execute(text(query)).all() for name, query in _MORE.items()}
    return story | more


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_any_statement_and_done_again_it_ends_the_same(
    cli: Cli, database: Engine, twin: Engine, clock: Clock, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, seed: int,
) -> None:  # fmt: skip
    def turn_to(home: Engine) -> None:
        monkeypatch.setenv("PLEDGELINE_DATABASE_URL", home.url.render_as_string(False))
        settings.cache_clear()
        store_session.forget()

    chance = Random(seed)
    folder = tmp_path / "files"
    folder.mkdir()
    deeds, died = Deeds(chance, folder), list[bool]()
    for step in range(12):
        clock.set(NOON + timedelta(minutes=step))
        words = deeds.next(database)
        turn_to(database)
        with counted() as sent:
            whole = cli(*words)
        turn_to(twin)
        for _ in range(chance.choice([1, 2])):
            died.append(kill(words, chance.randint(1, sent[0] + 1)))
        again = cli(*words)
        # What was done before it was killed cannot be taken back a second time.
        assert again.exit_code in (whole.exit_code, 2), again.stderr
        assert _story(twin) == _story(database), words
    assert any(died)
    for home in (database, twin):
        turn_to(home)
        assert json.loads(cli("audit", "verify", "--json").stdout)["is_whole"]
