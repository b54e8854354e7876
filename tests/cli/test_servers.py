"""Servers that `up` starts: where they answer."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cli.servers import kept_port


def test_the_sandbox_keeps_its_port_so_that_links_in_old_letters_work(tmp_path: Path) -> None:
    note = tmp_path / "port"
    port = kept_port(note)
    assert [kept_port(note) for _ in range(3)] == [port] * 3


def test_a_port_that_another_took_is_left_to_it(tmp_path: Path) -> None:
    note = tmp_path / "port"
    port = kept_port(note)
    with socket.create_server(("127.0.0.1", port)):
        other = kept_port(note)
    assert other != port
    assert kept_port(note) == other


@pytest.mark.parametrize("text", ["", "80", "nonsense", "99999999"])
def test_a_note_that_is_no_port_is_replaced(tmp_path: Path, text: str) -> None:
    note = tmp_path / "port"
    note.write_text(text, encoding="ascii")
    assert kept_port(note) > 1024
    assert note.read_text(encoding="ascii").strip() != text
