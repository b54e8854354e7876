"""Folders for what is read or drawn up on the way: in the home, where nobody else may look."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from config.settings import settings

_DAY = 86_400  # seconds; nothing takes so long


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield an empty folder that goes afterwards; what the killed left goes after a day."""
    root = settings().folder("files", "scratch")
    for left in root.iterdir():
        with suppress(FileNotFoundError):  # another removes it, too
            if time.time() - left.stat().st_mtime > _DAY:
                shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=root) as folder:
        yield Path(folder)
