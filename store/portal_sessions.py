"""Signed-in browsers, machine tokens and mailed links: only hashes of secrets are kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from campaign.accounts import (
    INVITATION_LASTS,
    RESET_LASTS,
    SESSION_LASTS,
    SESSION_RESTS_AFTER,
    TOKEN_LASTS_AT_MOST,
)
from campaign.errors import InputError, StateError
from campaign.roles import Permission, permissions_of
from models.users import ApiToken, AppUser, PortalSession, UserTicket
from store.users import set_password

_SEEN_EVERY = timedelta(minutes=1)  # a write a minute and browser, not one a request


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking: a person with a browser, or a machine with a token."""

    user_id: int
    email: str
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    team_id: int | None
    agent_id: int | None
    session_id: int | None
    csrf: str
    is_complete: bool
    has_second_factor: bool

    @property
    def scope(self) -> str:
        """Whose rows may be seen: all, one team's, or nobody's."""
        if Permission.VIEW_ALL_DONORS in self.permissions:
            return "all"
        return str(self.team_id) if self.team_id is not None else "none"

    @property
    def actor(self) -> str:
        """As the audit names the viewer."""
        return f"user:{self.user_id}" if self.session_id else f"token-of-user:{self.user_id}"

    def may(self, permission: Permission | str) -> bool:
        """Whether the viewer holds a permission."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One signed-in browser of an account."""

    id: int
    browser: str
    created_at: datetime
    seen_at: datetime


