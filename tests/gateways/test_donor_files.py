"""Any bytes: a list is read row by row, and what is none is refused in one sentence."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import lzma
import zipfile
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.cells import neutral
from campaign.errors import FileError
from campaign.lists.fields import PROBLEM, ROW
from gateways.donor_files import ListFile, open_list, read_parts, unique_names
from gateways.file_bytes import lists_in

LIST = "First Name,Last Name,Phone\nJane,Doe,415-555-0142\nJosé,Núñez,212-555-0142\n"


def _open(folder: Path, data: bytes, name: str = "list.csv") -> ListFile:
    path = folder / name
    path.write_bytes(data)
    return open_list(path, folder)


def _rows(file: ListFile) -> list[tuple[str, ...]]:
    table = pa.concat_tables(list(read_parts(file, strict=False)), promote_options="default")
    return list(zip(*(table[name].to_pylist() for name in file.headers), strict=True))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        pytest.param(LIST.encode(), "utf-8", id="UTF-8"),
        pytest.param(LIST.encode("utf-8-sig"), "utf-8", id="UTF-8 with a mark"),
        pytest.param(LIST.encode("utf-16"), "utf-16", id="UTF-16"),
        pytest.param(LIST.encode("utf-16-le"), "utf-16-le", id="UTF-16 without a mark"),
        pytest.param(LIST.encode("cp1252"), "cp1252", id="cp1252"),
        pytest.param(LIST.replace(",", "\t").encode("utf-16"), "utf-16", id="tabs, as VAN does"),
        pytest.param(LIST.replace(",", ";").encode(), "utf-8", id="semicolons"),
        pytest.param(LIST.replace("\n", "\r\n").encode(), "utf-8", id="Windows lines"),
        pytest.param(gzip.compress(LIST.encode()), "utf-8", id="gzip"),
        pytest.param(bz2.compress(LIST.encode()), "utf-8", id="bzip2"),
        pytest.param(lzma.compress(LIST.encode()), "utf-8", id="xz"),
        pytest.param(LIST.encode("utf-32"), "utf-32", id="UTF-32"),
        pytest.param(LIST.replace("\n", "\r").encode("mac_roman"), "mac_roman", id="an old Mac"),
        pytest.param(
            LIST.encode().decode("cp1252").encode(), "utf-8, read once as cp1252", id="mojibake"
        ),
        pytest.param(
            f"Donors of spring\n\n\n{LIST}".encode(), "utf-8", id="titles above the header"
        ),
    ],
)
def test_a_list_is_read_whatever_it_is_written_in(
    tmp_path: Path, data: bytes, encoding: str
) -> None:
    file = _open(tmp_path, data)
    assert file.encoding == encoding
    assert file.headers == ("First Name", "Last Name", "Phone")
    assert _rows(file) == [("Jane", "Doe", "415-555-0142"), ("José", "Núñez", "212-555-0142")]


def test_lines_of_two_encodings_are_each_read_in_their_own(tmp_path: Path) -> None:
    lines = LIST.splitlines(keepends=True)
    file = _open(tmp_path, lines[0].encode() + lines[2].encode() + lines[2].encode("cp1252"))
    assert {row[0] for row in _rows(file)} == {"José"}


def test_a_workbook_with_titles_is_read_as_people_see_it(tmp_path: Path) -> None:
    path = tmp_path / "board.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Board list"])
        sheet.write_row(2, 0, ["First", "Last", "Zip", "Phone"])
        sheet.write_row(3, 0, ["Jane", "Doe", 2139, 4155550142])
    file = open_list(path, tmp_path)
    assert _rows(file) == [("Jane", "Doe", "2139", "4155550142")]


def test_what_cannot_be_seen_in_a_workbook_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "board.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, hidden = book.add_worksheet("Board"), book.add_worksheet("Old")
        for one, names in ((sheet, ["Jane", "Ann"]), (hidden, ["Cy", "Di", "Ed"])):
            one.write_row(0, 0, ["First Name", "Last Name", "Phone"])
            for place, name in enumerate(names, start=1):
                one.write_row(place, 0, [name, "Doe", f"415-555-014{place}"])
        hidden.hide()
    file = open_list(path, tmp_path)
    assert [row[0] for row in _rows(file)] == ["Jane", "Ann"]
    assert file.sheets[1] == ("Old", 4, False, True)


def test_cells_that_are_merged_downwards_say_it_in_each_row(tmp_path: Path) -> None:
    path = tmp_path / "board.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "Board")
        sheet.write_row(1, 0, ["First", "Last", "Phone"])
        sheet.merge_range(2, 1, 3, 1, "Doe")
        for row, name in ((2, "Jane"), (3, "John")):
            sheet.write(row, 0, name)
            sheet.write(row, 2, f"415-555-014{row}")
    told = [row[:2] for row in _rows(open_list(path, tmp_path))]
    assert told == [("Jane", "Doe"), ("John", "Doe")]


def test_a_zip_archive_with_one_list_is_opened(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("list.csv", LIST)
    assert len(_rows(_open(tmp_path, packed.getvalue(), "list.zip"))) == 2


def _bomb() -> bytes:
    return gzip.compress(b"First Name,Phone\n" + b"0" * (80 << 20))


_LOCKED = b"\xd0\xcf\x11\xe0" + bytes(508) + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize("count", [1, 2])
def test_any_broken_byte_of_an_archive_is_a_sentence(tmp_path: Path, count: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(count):
            archive.writestr(f"é{number}.csv", LIST)
    whole = packed.getvalue()
    refused = []
    for place, broken in itertools.product(range(len(whole)), (0x00, 0xFF)):
        path = tmp_path / "list.zip"
        path.write_bytes(whole[:place] + bytes([broken]) + whole[place + 1 :])
        try:
            for each in lists_in(path):
                _rows(open_list(each, tmp_path))
        except FileError as error:
            refused.append(str(error))
    assert len(refused) > len(whole) / 4
    assert {sentence.split(" ")[0] for sentence in refused} <= {"list.zip", "list.zip.unpacked"}


def _zipped(data: bytes, name: str = "inner.bin") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return packed.getvalue()


def _far_cell() -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["First Name", "Last Name", "Phone"])
        sheet.write(1_048_575, 16_383, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"  \n \n", "empty", id="blank"),
        pytest.param(b"First Name,Last Name,Phone\n", "no rows", id="header only"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "a PDF", id="a PDF"),
        pytest.param(bytes(range(256)) * 40, "binary", id="binary"),
        pytest.param(b"PK\x03\x04broken", "zip", id="a broken archive"),
        pytest.param(b"\x1f\x8bbroken", "damaged", id="broken gzip"),
        pytest.param(b"BZhbroken", "damaged", id="broken bzip2"),
        pytest.param(b"\xfd7zXbroken", "damaged", id="broken xz"),
        pytest.param(gzip.compress(b"\x1f\x8bbroken"), "^list.csv is damaged", id="gzip in gzip"),
        pytest.param(
            gzip.compress(b"PK\x03\x04broken"), "^list.csv is a damaged", id="zip in gzip"
        ),
        pytest.param(_zipped(b"x", "Index/Document.iwa"), "Apple Numbers", id="Numbers"),
        pytest.param(_zipped(b"x", "word/document.xml"), "text document", id="a text"),
        pytest.param(_LOCKED, "password", id="a workbook with a password"),
        pytest.param(_bomb(), "unpacks", id="a bomb"),
        pytest.param(b",".join(b"c%d" % n for n in range(20_000)) + b"\n1\n", "columns", id="wide"),
        pytest.param(b"\xd0\xcf\x11\xe0 nothing", "workbook", id="an old workbook, broken"),
        pytest.param(
            b"First Name,Ann,Bob\nLast Name,Roe,Poe\nPhone,415-555-0142,415-555-0143\n",
            "transpose",
            id="on its side",
        ),
        pytest.param(b"x" * 1_000_000, "too long", id="one endless line"),
        pytest.param(b"Name,Phone\n" + b"x" * (65 << 20), "a line of over 64 MB", id="a long line"),
        pytest.param(b"PK\x05\x06" + bytes(18), "archive with nothing", id="an empty archive"),
        pytest.param(_zipped(bytes(range(256)) * 40), "^list.csv is binary", id="a zip of no list"),
        pytest.param(_far_cell(), "far from all others", id="a cell in the last row and column"),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(FileError, match=says) as refused:
        _open(tmp_path, data)
    assert "\n" not in str(refused.value)


def test_a_megabyte_of_letters_below_the_header_costs_its_row_only(tmp_path: Path) -> None:
    letters = b"namelastfirst" * 80_000
    file = _open(tmp_path, b"Name,Phone\n" + letters + b"\nAnn Roe,617-555-0134\n")
    table = pa.concat_tables(list(read_parts(file, strict=False)))
    assert [problem is None for problem in table[PROBLEM].to_pylist()] == [False, True]


def test_columns_at_fixed_places_are_told_by_the_header(tmp_path: Path) -> None:
    text = (
        "Spring list\n\n"
        "First Name     Last Name     Phone         City\n"
        "Jane           Doe           415-555-0142  New York\n"
        "Mary Ann       Van der Berg                Fort Myers\n"
    )
    file = _open(tmp_path, text.encode())
    assert file.headers == ("First Name", "Last Name", "Phone", "City")
    assert _rows(file) == [
        ("Jane", "Doe", "415-555-0142", "New York"),
        ("Mary Ann", "Van der Berg", "", "Fort Myers"),
    ]


def test_broken_rows_cost_themselves_only(tmp_path: Path) -> None:
    text = (
        "First Name,Last Name,Phone\n"
        "Jane,Doe,415-555-0142\n"
        "too,few\n"
        "one,two,three,four\n"
        '"never closed,Doe,1\n'
        '"two\nlines",Doe,2\n'
        "John,Roe,212-555-0142\n"
    )
    file = _open(tmp_path, text.encode())
    table = pa.concat_tables(list(read_parts(file, strict=False)))
    problems = table[PROBLEM].to_pylist()
    assert table[ROW].to_pylist() == [1, 2, 3, 4, 5, 6]
    assert [bool(problem) for problem in problems] == [False, True, True, True, False, False]
    assert "quote" in problems[3]


@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=9)] * 3),
        min_size=1,
        max_size=15,
    )
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_fast_and_slow_reading_agree(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    path = tmp_path / "list.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(("First Name", "Last Name", "Phone"))
        writer.writerows(rows)
    try:
        file = open_list(path, tmp_path)
    except FileError:
        return
    fast = pa.concat_tables(list(read_parts(file, strict=True)))
    assert list(zip(*(fast[name].to_pylist() for name in file.headers), strict=True)) == _rows(file)


_WORD = st.text(st.sampled_from("abcXYZ 019.-'éñ"), min_size=1, max_size=9).map(str.strip)
_PACKED = {
    "as it is": lambda data: data,
    "gzip": gzip.compress,
    "zip": _zipped,
}


@given(
    rows=st.lists(st.tuples(_WORD, _WORD, st.integers(2000000, 9999999)), min_size=1, max_size=30),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    titles=st.sampled_from([(), ("Fall gala",), ("Fall gala", "", "made in October")]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    packed=st.sampled_from(sorted(_PACKED)),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_a_list_is_written_its_rows_are_the_same(
    tmp_path: Path,
    rows: list[tuple[str, str, int]],
    encoding: str,
    delimiter: str,
    end: str,
    titles: tuple[str, ...],
    quoting: Literal[0, 1],
    packed: str,
) -> None:
    text = io.StringIO(newline="")
    text.write("".join(title + end for title in titles))
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(("First Name", "Last Name", "Phone"))
    told = [(first, last, f"617{number}") for first, last, number in rows]
    writer.writerows(told)
    file = _open(tmp_path, _PACKED[packed](text.getvalue().encode(encoding)))
    assert file.headers == ("First Name", "Last Name", "Phone")
    assert _rows(file) == told


def test_the_same_header_twice_keeps_both_columns() -> None:
    assert unique_names(["Reserved", "Reserved", ""]) == ("Reserved", "Reserved (2)")
    assert unique_names(["Name", "Name", "Name (2)"]) == ("Name", "Name (2)", "Name (2) (2)")


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+1+cmd|' /C calc'!A0", "-2+3+cmd|x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert neutral(cell).startswith("'")
