"""Files that are there whole or not at all, whoever stops the program while it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from campaign.errors import FileError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a place to write at, with the same ending; after the block it is the file at `path`.

    Folders are made, a link is followed. FileError when it cannot be written, and before anything
    is written where `path` is no file: replaced by one, /dev/stdout would be lost to the machine.
    """
    if path.exists() and not path.is_file():
        raise FileError(f"{path} is not a file: name one to write into.")
    target = path.resolve()
    part = target.with_name(f".{token_hex(4)}-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(target)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise FileError(f"{path} cannot be written: {reason}.") from error
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all; FileError when it cannot be."""
    with written_whole(path) as part:
        part.write_bytes(content)
