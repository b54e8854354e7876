"""The `pledgeline demo` command: a whole invented campaign, through the real flows."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from campaign.errors import InputError
from campaign.money import format_minor
from cli.books import show_tie_out
from cli.printing import console, out, table
from cli.servers import Servers, free_port
from cli.up import point_at_sandbox, refuse_live_key, use_prefect
from config.settings import settings

if TYPE_CHECKING:
    from cli.demo_play import Play

SUMMARY = "summary.json"


class Stopwatch:
    """Says what is being done, and remembers how long it took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        """Time a stage; the same stage again is added."""
        started = time.monotonic()
        with console.status(f"{what} …"):
            yield
        self.seconds[what] = self.seconds.get(what, 0) + time.monotonic() - started


def demo(
    donors: Annotated[int, typer.Option(min=300, max=200_000, help="Invented donors.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same campaign.")] = 1,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for the reports.")] = Path(
        "demo-out"
    ),
) -> None:
    """Run a whole invented campaign through the real flows, and leave its reports.

    Everybody and every dollar in it is invented; nothing leaves this machine.
    """
    refuse_live_key()
    out_dir = _fresh_folder(out_dir)
    _use_home(out_dir / "home")
    stopwatch = Stopwatch()
    summary = _play(donors, seed, out_dir, stopwatch)
    summary["stages_seconds"] = {name: round(took, 1) for name, took in stopwatch.seconds.items()}
    (out_dir / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    show(summary, out_dir)


def _fresh_folder(folder: Path) -> Path:
    """Return an empty folder; an earlier demo's is emptied, anybody else's is refused."""
    folder = folder.expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder for the reports with --out.")
    if folder.exists() and any(folder.iterdir()):
        if not (folder / ".pledgeline-demo").exists():
            raise InputError(f"{folder} is not empty and holds no demo: name another with --out.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".pledgeline-demo").touch()
    return folder


def _use_home(home: Path) -> None:
    """Work in a home of the demo's own, whatever the environment says."""
    for name in ("PLEDGELINE_DATABASE_URL", "PREFECT_API_URL", "PLEDGELINE_MAIL_URL"):
        os.environ.pop(name, None)
    os.environ["PLEDGELINE_HOME"] = str(home)
    os.environ["PLEDGELINE_ACTOR"] = "demo"
    settings.cache_clear()
    settings().folder()


def _play(donors: int, seed: int, out_dir: Path, stopwatch: Stopwatch) -> dict[str, Any]:
    from cli.demo_play import Play
    from sandbox.stripe_server import serve
    from sandbox.world import World

    clock_file = settings().folder("sandbox") / "clock"
    with stopwatch("inventing donors"):
        world = World(seed, donors, clock_file=clock_file)
        play = Play(world)
        suppressions = play.bring_lists(out_dir / "lists")
    with Servers() as servers, serve(world) as sandbox:
        point_at_sandbox(sandbox.url, clock_file)
        with stopwatch("starting database and Prefect"):
            _start(servers)
        with stopwatch("applying the campaign file"):
            _apply(play.write_campaign_file(out_dir / "campaign.toml"), suppressions)
            _certify(play, out_dir / "lists")
        _live_through(play, stopwatch)
        with stopwatch("bank statement"):
            world.bank.write_csv(out_dir / "bank-statement.csv")
            _take_bank(out_dir / "bank-statement.csv")
        with stopwatch("last tie-out"):
            books = _reconcile(out_dir / "reconciliation.json")
        with stopwatch("reports"):
            reports = _report(out_dir)
        world.save(settings().folder("sandbox") / "world.pickle")
        return _summary(play, seed, donors, books, reports, out_dir)


def _start(servers: Servers) -> None:
    from store.session import engine

    # The terminal shows the demo's own lines; the runs are kept by Prefect's server.
    os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
    os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"
    os.environ["PREFECT_SERVER_UI_ENABLED"] = "false"
    engine()
    use_prefect(servers, free_port(), with_schedules=False)


def _apply(campaign_file: Path, suppressions: list[Path]) -> None:
    from campaign.campaign_file import read_campaign_file
    from campaign.roles import Role
    from config.clock import now
    from store import campaigns
    from store.session import unit_of_work
    from tasks.suppressing import suppress_file

    told = read_campaign_file(campaign_file, roles=[role.value for role in Role])
    with unit_of_work() as session:
        campaigns.apply(session, told, now())
    for path in suppressions:
        suppress_file(str(path), "do_not_call")


def _certify(play: Play, folder: Path) -> None:
    """Take in whom the call centres trained, as the director does before the first packet."""
    from tasks.call_desk import take_roster

    for team, roster in play.write_rosters(folder).items():
        take_roster(str(roster), team, play.campaign)


def _live_through(play: Play, stopwatch: Stopwatch) -> None:
    """Let the days pass: calls on the first ones, payments on all of them."""
    from campaign.requests import CampaignDayRequest
    from cli.demo_play import CALLING_DAYS, SETTLING_DAYS, at
    from cli.running import run_flow
    from flows.run_campaign_day import run_campaign_day
    from store import campaign_days
    from store.session import unit_of_work

    for day in (*CALLING_DAYS, *SETTLING_DAYS):
        console.print(f"[dim]{day:%A, %d %B}[/dim]")
        play.world.advance(at(day, 9))
        run_flow(run_campaign_day, CampaignDayRequest(campaign=play.campaign, on_day=day))
        play.donors_pay()
        if day in CALLING_DAYS:
            with stopwatch("callers at work (sandbox)"):
                play.centres_call(day, attempt=CALLING_DAYS.index(day) + 1)
                play.own_people_call(day, 16, 21)
    with stopwatch("money on its way (sandbox)"):
        play.world.advance(at(SETTLING_DAYS[-1], 23, 59))
    with unit_of_work() as session:
        for stage, seconds in campaign_days.seconds_by_stage(session).items():
            stopwatch.seconds[stage.replace("-", " ")] = seconds


def _take_bank(statement: Path) -> None:
    from tasks.bank_lines import import_bank_file

    import_bank_file(str(statement))


def _reconcile(target: Path) -> dict[str, Any]:
    from campaign.requests import ReconcileRequest, SyncRequest
    from cli.demo_play import FIRST_DAY, LAST_DAY
    from cli.running import run_flow
    from flows.reconcile_pledges import reconcile_pledges
    from flows.sync_stripe import sync_stripe

    run_flow(sync_stripe, SyncRequest(first_day=FIRST_DAY, last_day=LAST_DAY))
    found = run_flow(reconcile_pledges, ReconcileRequest(first_day=FIRST_DAY, last_day=LAST_DAY))
    shutil.copyfile(found["path"], target)
    return found


def _report(out_dir: Path) -> dict[str, Any]:
    from campaign.requests import FilingRequest, ReportRequest
    from cli.demo_play import FIRST_DAY, LAST_DAY
    from tasks.filings import draw_up_filing, summary_of
    from tasks.packages import draw_up_package

    package = draw_up_package(
        ReportRequest(first_day=FIRST_DAY, last_day=LAST_DAY, out_dir=str(out_dir / "treasurer"))
    )
    filing = FilingRequest(form="F3", report="Q3", year=2026, out=str(out_dir / "f3-q3-2026.fec"))
    return {"package": package, "filing": summary_of(draw_up_filing(filing))}


def _summary(
    play: Play, seed: int, donors: int, books: dict[str, Any], reports: dict[str, Any], out: Path
) -> dict[str, Any]:
    """Return what the campaign came to; the same seed gives the same, times apart."""
    from dataclasses import asdict

    from store import lists, portal_campaigns
    from store.session import unit_of_work

    with unit_of_work() as session:
        card = portal_campaigns.campaign_by_code(session, play.campaign)
        campaign_id = card.id if card else 0
        funnel = asdict(portal_campaigns.funnel(session, campaign_id))
        teams = portal_campaigns.scorecards(session, campaign_id)
        batches = lists.batches(session)[::-1]
    accounts = ("source", "format", "rows_read", "imported", "merged", "unchanged", "quarantined")
    return {
        "seed": seed,
        "donors": donors,
        "campaign": play.campaign,
        "lists": [{name: getattr(batch, name) for name in accounts} for batch in batches],
        "funnel": funnel,
        "teams": [
            {
                "team": team.code,
                "attempts": team.attempts,
                "pledges": team.pledges,
                "pledged_cents": team.pledged_cents,
                "settled_cents": team.settled_cents,
                "cost_cents": team.cost_cents,
            }
            for team in teams
        ],
        "tie_out": books["totals"],
        "invariants": books["invariants"],
        "exceptions": books["exceptions"],
        "unexplained_cents": books["totals"]["unexplained_cents"],
        "story": play.world.story(),
        "fec": {name: reports["filing"][name] for name in ("form", "code", "is_clean", "cover")},
        "reports": _files(batches, out),
    }


def _files(batches: list[Any], out: Path) -> list[str]:
    """Return what the demo leaves, as paths inside its folder; rejected rows are copied there."""
    rejects = out / "rejected-rows"
    rejects.mkdir(exist_ok=True)
    for batch in batches:
        if batch.rejects_file and Path(batch.rejects_file).exists():
            shutil.copy(batch.rejects_file, rejects)
    inner = (out / "home", out / "lists")
    return sorted(
        str(path.relative_to(out))
        for path in out.rglob("*")
        if path.is_file() and path.name[0] != "." and not any(map(path.is_relative_to, inner))
    )


def show(summary: dict[str, Any], out_dir: Path) -> None:
    """Print the funnel, the tie-out with its invariants, the times and the paths."""
    table(
        "Lists",
        ["source", "rows read", "imported", "merged", "unchanged", "quarantined"],
        [
            [batch[name] for name in ("source", "rows_read", "imported", "merged", "unchanged")]
            + [batch["quarantined"]]
            for batch in summary["lists"]
        ],
    )
    funnel = summary["funnel"]
    table(
        "Funnel",
        ["stage", "count", "amount"],
        [
            ["donors assigned", funnel["assigned_donors"], ""],
            ["calls attempted", funnel["attempted"], ""],
            ["people reached", funnel["reached"], ""],
            ["pledges", funnel["pledged"], format_minor(funnel["pledged_cents"])],
            ["paid", funnel["paid"], format_minor(funnel["paid_cents"])],
            ["Stripe's fees", "", format_minor(-funnel["fees_cents"])],
        ],
    )
    table(
        "Teams",
        ["team", "attempts", "pledges", "pledged", "settled", "cost"],
        [
            [team["team"], team["attempts"], team["pledges"]]
            + [format_minor(team[f"{what}_cents"]) for what in ("pledged", "settled", "cost")]
            for team in summary["teams"]
        ],
    )
    show_tie_out(summary["tie_out"], summary["invariants"])
    table(
        "What happened besides",
        ["when", "what", "amount"],
        [
            [line["at"][:10], line["kind"].replace("_", " "), format_minor(line["amount_cents"])]
            for line in summary["story"]
        ],
    )
    table(
        "Time",
        ["stage", "seconds"],
        [[name, f"{took:.1f}"] for name, took in summary["stages_seconds"].items()],
    )
    out.print(f"[bold]Left in {out_dir}:[/bold]")
    for name in [*summary["reports"], SUMMARY]:
        out.print(f"  {name}", markup=False)
    home = shlex.quote(str(out_dir / "home"))
    out.print(f"[dim]Look around: PLEDGELINE_HOME={home} pledgeline up --sandbox[/dim]")
