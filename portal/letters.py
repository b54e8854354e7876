"""Letters to the people who use the portal: a link, a warning; never a donor's data."""

from __future__ import annotations

import logging
import secrets

from campaign.errors import SetupError
from campaign.roles import Permission
from config.clock import real_now
from gateways.letters import Parcel, post_office
from store import portal_notices
from store.session import unit_of_work

log = logging.getLogger(__name__)


def send(*, to: str, subject: str, text: str) -> None:
    """Send a letter, or lay it into the home's outbox where no mail server is set.

    The page goes on where none can be sent; whoever keeps the machine reads a notice, one an hour.
    """
    name = f"portal-{secrets.token_hex(8)}"
    try:
        post_office().send(Parcel(name=name, channel="email", to=to, subject=subject, text=text))
    except SetupError as error:
        log.error("a letter could not be sent: %s", error)
        at = real_now()
        with unit_of_work() as session:
            portal_notices.tell(
                session,
                key=f"mail:{at:%Y-%m-%d %H}",
                permission=Permission.VIEW_HEALTH,
                kind="mail_failed",
                text=f"A letter of the portal could not be sent. {error}",
                link="/condition",
                now=at,
            )
