"""A browser to test with, and the portal on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = 180_000  # milliseconds: what comes late on a busy machine comes all the same
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the portal over the database that the settings name; yield its address."""
    from config.settings import settings
    from portal.app import create_app

    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("PLEDGELINE_PORTAL_URL", address)
    settings.cache_clear()
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield address
    server.should_exit = True
    thread.join(60)
    listener.close()
