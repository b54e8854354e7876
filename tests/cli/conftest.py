"""What the tests of the command line share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.list_files import Import


@pytest.fixture
def bring(cli: Any, database: Engine) -> Import:
    def call(path: Path, source: str = "WEB", *words: str, code: int = 0) -> dict[str, Any]:
        done = cli("lists", "import", path, "--source", source, "--json", *words)
        assert done.exit_code == code, done.stderr
        account: dict[str, Any] = json.loads(done.stdout)
        ends = ("imported", "merged", "unchanged", "quarantined")
        assert account["rows_read"] == sum(account[end] for end in ends)
        return account

    return call
