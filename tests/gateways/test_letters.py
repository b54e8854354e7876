"""Letters go to the mail server that is set, or are laid into the outbox of the home."""

from __future__ import annotations

import os
import socketserver
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Thread

import pytest

from campaign.errors import SetupError
from config.settings import settings
from gateways.letters import Parcel, post_office

LETTER = Parcel(name="l-1", channel="email", to="ann@x.org", subject="Your pledge", text="Ça va\n")


class _Mailbox(socketserver.StreamRequestHandler):
    """Just enough of SMTP (RFC 5321) to take letters; nobody named "nobody" has a box."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append(b"".join(lines))  # type: ignore[attr-defined]  # set below, for the test to read
            if verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            if verb == b"EHLO":
                self.wfile.write(self.server.offers)  # type: ignore[attr-defined]  # as the test says
            if verb == b"STAR":
                self.wfile.write(b"454 not now\r\n")
                continue
            refused = verb == b"RCPT" and b"nobody" in line
            self.wfile.write(b"550 no such box\r\n" if refused else b"250 well\r\n")


@pytest.fixture
def letters(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, home: Path
) -> Iterator[list[bytes]]:
    taken: list[bytes] = []
    with socketserver.TCPServer(("127.0.0.1", 0), _Mailbox) as server:
        server.letters = taken  # type: ignore[attr-defined]  # read by the handler
        server.offers = getattr(request, "param", b"")  # type: ignore[attr-defined]  # the same
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        monkeypatch.setenv("PLEDGELINE_MAIL_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("PLEDGELINE_MAIL_FROM", "finance@example.org")
        settings.cache_clear()
        yield taken
        server.shutdown()
    settings.cache_clear()


def test_a_mail_server_that_is_set_gets_the_letter(letters: list[bytes]) -> None:
    assert post_office().send(LETTER) is None
    sent = message_from_bytes(letters[0], policy=default)
    assert (sent["From"], sent["To"]) == ("finance@example.org", "ann@x.org")
    assert sent.get_content().strip() == "Ça va"


@pytest.mark.parametrize(
    "letters", [pytest.param(b"250-here\r\n250-STARTTLS\r\n", id="starttls")], indirect=True
)
def test_where_a_server_offers_to_encrypt_nothing_goes_out_in_the_clear(
    letters: list[bytes],
) -> None:
    with pytest.raises(SetupError, match="PLEDGELINE_MAIL_URL"):
        post_office().send(LETTER)
    assert not letters


def test_a_server_that_does_not_encrypt_gets_no_password(
    letters: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = os.environ["PLEDGELINE_MAIL_URL"].replace("://", "://ann:secret@")
    monkeypatch.setenv("PLEDGELINE_MAIL_URL", url)
    settings.cache_clear()
    with pytest.raises(SetupError, match="does not encrypt, so it gets no password"):
        post_office().check()


def test_a_server_is_tried_without_a_letter(letters: list[bytes]) -> None:
    post_office().check()
    assert not letters


def test_a_letter_that_is_not_taken_says_what_to_look_at(letters: list[bytes]) -> None:
    stray = Parcel(name="l-2", channel="email", to="nobody@x.org", subject="s", text="t\n")
    with pytest.raises(SetupError, match="PLEDGELINE_MAIL_URL"):
        post_office().send(stray)
    assert not letters


def test_letters_that_nobody_could_answer_are_not_sent(
    letters: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLEDGELINE_MAIL_FROM")
    settings.cache_clear()
    with pytest.raises(SetupError, match="PLEDGELINE_MAIL_FROM"):
        post_office()
    assert not letters


def test_without_a_server_the_letter_lies_in_the_outbox(home: Path) -> None:
    path = post_office().send(LETTER)
    assert path is not None
    assert path.is_relative_to(home / "files" / "outbox")
