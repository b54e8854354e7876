"""From any bytes to one UTF-8 text file: decompressed, decoded, and refused when it is no text."""

from __future__ import annotations

import bz2
import codecs
import errno
import gzip
import lzma
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from campaign.errors import FileError

MOST_BYTES = 8 * 1024**3
_BOMB_RATIO = 200  # text packs ten to thirty times; beyond this it is an attack
_BLOCK = 1 << 20
_LONGEST_LINE = 64 << 20
_NAMED = 5  # lists of an archive, in a sentence
_LISTS = (
    *(".csv", ".tsv", ".tab", ".xlsx", ".xls", ".ods", ".psv"),
    *(".json", ".jsonl", ".ndjson", ".vcf"),
)

_NOT_A_LIST = {
    b"%PDF": "a PDF",
    b"ARROW1": "an Arrow file",
    b"$FL2": "an SPSS file",
    b"\x00\x01\x00\x00Standard": "an Access database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PAR1": "a Parquet file",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3": "a database",
    b"PK\x05\x06": "an archive with nothing in it",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"{\\rtf": "a text document",
    b"BEGIN:VCALENDAR": "a calendar",
}
# Text that is no table, by how it begins.
_NO_TABLES = (
    (re.compile(rb"(?:version: ?1\s+|#.*\s+)*dn::? ?\S*=", re.IGNORECASE), "an LDIF directory"),
    (re.compile(rb"(?:--.*\s+|/\*.*\s+|SET .*\s+)*(?:CREATE TABLE|INSERT INTO)\b"), "an SQL dump"),
)
# What software for reports to the FEC writes: whoever stands in it may not be asked for money.
_FEC_REPORT = re.compile(rb'"?HDR"?[\x1c,]\s*"?FEC\b')


# "Ã" and "Â" before a sign, "â€", as UTF-8 writes them.
_DOUBLED = (b"\xc3\x83", b"\xc3\x82\xc2", b"\xc3\xa2\xe2\x82\xac")
_SIGNS, _LETTERS = bytes(range(0x80, 0xC0)), bytes(range(0xC0, 0x100))
_UNUSED = "\x81\x8d\x8f\x90\x9d"  # codes that cp1252 has no sign for


_Packed = gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
_PACKERS: dict[bytes, Callable[[Path], _Packed]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zX": lzma.LZMAFile,
}
_DEEPEST = 2  # packed in what is packed


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


def open_plain(
    path: Path,
    workspace: Path,
    name: str,
    encoding: str | None = None,
    longest_line: int = _LONGEST_LINE,
) -> Plain:
    """Return the file as UTF-8 text; FileError when it is empty or binary, or a line too long.

    Text that is not UTF-8 is in the encoding, if one is told.
    """
    with path.open("rb") as file:
        head = file.read(65_536)
    if not head.strip():
        raise FileError(f"{name} is empty.")
    _refuse_other_kinds(head, name)
    wide = _wide_encoding(head)
    if not wide and not encoding and _looks_binary(head):
        raise FileError(f"{name} is binary, not a list: save it as CSV or .xlsx.")
    if wide:
        return _decoded(path, workspace, wide)
    found = _survey(path)
    if found.longest > longest_line:
        raise FileError(f"{name} has a line of over {longest_line >> 20} MB: no list has one.")
    if encoding and not found.is_utf8:
        return _decoded(path, workspace, encoding)
    if found.is_utf8 and not found.has_nul and not found.is_doubled:
        return Plain(path, "utf-8", found.has_quotes)
    return _decoded_by_line(path, workspace, found.encoding)


def _refuse_other_kinds(head: bytes, name: str) -> None:
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip() if head[:1] not in b"\0" else head
    if _FEC_REPORT.match(begin):
        raise FileError(
            f"{name} is a report to the FEC: the names in it may not be used to ask for money"
            " (52 USC 30111(a)(4))."
        )
    found = [what for magic, what in _NOT_A_LIST.items() if begin.startswith(magic)]
    found += [what for pattern, what in _NO_TABLES if pattern.match(begin)]
    if found:
        raise FileError(f"{name} is {found[0]}, not a list: save it as CSV or .xlsx.")


def unpacked(path: Path, workspace: Path, depth: int = 0) -> Path:
    """Return the file, or what is packed in it; FileError for a bomb, or several lists."""
    inner = _unpacked_once(path, workspace)
    return inner if inner is path or depth == _DEEPEST else unpacked(inner, workspace, depth + 1)


