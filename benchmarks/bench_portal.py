"""The portal under a full hall: 500 callers take and answer calls over HTTP on this machine.

    python -m benchmarks.bench_portal [--callers 500] [--seconds 120] [--pace 30] [--workers 2]

Prints the latency of "next" and of a result, how much of the processors the load generator took
itself, and proves from the database that no call was handed out twice and no result was lost.
Every request goes to the loopback address; the load stops by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import text

_DISPOSITIONS = ["no_answer"] * 6 + ["left_message"] * 2 + ["refused"] * 2 + ["pledged"]
_FORM = re.compile(
    r'action="/calls/(\d+)/result".*?name="key" value="(\w+)".*?value="([^"]+)"', re.DOTALL
)
_CSRF = re.compile(r'data-csrf="([^"]+)"')


@dataclass
class Tally:
    """What the callers saw."""

    next_seconds: list[float] = field(default_factory=list)
    result_seconds: list[float] = field(default_factory=list)
    handed_out: Counter[int] = field(default_factory=Counter)
    acknowledged: int = 0
    refused: Counter[int] = field(default_factory=Counter)


def seed(callers: int, calls: int, now: datetime) -> list[str]:
    """Lay a campaign with one team of callers and their open calls; return the cookies."""
    from store.portal_sessions import hash_of
    from store.session import unit_of_work

    tokens = [f"bench-{number:05d}-{random.getrandbits(128):032x}" for number in range(callers)]
    with unit_of_work() as session:
        session.execute(text("""
            insert into committee (id, code, name, kind, timezone, currency, is_default, state)
            values (1, 'BENCH', 'Bench', 'candidate', 'America/Chicago', 'usd', false, 'IL');
            insert into election (code, kind, held_on) values ('G2026', 'general', '2026-11-03');
            insert into campaign (code, name, election_id, starts_on, ends_on, goal_cents, policy,
                quality, script_code)
            values ('BENCH', 'Bench', 1, '2026-09-01', '2026-11-02', 100, '{}', '{}', 'BENCH');
            insert into script (code, language, version, kind, body, published_at)
            values ('BENCH', 'en', 1, 'fundraising', 'Hello {{donor_name}}.', now());
            insert into team (code, name, kind, timezone, languages, hours, daily_capacity,
                cost_model, cost_cents, cost_basis_points)
            values ('HALL', 'Hall', 'in_house', 'America/Chicago', '["en"]', '{}', 100000,
                'per_hour', 2000, 0);
            insert into campaign_team values (1, 1, 100000)
        """))  # fmt: skip
        session.execute(
            text("""
                insert into agent (team_id, code, name, languages, certified)
                select 1, 'c' || n, 'Caller ' || n, '["en"]', '{"BENCH": "2026-12-31"}'
                from generate_series(1, :callers) n"""),
            {"callers": callers},
        )
        session.execute(
            text("""
                insert into app_user (email, name, roles, team_id, agent_id, created_at)
                select 'c' || id || '@example.org', name, '["caller"]', 1, id, now() from agent""")
        )
        session.execute(
            text("""
                insert into portal_session (token_hash, user_id, csrf, is_complete, created_at,
                    seen_at, expires_at, browser)
                select h, u.id, md5(h), true, now(), now(), now() + interval '2 hours', 'bench'
                from unnest(cast(:hashes as text[])) with ordinality as t(h, n)
                join app_user u on u.agent_id = t.n"""),
            {"hashes": [hash_of(token) for token in tokens]},
        )
        session.execute(
            text("""
                insert into donor (first_name, last_name, phone_e164, line_type, state, postal_code,
                    country, timezone, phone_timezone, provenance, updated_at)
                select 'First', 'Last' || n, '+1312' || lpad((2000000 + n)::text, 7, '0'),
                    'fixed_line', 'IL', '60614', 'US', 'America/Chicago', 'America/Chicago',
                    '["own_donors"]', :now
                from generate_series(1, :calls) n"""),
            {"calls": calls, "now": now},
        )
        session.execute(
            text("""
                insert into plan (campaign_id, on_day, status, objective_cents, summary, input_hash,
                    created_at) values (1, :day, 'published', 0, '{}', 'x', :now)"""),
            {"day": now.date(), "now": now},
        )
        session.execute(
            text("""
                insert into assignment (plan_id, campaign_id, donor_id, team_id, status, priority,
                    asks_cents, headroom_cents, "window", reason, callable_from, callable_to,
                    updated_at)
                select 1, 1, id, 1, 'open', id, '[25000, 10000]', 350000, '{}', 'bench',
                    :starts, :ends, :now from donor"""),
            {
                "starts": now - timedelta(hours=4),
                "ends": now + timedelta(hours=4),
                "now": now,
            },
        )
        session.execute(text("analyze"))
    return tokens


async def caller(
    client: httpx.AsyncClient, token: str, tally: Tally, ends: float, pace: float
) -> None:
    """Take and answer calls until the time is over."""
    own = random.Random(token)
    await asyncio.sleep(own.random() * pace)
    headers = {"cookie": f"pledgeline={token}", "origin": str(client.base_url).rstrip("/")}
    while time.monotonic() < ends:
        began = time.monotonic()
        page = await client.get("/calls", headers=headers)
        tally.next_seconds.append(time.monotonic() - began)
        form, csrf = _FORM.search(page.text), _CSRF.search(page.text)
        if form is None or csrf is None:
            tally.refused[page.status_code] += 1
            await asyncio.sleep(1)
            continue
        tally.handed_out[int(form[1])] += 1
        await asyncio.sleep(pace * (0.5 + own.random()))
        disposition = own.choice(_DISPOSITIONS)
        fields = {"disposition": disposition, "key": form[2], "began": form[3]}
        if disposition == "pledged":
            fields["amount"] = "100"
        began = time.monotonic()
        told = await client.post(
            f"/calls/{form[1]}/result", data=fields, headers=headers | {"x-csrf-token": csrf[1]}
        )
        tally.result_seconds.append(time.monotonic() - began)
        if told.status_code == 303:
            tally.acknowledged += 1
        else:
            tally.refused[told.status_code] += 1


async def run(address: str, tokens: list[str], seconds: float, pace: float) -> Tally:
    """Let every caller work at once."""
    tally, ends = Tally(), time.monotonic() + seconds
    limits = httpx.Limits(max_connections=len(tokens), max_keepalive_connections=len(tokens))
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
        await asyncio.gather(*(caller(client, token, tally, ends, pace) for token in tokens))
    return tally


def percentile(seconds: list[float], share: float) -> float:
    """Return the milliseconds that this share of the requests stayed below."""
    if not seconds:
        return float("nan")
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))] * 1000


def main() -> None:
    """Lay the data, start the portal, run the callers, print and prove."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pace", type=float, default=30, help="Seconds a call, on average")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pledgeline-bench-") as folder:
        os.environ["PLEDGELINE_HOME"] = folder
        now = datetime(2026, 10, 7, 19, 0, tzinfo=UTC)
        clock = Path(folder) / "clock"
        clock.write_text(now.isoformat(), encoding="ascii")
        os.environ["PLEDGELINE_CLOCK_FILE"] = str(clock)
        measure(given)


