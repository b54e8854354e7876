"""Files of the call desk: donors pinned to teams, vendors' invoices, answers to questions."""

from __future__ import annotations

import csv
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from campaign.calling.scorecard import InvoiceLine, check_invoice
from campaign.campaign_tables import Agent
from campaign.cells import neutral
from campaign.days import day_of
from campaign.errors import FileError
from campaign.money import AmountError, parse_minor
from config.clock import now
from gateways.list_workspace import write_table
from gateways.whole_files import write_whole
from store import answers, callers, calling, campaigns, lists, scorecards
from store.calibration import calls_made
from store.committees import the_committee
from store.session import unit_of_work

_ROSTER_COLUMNS = ("agent", "name", "languages", "until")
_ANSWER_COLUMNS = ("call_id", "donor_id", "team", "called_at", "call_result", "script")


def pin_donors(path: str, campaign_code: str) -> int:
    """Pin the donors of a list to its teams; an empty team unpins. Return how many rows."""
    rows = _rows(Path(path), ("donor_id", "team"))
    with unit_of_work() as session:
        lists.lock_admission(session)  # whoever is pinned stays until that is kept
        campaign = campaigns.campaign_by_code(session, campaign_code)
        teams = {team.code: team.id for team in campaigns.campaign_teams(session, campaign.id)}
        chosen: dict[int, int | None] = {}
        for number, row in enumerate(rows, start=2):
            if not _is_number(row["donor_id"]) or row["team"] not in {"", *teams}:
                raise FileError(
                    f"{Path(path).name}, line {number}: a donor's number and one of "
                    f"{', '.join(sorted(teams))} are needed."
                )
            chosen[int(row["donor_id"])] = teams.get(row["team"])
        calling.keep_pins(session, campaign.id, chosen, now())
    return len(chosen)


def take_roster(path: str, team_code: str, campaign_code: str) -> int:
    """Certify the callers of a roster for a campaign, all or none; return how many."""
    name = Path(path).name
    roster: dict[str, Agent] = {}
    for number, row in enumerate(_rows(Path(path), _ROSTER_COLUMNS), start=2):
        line = _caller(row)
        if line is None:
            raise FileError(
                f"{name}, line {number}: a code of letters, digits, dots and dashes, a name, "
                "languages such as en es and a last day such as 2026-11-03 are needed."
            )
        if line.code in roster:
            raise FileError(f"{name}, line {number}: this caller was named before.")
        roster[line.code] = line
    if not roster:
        raise FileError(f"{name} names no caller.")
    with unit_of_work() as session:
        callers.take_roster(session, team_code, campaign_code, list(roster.values()), now())
    return len(roster)


def _caller(row: dict[str, str]) -> Agent | None:
    """Return the caller whom a line of a roster names; None when something is missing or wrong."""
    languages = tuple(row["languages"].split())
    if not row["name"] or not languages:
        return None
    try:
        until = date.fromisoformat(row["until"])
        return Agent(
            code=row["agent"], name=row["name"], languages=languages, certified_until=until
        )
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def check_vendor_invoice(path: str, team_code: str) -> dict[str, Any]:
    """Return an invoice against the call log, line by line, with the difference."""
    rows = _rows(Path(path), ("call_id", "amount"))
    lines = []
    for number, row in enumerate(rows, start=2):
        try:
            lines.append(InvoiceLine(row["call_id"], parse_minor(row["amount"])))
        except AmountError as error:
            raise FileError(f"{Path(path).name}, line {number}: no amount.") from error
    with unit_of_work() as session:
        team = campaigns.team_by_code(session, team_code)
        logged = scorecards.call_ids(session, team)
    return {"team": team.code} | dict(check_invoice(lines, logged, team.price))


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            rows = [{name: (row.get(name) or "").strip() for name in columns} for row in reader]
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path.name}.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path.name} is not a CSV file in UTF-8.") from error
    if missing:
        raise FileError(f"{path.name} lacks {', '.join(missing)}.")
    return rows


def export_answers(campaign_code: str, out_path: str | None) -> dict[str, Any]:
    """Return what donors answered, question by question; a row a call goes into the file."""
    with unit_of_work() as session:
        campaign = campaigns.campaign_by_code(session, campaign_code)
        asked = answers.questions(session, campaign)
        rows = answers.answered(session, campaign.id)
        counts = answers.tally(session, campaign.id, asked)
    if out_path is not None:
        lines = (
            [
                neutral(cell)
                for cell in (
                    *(row.call_id, str(row.donor_id), row.team, row.called_at, row.call_result),
                    *(row.script, *(row.answers.get(code, "") for code in asked)),
                )
            ]
            for row in rows
        )
        write_table(Path(out_path), (*_ANSWER_COLUMNS, *asked), lines)
    return {
        "campaign": campaign.code,
        "calls": len(rows),
        "questions": counts,
        "file": out_path,
    }


def grade_chances(campaign_code: str, chart_path: str | None) -> dict[str, Any]:
    """Return the chances of each segment, and how they came true; the chart goes into a file."""
    from campaign.calling.calibration import as_json, calibration
    from reports.calibration_chart import draw

    with unit_of_work() as session:
        campaign = campaigns.campaign_by_code(session, campaign_code)
        known = calling.chances(
            session, campaign.id, day_of(now(), the_committee(session).timezone)
        )
        calls = calls_made(session, campaign.id)
    graded = calibration(calls)
    if chart_path is not None:
        write_whole(Path(chart_path), draw(graded, campaign.code).encode())
    return {
        "campaign": campaign.code,
        "calls": len(calls),
        "segments": {
            name: {step: asdict(chance) for step, chance in steps.items()}
            for name, steps in known.of_segment.items()
        },
        "calibration": as_json(graded),
        "chart": chart_path,
    }
