"""A packet opens with the right key, in another program too, and with no other."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from campaign.errors import FileError, InputError
from gateways.sealed_packets import new_key, seal, unseal

FILES = {"calls.csv": b"packet_row_id,phone\nR1,+16145550100\n", "README.txt": b"hello"}


def test_what_was_sealed_opens_with_the_right_key(tmp_path: Path) -> None:
    identity, recipient = new_key()
    path = tmp_path / "folder" / "p.zip.age"
    seal(FILES, recipient, path)
    assert unseal(path, identity) == FILES
    assert path.stat().st_mode & 0o077 == 0
    assert b"6145550100" not in path.read_bytes()
    assert [found.name for found in path.parent.iterdir()] == ["p.zip.age"]


def test_no_other_key_opens_it(tmp_path: Path) -> None:
    _, recipient = new_key()
    other, _ = new_key()
    path = tmp_path / "p.zip.age"
    seal(FILES, recipient, path)
    with pytest.raises(FileError, match="does not open with this key"):
        unseal(path, other)


def test_a_changed_packet_does_not_open(tmp_path: Path) -> None:
    identity, recipient = new_key()
    path = tmp_path / "p.zip.age"
    seal(FILES, recipient, path)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(FileError, match="does not open"):
        unseal(path, identity)


@pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
def test_the_program_age_opens_it_and_a_wrong_key_does_not(tmp_path: Path) -> None:
    identity, recipient = new_key()
    path, key, wrong = tmp_path / "p.zip.age", tmp_path / "key", tmp_path / "wrong"
    seal(FILES, recipient, path)
    key.write_text(identity)
    wrong.write_text(new_key()[0])
    opened = subprocess.run(["age", "-d", "-i", key, path], capture_output=True, check=True)
    with zipfile.ZipFile(io.BytesIO(opened.stdout)) as archive:
        assert archive.read("calls.csv") == FILES["calls.csv"]
    refused = subprocess.run(["age", "-d", "-i", wrong, path], capture_output=True, check=False)
    assert refused.returncode != 0
    assert refused.stdout == b""


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an age key"):
        seal(FILES, "age1nonsense", tmp_path / "p")
    seal(FILES, new_key()[1], tmp_path / "p")
    with pytest.raises(InputError, match="not an age identity"):
        unseal(tmp_path / "p", "AGE-SECRET")
    with pytest.raises(FileError, match="cannot be read"):
        unseal(tmp_path / "none", new_key()[0])
