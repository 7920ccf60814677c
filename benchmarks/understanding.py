"""Utterances understood a second."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import yaml

from benchmarks.samples import Samples, median_p95, ms
from benchmarks.table import Table
from reception.calls.question import Question
from reception.dialogue.understanding import understand
from reception.settings import PROJECT

SECONDS = 3.0
NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("America/Chicago"))
SPECIFIED = PROJECT / "tests" / "unit" / "dialogue" / "utterances.yaml"

Utterance = tuple[Question | None, str]

FIRST: Utterance = (Question.IDENTITY, "Yes.")
FIRST_DATE: Utterance = (Question.BIRTH_DATE, "June 12th 1985")

FIXED: tuple[Utterance, ...] = (
    (Question.IDENTITY, "Yes, this is Maria."),
    (Question.IDENTITY, "No, she's at work, can I take a message?"),
    (Question.ATTEND, "Yes, I will be there."),
    (Question.ATTEND, "Could we make it Friday afternoon instead?"),
    (Question.PICK_SLOT, "The second one, please."),
    (Question.BIRTH_DATE, "June twelfth, nineteen eighty-five."),
    (None, "Who is calling?"),
)
"""Used where the specification of the tests is not at hand."""


def measure_understanding() -> Table:
    """Every utterance of the specification, again and again for ``SECONDS``.

    What only the first ones pay counts apart, so this must be the first use of the understanding
    in its process.
    """
    first, first_date = _understood(FIRST), _understood(FIRST_DATE)
    utterances, times = _utterances(), Samples()
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        times += (_understood(utterance) for utterance in utterances)
    source = SPECIFIED.relative_to(PROJECT) if SPECIFIED.exists() else "a fixed list"
    return Table(
        "Understanding",
        ("utterances", "a second", "one (ms, median / p95)", "first ever (ms)", "first date (ms)"),
        [
            (
                f"{len(utterances)} different",
                f"{times.per_second:.0f}",
                median_p95(times),
                ms(first),
                ms(first_date),
            )
        ],
        f"`understand` over {source}, {len(times) // len(utterances)} times, one after the other "
        "on one core. first ever = the first utterance in the process, which reads and compiles "
        "the patterns; first date = the first with a date, which loads dateparser's languages.",
    )


def _understood(utterance: Utterance) -> float:
    """Seconds to understand it."""
    question, text = utterance
    began = time.perf_counter()
    understand(text, question, name="Maria Santos", now=NOW, agent="Sarah")
    return time.perf_counter() - began


def _utterances() -> tuple[Utterance, ...]:
    if not SPECIFIED.exists():
        return FIXED
    sections: dict[str, dict[str, str]] = yaml.safe_load(SPECIFIED.read_text(encoding="utf-8"))
    questions = {question.value: question for question in Question}
    return tuple(
        (questions.get(after), text) for after, lines in sections.items() for text in lines
    )
