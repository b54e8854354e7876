"""What the documents say is what the program does."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

from cli.manual import FILE, manual

PROJECT = Path(__file__).resolve().parent.parent
WITH_EXAMPLES = sorted(
    ".".join(file.relative_to(PROJECT).with_suffix("").parts)
    for file in PROJECT.glob("[a-z]*/**/*.py")
    if file.relative_to(PROJECT).parts[0] != "tests" and ">>> " in file.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_in_docstrings_hold(module: str) -> None:
    found = doctest.testmod(import_module(module))
    assert found.attempted
    assert not found.failed


def test_the_manual_is_what_the_program_says() -> None:
    assert FILE.read_text(encoding="utf-8") == manual(), "run: python -m cli.manual"


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]
    broken = [
        (document.name, target)
        for document in documents
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_every_setting_stands_in_the_example() -> None:
    from pydantic import AliasChoices

    from config.settings import Settings

    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    names = {
        str(field.validation_alias.choices[0])
        if isinstance(field.validation_alias, AliasChoices)
        else f"PLEDGELINE_{name.upper()}"
        for name, field in Settings.model_fields.items()
    }
    # The two that are not for a person to set: the sandbox does, and the portal's own name does.
    missing = {name for name in names if name not in example}
    assert missing <= {"PLEDGELINE_ACTOR", "PLEDGELINE_CLOCK_FILE"}