def _beside(path: Path, workspace: Path) -> Path:
    """Return where to unpack a file: under its own name, which any sentence about it says."""
    return Path(mkdtemp(dir=workspace)) / path.name


def _unpacked_once(path: Path, workspace: Path) -> Path:
    with path.open("rb") as file:
        magic = file.read(4)
    for begin, opened in _PACKERS.items():
        if magic.startswith(begin):
            with opened(path) as packed:
                return _copy(packed, _beside(path, workspace), path)
    if magic == b"PK\x03\x04" and not is_book(path):
        return _unzipped(path, workspace)
    if path.stat().st_size > MOST_BYTES:
        raise FileError(f"{path.name} is larger than {MOST_BYTES >> 30} GB: cut it in pieces.")
    return path


def is_book(path: Path) -> bool:
    """Whether a file is a workbook in an archive: that one stays as it is."""
    with opened_archive(path) as archive:
        names = archive.namelist()
    return any(name.startswith("xl/") or name == "content.xml" for name in names)


def lists_in(path: Path) -> list[Path]:
    """Return a file, or the lists of an archive of several, each as `archive.zip/list.csv`."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return [path]
    if is_book(path):
        return [path]
    with opened_archive(path) as archive:
        members = _lists_of(archive)
    return [path / member.filename for member in members] if len(members) > 1 else [path]


def taken_out(path: Path, workspace: Path) -> Path:
    """Return the copy of a list that is named within its archive; any other file as it is."""
    archive_path = next((parent for parent in path.parents if parent.is_file()), None)
    if archive_path is None or not zipfile.is_zipfile(archive_path):
        return path
    member = path.relative_to(archive_path).as_posix()
    with opened_archive(archive_path) as archive:
        found = next((one for one in _lists_of(archive) if one.filename == member), None)
        if found is None:
            raise FileError(f"{archive_path.name} holds no list {member}.")
        target = (
            workspace / "taken-out" / (re.sub(r"[^\w. -]+", "_", path.name).strip(".") or "list")
        )
        target.parent.mkdir(exist_ok=True)
        return _unpack(archive, found, target, archive_path)


@contextmanager
def opened_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file; FileError where it is damaged, or packed in a way that nobody reads."""
    try:
        with (
            warnings.catch_warnings(action="error", category=UserWarning),  # members that overlap
            zipfile.ZipFile(path) as archive,
        ):
            yield archive
    except NotImplementedError as error:
        raise FileError(
            f"{path.name} is packed in a way of its own: unpack it yourself."
        ) from error
    # A broken byte leads the library astray: to a name that is no text, or before the beginning.
    except (zipfile.BadZipFile, UserWarning, UnicodeDecodeError, IndexError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # the disk, not the file
            raise
        raise FileError(f"{path.name} is a damaged zip file.") from error


def _unzipped(path: Path, workspace: Path) -> Path:
    with opened_archive(path) as archive:
        members = _lists_of(archive)
        if not members:
            raise FileError(f"{path.name} holds no list.")
        if len(members) > 1:
            named = ", ".join(f"{path.name}/{one.filename}" for one in members[:_NAMED])
            raise FileError(
                f"{path.name} holds {len(members)} lists ({named}): bring one at a time,"
                " or all at once with 'pledgeline lists import'."
            )
        return _unpack(archive, members[0], _beside(path, workspace), path)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, path: Path) -> Path:
    if member.flag_bits & 1:
        raise FileError(f"{path.name} is locked with a password: unpack it yourself.")
    with archive.open(member) as packed:
        return _copy(packed, target, path)


