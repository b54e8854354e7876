"""Scripts: what a caller says, which passages the law wants in it, and how it is filled in.

A passage stands in a script as `{{paid_for_by}}`; its words are made from committee and team, so
that no hand-typed copy can be wrong or out of date. A script that lacks a passage which committee,
team or state requires is refused before it is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from campaign.calling.results import COLUMNS
from campaign.money import format_minor

_FIELD = re.compile(r"\{\{\s*([a-z_0-9]+)\s*\}\}")

# What a script may fill in besides the passages.
FIELDS = frozenset(
    {
        *("donor_name", "first_name", "ask_1", "ask_2", "ask_3", "caller_name"),
        *("committee_name", "candidate_name", "election", "room_left"),
    }
)


class Question(BaseModel):
    """A survey question with typed answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    text: str
    kind: Literal["yes_no", "choice", "number", "text"] = "yes_no"
    choices: tuple[str, ...] = ()

    @field_validator("code")
    @classmethod
    def _is_a_column(cls, code: str) -> str:
        # Results files carry answers in columns of this name.
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", code):
            raise ValueError("a question's code is small letters, digits and _, as in top_issue")
        if code in COLUMNS:
            raise ValueError(f"{code!r} is a column of results already; name it otherwise")
        return code

    @model_validator(mode="after")
    def _choices_where_needed(self) -> Self:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("choices belong to kind = 'choice', and only there")
        return self

    def accepts(self, answer: str) -> bool:
        """Whether the answer is of the question's kind."""
        match self.kind:
            case "yes_no":
                return answer.strip().lower() in {"yes", "no"}
            case "choice":
                return answer.strip() in self.choices
            case "number":
                return re.fullmatch(r"-?\d+(\.\d+)?", answer.strip()) is not None
            case _:
                return bool(answer.strip())

    @property
    def wanted(self) -> str:
        """What an answer must be, in words."""
        return {
            "yes_no": "yes or no",
            "choice": f"one of {', '.join(self.choices)}",
            "number": "a number",
            "text": "some words",
        }[self.kind]


