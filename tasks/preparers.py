"""Who prepares a report: nobody signs what he or she prepared.

Not here: who submits or signs it (`store/signatures`).
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from config.settings import settings
from store.users import user_by_id
from tasks.policies import run_tags

# What the portal marks a run with: the account that started it, or the account of the key that did.
_ACCOUNT = re.compile(r"(?:token-of-)?user:(\d+)")


def preparer(session: Session) -> str:
    """Return the address of the account that started the run; else who runs the command.

    The worker's own account would stand for everybody who starts a run in the portal.
    """
    for tag in run_tags():
        if account := _ACCOUNT.fullmatch(tag):
            return user_by_id(session, int(account[1])).email
    return settings().actor
