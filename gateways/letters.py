"""Where letters go: a mail server, or files in the home that people (and the sandbox) can read."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from campaign.errors import SetupError
from config.settings import settings
from gateways.whole_files import write_whole


@dataclass(frozen=True, slots=True)
class Parcel:
    """One letter, ready to go; its name is its own, so that sending again replaces it."""

    name: str
    channel: str  # email, sms or paper
    to: str
    subject: str
    text: str
    html: str | None = None


class PostOffice(Protocol):
    """Takes letters."""

    def send(self, parcel: Parcel) -> Path | None:
        """Send a letter; return where its file lies, where it is one."""

    def check(self) -> None:
        """SetupError where no letter could be sent."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Letters as files: .eml for e-mail, .txt for texting tools, .html to print."""

    folder: Path
    sender: str

    def send(self, parcel: Parcel) -> Path | None:
        """Write the letter under its own name, whole or not at all."""
        if parcel.channel == "email":
            suffix, content = ".eml", as_message(parcel, self.sender).as_bytes()
        elif parcel.channel == "sms":
            suffix, content = ".txt", f"To: {parcel.to}\n\n{parcel.text}\n".encode()
        else:
            suffix, content = ".html", (parcel.html or parcel.text).encode()
        path = self.folder / f"{parcel.name}{suffix}"
        write_whole(path, content)
        return path

    def check(self) -> None:
        """Files can always be written."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """E-mail by SMTP; what is no e-mail goes to the outbox."""

    url: str
    outbox: Outbox

    def send(self, parcel: Parcel) -> Path | None:
        """Hand an e-mail to the server; SetupError when it does not take it."""
        if parcel.channel != "email":
            return self.outbox.send(parcel)
        with self._connected() as mail:
            mail.send_message(as_message(parcel, self.outbox.sender))
        return None

    def check(self) -> None:
        """Connect and sign in, as for a letter."""
        with self._connected():
            return

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        address = urlsplit(self.url)
        is_secure = address.scheme == "smtps"
        try:
            kind = smtplib.SMTP_SSL if is_secure else smtplib.SMTP
            default = 465 if is_secure else 587
            with kind(address.hostname or "localhost", address.port or default, timeout=30) as mail:
                mail.ehlo_or_helo_if_needed()  # until then no extension of the server is known
                if not is_secure and mail.has_extn("starttls"):
                    mail.starttls(context=ssl.create_default_context())
                elif not is_secure and address.username:
                    raise SetupError(
                        f"The mail server {address.hostname} does not encrypt, so it gets no "
                        "password: name an smtps:// server, or no user, in PLEDGELINE_MAIL_URL."
                    )
                if address.username:
                    mail.login(unquote(address.username), unquote(address.password or ""))
                yield mail
        except (OSError, smtplib.SMTPException) as error:
            raise SetupError(
                f"The mail server {address.hostname} does not take letters "
                f"({type(error).__name__}): check PLEDGELINE_MAIL_URL."
            ) from error


def post_office() -> PostOffice:
    """Return the mail server of the settings, or the outbox in the home.

    SetupError when letters go out that nobody could answer, with STOP for one.
    """
    found = settings()
    outbox = Outbox(found.folder("files", "outbox"), found.mail_from)
    if found.mail_url is None:
        return outbox
    if found.mail_from.endswith("@localhost"):
        raise SetupError("A mail server is set and no sender: set PLEDGELINE_MAIL_FROM as well.")
    return MailServer(found.mail_url.get_secret_value(), outbox)


def as_message(parcel: Parcel, sender: str) -> EmailMessage:
    """Return the letter as an e-mail whose id is its own, so that a repeat is recognised."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = parcel.to
    message["Subject"] = parcel.subject
    message["Message-ID"] = f"<{parcel.name}@pledgeline.invalid>"
    message.set_content(parcel.text)
    return message
