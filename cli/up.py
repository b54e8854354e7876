"""The `pledgeline up` command: database, Prefect, worker and portal, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from campaign.errors import SetupError
from cli.printing import console, out
from cli.servers import Servers, is_free, kept_port, prefect_environment, start_prefect
from config.settings import settings

PROJECT = Path(__file__).resolve().parent.parent


def up(
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Also start the stand-ins for Stripe and the bank.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port of the portal.")] = 8700,
    prefect_port: Annotated[
        int, typer.Option(min=1, max=65_535, help="Port of Prefect's page.")
    ] = 4200,
) -> None:
    """Start the database, Prefect with its worker, and the portal; stop them with Ctrl-C."""
    for option, number in (("--port", port), ("--prefect-port", prefect_port)):
        if not is_free(number):
            raise SetupError(f"Port {number} is taken: choose another one with {option}.")
    with Servers() as servers:
        places = start_everything(servers, sandbox=sandbox, port=port, prefect_port=prefect_port)
        for name, address in places.items():
            out.print(f"[bold]{name:<10}[/bold] {address}")
        out.print("[dim]Ctrl-C stops everything.[/dim]")
        _wait(servers)


def start_everything(
    servers: Servers, *, sandbox: bool, port: int, prefect_port: int
) -> dict[str, str]:
    """Start each server in turn; return their addresses by name."""
    from store.session import engine

    places: dict[str, str] = {}
    if sandbox:
        places["Sandbox"] = use_sandbox(servers)
    with console.status("database …"):
        place = engine().url
        places["Database"] = place.render_as_string(hide_password=True)
    # Children share one database, whoever of them starts first.
    os.environ["PLEDGELINE_DATABASE_URL"] = place.render_as_string(hide_password=False)
    with console.status("Prefect …"):
        api = use_prefect(servers, prefect_port)
        places["Prefect"] = api.removesuffix("/api")
        deploy(servers)
    with console.status("portal …"):
        places["Portal"] = f"http://127.0.0.1:{port}"
        os.environ["PLEDGELINE_PORTAL_URL"] = places["Portal"]
        servers.start(
            "portal",
            [
                *(sys.executable, "-m", "uvicorn", "portal.app:create_app", "--factory"),
                *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
            ],
            health=f"{places['Portal']}/health",
        )
    return places


def use_sandbox(servers: Servers) -> str:
    """Start the stand-ins where they stopped, and point this process and its children at them."""
    refuse_live_key()
    folder = settings().folder("sandbox")
    port = kept_port(folder / "port")
    address = f"http://127.0.0.1:{port}"
    servers.start(
        "sandbox",
        [
            *(sys.executable, "-m", "sandbox", "--port", str(port)),
            *("--clock-file", str(folder / "clock"), "--state-dir", str(folder)),
            *("--outbox", str(settings().folder("files", "outbox"))),
        ],
        health=f"{address}/_sandbox",
    )
    point_at_sandbox(address, folder / "clock")
    return address


def refuse_live_key() -> None:
    """Raise SetupError when the key that is set moves real money: the sandbox is for trying."""
    if settings().is_live:
        raise SetupError("A live Stripe key is set: unset STRIPE_API_KEY to use the sandbox.")


def point_at_sandbox(address: str, clock_file: Path) -> None:
    """Let this process and its children use the sandbox's Stripe and its clock."""
    os.environ["STRIPE_API_KEY"] = "sk_test_sandbox"
    os.environ["STRIPE_API_BASE"] = address
    # The sandbox answers faster than Stripe allows; nobody should wait for a limit it lacks.
    os.environ["PLEDGELINE_STRIPE_RATE"] = "300"
    os.environ["PLEDGELINE_CLOCK_FILE"] = str(clock_file)
    settings.cache_clear()


def use_prefect(servers: Servers, port: int, *, with_schedules: bool = True) -> str:
    """Start Prefect's server and let this process and its children use it."""
    home = settings().folder("prefect")
    os.environ["PREFECT_HOME"] = str(home)
    os.environ["PREFECT_PROFILES_PATH"] = str(home / "profiles.toml")
    api = start_prefect(servers, port, with_schedules=with_schedules)
    os.environ["PREFECT_API_URL"] = api
    settings.cache_clear()
    return api


def deploy(servers: Servers) -> None:
    """Make the work pool and every deployment of `prefect.yaml`, and start a worker."""
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    pool = ["work-pool", "create", "pledgeline", "--type", "process", "--overwrite"]
    for words in (pool, ["deploy", "--all"]):
        done = subprocess.run(
            [*prefect, *words], cwd=PROJECT, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise SetupError(f"Prefect refused '{' '.join(words)}': {' '.join(last)}")
    worker = ["worker", "start", "--pool", "pledgeline", "--type", "process"]
    environment = prefect_environment(settings().folder("prefect"))
    # Prefect keeps a folder there that belongs to whoever of the machine's users came first.
    environment["TMPDIR"] = str(settings().folder("tmp"))
    # Whoever presses a button waits for it: by default the worker asks every ten seconds.
    environment["PREFECT_WORKER_QUERY_SECONDS"] = "2"
    servers.start("worker", [*prefect, *worker], environment=environment)


def _wait(servers: Servers) -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.wait(1):
        ended = servers.ended()
        if ended is not None:
            raise SetupError(f"The {ended} ended by itself; see {settings().home / 'logs'}.")
