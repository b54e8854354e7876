"""Sealed packets: a ZIP of small files, encrypted with age for one key.

age (https://age-encryption.org/v1) is readable by many programs; `pyrage` writes it here.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyrage

from campaign.errors import FileError, InputError
from gateways.whole_files import written_whole

# Every entry carries the same day: a packet's bytes depend on its contents alone.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def seal(contents: Mapping[str, bytes], recipient: str, path: Path) -> None:
    """Write the files into one sealed packet; it appears whole or not at all."""
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise InputError("The team's key is not an age key (age1…).") from error
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    with written_whole(path) as part:
        part.touch(0o600)
        with part.open("wb") as file:
            file.write(pyrage.encrypt(buffer.getvalue(), [key]))
            file.flush()
            os.fsync(file.fileno())


def unseal(path: Path, identity: str) -> dict[str, bytes]:
    """Return the files of a packet; FileError when the key does not open it."""
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path.name} cannot be read ({error.strerror}).") from error
    try:
        opened = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity.strip())])
    except pyrage.IdentityError as error:
        raise InputError("This is not an age identity (AGE-SECRET-KEY-1…).") from error
    except pyrage.DecryptError as error:
        raise FileError(f"{path.name} does not open with this key.") from error
    with zipfile.ZipFile(io.BytesIO(opened)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def new_key() -> tuple[str, str]:
    """Return a fresh identity, which stays with the team, and its recipient, which is given out."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())
