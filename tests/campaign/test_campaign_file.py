"""The campaign file: what it says, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign.campaign_file import CampaignFileError, read_campaign_file
from campaign.errors import FileError
from campaign.roles import Role
from tests.support.calling import PROJECT

EXAMPLES = sorted((PROJECT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_right(path: Path) -> None:
    file = read_campaign_file(path, roles=[role.value for role in Role])
    assert file.teams
    assert file.committee.kind in {"candidate", "nonprofit"}


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = EXAMPLES[0].read_text()
    assert old in text
    path = tmp_path / "c.toml"
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "onshore"', 'kind = "onsure"', "'onsure' is not allowed; allowed: 'in_house'"),
        ("capacity = 900", "", "teams.capacity: this is missing"),
        ('fec_id = "C00999901"', 'fec_id = "999901"', "'999901' does not have the form"),
        ("held_on = 2026-11-03", 'held_on = "soon"', "elections.held_on"),
        ('election = "G2026"', 'election = "X"', "no election 'X'; allowed: G2026, G2028, P2026"),
        ('timezone = "America/New_York"', 'timezone = "Ohio"', "'Ohio' is no time zone"),
        ("attempts_total = 4", "atempts = 4", "campaign.policy.atempts: this key is not known"),
        ("price = 18.00", 'price = "a lot"', "this is not an amount"),
        ('roles = ["treasurer"]', 'roles = ["king"]', "no role 'king'; allowed: administrator"),
        ('team = "HQ"', 'team = "HX"', "no team 'HX'; allowed: BUCKEYE, HQ, MANILA"),
        ('code = "MANILA"', 'code = "HQ"', "'HQ' stands here twice"),
        ('code = "top_issue"', 'code = "Top issue"', "small letters, digits and _"),
        ('code = "top_issue"', 'code = "notes"', "'notes' is a column of results already"),
        ("12:00-17:00", "17:00-12:00", "a shift must end after it starts"),
        ("contract = [2026-01-01", "contrct = [2026-01-01", "teams.contrct: this key is not known"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(CampaignFileError) as raised:
        read_campaign_file(path, roles=[role.value for role in Role])
    assert told.lower() in str(raised.value).lower()
    (line, _), *_ = raised.value.mistakes
    assert line is not None
    lines = path.read_text().splitlines()
    if new:
        assert new in lines[line - 1]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[committee]\ncode = "A"\nname = ""\nkind = "x"\n')
    with pytest.raises(CampaignFileError) as raised:
        read_campaign_file(path)
    assert len(raised.value.mistakes) == 4


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00bad", "not UTF-8"),
        (b"[committee\n", "line 1: this is not TOML"),
        (b"%PDF-1.7", "not TOML"),
    ],
)
def test_what_is_no_campaign_file_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(content)
    with pytest.raises(FileError, match=told):
        read_campaign_file(path)


def test_questions_stand_in_one_place(tmp_path: Path) -> None:
    path = changed(tmp_path, 'name = "Call time"', 'name = "Call time"\nscript = "OWN"')
    with pytest.raises(CampaignFileError, match="has its questions there"):
        read_campaign_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no file nothing\.toml"):
        read_campaign_file(tmp_path / "nothing.toml")
