"""Results of calls: a file is read, its rows are taken in, and the account is kept."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign.calling.results import CallResult, ResultFinding, read_results
from campaign.calling.teams import Team
from campaign.days import day_of
from campaign.errors import InputError
from campaign.requests import ResultsRequest
from campaign.roles import Permission
from config.clock import now
from store import calling, campaigns, packets, portal_notices, results, scenes
from store.committees import the_committee
from store.results import Account
from store.session import unit_of_work
from tasks.policies import step

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


@step
def take_in_results(request: ResultsRequest) -> dict[str, Any]:
    """Take in one team's results file; taken in again, nothing changes."""
    if not request.path or not request.team:
        raise InputError("Name the results file and the team that made the calls.")
    path, moment = Path(request.path), now()
    with unit_of_work() as session:
        team = campaigns.team_by_code(session, request.team)
        good, findings = read_results(path, moment, calling.question_codes(session))
        account = Account(rows_read=len(findings), findings=list(findings))
        for part in _by_campaign(session, team, good, account, moment):
            _add(account, part)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        file_id = results.keep_file(session, team, path.name, digest, account, moment)
        results.keep_findings(session, team, account.findings, file_id, moment)
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
    session: Session, team: Team, good: list[CallResult], account: Account, moment: datetime
) -> list[Account]:
    """Take in the rows campaign by campaign; rows of no packet of the team are foreign."""
    campaign_of = results.campaigns_of_rows(session, team, [row.row_id for row in good])
    for row in good:
        if row.row_id not in campaign_of:
            account.rows_read += 1
            account.findings.append(
                ResultFinding(
                    row.source_row,
                    "foreign_row",
                    "no packet of this team holds such a row",
                    row.call_id,
                    row.row_id,
                    row.fingerprint,
                )
            )
    taken = []
    for campaign_id in sorted(set(campaign_of.values())):
        campaign = campaigns.campaign_by_id(session, campaign_id)
        today = day_of(moment, the_committee(session).timezone)
        scene = scenes.scene(session, campaign, today, moment)
        rows = [row for row in good if campaign_of.get(row.row_id) == campaign_id]
        taken.append(results.take_in(session, scene, team, rows, moment))
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
