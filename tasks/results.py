"""Results of calls: a file is read, its rows are taken in, and the account is kept."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign.calling.results import CallResult, ResultFinding, read_results
from campaign.calling.teams import Team
from campaign.days import day_of
from campaign.requests import ResultsRequest
from campaign.roles import Permission
from config.clock import now
from store import calling, campaigns, packets, portal_notices, result_files, results, scenes
from store.committees import the_committee
from store.locks import Lock, wait_for
from store.result_rows import Account, Target, targets
from store.session import unit_of_work
from tasks.policies import step

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


@step
def take_in_results(request: ResultsRequest) -> dict[str, Any]:
    """Take in one team's results file; taken in again, nothing changes."""
    path, moment = Path(request.path), now()
    with unit_of_work() as session:
        team = campaigns.team_by_code(session, request.team)
        wait_for(session, Lock.RESULTS, team.id)  # two of the same file: the second repeats
        good, findings = read_results(path, moment, calling.question_codes(session))
        account = Account(rows_read=len(findings), findings=list(findings))
        row_ids = [row.row_id for row in good] + [row.row_id for row in findings]
        found = targets(session, team, row_ids)
        for part in _by_campaign(session, team, good, found, account, moment):
            _add(account, part)
        account.opt_outs += results.hush(session, team, account.findings, found, moment)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        file_id = result_files.keep_file(session, team, path.name, digest, account, moment)
        result_files.keep_findings(session, team, account.findings, file_id, moment)
        _alert(session, account, moment)
        owed = packets.outstanding(session, team)
    log.info("results of %s: %d rows", team.code, account.rows_read)
    return {
        "team": team.code,
        "rows_read": account.rows_read,
        "recorded": account.recorded,
        "repeated": account.repeated,
        "exceptions": account.exceptions,
        "exceptions_by_kind": account.kinds(),
        "pledges": account.pledges,
        "pledged_cents": account.pledged_cents,
        "opt_outs": account.opt_outs,
        "packet_rows": owed,
    }


def _by_campaign(
    session: Session,
    team: Team,
    good: list[CallResult],
    found: Mapping[str, Target],
    account: Account,
    moment: datetime,
) -> list[Account]:
    """Take in the rows campaign by campaign; a row that the team never had is foreign."""
    rows_of: dict[int, list[CallResult]] = {}
    for row in good:
        if row.row_id in found:
            rows_of.setdefault(found[row.row_id].campaign_id, []).append(row)
        else:
            account.rows_read += 1
            reason = "no packet or call of this team has such a row"
            account.findings.append(ResultFinding.of(row, "foreign_row", reason))
    today = day_of(moment, the_committee(session).timezone)
    taken = []
    for campaign_id, rows in sorted(rows_of.items()):
        scene = scenes.scene(session, campaigns.campaign_by_id(session, campaign_id), today, moment)
        taken.append(results.take_in(session, scene, team, rows, found, moment))
    return taken


def _add(whole: Account, part: Account) -> None:
    whole.rows_read += part.rows_read
    whole.recorded += part.recorded
    whole.repeated += part.repeated
    whole.findings += part.findings
    whole.pledges += part.pledges
    whole.pledged_cents += part.pledged_cents
    whole.opt_outs += part.opt_outs
    whole.large_pledges += part.large_pledges


def _alert(session: Session, account: Account, moment: datetime) -> None:
    """Tell the treasurer of pledges that, once paid, must be reported within 48 hours."""
    for ref in account.large_pledges:
        portal_notices.tell(
            session,
            key=f"48-hours:{ref}",
            permission=Permission.KEEP_BOOKS,
            kind="48-hour notice",
            text=f"The pledge {ref} must be told to the FEC within 48 hours of its payment.",
            link=f"/pledges/{ref}",
            now=moment,
        )
