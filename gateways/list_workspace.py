"""The folder of an import: raw parts, normalised parts, rejected rows; written whole or not."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import get_ident

import pyarrow as pa
import pyarrow.feather as feather

from gateways.whole_files import write_whole, written_whole

_LABEL = re.compile(r"^(?:batch )?(\d{1,18})(?:, row |:)\d+")


class Workspace:
    """Where one import keeps its parts until it is admitted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def overflow(self) -> str:
        """Return the folder of what memory cannot hold while people are found."""
        return str(self.folder / "overflow")

    def path(self, kind: str, number: int) -> Path:
        """Return the file of a part: raw or normal."""
        return self.folder / f"{kind}-{number:05}.arrow"

    def write(self, kind: str, number: int, table: pa.Table) -> None:
        """Write a part under another name first: what bears its name is whole."""
        target = self.path(kind, number)
        if kind == "raw":  # a late worker makes no folder again that was removed
            self.folder.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(f".{os.getpid()}-{get_ident()}")
        feather.write_feather(table, temporary, "uncompressed")  # read often, and by column
        temporary.replace(target)

    def write_batches(self, kind: str, number: int, batches: Sequence[pa.RecordBatch]) -> None:
        """Write batches of a part that are read one by one."""
        target = self.path(kind, number)
        temporary = target.with_suffix(f".{os.getpid()}-{get_ident()}")
        with pa.ipc.new_file(temporary, batches[0].schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        temporary.replace(target)

    def read_batch(self, kind: str, number: int, place: int) -> pa.RecordBatch:
        """Return one of them."""
        with pa.OSFile(str(self.path(kind, number))) as file, pa.ipc.open_file(file) as reader:
            return reader.get_batch(place)

    def rows(self, kind: str, number: int) -> int:
        """Return how many rows a part has."""
        with (
            pa.memory_map(str(self.path(kind, number))) as file,
            pa.ipc.open_file(file) as reader,
        ):
            batches = map(reader.get_batch, range(reader.num_record_batches))
            return int(sum(batch.num_rows for batch in batches))

    def read(self, kind: str, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a part, or some of its columns, as it lies on disk: to keep is to copy."""
        return feather.read_table(self.path(kind, number), columns, memory_map=True)

    def packed(self, kind: str, number: int) -> pa.Buffer:
        """Return a part as it is kept for good."""
        sink = pa.BufferOutputStream()
        feather.write_feather(self.read(kind, number), sink, "zstd", 1)
        return sink.getvalue()

    def has(self, kind: str, number: int) -> bool:
        """Whether a part was written whole."""
        return self.path(kind, number).exists()

    def note(self, name: str, text: str | None = None) -> str | None:
        """Keep a small text beside the parts; return it, or nothing where there is none."""
        file = self.folder / name
        if text is not None:
            write_whole(file, text.encode())
        return file.read_text(encoding="utf-8") if file.exists() else None

    def remove(self) -> None:
        """Forget the parts: they are in the database, or were never admitted."""
        shutil.rmtree(self.folder, ignore_errors=True)


def row_label(batch_id: int, row: int) -> str:
    """Return how a rejected row is named in its file.

    In words: a spreadsheet takes 7:12 for a quarter past seven.
    """
    return f"batch {batch_id}, row {row}"


def batch_of_label(label: str) -> int | None:
    """Return the batch that a rejected row came from.

    >>> batch_of_label(row_label(7, 12)), batch_of_label("7:12"), batch_of_label("me")
    (7, 7, None)
    """
    found = _LABEL.match(label)
    return int(found.group(1)) if found else None


def write_table(path: Path, headers: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    """Write a CSV file whole, for spreadsheets too: UTF-8 with its mark."""
    with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows(rows)
