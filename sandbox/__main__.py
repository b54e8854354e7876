"""Run the sandbox as a process: `python -m sandbox --port 8790 --seed 1`."""

from __future__ import annotations

import argparse
import pickle
import signal
import sys
import threading
from pathlib import Path

from sandbox.clock import STARTS_AT, ClockError, parse_moment
from sandbox.stripe_server import serve
from sandbox.world import World

STATE_FILE = "world.pickle"


class StateError(Exception):
    """The kept state cannot be read."""


def main() -> int:
    """Serve until told to stop, then keep the state where `--state-dir` says."""
    options = _options()
    state = options.state_dir / STATE_FILE if options.state_dir else None
    try:
        world = _world(options, state)
        with serve(world, options.port) as sandbox:
            stopped = _told_to_stop()
            print(f"SANDBOX at {sandbox.url} (seed {world.seed}, no money moves here)", flush=True)
            while not stopped.wait(timeout=options.save_every):
                _keep(world, state)
        _keep(world, state)
    except (OSError, StateError) as error:
        print(f"The sandbox cannot start or go on: {error}.", file=sys.stderr)
        return 2
    return 0


def _told_to_stop() -> threading.Event:
    """Return what is set by Ctrl-C, and by whoever asks the process to end."""
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _number, _frame: stopped.set())
    return stopped


def _world(options: argparse.Namespace, state: Path | None) -> World:
    """Return the world that was kept, or a new one."""
    if state is not None and state.exists():
        world = _kept(state, options.clock_file)
    else:
        world = World(
            options.seed,
            options.donors,
            clock_file=options.clock_file,
            starts_at=options.start,
            timezone=options.timezone,
        )
    world.outbox = options.outbox
    return world


def _kept(state: Path, clock_file: Path | None) -> World:
    try:
        return World.load(state, clock_file)
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError) as error:
        raise StateError(f"{state} is damaged or of another version; remove it") from error


def _keep(world: World, state: Path | None) -> None:
    if state is not None:
        state.parent.mkdir(parents=True, exist_ok=True)
        world.save(state)


def _moment(text: str) -> object:
    try:
        return parse_moment(text)
    except ClockError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8790, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--donors", type=int, default=2000)
    parser.add_argument("--start", type=_moment, default=STARTS_AT, help="first moment, ISO")
    parser.add_argument("--timezone", default="America/New_York", help="of the Stripe account")
    parser.add_argument("--clock-file", type=Path, help="where the moment is written")
    parser.add_argument("--state-dir", type=Path, help="where the state is kept")
    parser.add_argument("--outbox", type=Path, help="the product's letters, which donors read")
    parser.add_argument("--save-every", type=float, default=30.0, help="seconds")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
