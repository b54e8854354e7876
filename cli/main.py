"""The `pledgeline` command: mounts each subject's commands and turns errors into sentences."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Sequence

import typer
from pydantic import ValidationError
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
from cli.printing import console

app = typer.Typer(
    name="pledgeline",
    help="Fundraising call campaigns, from the donor list to the treasurer's signature.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("doctor")(doctor.doctor)
app.command("suppress")(suppress.suppress)
for name, room, about in [
    ("campaign", campaign, "Committee, elections, campaign, teams and policy, from one file."),
    ("lists", lists, "Donor lists: look, bring in, take back."),
    ("donors", donors, "The people: export, merges, and why."),
    ("calls", calls, "Plans, packets and results of calls."),
    ("pledges", pledges, "Pledges from elsewhere, payment links, reminders."),
    ("books", books, "Stripe, the bank, and the tie-out."),
    ("reports", reports, "Packages for the treasurer and files for the FEC."),
    ("audit", audit, "The record that cannot be quietly changed."),
    ("users", users, "Who may sign in, and as what."),
]:
    app.add_typer(room.app, name=name, help=about)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 something found, 2 bad input."""
    try:
        result = app(args=arguments, standalone_mode=False)
    except Exit as ended:
        return ended.exit_code
    except (Abort, KeyboardInterrupt):
        return _refuse("Stopped; what was done is kept, run the command again to go on.", 130)
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        foreseen = isinstance(error, (TyperException, PledgelineError, ValidationError))
        if os.environ.get("PLEDGELINE_TRACEBACK") and not foreseen:
            raise
        return _refuse(_sentence(error), 2)
    return result if isinstance(result, int) else 0


def _sentence(error: Exception) -> str:
    """Say what a person can do about it; never a traceback, never a value of a donor."""
    if isinstance(error, TyperException):
        return _usage(error)
    if isinstance(error, PledgelineError):
        return str(error)
    if isinstance(error, ValidationError):  # of a flow's request, made from the command's words
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        return f"{name}: {first['msg']}." if name else first["msg"].removeprefix("Value error, ")
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    name = type(error).__name__
    return f"Something unforeseen went wrong ({name}); PLEDGELINE_TRACEBACK=1 shows where."


def _usage(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "pledgeline"
    message = error.format_message().strip()
    if not message:  # a group without a command: its help was printed already
        return f"Choose a command; '{path} --help' lists them."
    return f"{message.rstrip('.')}. See '{path} --help'."


def _refuse(sentence: str, code: int) -> int:
    console.print(sentence, markup=False)
    return code


def main() -> None:
    """Entry point of the installed command."""
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
