"""A campaign's day, from the inbox to the package, in the sandbox's world."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from campaign.errors import InputError, UnknownCodeError
from campaign.requests import CampaignDayRequest, CollectRequest
from cli.demo_play import CALLING_DAYS, at
from config.settings import settings
from flows import run_campaign_day as module
from flows.collect_pledges import collect_pledges
from flows.run_campaign_day import run_campaign_day
from tasks import policies
from tests.support.play import Stage


def test_an_interrupted_day_goes_on_where_it_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.play.world.advance(at(CALLING_DAYS[0], 9))

    def struck(request: CollectRequest) -> dict[str, Any]:
        raise RuntimeError

    monkeypatch.setattr(module, "collect_pledges", policies.Stage(struck, collect_pledges.name))
    with pytest.raises(RuntimeError):
        stage.run(CALLING_DAYS[0])
    between = stage.rows()
    monkeypatch.setattr(module, "collect_pledges", collect_pledges)
    stage.run(CALLING_DAYS[0])
    after = stage.rows()
    for table in ("list_batch", "row_end", "donor", "plan", "assignment", "packet"):
        assert after[table] == between[table], table
    assert after["campaign_day_stage"][0] == 10


def test_what_is_not_wholly_there_waits_in_the_inbox(stage: Stage) -> None:
    stage.play.world.advance(at(CALLING_DAYS[0], 9))
    folder = settings().folder("inbox", "lists", "PARTY")
    left = {".DS_Store", "~$donors.xlsx", "donors.csv.part", "donors.CRDOWNLOAD"}
    for name in left:
        (folder / name).write_bytes(b"\0half")
    stage.run(CALLING_DAYS[0])
    assert {file.name for file in folder.iterdir()} == left


def test_a_list_that_cannot_be_read_holds_up_nothing_else(stage: Stage) -> None:
    stage.play.world.advance(at(CALLING_DAYS[0], 9))
    folder = settings().folder("inbox", "lists", "PARTY")
    expected = len(list(folder.iterdir())) + 2
    (folder / "aaa.csv").write_bytes(b"%PDF-1.7")
    (folder / "damaged.zip").write_bytes(_archive()[:-40])
    (folder / "two.zip").write_bytes(_archive())
    (folder / "zzz.csv").write_text("First,Last,Phone\nZoe,Zimmer,(213) 555-0142\n", "utf-8")
    with pytest.raises(InputError, match=r"(?s)lists/PARTY/aaa\.csv: .*lists/PARTY/damaged\.zip: "):
        stage.run(CALLING_DAYS[0])
    assert {file.name for file in folder.iterdir()} == {"aaa.csv", "damaged.zip"}
    done = settings().folder("inbox", "done", "lists", "PARTY")
    assert len(list(done.iterdir())) == expected
    between = stage.rows()
    assert between["assignment"][0] > 0
    assert between["campaign_day_stage"][0] == 9  # all but the lists

    (folder / "aaa.csv").write_text("First,Last,Phone\nAda,Abel,(213) 555-0143\n", "utf-8")
    (folder / "damaged.zip").unlink()
    stage.run(CALLING_DAYS[0])
    after = stage.rows()
    assert after["donor"][0] == between["donor"][0] + 1
    assert after["assignment"] == between["assignment"]
    assert after["campaign_day_stage"][0] == 10


def test_no_calls_are_handed_out_while_results_wait_unread(stage: Stage) -> None:
    stage.play.world.advance(at(CALLING_DAYS[0], 9))
    centre = stage.play.centres[0].code
    file = settings().folder("inbox", "results", centre) / "results.csv"
    file.write_bytes(b"\0\0")
    with pytest.raises(InputError, match=r"since results may hold a refusal, its calls"):
        stage.run(CALLING_DAYS[0])
    assert stage.rows()["assignment"][0] == 0
    assert file.exists()
    file.unlink()
    stage.run(CALLING_DAYS[0])
    assert stage.rows()["assignment"][0] > 0


def test_a_file_of_the_same_name_replaces_none_that_was_taken_in(stage: Stage) -> None:
    stage.play.world.advance(at(CALLING_DAYS[0], 9))
    folder = settings().folder("inbox", "lists", "PARTY")
    done = settings().folder("inbox", "done", "lists", "PARTY")
    for day, name in zip(CALLING_DAYS, ("Zoe", "Zia"), strict=False):
        rows = f"First,Last,Phone\n{name},Zimmer,(213) 555-0142\n"
        (folder / "week.csv").write_text(rows, "utf-8")
        stage.run(day)
    assert {file.name for file in done.iterdir()} == {"week.csv", "week (2).csv"}
    assert "Zoe" in (done / "week.csv").read_text("utf-8")


def _archive() -> bytes:
    with BytesIO() as buffer:
        with ZipFile(buffer, "w") as archive:
            for number, name in enumerate(("Abe", "Bea")):
                rows = f"First,Last,Phone\n{name},Zimmer,(213) 555-016{number}\n"
                archive.writestr(f"{name}.csv", rows)
        return buffer.getvalue()


def test_an_unknown_campaign_is_named_with_the_known_ones(stage: Stage) -> None:
    with pytest.raises(UnknownCodeError, match="FALL-26"):
        run_campaign_day.fn(CampaignDayRequest(campaign="NONE"))
