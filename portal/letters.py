"""Letters to the people who use the portal: a link, a warning; never a donor's data."""

from __future__ import annotations

import logging
import secrets
import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from config.settings import settings

log = logging.getLogger(__name__)


def send(*, to: str, subject: str, text: str) -> None:
    """Send a letter, or lay it into the home's outbox where no mail server is set."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = settings().mail_from, to, subject
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="pledgeline.invalid")
    letter.set_content(text)
    address = settings().mail_url
    if address is None:
        folder = settings().folder("files", "outbox")
        path = folder / f"portal-{secrets.token_hex(6)}.eml"
        path.write_bytes(letter.as_bytes())
        return
    place = urlsplit(address.get_secret_value())
    try:
        with smtplib.SMTP(place.hostname or "localhost", place.port or 587, timeout=20) as server:
            if place.username:
                server.starttls()
                server.login(unquote(place.username), unquote(place.password or ""))
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        log.error("a letter could not be sent: %s", type(error).__name__)
