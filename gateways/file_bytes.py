"""From any bytes to one UTF-8 text file: decompressed, decoded, and refused when it is no text."""

from __future__ import annotations

import codecs
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from campaign.errors import FileError

MOST_BYTES = 8 * 1024**3
_BOMB_RATIO = 200  # text packs ten to thirty times; beyond this it is an attack
_BLOCK = 1 << 20
_LISTS = (".csv", ".tsv", ".tab", ".xlsx", ".xls", ".ods", ".psv")

_NOT_A_LIST = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PAR1": "a Parquet file",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3": "a database",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"{\\rtf": "a text document",
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A text file in UTF-8, and what it was written in."""

    path: Path
    encoding: str
    has_quotes: bool

    def text(self) -> IO[str]:
        """Open it, all kinds of line ends made one."""
        return self.path.open(encoding="utf-8-sig", errors="replace", newline=None)

    def first_lines(self, count: int) -> list[str]:
        """Return the first lines that are not empty."""
        lines: list[str] = []
        with self.text() as file:
            while len(lines) < count and (line := file.readline(_BLOCK)):
                if line.strip():
                    lines.append(line)
        return lines


def open_plain(path: Path, workspace: Path, name: str) -> Plain:
    """Return the file as UTF-8 text; FileError when it is empty or binary."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if not head.strip():
        raise FileError(f"{name} is empty.")
    for magic, what in _NOT_A_LIST.items():
        if head.startswith(magic):
            raise FileError(f"{name} is {what}, not a list: save it as CSV or .xlsx.")
    wide = _wide_encoding(head)
    if wide:
        return _decoded(path, workspace, wide)
    if _looks_binary(head):
        raise FileError(f"{name} is binary, not a list: save it as CSV or .xlsx.")
    clean, has_nul, has_quotes = _survey(path)
    if clean and not has_nul:
        return Plain(path, "utf-8", has_quotes)
    return _decoded_by_line(path, workspace, "utf-8" if clean else "cp1252")


def unpacked(path: Path, workspace: Path) -> Path:
    """Return the file, or what is packed in it; FileError for a bomb, or several lists."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(b"\x1f\x8b"):
        target = workspace / f"{path.name}.unpacked"
        with gzip.open(path) as packed:
            return _copy(packed, target, path)
    if magic == b"PK\x03\x04":
        return _unzipped(path, workspace)
    if path.stat().st_size > MOST_BYTES:
        raise FileError(f"{path.name} is larger than {MOST_BYTES >> 30} GB: cut it in pieces.")
    return path


def _unzipped(path: Path, workspace: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and _is_own(m.filename)]
            if len(members) > 1:  # a note beside the list, a picture
                members = [m for m in members if m.filename.lower().endswith(_LISTS)]
            if len(members) != 1:
                count = len(members) or "no"
                raise FileError(f"{path.name} holds {count} lists: it must hold one.")
            with archive.open(members[0]) as packed:
                return _copy(packed, workspace / f"{path.name}.unpacked", path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FileError(f"{path.name} is a damaged or locked zip file.") from error


def _is_own(name: str) -> bool:
    return not name.startswith("__MACOSX/") and not Path(name).name.startswith(".")


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, source: Path) -> Path:
    limit = min(MOST_BYTES, max(source.stat().st_size * _BOMB_RATIO, 64 << 20))
    size = 0
    try:
        with target.open("wb") as out:
            while block := packed.read(_BLOCK):
                size += len(block)
                if size > limit:
                    raise FileError(
                        f"{source.name} unpacks to over {limit >> 20:,} MB: unpack it yourself."
                    )
                out.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise FileError(f"{source.name} is damaged: it cannot be unpacked.") from error
    return target


def _wide_encoding(head: bytes) -> str | None:
    """Return the UTF-16 that the first bytes are in, with or without a mark."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half > 8 and odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if half > 8 and even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _looks_binary(head: bytes) -> bool:
    control = sum(head.count(bytes([code])) for code in (*range(9), 14, 15, 16, 17, 18, 127))
    return control > max(16, len(head) // 100)


def _survey(path: Path) -> tuple[bool, bool, bool]:
    """Return whether all is UTF-8, whether there are NUL bytes, and whether quotes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    clean, has_nul, has_quotes = True, False, False
    with path.open("rb") as file:
        while block := file.read(_BLOCK * 8):
            has_nul |= b"\0" in block
            has_quotes |= b'"' in block
            clean = clean and (block.isascii() or _decodes(decoder, block))
    return clean and not decoder.getstate()[0], has_nul, has_quotes


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(path: Path, workspace: Path, encoding: str) -> Plain:
    target = workspace / f"{path.name}.utf8"
    has_quotes = False
    with (
        path.open(encoding=encoding, errors="replace", newline="") as file,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while text := file.read(_BLOCK):
            has_quotes |= '"' in text
            out.write(text.replace("\0", "\ufffd"))
    return Plain(target, "utf-16" if encoding == "utf-16" else encoding, has_quotes)


def _decoded_by_line(path: Path, workspace: Path, encoding: str) -> Plain:
    """Decode each line as UTF-8 or else as cp1252: exports are pasted together from both."""
    target = workspace / f"{path.name}.utf8"
    mixed, has_quotes = False, False
    with path.open("rb") as file, target.open("w", encoding="utf-8", newline="") as out:
        for line in _lines(file):
            try:
                text = line.decode("utf-8")
                mixed |= not line.isascii()
            except UnicodeDecodeError:
                text = line.decode("cp1252", errors="replace")
            has_quotes |= '"' in text
            out.write(text.replace("\0", "\ufffd"))
    label = "utf-8 and cp1252" if mixed and encoding == "cp1252" else encoding
    return Plain(target, label, has_quotes)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(_BLOCK * 16):
        yield line