def wrong_answer(
    answers: Mapping[str, str], questions: Mapping[str, Sequence[Question]]
) -> str | None:
    """Return what is wrong with the first answer that no version of its question takes.

    >>> asked = {"volunteer": [Question(code="volunteer", text="Will you help?")]}
    >>> wrong_answer({"volunteer": "perhaps"}, asked)
    'the answer to volunteer is not yes or no'
    """
    for code, answer in answers.items():
        versions = questions.get(code, ())
        if not versions:
            return f"the campaign's script asks no question {code}"
        if not any(question.accepts(answer) for question in versions):
            return f"the answer to {code} is not {versions[-1].wanted}"
    return None


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that must be said, with the rule that wants them."""

    code: str
    citation: str
    words: Mapping[str, str]


PASSAGES = {
    passage.code: passage
    for passage in (
        Passage(
            "paid_for_by",
            "52 USC 30120(a); 11 CFR 110.11",
            {
                "en": "This call is paid for by {committee}.",
                "es": "Esta llamada es pagada por {committee}.",
            },
        ),
        Passage(
            "paid_caller",
            "16 CFR 310.4(d)-(e); state charity law; the campaign's policy",
            {
                "en": "I am a paid caller from {team}, calling from {place}.",
                "es": "Soy una persona pagada por {team} y le llamo desde {place}.",
            },
        ),
        Passage(
            "recording_notice",
            "18 USC 2511(2)(d); all-party states; the campaign's policy",
            {
                "en": "This call may be recorded.",
                "es": "Esta llamada puede ser grabada.",
            },
        ),
        Passage(
            "not_deductible",
            "26 USC 6113",
            {
                "en": "Contributions are not deductible for federal income tax purposes.",
                "es": "Las contribuciones no son deducibles del impuesto federal sobre la renta.",
            },
        ),
        Passage(
            "occupation_employer",
            "11 CFR 104.7(b)",
            {
                "en": (
                    "Federal law requires us to use our best efforts to collect and report the "
                    "name, mailing address, occupation and employer of individuals whose "
                    "contributions exceed $200 in {span}. What is your occupation, and who is "
                    "your employer?"
                ),
                "es": (
                    "La ley federal nos exige hacer todo lo posible por obtener e informar el "
                    "nombre, la dirección postal, la ocupación y el empleador de quienes "
                    "contribuyen más de $200 en {span}. ¿Cuál es su ocupación y quién es su "
                    "empleador?"
                ),
            },
        ),
        Passage(
            "charity_purpose",
            "16 CFR 310.4(e)",
            {
                "en": "I am calling for {committee} to ask for a charitable contribution.",
                "es": "Le llamo en nombre de {committee} para pedirle una donación.",
            },
        ),
        Passage(
            "may_stop",
            "RCW 80.36.390",
            {
                "en": "Do you wish to continue this call, end it, or be removed from our list?",
                "es": "¿Desea continuar, terminar la llamada, o que le quitemos de la lista?",
            },
        ),
    )
}


# Asked instead of the passage where the answer is on file from an earlier election cycle.
_STILL_SO = {
    "en": "Our records say: {occupation}, {employer}. Is that still right?",
    "es": "Según nuestros datos: {occupation}, {employer}. ¿Sigue siendo así?",
}


@dataclass(frozen=True, slots=True)
class Work:
    """What is on file of a donor's occupation and employer.

    What a committee holds of the same two-year cycle it reports without asking again
    (11 CFR 104.7(b)(3)), and the request in writing goes out with each payment link
    (104.7(b)(1)); so nobody is asked on the telephone what he told this cycle.
    """

    occupation: str
    employer: str
    is_of_this_cycle: bool

    def asked(self, language: str) -> str:
        """Return what a caller asks about it; nothing where it was told this cycle."""
        if self.is_of_this_cycle:
            return ""
        words = _STILL_SO.get(language, _STILL_SO["en"])
        return words.format(occupation=self.occupation, employer=self.employer)


# Gifts to an authorised committee add up over an election cycle, to others over a calendar year.
_SPANS = {
    "en": ("an election cycle", "a calendar year"),
    "es": ("un ciclo electoral", "un año natural"),
}


def required_passages(
    committee_kind: str, team_kinds: Iterable[str], kind: str = "fundraising"
) -> tuple[str, ...]:
    """Return the passages that a script must hold for this committee and these teams.

    >>> required_passages("nonprofit", ["in_house"])
    ('recording_notice', 'charity_purpose', 'may_stop')
    """
    is_political = committee_kind != "nonprofit"
    is_fundraising = kind == "fundraising"
    is_paid = any(team != "in_house" for team in team_kinds)
    wanted = {
        "paid_for_by": is_political,
        "paid_caller": is_paid,
        "recording_notice": True,
        "not_deductible": is_political and is_fundraising,
        "occupation_employer": is_political and is_fundraising,
        "charity_purpose": not is_political and is_fundraising,
        "may_stop": not is_political and is_fundraising,
    }
    return tuple(code for code in PASSAGES if wanted[code])


def problems(
    body: str, committee_kind: str, team_kinds: Iterable[str], kind: str = "fundraising"
) -> list[str]:
    """Return what keeps a script from being published, one sentence each."""
    used = set(_FIELD.findall(body))
    missing = [
        code for code in required_passages(committee_kind, team_kinds, kind) if code not in used
    ]
    unknown = sorted(used - FIELDS - PASSAGES.keys())
    return [
        *(f"the passage {{{{{code}}}}} is missing ({PASSAGES[code].citation})" for code in missing),
        *(f"{{{{{name}}}}} is not known" for name in unknown),
    ]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who calls, for whom."""

    committee: str
    committee_kind: str
    paid_for_by: str | None
    team: str
    team_kind: str
    place: str


def passage_words(code: str, speaker: Speaker, language: str) -> str:
    """Return the words of a passage; empty where it does not apply to this speaker."""
    if code == "paid_caller" and speaker.team_kind == "in_house":
        return ""
    words = PASSAGES[code].words
    text = words.get(language, words["en"])
    payer = speaker.paid_for_by if code == "paid_for_by" and speaker.paid_for_by else None
    cycle, year = _SPANS.get(language, _SPANS["en"])
    return text.format(
        committee=payer or speaker.committee,
        team=speaker.team,
        place=speaker.place,
        span=cycle if speaker.committee_kind == "candidate" else year,
    )


