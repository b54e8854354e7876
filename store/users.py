"""Accounts: who there is, what they may do, and whether a password or a code proves it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.accounts import (
    FAILURE_WINDOW,
    FAILURES_A_PLACE,
    check_password,
    clean_email,
    locked_for,
)
from campaign.errors import InputError, StateError
from campaign.roles import Permission, needs_team, permissions_of, role_of
from models.committee import Agent, Team
from models.users import ApiToken, AppUser, PortalSession, SigninFailure
from store.callers import team_id_of
from store.locks import Lock, wait_for


@dataclass(frozen=True, slots=True)
class User:
    """One account, without what proves it."""

    id: int
    email: str
    name: str
    roles: tuple[str, ...]
    team: str | None
    agent: str | None
    has_password: bool
    has_second_factor: bool
    disabled_at: datetime | None
    locked_until: datetime | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that the roles allow."""
        return permissions_of(self.roles)

    @property
    def status(self) -> str:
        """Return active, invited (no password yet) or disabled."""
        if self.disabled_at:
            return "disabled"
        return "active" if self.has_password else "invited"


def _users(session: Session, *conditions: ColumnElement[bool]) -> list[User]:
    rows = session.execute(
        select(AppUser, Team.code, Agent.code)
        .outerjoin(Team, Team.id == AppUser.team_id)
        .outerjoin(Agent, Agent.id == AppUser.agent_id)
        .where(*conditions)
        .order_by(AppUser.email)
    )
    return [
        User(
            id=row.id,
            email=row.email,
            name=row.name,
            roles=tuple(row.roles),
            team=team,
            agent=agent,
            has_password=row.password_hash is not None or row.oidc_subject is not None,
            has_second_factor=row.totp_confirmed_at is not None,
            disabled_at=row.disabled_at,
            locked_until=row.locked_until,
        )
        for row, team, agent in rows
    ]


def all_users(session: Session) -> list[User]:
    """Return every account, disabled ones too."""
    return _users(session)


def user_by_id(session: Session, user_id: int) -> User:
    """Return one account; InputError when there is none."""
    found = _users(session, AppUser.id == user_id)
    if not found:
        raise InputError("There is no such account.")
    return found[0]


def user_by_email(session: Session, email: str) -> User:
    """Return the account with this address; InputError when there is none."""
    found = _users(session, AppUser.email == clean_email(email))
    if not found:
        raise InputError("No account has this e-mail address.")
    return found[0]


def has_users(session: Session) -> bool:
    """Whether anybody can sign in yet."""
    return bool(session.scalar(select(exists().where(AppUser.disabled_at.is_(None)))))


