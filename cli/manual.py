"""Write `docs/commands.md` from the program itself: `python -m cli.manual`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

FILE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
HEAD = """# Commands

Written by the program (`python -m cli.manual`); `--help` says the same.

Every command returns 0 on success, 1 when it found something wrong that it reports, and 2 on bad
usage or bad input, with one sentence on stderr. `--json` prints one JSON document on stdout.
"""


def manual() -> str:
    """Return the manual of every command, as Markdown."""
    from cli.main import app

    return "\n".join([HEAD, *(_chapter(words, command) for words, command in _commands(app))])


def _commands(app: typer.Typer) -> Iterator[tuple[str, Any]]:
    def walk(command: Any, words: str) -> Iterator[tuple[str, Any]]:
        children = getattr(command, "commands", None)
        if children is None:
            yield words, command
            return
        for name, child in children.items():
            yield from walk(child, f"{words} {name}")

    return walk(typer.main.get_command(app), "pledgeline")


def _chapter(words: str, command: Any) -> str:
    about = inspect.cleandoc(command.help or "")
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    usage = " ".join([words, *(_place(argument) for argument in arguments)])
    lines = [f"## {words.removeprefix('pledgeline ')}", "", f"`{usage}`", "", about, ""]
    if options:
        lines += ["| option | meaning |", "|---|---|"]
        lines += [
            f"| `{', '.join([*option.opts, *option.secondary_opts])}` "
            f"| {' '.join((option.help or '').split())} |"
            for option in options
        ]
        lines.append("")
    return "\n".join(lines)


def _place(argument: Any) -> str:
    name = (argument.metavar or argument.name).strip("[]").upper()
    return name if argument.required else f"[{name}]"


if __name__ == "__main__":
    FILE.write_text(manual(), encoding="utf-8")