def fill_in(
    body: str,
    values: Mapping[str, str],
    speaker: Speaker | None,
    language: str = "en",
    work: Work | None = None,
) -> str:
    """Return the script with its passages and the donor's values; unknown values stay in braces.

    A packet's script is filled in without donor values: the centre's screen adds those.
    """

    def word(match: re.Match[str]) -> str:
        name = match[1]
        if name == "occupation_employer" and work is not None:
            return work.asked(language)
        if name in PASSAGES and speaker is not None:
            return passage_words(name, speaker, language)
        return values.get(name, match[0])

    text = _FIELD.sub(word, body)
    # A passage that does not apply leaves its line empty.
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()


def ask_values(asks_cents: Iterable[int], room_left: str | None = None) -> dict[str, str]:
    """Return the values that a script fills in for a ladder of asks; a short ladder repeats.

    >>> ask_values([50_000, 25_000])
    {'ask_1': '$500', 'ask_2': '$250', 'ask_3': '$250', 'room_left': ''}
    """
    ladder = [format_minor(cents).removesuffix(".00") for cents in asks_cents]
    rungs = (ladder + ladder[-1:] * 3)[:3] if ladder else [""] * 3
    named = {f"ask_{number}": rung for number, rung in enumerate(rungs, start=1)}
    return named | {"room_left": room_left or ""}


STANDARD_CODE = "STANDARD"
_POLITICAL = {
    "en": (
        "Hello, may I speak with {{donor_name}}? My name is {{caller_name}}, calling for "
        "{{committee_name}}.\n{{recording_notice}} {{paid_caller}}\n\n"
        "You have stood with us before, and that is why I call. Can we count on you for {{ask_1}} "
        "today?\n(If that is too much:) Would {{ask_2}} be possible? Or {{ask_3}}?\n{{room_left}}"
        "\n\n{{occupation_employer}}\n\n{{paid_for_by}} {{not_deductible}}\n\n"
        "Thank you. You will get a link to give by card or from your bank."
    ),
    "es": (
        "Hola, ¿puedo hablar con {{donor_name}}? Me llamo {{caller_name}} y le llamo de parte de "
        "{{committee_name}}.\n{{recording_notice}} {{paid_caller}}\n\n"
        "Usted nos ha apoyado antes, y por eso le llamo. ¿Podemos contar con {{ask_1}} hoy?\n"
        "(Si es demasiado:) ¿Sería posible {{ask_2}}? ¿O {{ask_3}}?\n{{room_left}}\n\n"
        "{{occupation_employer}}\n\n{{paid_for_by}} {{not_deductible}}\n\n"
        "Gracias. Recibirá un enlace para contribuir con tarjeta o desde su banco."
    ),
}
_CHARITY = {
    "en": (
        "Hello, may I speak with {{donor_name}}? My name is {{caller_name}}.\n{{charity_purpose}} "
        "{{paid_caller}} {{recording_notice}}\n{{may_stop}}\n\n"
        "Your gift has made our work possible. Could you give {{ask_1}} this year?\n"
        "(If that is too much:) Would {{ask_2}} be possible? Or {{ask_3}}?\n\n"
        "Thank you. You will get a link to give by card or from your bank, and a receipt."
    ),
    "es": (
        "Hola, ¿puedo hablar con {{donor_name}}? Me llamo {{caller_name}}.\n{{charity_purpose}} "
        "{{paid_caller}} {{recording_notice}}\n{{may_stop}}\n\n"
        "Su donación ha hecho posible nuestro trabajo. ¿Podría donar {{ask_1}} este año?\n"
        "(Si es demasiado:) ¿Sería posible {{ask_2}}? ¿O {{ask_3}}?\n\n"
        "Gracias. Recibirá un enlace para donar con tarjeta o desde su banco, y un recibo."
    ),
}


def standard_bodies(committee_kind: str) -> dict[str, str]:
    """Return the script that a campaign uses when its file has none, by language."""
    return _CHARITY if committee_kind == "nonprofit" else _POLITICAL
