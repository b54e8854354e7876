"""The home keeps donors' data: nobody else on the machine may look in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from campaign.errors import SetupError
from config.settings import settings


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps its own lists of who may")
def test_others_may_not_look_into_the_home(home: Path) -> None:
    settings().folder("files", "outbox")
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "files").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps its own lists of who may")
def test_a_folder_that_stood_open_is_closed_to_others_and_stays_the_group_s(home: Path) -> None:
    (home / "inbox" / "lists").mkdir(parents=True)
    (home / "inbox").chmod(0o775)
    settings().folder("inbox", "lists")
    assert (home / "inbox").stat().st_mode & 0o777 == 0o770


def test_where_no_home_can_be_made_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a file"
    place.touch()
    monkeypatch.setenv("PLEDGELINE_HOME", str(place))
    settings.cache_clear()
    with pytest.raises(SetupError, match="set PLEDGELINE_HOME"):
        settings().folder()
    settings.cache_clear()