def hash_of(secret: str) -> str:
    """Return what is stored of a random secret; it has 256 bits, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(
    session: Session, user_id: int, *, is_complete: bool, browser: str, now: datetime
) -> str:
    """Sign a browser in and return its cookie."""
    token = secrets.token_urlsafe(32)
    session.add(
        PortalSession(
            token_hash=hash_of(token),
            user_id=user_id,
            csrf=secrets.token_urlsafe(32),
            is_complete=is_complete,
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LASTS,
            browser=browser[:200],
        )
    )
    session.flush()
    return token


def viewer_of_session(session: Session, token: str, now: datetime) -> Viewer | None:
    """Return who holds this cookie, or None when it ended, rested or never was."""
    found = session.execute(
        select(PortalSession, AppUser)
        .join(AppUser, AppUser.id == PortalSession.user_id)
        .where(
            PortalSession.token_hash == hash_of(token),
            PortalSession.revoked_at.is_(None),
            PortalSession.expires_at > now,
            PortalSession.seen_at > now - SESSION_RESTS_AFTER,
            AppUser.disabled_at.is_(None),
        )
    ).first()
    if found is None:
        return None
    row, user = found
    if now - row.seen_at > _SEEN_EVERY:
        row.seen_at = now
    return _viewer(user, permissions_of(user.roles), row)


def _viewer(
    user: AppUser, permissions: frozenset[Permission], row: PortalSession | None = None
) -> Viewer:
    return Viewer(
        user_id=user.id,
        email=user.email,
        name=user.name,
        roles=tuple(user.roles),
        permissions=permissions,
        team_id=user.team_id,
        agent_id=user.agent_id,
        session_id=row.id if row else None,
        csrf=row.csrf if row else "",
        is_complete=row.is_complete if row else True,
        has_second_factor=user.totp_confirmed_at is not None,
    )


def complete_session(session: Session, session_id: int, now: datetime) -> str:
    """Note that the second factor was shown; return a fresh cookie, the old one ends."""
    row = session.get_one(PortalSession, session_id, with_for_update=True)
    token = secrets.token_urlsafe(32)
    row.is_complete, row.seen_at, row.token_hash = True, now, hash_of(token)
    return token


def end_session(session: Session, session_id: int, user_id: int, now: datetime) -> None:
    """Sign a browser out; somebody else's is left alone."""
    session.execute(
        update(PortalSession)
        .where(PortalSession.id == session_id, PortalSession.user_id == user_id)
        .where(PortalSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def open_sessions(session: Session, user_id: int, now: datetime) -> list[OpenSession]:
    """Return where an account is signed in, the latest first."""
    rows = session.scalars(
        select(PortalSession)
        .where(
            PortalSession.user_id == user_id,
            PortalSession.revoked_at.is_(None),
            PortalSession.expires_at > now,
            PortalSession.seen_at > now - SESSION_RESTS_AFTER,
        )
        .order_by(PortalSession.seen_at.desc())
    )
    return [OpenSession(row.id, row.browser, row.created_at, row.seen_at) for row in rows]


# Mailed links ----------------------------------------------------------------------------


def issue_ticket(session: Session, user_id: int, purpose: str, now: datetime) -> str:
    """Return the secret of a link with which its holder may choose a password, once."""
    session.execute(
        update(UserTicket)
        .where(UserTicket.user_id == user_id, UserTicket.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    lasts = INVITATION_LASTS if purpose == "invitation" else RESET_LASTS
    session.add(
        UserTicket(
            token_hash=hash_of(token), user_id=user_id, purpose=purpose, expires_at=now + lasts
        )
    )
    session.flush()
    return token


def was_just_mailed(session: Session, user_id: int, now: datetime) -> bool:
    """Whether a link was asked for within two minutes: nobody's mailbox is filled."""
    fresh = UserTicket.expires_at > now + RESET_LASTS - timedelta(minutes=2)
    waits = (UserTicket.user_id == user_id, UserTicket.purpose == "reset", fresh)
    return bool(session.scalar(select(exists().where(*waits))))


def ticket_holder(session: Session, token: str, now: datetime) -> str | None:
    """Return the e-mail address of the account that a link is good for, or None."""
    return session.scalar(
        select(AppUser.email)
        .join(UserTicket, UserTicket.user_id == AppUser.id)
        .where(
            UserTicket.token_hash == hash_of(token),
            UserTicket.used_at.is_(None),
            UserTicket.expires_at > now,
            AppUser.disabled_at.is_(None),
        )
    )


def redeem_ticket(session: Session, token: str, password: str, now: datetime) -> int:
    """Set the password that the link's holder chose; return the account."""
    row = session.scalar(
        select(UserTicket).where(UserTicket.token_hash == hash_of(token)).with_for_update()
    )
    if row is None or ticket_holder(session, token, now) is None:
        raise StateError("This link was used before or is too old. Ask for a new one.")
    set_password(session, row.user_id, password)
    row.used_at = now
    return row.user_id


# Machines --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    """A machine's key, without its secret."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


def issue_api_token(
    session: Session, owner: Viewer, name: str, scopes: list[str], lasts: timedelta, now: datetime
) -> str:
    """Return a new key; it can do no more than its owner, and ends by itself."""
    beyond = [scope for scope in scopes if scope not in owner.permissions]
    if beyond or not scopes:
        raise InputError("A token needs scopes, and none beyond your own permissions.")
    if not name.strip():
        raise InputError("A token needs a name that says what uses it.")
    if not timedelta() < lasts <= TOKEN_LASTS_AT_MOST:
        raise InputError("A token lasts from one day to one year.")
    token = f"pl_{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(
            name=name.strip()[:80],
            token_hash=hash_of(token),
            user_id=owner.user_id,
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=now + lasts,
        )
    )
    session.flush()
    return token


def viewer_of_token(session: Session, token: str, now: datetime) -> Viewer | None:
    """Return for whom a machine acts, with no more than the token's scopes; or None."""
    found = session.execute(
        select(ApiToken, AppUser)
        .join(AppUser, AppUser.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == hash_of(token),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            AppUser.disabled_at.is_(None),
        )
    ).first()
    if found is None:
        return None
    row, user = found
    if row.seen_at is None or now - row.seen_at > _SEEN_EVERY:
        row.seen_at = now
    return _viewer(user, permissions_of(user.roles) & {Permission(s) for s in row.scopes})


def api_tokens(session: Session, user_id: int) -> list[Token]:
    """Return the keys of an account, the newest first."""
    rows = session.scalars(
        select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())
    )
    return [
        Token(
            row.id,
            row.name,
            tuple(row.scopes),
            row.created_at,
            row.expires_at,
            row.seen_at,
            row.revoked_at,
        )
        for row in rows
    ]


def revoke_api_token(session: Session, token_id: int, user_id: int, now: datetime) -> None:
    """End a key of one's own."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
