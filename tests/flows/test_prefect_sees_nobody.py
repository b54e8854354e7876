"""Prefect keeps codes, counts, totals and paths of a campaign, and of none of its people anything.

What is looked through is what Prefect has on its disk after two days of a campaign and after runs
that failed: parameters, states with their messages, artifacts, events and logs.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prefect.settings import get_current_settings
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from campaign.errors import PledgelineError
from campaign.requests import CampaignDayRequest, ImportRequest, ResultsRequest
from cli.demo_play import CALLING_DAYS, at
from config.settings import settings
from flows.import_donors import import_donors
from flows.record_results import record_results
from flows.run_campaign_day import run_campaign_day
from tests.support.play import Stage

pytestmark = pytest.mark.prefect

STRANGER = ("Quentin", "Quackenbush", "quentin.q@example.org", "614-555-0177")


def people(database: Engine) -> set[str]:
    """Names, addresses and numbers of everybody in the books, as they might be told."""
    with database.connect() as connection:
        donors = connection.execute(
            text("select first_name || ' ' || last_name, email, phone_e164, street from donor")
        ).all()
        payers = connection.execute(
            text("select payer_name, payer_email, payer_phone, null from stripe_charge")
        ).all()
    told = {STRANGER[1], STRANGER[2]}
    for name, email, phone, street in (*donors, *payers):
        told |= {str(word) for word in (name, email, street) if word and len(word) > 6}
        digits = re.sub(r"\D", "", phone or "")[-10:]
        if len(digits) == 10:
            told |= {digits, f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
                     f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"}  # fmt: skip
    return told


def forms(word: str) -> set[bytes]:
    """A word in bytes whose letters of ASCII are small, as it stands and in either case."""
    return {each.encode().lower() for each in (word, word.lower(), word.upper())}


@pytest.fixture
def own_log() -> Iterator[io.StringIO]:
    """What our own tasks log: Prefect takes the handlers of the root for itself."""
    written, log = io.StringIO(), logging.getLogger("tasks")
    handler, before = logging.StreamHandler(written), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield written
    log.removeHandler(handler)
    log.setLevel(before)


def kept_by_prefect() -> bytes:
    """All that Prefect's server has written: its database, with what is not merged into it yet."""
    url = get_current_settings().server.database.connection_url
    assert url is not None
    database = Path(str(make_url(url.get_secret_value()).database))
    files = sorted(database.parent.glob(f"{database.name}*"))
    return b"".join(file.read_bytes() for file in files)


def test_two_days_fill_the_books_and_prefect_keeps_nobody(
    stage: Stage, tmp_path: Path, own_log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    play, campaign = stage.play, stage.play.campaign
    play.world.advance(at(CALLING_DAYS[0], 9))
    run_campaign_day(CampaignDayRequest(campaign=campaign, on_day=CALLING_DAYS[0]))
    play.centres_call(CALLING_DAYS[0], attempt=1)
    play.own_people_call(CALLING_DAYS[0], 17, 18)
    stage.run(CALLING_DAYS[1])
    play.donors_pay()
    play.world.advance(timedelta(days=12))
    run_campaign_day(CampaignDayRequest(campaign=campaign, on_day=play.world.now.date()))
    damaged = tmp_path / "damaged.csv"
    damaged.write_text(",".join(STRANGER) + "\n" + '"' + ",".join(STRANGER) + "\n")
    import_donors(ImportRequest(path=str(damaged), source="BOARD"))
    with pytest.raises(PledgelineError):
        record_results(ResultsRequest(path=str(damaged), team="BUCKEYE"))
    with pytest.raises(PledgelineError):
        import_donors(ImportRequest(path=str(damaged), source="BOARD", mapping_path=str(damaged)))
    rows = stage.rows()
    for table in ("donor", "assignment", "call_attempt", "pledge", "payment_link", "stripe_charge",
                  "stripe_payout", "allocation", "report"):  # fmt: skip
        assert rows[table][0] > 0, table
    assert not list(settings().folder("inbox", "lists").glob("*/*"))
    assert not list(settings().folder("inbox", "results").glob("*/*"))
    seen = kept_by_prefect()
    for known in (b"run-campaign-day", b"held-fall-26", b"damaged.csv"):
        assert known in seen
    everybody = people(stage.engine)
    assert len(everybody) > 1_000
    wide = seen.lower()
    assert [word for word in sorted(everybody) if any(form in wide for form in forms(word))] == []
    logged = (own_log.getvalue() + "".join(capfd.readouterr())).lower()
    assert "reconciled" in own_log.getvalue()
    assert [word for word in sorted(everybody) if word.lower() in logged] == []
