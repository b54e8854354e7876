"""Seals on reports: an Ed25519 signature over the manifest, checked without any database.

The key of the installation lies in `keys/` of its home, readable by its owner only. A seal names
the public key; whoever verifies compares its fingerprint with the one that was published.

Belongs here: keys, signatures, hashes of what lies in a folder. Does not belong here: who may
sign (`store/signatures`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from campaign.errors import FileError, StateError
from gateways.report_files import make_read_only, sha256_of, unlock
from gateways.whole_files import write_whole

MANIFEST = "manifest.json"
SEAL = "signature.json"
KEY_FILE = "reports-ed25519.pem"


class SigningKey:
    """The installation's own key; made when first needed."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def open(cls, folder: Path) -> SigningKey:
        """Return the key of the folder; FileError when the file holds none."""
        path = folder / KEY_FILE
        if not path.exists():
            _make_key(path)
        try:
            private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except ValueError as error:
            raise FileError(f"{path} holds no key to sign with.") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise FileError(f"{path} holds no Ed25519 key.")
        return cls(private)

    @property
    def public(self) -> bytes:
        """The public half: 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """Return the signature of the content."""
        return self._private.sign(content)


def _make_key(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:  # the first of two processes makes it
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(pem)


def public_key_of(path: Path) -> bytes:
    """Return the public key in a file: the `public_key` of a seal, as text."""
    try:
        public = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, ValueError) as error:
        raise FileError(f"{path} holds no public key in base64.") from error
    if len(public) != 32:
        raise FileError(f"{path} holds no Ed25519 key.")
    return public


def fingerprint(public: bytes) -> str:
    """Return a key's name, short enough to read aloud."""
    digest = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


def seal(folder: Path, key: SigningKey, statement: dict[str, Any]) -> str:
    """Write the seal of a folder whose manifest is final; return the signature."""
    signed = statement | {
        "manifest_sha256": sha256_of(folder / MANIFEST),
        "public_key": base64.b64encode(key.public).decode("ascii"),
    }
    signature = base64.b64encode(key.sign(_canonical(signed))).decode("ascii")
    content = json.dumps(signed | {"signature": signature}, indent=2, sort_keys=True) + "\n"
    write_whole(folder / SEAL, content.encode())
    return signature


class Seals:
    """The seals of one installation, made with the key in its folder."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys

    def require_whole(self, folder: Path, code: str, files: list[dict[str, Any]]) -> None:
        """Refuse a package whose files are no longer those that were drawn up."""
        for file in files:
            path = folder / str(file["name"])
            if not path.is_file() or sha256_of(path) != file["sha256"]:
                raise StateError(
                    f"{file['name']} of {code} is not what was drawn up: draw it up again."
                )

    def seal(self, folder: Path, statement: dict[str, Any]) -> dict[str, str]:
        """Seal a folder for good, read-only; return what the record keeps of it."""
        key = SigningKey.open(self._keys)
        unlock(folder)
        try:
            signature = seal(folder, key, statement)
        finally:
            make_read_only(folder)
        return {
            "manifest": sha256_of(folder / MANIFEST),
            "signature": signature,
            "key": fingerprint(key.public),
        }

    def verify(self, folder: Path) -> Verdict:
        """Check a folder; where this installation has a key, the seal must be made with it."""
        has_key = (self._keys / KEY_FILE).exists()
        return verify(folder, SigningKey.open(self._keys).public if has_key else None)


def _canonical(statement: dict[str, Any]) -> bytes:
    return json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found when a folder was checked."""

    report: str
    files: int
    problems: tuple[str, ...]
    signed_by: str | None
    signed_at: str | None
    fingerprint: str | None

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it was signed."""
        return not self.problems


def verify(folder: Path, trusted: bytes | None = None) -> Verdict:
    """Check every file against the manifest, and the manifest against its seal.

    `trusted` is the public key that the seal must be made with; without it any key will do, and
    the reader compares the fingerprint. FileError when the folder holds no report.
    """
    manifest = _json(folder / MANIFEST)
    if not isinstance(manifest.get("files"), list):
        raise FileError(f"{folder} holds no report: {MANIFEST} lists no files.")
    problems = _file_problems(folder, manifest["files"])
    seal_path = folder / SEAL
    name, count = str(manifest.get("report")), len(manifest["files"])
    if not seal_path.exists():
        return Verdict(name, count, (*problems, "the report is not signed"), None, None, None)
    statement = _json(seal_path)
    public, found = _seal_problems(folder, statement, manifest)
    if trusted is not None and public != trusted:
        found.append("the seal is made with another key than the one that is trusted")
    return Verdict(
        report=name,
        files=count,
        problems=(*problems, *found),
        signed_by=str(statement.get("signed_by")),
        signed_at=str(statement.get("signed_at")),
        fingerprint=fingerprint(public) if public else None,
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read: name the folder of a report.") from error
    except ValueError as error:
        raise FileError(f"{path} is not what was written: it cannot be read as JSON.") from error
    if not isinstance(document, dict):
        raise FileError(f"{path} is not what was written.")
    return document


def _file_problems(folder: Path, listed: list[dict[str, Any]]) -> list[str]:
    problems = []
    names = {str(file["name"]) for file in listed}
    for file in listed:
        path = folder / str(file["name"])
        if not path.is_file():
            problems.append(f"{file['name']} is missing")
        elif sha256_of(path) != file["sha256"]:
            problems.append(f"{file['name']} was changed")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    problems += [f"{name} was added" for name in sorted(there - names - {MANIFEST, SEAL})]
    return problems


def _seal_problems(
    folder: Path, statement: dict[str, Any], manifest: dict[str, Any]
) -> tuple[bytes | None, list[str]]:
    problems = []
    if statement.get("manifest_sha256") != sha256_of(folder / MANIFEST):
        problems.append(f"{MANIFEST} was changed")
    if statement.get("report") != manifest.get("report"):
        problems.append("the seal belongs to another report")
    signed = {name: value for name, value in statement.items() if name != "signature"}
    try:
        public = base64.b64decode(str(statement.get("public_key")), validate=True)
        signature = base64.b64decode(str(statement.get("signature")), validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _canonical(signed))
    except (InvalidSignature, ValueError):
        return None, [*problems, "the signature does not fit"]
    return public, problems
