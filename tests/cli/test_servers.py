"""Servers that `up` starts: where they answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
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


def test_a_server_of_ones_own_tells_its_makers_nothing(tmp_path: Path) -> None:
    said = ("DO_NOT_TRACK", "PREFECT_SERVER_ANALYTICS_ENABLED")
    environment = {name: value for name, value in os.environ.items() if name not in said}
    shown = subprocess.run(
        [sys.executable, "-m", "cli.prefect_server", "config", "view"],
        cwd=Path(__file__).parents[2],
        env={**environment, "PREFECT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PREFECT_SERVER_ANALYTICS_ENABLED='false'" in shown.stdout