def _lists_of(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return what an archive holds, without the notes and pictures beside lists."""
    members = [m for m in archive.infolist() if not m.is_dir() and _is_own(m.filename)]
    _refuse_document(Path(archive.filename or "").name, members)
    if len(members) > 1:
        members = [m for m in members if m.filename.lower().endswith(_LISTS)]
    return sorted(members, key=lambda member: member.filename)


_DOCUMENTS = {
    "index/document.iwa": "an Apple Numbers, Pages or Keynote file",
    "index.zip": "an Apple Numbers, Pages or Keynote file",
    "word/document.xml": "a text document",
    "ppt/presentation.xml": "a presentation",
}


def _refuse_document(name: str, members: Sequence[zipfile.ZipInfo]) -> None:
    inside = {member.filename.lower() for member in members}
    for member, what in _DOCUMENTS.items():
        if member in inside:
            raise FileError(f"{name} is {what}, not a list: export it as CSV or .xlsx.")


def _is_own(name: str) -> bool:
    return not name.startswith("__MACOSX/") and not Path(name).name.startswith(".")


def _copy(packed: IO[bytes] | _Packed, target: Path, source: Path) -> Path:
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
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk, not the file
            raise
        raise FileError(f"{source.name} is damaged: it cannot be unpacked.") from error
    return target


def _wide_encoding(head: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 that the first bytes are in, with or without a mark."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\n" not in head and b"\r" not in head:
        return None
    zeros = [head[place::4].count(0) * 4 > len(head) * 0.9 for place in range(4)]
    if zeros in ([True, True, True, False], [False, True, True, True]):
        return "utf-32-be" if zeros[0] else "utf-32-le"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half > 8 and odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if half > 8 and even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _looks_binary(head: bytes) -> bool:
    # Not the first of them: Hive cuts its columns with it.
    control = sum(head.count(bytes([code])) for code in (0, *range(2, 9), *range(14, 19), 127))
    return control > max(16, len(head) // 100)


@dataclass(slots=True)
class _Survey:
    """What all the bytes of a file show."""

    is_utf8: bool = True
    has_nul: bool = False
    has_quotes: bool = False
    has_lines: bool = False
    signs: int = 0  # bytes that are signs in cp1252, and letters
    letters: int = 0
    longest: int = 0  # bytes of a line, of which a block that it fills counts whole
    is_doubled: bool = False  # UTF-8 that was taken for cp1252 and written as UTF-8 again

    @property
    def encoding(self) -> str:
        """What lines that are no UTF-8 are in.

        Macs of old end lines with a return alone, and write letters where cp1252 has signs.
        """
        if self.is_utf8:
            return "utf-8"
        return "mac_roman" if not self.has_lines and self.signs > self.letters else "cp1252"


def _survey(path: Path) -> _Survey:
    decoder = codecs.getincrementaldecoder("utf-8")()
    found = _Survey()
    line = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK * 8):
            end = max(block.rfind(b"\n"), block.rfind(b"\r"))
            line = line + len(block) if end < 0 else len(block) - end - 1
            found.longest = max(found.longest, line)
            found.has_nul |= b"\0" in block
            found.has_quotes |= b'"' in block
            found.has_lines |= b"\n" in block
            if not block.isascii():
                found.is_utf8 = found.is_utf8 and _decodes(decoder, block)
                found.is_doubled |= any(sign in block for sign in _DOUBLED)
            if not found.is_utf8:
                found.signs += len(block) - len(block.translate(None, _SIGNS))
                found.letters += len(block) - len(block.translate(None, _LETTERS))
    found.is_utf8 = found.is_utf8 and not decoder.getstate()[0]
    return found


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
    return Plain(target, encoding, has_quotes)


def _decoded_by_line(path: Path, workspace: Path, encoding: str) -> Plain:
    """Decode each line as UTF-8 or else as cp1252: exports are pasted together from both."""
    target = workspace / f"{path.name}.utf8"
    mixed, undone, has_quotes = False, False, False
    with path.open("rb") as file, target.open("w", encoding="utf-8", newline="") as out:
        for line in _lines(file):
            try:
                text = line.decode("utf-8")
                mixed |= not line.isascii()
            except UnicodeDecodeError:
                text = line.decode(encoding, errors="replace")
            if not text.isascii() and (once := read_once(text)) is not None:
                text, undone = once, True
            has_quotes |= '"' in text
            out.write(text.replace("\0", "\ufffd"))
    if undone:
        return Plain(target, "utf-8, read once as cp1252", has_quotes)
    label = "utf-8 and cp1252" if mixed and encoding == "cp1252" else encoding
    return Plain(target, label, has_quotes)


def read_once(text: str) -> str | None:
    """Return what a text said before its UTF-8 was taken for cp1252; nothing where it was not.

    >>> read_once("JosÃ© NÃºÃ±ez, Oâ€™Brien"), read_once("JOÃO"), read_once("José")
    ('José Núñez, O’Brien', None, None)
    """
    try:
        data = b"".join(map(_byte, text))
        return data.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None


def _byte(sign: str) -> bytes:
    return sign.encode("latin-1" if sign in _UNUSED else "cp1252")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(_BLOCK * 16):
        yield line
