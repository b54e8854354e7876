"""Letters to the people who use the portal: a link, a warning; never a donor's data."""

from __future__ import annotations

import logging
import secrets

from campaign.errors import SetupError
from config.settings import settings
from gateways.letters import MailServer, Outbox, Parcel

log = logging.getLogger(__name__)


def send(*, to: str, subject: str, text: str) -> None:
    """Send a letter, or lay it into the home's outbox where no mail server is set."""
    found = settings()
    outbox = Outbox(found.folder("files", "outbox"), found.mail_from)
    office = MailServer(found.mail_url.get_secret_value(), outbox) if found.mail_url else outbox
    name = f"portal-{secrets.token_hex(8)}"
    try:
        office.send(Parcel(name=name, channel="email", to=to, subject=subject, text=text))
    except SetupError as error:  # the page goes on; whoever runs the machine sees it in the log
        log.error("a letter could not be sent: %s", error)
