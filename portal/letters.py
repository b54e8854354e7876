"""Letters to the people who use the portal: a link, a warning; never a donor's data."""

from __future__ import annotations

import logging
import secrets

from campaign.errors import SetupError
from gateways.letters import Parcel, post_office

log = logging.getLogger(__name__)


def send(*, to: str, subject: str, text: str) -> None:
    """Send a letter, or lay it into the home's outbox where no mail server is set."""
    name = f"portal-{secrets.token_hex(8)}"
    try:
        post_office().send(Parcel(name=name, channel="email", to=to, subject=subject, text=text))
    except SetupError as error:  # the page goes on; whoever runs the machine sees it in the log
        log.error("a letter could not be sent: %s", error)
