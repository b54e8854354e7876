"""The import contracts hold, and each of them can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
ROOMS = CONTRACTS["root_packages"]

BREAKS = {
    "Arrows run down": ("store/audit.py", "import tasks"),
    "Rules know no world": ("campaign/money.py", "import sqlalchemy"),
    "Flows reach the world through tasks": ("flows/__init__.py", "import store.audit"),
    "Only the store opens tables": ("tasks/policies.py", "import models.donors"),
    "Only flows, tasks and those who start them know Prefect": ("store/bulk.py", "import prefect"),
    "The portal starts flows by name": ("portal/__init__.py", "import flows"),
    "The sandbox stands in a garden of its own": ("sandbox/__init__.py", "import config"),
    "Only the command line opens the sandbox": ("portal/__init__.py", "import sandbox"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of `pyproject.toml` over a copy of the house."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "PYTHONPATH": str(folder)},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The rooms, in a folder where they may be broken."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(
            PROJECT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "static")
        )
    return tmp_path


def test_every_contract_has_a_break_to_be_tried_with() -> None:
    assert set(BREAKS) == {contract["name"] for contract in CONTRACTS["contracts"]}


def test_the_contracts_hold(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_contract_is_found(copy: Path, name: str) -> None:
    file, line = BREAKS[name]
    with (copy / file).open("a") as module:
        module.write(f"\n{line}\n")
    result = lint(copy)
    assert result.returncode == 1
    assert f"{name} BROKEN" in result.stdout
