"""A file that we write is there whole or not at all, and nothing else is replaced by it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from campaign.errors import FileError
from gateways.whole_files import write_whole, written_whole


def test_what_was_there_stays_when_the_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "donors.csv"
    path.write_text("before")
    with suppress(ValueError), written_whole(path) as part:
        part.write_text("af")
        raise ValueError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_a_link_is_followed(tmp_path: Path) -> None:
    real, link = tmp_path / "real/donors.csv", tmp_path / "donors.csv"
    link.symlink_to(real)
    write_whole(link, b"rows")
    assert link.is_symlink()
    assert real.read_bytes() == b"rows"


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(FileError, match="is not a file"):
            write_whole(path, b"rows")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
