"""The `pledgeline users` commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from campaign.errors import InputError

app = typer.Typer(no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="E-mail address of the account.")]


@app.command("add")
def add(
    email: Email,
    role: Annotated[list[str], typer.Option(help="Role; repeat the option for several.")],
    name: Annotated[str | None, typer.Option(help="Name; the address when left out.")] = None,
    team: Annotated[str | None, typer.Option(help="Team code, for those who work in one.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    invite: Annotated[
        bool, typer.Option("--invite", help="Set no password; print a link to choose one.")
    ] = False,
) -> None:
    """Add an account: with a password (asked for), or invited to choose one."""
    from campaign.accounts import check_password, clean_email
    from cli.printing import out
    from config.clock import real_now
    from config.settings import settings
    from store import audit
    from store.portal_sessions import issue_ticket
    from store.session import unit_of_work
    from store.users import add_user

    if password_stdin and invite:
        raise InputError("Choose one of --password-stdin and --invite.")
    clean_email(email)
    password = None if invite else _read_password(password_stdin)
    if password is not None:
        check_password(password, email)
    link = None
    with unit_of_work() as session:
        moment = real_now()
        user_id = add_user(
            session,
            email=email,
            name=name or email.split("@")[0],
            roles=role,
            team=team,
            password=password,
            now=moment,
        )
        audit.append(session, "user.add", f"user:{user_id}", {"roles": sorted(role)})
        if password is None:
            link = issue_ticket(session, user_id, "invitation", moment)
    out.print(f"Account {user_id} added: {email}.", markup=False)
    if link:
        out.print(f"Choose a password within 7 days: {settings().portal_url}/welcome/{link}")


def _read_password(from_stdin: bool) -> str | None:
    """Return the password from standard input or a prompt; None invites instead."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


@app.command("list")
def list_accounts(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the accounts, with what they may do."""
    from cli.printing import emit_json, out, table
    from store.session import unit_of_work
    from store.users import all_users

    with unit_of_work() as session:
        users = all_users(session)
    if as_json:
        emit_json(
            {
                "users": [
                    {
                        "id": user.id,
                        "email": user.email,
                        "name": user.name,
                        "roles": list(user.roles),
                        "team": user.team,
                        "status": user.status,
                        "second_factor": user.has_second_factor,
                    }
                    for user in users
                ]
            }
        )
    elif not users:
        out.print(
            "Nobody can sign in yet. Add the first: pledgeline users add you@example.org "
            "--role administrator",
            markup=False,
        )
    else:
        table(
            "Accounts",
            ["id", "who", "roles", "team", "status", "second factor"],
            [
                (
                    user.id,
                    f"{user.name}\n{user.email}",
                    ", ".join(role.replace("_", " ") for role in user.roles),
                    user.team or "",
                    user.status,
                    "yes" if user.has_second_factor else "no",
                )
                for user in users
            ],
        )


@app.command("disable")
def disable(email: Email) -> None:
    """Close an account at once: its sessions and tokens end with it."""
    from cli.printing import out
    from config.clock import real_now
    from store import audit
    from store.session import unit_of_work
    from store.users import disable_user, user_by_email

    with unit_of_work() as session:
        user = user_by_email(session, email)
        disable_user(session, user.id, real_now())
        audit.append(session, "user.disable", f"user:{user.id}")
    out.print(f"Account {user.id} is disabled.")


@app.command("enable")
def enable(email: Email) -> None:
    """Open a disabled or locked account again."""
    from cli.printing import out
    from store import audit
    from store.session import unit_of_work
    from store.users import enable_user, user_by_email

    with unit_of_work() as session:
        user = user_by_email(session, email)
        enable_user(session, user.id)
        audit.append(session, "user.enable", f"user:{user.id}")
    out.print(f"Account {user.id} is open.")


@app.command("reset")
def reset(
    email: Email,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Also forget the lost second factor.")
    ] = False,
) -> None:
    """Print a link with which the holder chooses a new password."""
    from cli.printing import out
    from config.clock import real_now
    from config.settings import settings
    from store import audit
    from store.portal_sessions import issue_ticket
    from store.session import unit_of_work
    from store.users import forget_second_factor, user_by_email

    with unit_of_work() as session:
        user = user_by_email(session, email)
        if second_factor:
            forget_second_factor(session, user.id)
        link = issue_ticket(session, user.id, "reset", real_now())
        audit.append(session, "user.reset", f"user:{user.id}", {"second_factor": second_factor})
    out.print(f"Choose a password within an hour: {settings().portal_url}/welcome/{link}")
