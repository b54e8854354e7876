"""Who may do what: roles are made of permissions, and pages ask for a permission only.

What belongs here: the names, and which role holds what. Not here: who somebody is (store/users)
and how a page refuses (portal/access).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from campaign.errors import UnknownCodeError


class Permission(StrEnum):
    """One thing that a person or a machine may be allowed to do."""

    VIEW_CAMPAIGNS = "campaigns.view"
    IMPORT_LISTS = "lists.import"
    PLAN_CALLS = "calls.plan"
    TRIGGER_FLOWS = "flows.trigger"
    MAKE_CALLS = "calls.make"
    LEAD_TEAM = "team.lead"
    EXCHANGE_PACKETS = "packets.exchange"
    VIEW_BOOKS = "books.view"
    KEEP_BOOKS = "books.keep"
    PREPARE_REPORTS = "reports.prepare"
    SIGN_REPORTS = "reports.sign"
    VIEW_ALL_DONORS = "donors.view_all"
    SUPPRESS = "donors.suppress"
    FORGET = "donors.forget"
    CHANGE_RULES = "rules.change"
    VIEW_AUDIT = "audit.view"
    MANAGE_USERS = "users.manage"
    VIEW_HEALTH = "health.view"


class Role(StrEnum):
    """What somebody is in the campaign."""

    FINANCE_DIRECTOR = "finance_director"
    TREASURER = "treasurer"
    REVIEWER = "reviewer"
    TEAM_LEAD = "team_lead"
    CALLER = "caller"
    VENDOR_MANAGER = "vendor_manager"
    COMPLIANCE_OFFICER = "compliance_officer"
    ADMINISTRATOR = "administrator"


_P = Permission
PERMISSIONS_OF: dict[Role, frozenset[Permission]] = {
    Role.FINANCE_DIRECTOR: frozenset(
        {
            _P.VIEW_CAMPAIGNS,
            _P.IMPORT_LISTS,
            _P.PLAN_CALLS,
            _P.TRIGGER_FLOWS,
            _P.VIEW_ALL_DONORS,
            _P.VIEW_BOOKS,
            _P.SUPPRESS,
            _P.VIEW_HEALTH,
        }
    ),
    Role.TREASURER: frozenset(
        {
            _P.VIEW_CAMPAIGNS,
            _P.TRIGGER_FLOWS,
            _P.VIEW_BOOKS,
            _P.KEEP_BOOKS,
            _P.PREPARE_REPORTS,
            _P.VIEW_ALL_DONORS,
            _P.VIEW_AUDIT,
            _P.CHANGE_RULES,
            _P.FORGET,
        }
    ),
    # Signs what the treasurer prepared, so may not prepare or change it.
    Role.REVIEWER: frozenset(
        {
            _P.VIEW_CAMPAIGNS,
            _P.VIEW_BOOKS,
            _P.SIGN_REPORTS,
            _P.VIEW_ALL_DONORS,
            _P.VIEW_AUDIT,
        }
    ),
    Role.TEAM_LEAD: frozenset({_P.MAKE_CALLS, _P.LEAD_TEAM, _P.SUPPRESS}),
    Role.CALLER: frozenset({_P.MAKE_CALLS}),
    Role.VENDOR_MANAGER: frozenset({_P.LEAD_TEAM, _P.EXCHANGE_PACKETS}),
    Role.COMPLIANCE_OFFICER: frozenset(
        {
            _P.VIEW_CAMPAIGNS,
            _P.VIEW_BOOKS,
            _P.VIEW_ALL_DONORS,
            _P.SUPPRESS,
            _P.FORGET,
            _P.CHANGE_RULES,
            _P.VIEW_AUDIT,
            _P.VIEW_HEALTH,
        }
    ),
    # Runs the machine, and needs no donor for it.
    Role.ADMINISTRATOR: frozenset({_P.MANAGE_USERS, _P.VIEW_AUDIT, _P.VIEW_HEALTH}),
}

# These see money or whole lists: a password alone does not open them.
_GUARDED = frozenset(
    {
        _P.VIEW_ALL_DONORS,
        _P.VIEW_BOOKS,
        _P.MANAGE_USERS,
        _P.CHANGE_RULES,
        _P.FORGET,
    }
)
_BOUND_TO_A_TEAM = frozenset({_P.MAKE_CALLS, _P.LEAD_TEAM, _P.EXCHANGE_PACKETS})


def role_of(name: str) -> Role:
    """Return the role of that name; UnknownCodeError names the roles there are.

    >>> role_of("treasurer")
    <Role.TREASURER: 'treasurer'>
    """
    try:
        return Role(name.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise UnknownCodeError("role", name, [role.value for role in Role]) from None


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return all that these roles allow together; an unknown role allows nothing.

    >>> Permission.SIGN_REPORTS in permissions_of(["treasurer"])
    False
    """
    held = set(roles)
    return frozenset().union(*(PERMISSIONS_OF[role] for role in Role if role.value in held))


def needs_second_factor(permissions: Iterable[Permission]) -> bool:
    """Whether somebody with these permissions signs in with a second factor."""
    return not _GUARDED.isdisjoint(permissions)


def needs_team(roles: Iterable[str]) -> bool:
    """Whether somebody with these roles works for one team, and sees only that team's donors."""
    return not _BOUND_TO_A_TEAM.isdisjoint(permissions_of(roles))
