"""Accounts: who may sign in, and as what; made, changed and closed by an administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy.orm import Session

from campaign.errors import InputError
from campaign.roles import Permission, Role
from config.clock import real_now
from config.settings import settings
from portal import letters
from portal.access import Needs, NotFoundError, decided_by
from portal.pages import go, render
from store import audit
from store.portal_campaigns import scorecards
from store.portal_sessions import Viewer, issue_ticket
from store.session import unit_of_work
from store.users import (
    User,
    add_user,
    all_users,
    disable_user,
    enable_user,
    forget_second_factor,
    set_roles,
    user_by_id,
)

router = APIRouter(prefix="/users")
Keeper = Annotated[Viewer, Depends(Needs(Permission.MANAGE_USERS))]
_SAID = {
    "disable": "The account is closed.",
    "enable": "The account is open.",
    "second-factor": "The account enrols a new second factor when it signs in next.",
}


@router.get("")
def users_page(request: Request, viewer: Keeper) -> Response:
    """Show who may sign in, and as what."""
    with unit_of_work() as session:
        users, teams = all_users(session), _teams(session)
    return render(
        request,
        "users.html",
        viewer,
        users=users,
        teams=teams,
        roles=[role.value for role in Role],
        real_now=real_now(),
    )


@router.post("")
def invite(
    request: Request,
    viewer: Keeper,
    email: Annotated[str, Form(max_length=320)],
    name: Annotated[str, Form(max_length=120)],
    role: Annotated[list[str] | None, Form()] = None,
    team: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Make an account and send its link."""
    with decided_by(viewer) as session:
        user_id = add_user(
            session, email=email, name=name, roles=role or [], team=team or None, now=real_now()
        )
        audit.append(session, "user.add", f"user:{user_id}", {"roles": sorted(role or [])})
    return send_link(request, viewer, user_id)


@router.get("/{user_id}")
def user_page(request: Request, viewer: Keeper, user_id: int) -> Response:
    """Show one account, and what may be changed of it; one's own has a page of its own."""
    return go("/account") if viewer.user_id == user_id else _account(request, viewer, user_id)


@router.post("/{user_id}/roles")
def change_roles(
    viewer: Keeper,
    user_id: int,
    role: Annotated[list[str] | None, Form()] = None,
    team: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Give an account other roles."""
    _not_oneself(viewer, user_id)
    with decided_by(viewer) as session:
        set_roles(session, user_id, role or [], team or None)
        audit.append(session, "user.roles", f"user:{user_id}", {"roles": sorted(role or [])})
    return go(f"/users/{user_id}", "The roles are changed; the account signs in anew.")


@router.post("/{user_id}/link")
def send_link(request: Request, viewer: Keeper, user_id: int) -> Response:
    """Send a link with which the holder chooses a password; those sent before end.

    The page shows the link of an invitation too, and any link where no mail is set up.
    """
    _not_oneself(viewer, user_id)
    with decided_by(viewer) as session:
        user = user_by_id(session, user_id)
        if user.disabled_at:
            raise InputError("This account is closed: open it first.")
        is_new = user.status == "invited"
        token = issue_ticket(session, user_id, "invitation" if is_new else "reset", real_now())
        audit.append(session, "user.link", f"user:{user_id}")
    link, lasts = f"{settings().portal_url}/welcome/{token}", "7 days" if is_new else "an hour"
    letters.send(
        to=user.email,
        subject="Your account with Pledgeline" if is_new else "Choose a new password",
        text=f"Choose a password within {lasts}:\n\n{link}\n",
    )
    is_shown = is_new or settings().mail_url is None
    return _account(request, viewer, user_id, link if is_shown else "", lasts)


@router.post("/{user_id}/{act}")
def change_user(viewer: Keeper, user_id: int, act: str) -> Response:
    """Close or open an account, or let it enrol another second factor."""
    _not_oneself(viewer, user_id)
    if act not in _SAID:
        raise NotFoundError("There is no such page.")
    with decided_by(viewer) as session:
        user_by_id(session, user_id)
        if act == "disable":
            disable_user(session, user_id, real_now())
        elif act == "enable":
            enable_user(session, user_id)
        else:
            forget_second_factor(session, user_id)
        audit.append(session, f"user.{act}", f"user:{user_id}")
    return go(f"/users/{user_id}", _SAID[act])


def _account(
    request: Request, viewer: Viewer, user_id: int, link: str = "", lasts: str = ""
) -> Response:
    with unit_of_work() as session:
        user, teams = _known(session, user_id), _teams(session)
    return render(
        request,
        "user.html",
        viewer,
        user=user,
        is_locked=bool(user.locked_until and user.locked_until > real_now()),
        teams=teams,
        roles=[role.value for role in Role],
        link=link,
        lasts=lasts,
        is_mailed=settings().mail_url is not None,
    )


def _known(session: Session, user_id: int) -> User:
    try:
        return user_by_id(session, user_id)
    except InputError as error:
        raise NotFoundError(str(error)) from None


def _teams(session: Session) -> list[tuple[str, str]]:
    return [("", "No team"), *((team.code, team.name) for team in scorecards(session))]


def _not_oneself(viewer: Viewer, user_id: int) -> None:
    if viewer.user_id == user_id:
        raise InputError("Another administrator changes your account, not you.")
