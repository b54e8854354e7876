"""Worlds that flows run in: two pledges in the sandbox, and a whole campaign of its people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from cli.demo import _apply
from cli.demo_play import Play
from config.settings import settings
from sandbox.stripe_server import serve
from sandbox.world import World
from tests.conftest import Cli
from tests.support.play import Stage
from tests.support.sandbox_books import PLEDGES, Books


@pytest.fixture
def books(
    cli: Cli, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Books]:
    clock = tmp_path / "clock"
    monkeypatch.setenv("PLEDGELINE_CLOCK_FILE", str(clock))
    world = World(seed=3, donors=1, clock_file=clock)
    with (
        serve(world) as running,
        httpx.Client(base_url=f"{running.url}/_sandbox", timeout=240) as control,
    ):
        monkeypatch.setenv("STRIPE_API_BASE", running.url)
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_sandbox")
        monkeypatch.setenv("PLEDGELINE_STRIPE_RATE", "500")
        settings.cache_clear()
        kept = Books(cli, world, control, tmp_path)
        (tmp_path / "pledges.csv").write_text(PLEDGES, encoding="utf-8")
        kept.run("pledges", "import", tmp_path / "pledges.csv")
        yield kept


@pytest.fixture
def stage(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    clock_file = tmp_path / "clock"
    world = World(seed=3, donors=300, clock_file=clock_file)
    with serve(world) as sandbox:
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_sandbox")
        monkeypatch.setenv("STRIPE_API_BASE", sandbox.url)
        monkeypatch.setenv("PLEDGELINE_CLOCK_FILE", str(clock_file))
        settings.cache_clear()
        play = Play(world)
        suppressions = play.bring_lists(tmp_path / "lists")
        _apply(play.write_campaign_file(tmp_path / "campaign.toml"), suppressions)
        yield Stage(play, database)
