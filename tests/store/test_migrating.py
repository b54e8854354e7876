"""A database of one's own: what is missing is said in a sentence that mends it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text

from campaign.errors import SetupError
from store.migrating import require_portal_role


def test_a_role_that_was_not_granted_is_named(database: Engine) -> None:
    """As after a restore on a server that has the role already."""
    user = f"newcomer_{uuid4().hex[:8]}"
    with database.begin() as connection:
        connection.execute(text(f"create role {user} login"))
    newcomer = create_engine(database.url.set(username=user, password=None))
    with pytest.raises(SetupError, match=f'grant pledgeline_portal to "{user}"'):
        require_portal_role(newcomer)
    with database.begin() as connection:
        connection.execute(text(f"grant pledgeline_portal to {user}"))
    require_portal_role(newcomer)
    newcomer.dispose()
    with database.begin() as connection:
        connection.execute(text(f"drop role {user}"))
