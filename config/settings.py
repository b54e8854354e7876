"""Every setting of Pledgeline, and the only reader of the environment.

Database, Stripe, mail and the sandbox are named in environment variables or a `.env` file;
`.env.example` lists them all.
"""

from __future__ import annotations

import getpass
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from campaign.errors import SetupError


class Settings(BaseSettings):
    """What this installation is told from outside."""

    model_config = SettingsConfigDict(
        env_prefix="PLEDGELINE_", env_file=".env", extra="ignore", frozen=True
    )

    home: Path = Field(default=Path(".pledgeline"), description="Folder of data and files")
    database_url: SecretStr | None = Field(
        default=None, description="A PostgreSQL of one's own; embedded when left out"
    )
    timezone: str | None = Field(default=None, description="Of the committee, until one is applied")
    actor: str = Field(default_factory=lambda: f"cli:{_user()}", description="Who acts, for audit")
    clock_file: Path | None = Field(
        default=None, description="The sandbox's clock; never in earnest"
    )
    task_runner: Literal["threads", "processes", "dask"] = Field(
        default="processes", description="What the parts of a large list are done by, side by side"
    )
    dask_address: str | None = Field(
        default=None, description="Of a Dask scheduler; one of its own is started when left out"
    )

    stripe_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("STRIPE_API_KEY")
    )
    stripe_api_base: str = Field(
        default="https://api.stripe.com", validation_alias=AliasChoices("STRIPE_API_BASE")
    )
    stripe_rate: float | None = Field(
        default=None, gt=0, description="Requests a second; by the kind of key when left out"
    )
    stripe_webhook_secret: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("STRIPE_WEBHOOK_SECRET")
    )
    prefect_api_url: str | None = Field(
        default=None, validation_alias=AliasChoices("PREFECT_API_URL")
    )

    mail_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host:port; a local outbox when left out"
    )
    mail_from: str = Field(default="noreply@localhost", description="Sender of letters")
    portal_url: str = Field(default="http://127.0.0.1:8700", description="Where people open it")
    oidc_issuer: str | None = Field(
        default=None, description="OpenID Connect provider that people may sign in with"
    )
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value and value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone of the IANA database")
        return value or None

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    def folder(self, *names: str) -> Path:
        """Return a folder inside the home, made when absent; others may not look in.

        The home itself has to let the account of the embedded server pass, if that is another one.
        SetupError when there can be no home.
        """
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"No home can be made at {self.home} ({error.strerror}): set PLEDGELINE_HOME to a "
                "folder of yours."
            ) from error
        for top in names[:1]:
            inner = self.home / top
            inner.mkdir(mode=0o700, exist_ok=True)
            mode = inner.stat().st_mode
            if mode & 0o007:  # as made by hand, or by an older version
                with suppress(PermissionError):  # another account's: that one closes it
                    inner.chmod(mode & ~0o007)
        folder = self.home.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def is_live(self) -> bool:
        """Whether the Stripe key moves real money."""
        key = self.stripe_api_key.get_secret_value() if self.stripe_api_key else ""
        return key.startswith(("sk_live_", "rk_live_"))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings, read once a process; SetupError says which one is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise SetupError(
            f"The setting {name} cannot be used: {first['msg'].removeprefix('Value error, ')}."
        ) from error
