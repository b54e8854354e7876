"""A script without what the law wants is not published; words fit who calls for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaign.calling.scripts import (
    PASSAGES,
    Question,
    Speaker,
    Work,
    ask_values,
    fill_in,
    problems,
    required_passages,
    standard_bodies,
)

VENDOR = Speaker(
    *("Rivera for Congress", "candidate", "Rivera for Congress"),
    *("Buckeye", "onshore", "Dayton, Ohio"),
)


@pytest.mark.parametrize("kind", ["candidate", "pac", "nonprofit"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_standard_scripts_hold_every_passage(kind: str, language: str) -> None:
    assert problems(standard_bodies(kind)[language], kind, ["in_house", "offshore"]) == []


@pytest.mark.parametrize("missing", required_passages("candidate", ["onshore"]))
def test_a_script_without_a_passage_is_refused(missing: str) -> None:
    body = standard_bodies("candidate")["en"].replace(f"{{{{{missing}}}}}", "")
    (told,) = problems(body, "candidate", ["onshore"])
    assert missing in told
    assert PASSAGES[missing].citation in told


def test_a_misspelt_field_is_told() -> None:
    body = standard_bodies("nonprofit")["en"] + " {{ask_9}}"
    assert problems(body, "nonprofit", ["in_house"]) == ["{{ask_9}} is not known"]


def test_a_survey_asks_for_no_employer() -> None:
    assert "occupation_employer" not in required_passages("candidate", ["in_house"], "survey")


def test_a_paid_caller_says_so_and_a_volunteer_does_not() -> None:
    body = "{{recording_notice}} {{paid_caller}}\nMay we count on {{ask_1}}?"
    values = ask_values([50_000])
    told = fill_in(body, values, VENDOR)
    assert "paid caller from Buckeye, calling from Dayton, Ohio" in told
    assert "$500?" in told
    own = Speaker("Rivera for Congress", "candidate", None, "HQ", "in_house", "Columbus")
    assert "paid" not in fill_in(body, values, own)


def test_the_spanish_script_speaks_spanish() -> None:
    told = fill_in("{{not_deductible}}", {}, VENDOR, "es")
    assert told == "Las contribuciones no son deducibles del impuesto federal sobre la renta."


def test_questions_accept_answers_of_their_kind() -> None:
    choice = Question(code="q", text="Which?", kind="choice", choices=("a", "b"))
    assert choice.accepts("a")
    assert not choice.accepts("c")
    assert Question(code="n", text="How many?", kind="number").accepts("12")
    assert not Question(code="n", text="How many?", kind="number").accepts("twelve")
    assert Question(code="y", text="Will you?").accepts("Yes")
    with pytest.raises(ValueError, match="choices"):
        Question(code="x", text="?", kind="choice")


@pytest.mark.parametrize(
    ("kind", "language", "span"),
    [
        ("candidate", "en", "in an election cycle"),
        ("pac", "en", "in a calendar year"),
        ("party", "es", "en un año natural"),
        ("candidate", "es", "en un ciclo electoral"),
    ],
)
def test_best_efforts_name_the_span_of_the_committees_kind(
    kind: str, language: str, span: str
) -> None:
    """11 CFR 104.7(b)(1)(i): a cycle for an authorised committee, a year for all others."""
    said = fill_in("{{occupation_employer}}", {}, replace(VENDOR, committee_kind=kind), language)
    assert span in said


@pytest.mark.parametrize(
    ("is_of_this_cycle", "language", "said"),
    [
        pytest.param(True, "en", "", id="told this cycle: not asked again"),
        pytest.param(
            False, "en", "Our records say: Nurse, City Clinic. Is that still right?", id="older"
        ),
        pytest.param(
            False, "es", "Según nuestros datos: Nurse, City Clinic. ¿Sigue siendo así?", id="es"
        ),
    ],
)
def test_nobody_is_asked_for_the_work_that_is_on_file_of_this_cycle(
    is_of_this_cycle: bool, language: str, said: str
) -> None:
    work = Work("Nurse", "City Clinic", is_of_this_cycle)
    assert fill_in("{{occupation_employer}}", {}, VENDOR, language, work) == said