def _agent_id(session: Session, team_id: int, email: str, name: str) -> int:
    """Return the caller's place in the team; made when the account is its first sign.

    A caller whom the campaign file names and whom no account stands for yet gets that place.
    """
    known = session.scalars(
        select(Agent.id).where(
            Agent.team_id == team_id,
            Agent.disabled_at.is_(None),
            (Agent.code == email)
            | (
                (func.lower(Agent.name) == name.strip().lower())
                & Agent.code.not_like("PAPER-%")
                & ~exists().where(AppUser.agent_id == Agent.id)
            ),
        )
    ).all()
    if len(known) == 1:
        return known[0]
    values = {"team_id": team_id, "code": email, "name": name, "languages": ["en"]}
    statement = insert(Agent).values(**values, certified={})
    upsert = statement.on_conflict_do_update(
        index_elements=["team_id", "code"], set_={"name": statement.excluded.name}
    )
    return session.execute(upsert.returning(Agent.id)).scalar_one()


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    roles: list[str],
    now: datetime,
    team: str | None = None,
    password: str | None = None,
) -> int:
    """Make an account and return its id; without a password it is invited.

    Roles that work for a team need one: their sight ends at its donors.
    """
    email = clean_email(email)
    if not name.strip():
        raise InputError("An account needs a name.")
    if password is not None:
        check_password(password, email)
    made: int | None = session.scalar(
        insert(AppUser)
        .values(
            email=email,
            name=name.strip(),
            **_duties(session, roles, team, email, name),
            password_hash=_hasher().hash(password) if password is not None else None,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(AppUser.id)
    )
    if made is None:
        raise StateError("An account with this e-mail address exists already.")
    return made


def set_roles(session: Session, user_id: int, roles: list[str], team: str | None) -> None:
    """Give an account other roles; whoever is signed in with the old ones is signed out."""
    with _administered(session):
        user = user_by_id(session, user_id)
        duties = _duties(session, roles, team, user.email, user.name)
        session.execute(update(AppUser).where(AppUser.id == user_id).values(**duties))
        shut_out(session, user_id)


def _duties(
    session: Session, roles: list[str], team: str | None, email: str, name: str
) -> dict[str, Any]:
    """Return what an account is for: its roles, its team, and its place there if it calls."""
    known = sorted({role_of(role).value for role in roles})
    if not known:
        raise InputError("An account needs at least one role.")
    if needs_team(known) and team is None:
        raise InputError(f"The role {known[0]!r} works for a team: name it.")
    team_id = team_id_of(session, team) if team else None
    dials = team_id is not None and Permission.MAKE_CALLS in permissions_of(known)
    agent_id = _agent_id(session, team_id, email, name) if dials and team_id else None
    return {"roles": known, "team_id": team_id, "agent_id": agent_id}


@contextmanager
def _administered(session: Session) -> Iterator[None]:
    """Change accounts so that somebody who manages them stays; one such change at a time."""
    wait_for(session, Lock.ACCOUNTS)
    before = _has_administrator(session)
    yield
    if before and not _has_administrator(session):
        raise StateError("This is the last administrator: add another one first.")


def _has_administrator(session: Session) -> bool:
    active = _users(session, AppUser.disabled_at.is_(None))
    return any(Permission.MANAGE_USERS in user.permissions for user in active)


def disable_user(session: Session, user_id: int, now: datetime) -> None:
    """Close an account at once: its sessions and tokens end with it."""
    with _administered(session):
        session.execute(update(AppUser).where(AppUser.id == user_id).values(disabled_at=now))
        shut_out(session, user_id)
        session.execute(
            update(ApiToken)
            .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=now)
        )


def enable_user(session: Session, user_id: int) -> None:
    """Open an account again."""
    session.execute(
        update(AppUser)
        .where(AppUser.id == user_id)
        .values(disabled_at=None, failed_signins=0, locked_until=None)
    )


