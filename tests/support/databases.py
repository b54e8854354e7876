"""A database for one test, copied from one that was laid before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from config.settings import settings
from store import session as store_session

TEMPLATE = "pledgeline_template"


def lay(cluster: str, name: str, template: str) -> str:
    """Make a database after a template; return its address."""
    with psycopg.connect(cluster.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"create database {name} template {template} strategy file_copy")
    return make_url(cluster).set(database=name).render_as_string(hide_password=False)


@contextmanager
def database_of_its_own(
    cluster: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """Make a database that the settings name, and drop it afterwards."""
    name = f"t_{uuid4().hex[:12]}"
    monkeypatch.setenv("PLEDGELINE_DATABASE_URL", lay(cluster, name, template))
    settings.cache_clear()
    store_session.forget()
    yield store_session.engine()
    store_session.forget()
    with psycopg.connect(cluster.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")
