"""The `pledgeline doctor` command: what is configured, reachable, migrated."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from campaign.errors import PledgelineError, SetupError
from cli.printing import emit_json, out
from config.settings import settings


def doctor(
    migrate: Annotated[bool, typer.Option("--migrate", help="Apply missing migrations.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Say what is configured, reachable and migrated; 1 when something needs mending."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", lambda: sys.version.split()[0]),
        ("home", lambda: str(settings().folder())),
        ("database", lambda: _database(migrate)),
        ("committee", _committee),
        ("stripe", _stripe),
        ("prefect", _prefect),
        ("mail", _mail),
    ]
    results = [(name, *_outcome(check)) for name, check in checks]
    if as_json:
        emit_json({name: {"ok": ok, "detail": detail} for name, ok, detail in results})
    else:
        for name, ok, detail in results:
            mark = "[green]ok[/green]  " if ok else "[red]mend[/red]"
            out.print(f"{mark} [bold]{name:<10}[/bold] {detail}")
    if not all(ok for _, ok, _ in results):
        raise typer.Exit(1)


def _outcome(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except PledgelineError as error:
        return False, str(error)


def _mail() -> str:
    from gateways.letters import post_office

    post_office().check()
    return (
        "the server takes letters"
        if settings().mail_url
        else "outbox in the home (no server is set)"
    )


def _database(migrate: bool) -> str:
    from store import migrating
    from store.session import engine, raw_engine

    if migrate:
        migrating.upgrade(raw_engine())
    ready = engine()
    migrating.require_portal_role(ready)
    place = (
        ready.url.render_as_string(hide_password=True) if settings().database_url else "embedded"
    )
    return f"{place}, at revision {migrating.revisions(ready)[0]}"


def _committee() -> str:
    from store.committees import the_committee
    from store.session import unit_of_work

    with unit_of_work() as session:
        committee = the_committee(session)
    note = " (default: no campaign file was applied yet)" if committee.is_default else ""
    return f"{committee.name}, {committee.timezone}{note}"


def _stripe() -> str:
    import httpx

    key = settings().stripe_api_key
    if key is None:
        return "no key (STRIPE_API_KEY); links and sync wait for one"
    kind = "LIVE key" if settings().is_live else "test key"
    try:
        answer = httpx.get(
            f"{settings().stripe_api_base}/v1/balance",
            headers={"Authorization": f"Bearer {key.get_secret_value()}"},
            timeout=10,
        )
    except httpx.HTTPError as error:
        raise SetupError(f"{settings().stripe_api_base} does not answer.") from error
    if answer.status_code in (401, 403):
        raise SetupError(f"{settings().stripe_api_base} refuses the key ({answer.status_code}).")
    return f"{kind}, {settings().stripe_api_base} answers"


def _prefect() -> str:
    import httpx

    address = settings().prefect_api_url
    if address is None:
        return "no server is set (PREFECT_API_URL); flows run inside the command"
    try:
        httpx.get(f"{address}/health", timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        raise SetupError(f"Prefect at {address} does not answer.") from error
    return f"{address} answers"