def measure(given: argparse.Namespace) -> None:
    """Run the hall once and print what was seen."""
    from config.clock import now
    from store.session import engine, unit_of_work

    needed = int(given.callers * (given.seconds / given.pace * 2 + 3))
    tokens = seed(given.callers, needed, now())
    os.environ["PLEDGELINE_DATABASE_URL"] = engine().url.render_as_string(hide_password=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["uvicorn", "--factory", "portal.app:create_app", "--port", str(port)]
    words += ["--workers", str(given.workers), "--log-level", "error"]
    server = subprocess.Popen([sys.executable, "-m", *words])
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        began, processor = time.monotonic(), time.process_time()
        tally = asyncio.run(run(address, tokens, given.seconds, given.pace))
        elapsed, own = time.monotonic() - began, time.process_time() - processor
    finally:
        server.terminate()
        server.wait(20)
    with unit_of_work() as session:
        kept = session.scalar(text("select count(*) from call_attempt")) or 0
        twice = session.scalar(
            text("select count(*) from (select from call_attempt"
                 " group by assignment_id, external_id having count(*) > 1) x")
        )  # fmt: skip
    shared = [number for number, times in tally.handed_out.items() if times > 1]
    print(f"callers {given.callers}, a call every {given.pace:.0f} s, {elapsed:.0f} s,"
          f" {given.workers} workers on {os.cpu_count()} cores")  # fmt: skip
    for name, seconds in (("next", tally.next_seconds), ("result", tally.result_seconds)):
        print(f"{name:7} {len(seconds):6} requests  p50 {percentile(seconds, 0.5):6.0f} ms"
              f"  p99 {percentile(seconds, 0.99):6.0f} ms")  # fmt: skip
    print(f"load generator: {100 * own / elapsed / (os.cpu_count() or 1):.0f} % of the machine")
    print(f"handed out {len(tally.handed_out)} calls, to more than one caller: {len(shared)}")
    print(f"results acknowledged {tally.acknowledged}, in the database {kept}, doubled {twice}")
    print(f"other answers: {dict(tally.refused) or 'none'}")
    if shared or twice or kept != tally.acknowledged:
        sys.exit(1)


def wait_for(address: str) -> None:
    """Wait until the portal answers."""
    for _ in range(600):
        try:
            if httpx.get(f"{address}/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SystemExit("The portal does not answer.")


if __name__ == "__main__":
    main()