def shut_out(session: Session, user_id: int) -> None:
    """End every session of an account."""
    session.execute(
        update(PortalSession)
        .where(PortalSession.user_id == user_id, PortalSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


# Passwords -------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _decoy() -> str:
    """Return a hash that no password fits: an unknown address takes as long as a known one."""
    return _hasher().hash("no account has this password")


def _fits(password: str, stored: str | None) -> bool:
    try:
        _hasher().verify(stored or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def sign_in(
    session: Session, *, email: str, password: str, place: str, now: datetime
) -> User | str:
    """Return the account that the password proves, or a sentence that gives nothing away.

    The caller commits either way: failures are counted by account and by place.
    """
    if _failures_from(session, place, now) >= FAILURES_A_PLACE:
        return "Too many attempts from here. Wait a quarter of an hour, then try again."
    email = email.strip().lower()
    row = session.scalar(select(AppUser).where(AppUser.email == email).with_for_update())
    until = row.locked_until if row else _locked_until(session, email)
    if until is not None and until > now:
        minutes = -(-(until - now).seconds // 60)
        return f"Too many attempts. Try again in {minutes} min, or reset the password."
    fits = _fits(password[:256], row.password_hash if row else None)
    if row is None or row.disabled_at is not None or not fits:
        _note_failure(session, row, email, place, now)
        return "The e-mail address or the password is not right."
    if row.totp_confirmed_at is None:  # or codes could be guessed between two right passwords
        row.failed_signins, row.locked_until = 0, None
    if _hasher().check_needs_rehash(row.password_hash or ""):
        row.password_hash = _hasher().hash(password)
    session.flush()
    return user_by_id(session, row.id)


def _failures_from(session: Session, place: str, now: datetime) -> int:
    session.execute(delete(SigninFailure).where(SigninFailure.at < now - 4 * FAILURE_WINDOW))
    recent = SigninFailure.at > now - FAILURE_WINDOW
    return (
        session.scalar(
            select(func.count())
            .select_from(SigninFailure)
            .where(SigninFailure.place == place, recent)
        )
        or 0
    )


def _locked_until(session: Session, email: str) -> datetime | None:
    """Return until when an address without an account is locked: as long as one that has one."""
    failures, last = session.execute(
        select(func.count(), func.max(SigninFailure.at)).where(
            SigninFailure.place == _mark_of(email)
        )
    ).one()
    lock = locked_for(failures)
    return last + lock if lock else None


def _mark_of(email: str) -> str:
    return hashlib.sha256(f"pledgeline address {email}".encode()).hexdigest()[:32]


def _note_failure(
    session: Session, row: AppUser | None, email: str, place: str, now: datetime
) -> None:
    session.add(SigninFailure(place=place, at=now))
    if row is None:
        session.add(SigninFailure(place=_mark_of(email), at=now))
    else:
        row.failed_signins += 1
        lock = locked_for(row.failed_signins)
        row.locked_until = now + lock if lock else None


def set_password(session: Session, user_id: int, password: str) -> None:
    """Give an account another password; every session of it ends."""
    user = user_by_id(session, user_id)
    check_password(password, user.email)
    session.execute(
        update(AppUser)
        .where(AppUser.id == user_id)
        .values(password_hash=_hasher().hash(password), failed_signins=0, locked_until=None)
    )
    shut_out(session, user_id)


# The second factor -----------------------------------------------------------------------


def second_factor_secret(session: Session, user_id: int, fresh: str) -> str:
    """Return the secret that waits for its first code; the fresh one when none waits."""
    row = session.get_one(AppUser, user_id, with_for_update=True)
    if row.totp_confirmed_at is not None:
        raise StateError("This account has a second factor already.")
    row.totp_secret = row.totp_secret or fresh
    return row.totp_secret


def accept_code(session: Session, user_id: int, code: str, place: str, now: datetime) -> str | None:
    """Accept a code of the authenticator, each one once; return why not, or None.

    Wrong codes lock the account as wrong passwords do: six digits are few.
    """
    import pyotp

    row = session.get_one(AppUser, user_id, with_for_update=True)
    if row.locked_until is not None and row.locked_until > now:
        return "Too many attempts. Wait a few minutes, then try again."
    totp, step = pyotp.TOTP(row.totp_secret or pyotp.random_base32()), int(now.timestamp()) // 30
    fitting = [
        s
        for s in (step - 1, step, step + 1)
        if pyotp.utils.strings_equal(totp.generate_otp(s), code.replace(" ", ""))
    ]
    if not fitting or fitting[-1] <= (row.totp_last_step or 0):
        _note_failure(session, row, row.email, place, now)
        return "This code is not right, or was used before. Wait for the next one."
    row.totp_last_step, row.failed_signins, row.locked_until = fitting[-1], 0, None
    row.totp_confirmed_at = row.totp_confirmed_at or now
    return None


def forget_second_factor(session: Session, user_id: int) -> None:
    """Let an account enrol anew, after its telephone was lost; its sessions end."""
    session.execute(
        update(AppUser)
        .where(AppUser.id == user_id)
        .values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    )
    shut_out(session, user_id)


def user_of_identity(session: Session, subject: str, email: str) -> User | None:
    """Return the account of an identity provider's person; bound by verified e-mail once."""
    found = _users(session, AppUser.oidc_subject == subject, AppUser.disabled_at.is_(None))
    if found:
        return found[0]
    bound = session.scalar(
        update(AppUser)
        .where(
            AppUser.email == email.strip().lower(),
            AppUser.oidc_subject.is_(None),
            AppUser.disabled_at.is_(None),
        )
        .values(oidc_subject=subject)
        .returning(AppUser.id)
    )
    return user_by_id(session, bound) if bound is not None else None
