"""What the documents say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from cli.manual import FILE, manual

PROJECT = Path(__file__).resolve().parent.parent


def test_the_manual_is_what_the_program_says() -> None:
    assert FILE.read_text(encoding="utf-8") == manual(), "run: python -m cli.manual"


def test_links_between_documents_lead_somewhere() -> None:
    documents = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *PROJECT.glob("docs/**/*.md")]
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
