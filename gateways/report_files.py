"""Where reports lie: written whole or not at all, with the hash of each file.

Belongs here: folders, hashes, read-only bits. Does not belong here: what is in a report.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from campaign.errors import FileError


class LocalReportFiles:
    """Reports in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def collect(self, code: str, draft: Path) -> Path:
        """Move a finished folder in; one of the same code, left by a killed run, is replaced."""
        place = self.root / code
        if place.exists():
            unlock(place)
            shutil.rmtree(place)
        draft.replace(place)
        return place


@contextmanager
def draft_folder(root: Path) -> Iterator[Path]:
    """Give a folder to write in that is gone afterwards, unless it was moved away."""
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix=".draft-", dir=root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def file_list(folder: Path) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of every file in the folder, by name."""
    return [
        {
            "name": path.relative_to(folder).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": sha256_of(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def sha256_of(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_out(folder: Path, target: Path) -> None:
    """Copy a report's files to where the user wants them; FileError when that cannot be."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                copy = target / path.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.unlink(missing_ok=True)  # an older copy may be read-only
                shutil.copyfile(path, copy)
    except OSError as error:
        raise FileError(
            f"The report cannot be written to {target}: {error.strerror or 'unknown reason'}."
        ) from error


def make_read_only(folder: Path) -> None:
    """Take the right to write away from everybody."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(path.stat().st_mode & ~0o222)


def unlock(folder: Path) -> None:
    """Give its owner the right to write back."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
