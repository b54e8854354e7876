"""The `pledgeline` command: mounts each subject's commands and turns errors into sentences."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, cast

import typer
from pydantic import ValidationError
from typer.core import TyperGroup, TyperOption
from typer.exceptions import Abort, Exit, TyperException

from campaign.errors import PledgelineError
from cli import (
    audit,
    books,
    calls,
    campaign,
    demo,
    doctor,
    donors,
    lists,
    pledges,
    reports,
    suppress,
    up,
    users,
)
from cli.printing import console, out


class _InOrder(TyperGroup):
    """Lists the commands in the order of their work, whether they hold others or not."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, those that keep house last."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: (name in _LAST, name not in _FIRST))


def _type_shown(option: TyperOption, ctx: Any) -> str | None:
    """Return what an option takes; a flag takes nothing, though Typer calls it a <bool>."""
    return None if option.is_flag else _typers_own(option, ctx)


_typers_own = TyperOption.display_type_rich
TyperOption.display_type_rich = _type_shown  # type: ignore[assignment, method-assign]  # no setting

_FIRST, _LAST = ("demo", "up", "doctor"), ("audit", "users", "suppress")
app = typer.Typer(
    name="pledgeline",
    cls=_InOrder,
    epilog="New here? 'pledgeline demo' runs a whole invented campaign in a few minutes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # no other command needs it

        out.print(f"pledgeline {version('pledgeline')}", highlight=False)
        raise typer.Exit


@app.callback()
def _everywhere(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say the version and exit.", callback=_tell_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Fundraising call campaigns, from the donor list to the treasurer's signature."""


_TRY, _WORK, _KEEP = "Try it, run it", "A campaign, in the order of its work", "Keep house"
app.command("demo", rich_help_panel=_TRY)(demo.demo)
app.command("up", rich_help_panel=_TRY)(up.up)
app.command("doctor", rich_help_panel=_TRY)(doctor.doctor)
for name, room, about, panel in [
    ("campaign", campaign, "Committee, elections, teams and policy, from one file.", _WORK),
    ("lists", lists, "Donor lists: look, bring in, take back.", _WORK),
    ("donors", donors, "The people: export, merges, and why.", _WORK),
    ("calls", calls, "Plans, packets and results of calls.", _WORK),
    ("pledges", pledges, "Pledges from elsewhere, payment links, reminders.", _WORK),
    ("books", books, "Stripe, the bank, and the tie-out.", _WORK),
    ("reports", reports, "Packages for the treasurer and files for the FEC.", _WORK),
    ("audit", audit, "The record that cannot be quietly changed.", _KEEP),
    ("users", users, "Who may sign in, and as what.", _KEEP),
]:
    app.add_typer(room.app, name=name, help=about, rich_help_panel=panel)
app.command("suppress", rich_help_panel=_KEEP)(suppress.suppress)


_INTERRUPTED = 130  # 128 and the signal's number, as shells say it


@cache
def _command() -> TyperGroup:
    """Return every command, built once a process: that takes a twentieth of a second."""
    return cast("TyperGroup", typer.main.get_command(app))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 something found, 2 bad input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = _command()(args=words, prog_name="pledgeline", standalone_mode=False)
    except Exit as ended:
        result = ended.exit_code
    except (Abort, KeyboardInterrupt):
        result = _INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        foreseen = isinstance(error, (TyperException, PledgelineError, ValidationError))
        if os.environ.get("PLEDGELINE_TRACEBACK") and not foreseen:
            raise
        return _refuse(_sentence(error, words), 2)
    if result == _INTERRUPTED:
        return _refuse("Stopped; what was done is kept, run the command again to go on.", result)
    return result if isinstance(result, int) else 0


def _sentence(error: Exception, words: Sequence[str]) -> str:
    """Say what a person can do about it; never a traceback, never a value of a donor."""
    if isinstance(error, TyperException):
        return _usage(error, words)
    if isinstance(error, PledgelineError):
        return str(error)
    if isinstance(error, ValidationError):  # of a flow's request, made from the command's words
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "literal_error":
            return f"{name} must be {first['ctx']['expected']}."
        return f"{name}: {first['msg']}." if name else first["msg"].removeprefix("Value error, ")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "There is no room left on the disk; make some, and run the command again."
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    name = type(error).__name__
    return f"Something unforeseen went wrong ({name}); PLEDGELINE_TRACEBACK=1 shows where."


def _usage(error: TyperException, words: Sequence[str]) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else _path(words)
    if isinstance(error, typer.BadParameter) and isinstance(error.__cause__, ValidationError):
        error.message = _wanted(error.__cause__)
    message = error.format_message().strip()
    if not message:  # a group without a command: its help was printed already
        return f"Choose a command; '{path} --help' lists them."
    if not message.endswith("?"):  # it may ask whether another command was meant
        message = f"{message.rstrip('.')}."
    return f"{message} See '{path} --help'."


def _path(words: Sequence[str]) -> str:
    """Return the command that the words name: an option without its value comes without one."""
    path = ["pledgeline"]
    command: Any = _command()
    for word in words:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        path.append(word)
    return " ".join(path)


def _wanted(error: ValidationError) -> str:
    """Say what an option or an argument takes."""
    first = error.errors(include_url=False)[0]
    value, bounds = first["input"], first.get("ctx", {})
    match first["type"]:
        case "greater_than_equal":
            return f"{value} is less than {bounds['ge']}"
        case "less_than_equal":
            return f"{value} is more than {bounds['le']}"
        case "int_parsing":
            return f"{value!r} is no whole number"
        case "value_error" if "formats" in first["msg"]:
            return f"{value!r} is no day like 2026-09-30"
        case _:
            return str(first["msg"])


def _refuse(sentence: str, code: int) -> int:
    console.print(sentence, markup=False)
    return code


def main() -> None:
    """Entry point of the installed command."""
    gc.set_threshold(50_000)  # to look through what is imported takes up to a fifth of it
    # Told to end, the processes that were started end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    code = run()
    if "_duckdb" in sys.modules:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End after our own exit functions, before the interpreter takes its modules apart.

    DuckDB's binding would then fill the terminal with harmless warnings of what other threads
    still hold of it.
    """
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way to run them early
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
