"""What a piece of a clause means, by the rules in `languages/<code>/patterns.yaml`."""

import functools
import re
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from reception.calls.question import Question
from reception.dialogue.acts import Act
from reception.dialogue.language_data import language_data

_WORD = re.compile(r"<(\w+)>")
_NOTHING_ASKED = "nothing"
# Whoever is asked about several answers as about one.
_ALIKE = {
    Question.ATTEND_ALL: Question.ATTEND.value,
    Question.CANCEL_ALL: Question.CANCEL_SURE.value,
}
_LONGEST_PIECE = 20
_LONGEST_ASIDE = 10
_WHO_SPEAKS = frozenset({Question.IDENTITY, Question.HOLDING, Question.FETCH})


class Meaning(StrEnum):
    """What a rule can mean besides an act."""

    FILLER = "filler"
    WISH = "wish"
    ENQUIRY = "enquiry"
    CHOICE = "choice"
    BIRTH_DATE = "birth_date"


class Rule(BaseModel):
    """One entry of the rules, as it is written in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    means: Act | Meaning | tuple[Act, ...]
    after: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    asked: bool | None = None
    whole: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    value: int | None = None
    strong: bool = False
    examples: tuple[str, ...] = ()
    not_: tuple[str, ...] = ()

    def applies(self, question: Question | None) -> bool:
        """Whether the rule is meant for an answer to this question."""
        asked = _ALIKE.get(question, question.value) if question else _NOTHING_ASKED
        if question is not None and question.value in self.after:
            return True
        return (not self.after or asked in self.after) and asked not in self.not_after


@dataclass(frozen=True)
class Heard:
    """What one clause means. ``covered``: every word of it was accounted for."""

    covered: bool
    acts: frozenset[Act] = frozenset()
    choice: int | None = None
    points: bool = False
    """It is about the day or time that it names."""
    enquires: bool = False
    """It asks whether that day or time is free."""
    strong: bool = False
    """It says in so many words what a yes would mean."""

    def __or__(self, other: "Heard") -> "Heard":
        return Heard(
            self.covered and other.covered,
            self.acts | other.acts,
            other.choice if self.choice is None else self.choice,
            self.points or other.points,
            self.enquires or other.enquires,
            self.strong or other.strong,
        )


@dataclass(frozen=True)
class _Compiled:
    rule: Rule
    whole: re.Pattern[str] | None
    anywhere: re.Pattern[str] | None
    unless: re.Pattern[str] | None

    def heard(self) -> Heard:
        means = self.rule.means
        if isinstance(means, Meaning):
            enquires = means is Meaning.ENQUIRY
            points = enquires or means is Meaning.WISH
            return Heard(True, choice=self.rule.value, points=points, enquires=enquires)
        acts = frozenset(means if isinstance(means, tuple) else (means,))
        return Heard(True, acts, points=bool(acts & _POINTING), strong=self.rule.strong)


# These say what is wanted of the appointment, so a time in the same clause is a wish.
_POINTING = frozenset({Act.RESCHEDULE, Act.NO, Act.YES, Act.CALL_LATER, Act.ANY})


@functools.cache
def rules(language: str) -> tuple[Rule, ...]:
    """Every rule of a language, in the order of the file."""
    entries = language_data(language, "patterns")["rules"]
    return tuple(
        Rule.model_validate(
            {"not_" if key == "not" else key: value for key, value in entry.items()}
        )
        for entry in entries
    )


def hear(text: str, question: Question | None, *, asked: bool, language: str) -> Heard:
    """What a clause means after a question."""
    compiled = _compiled(language, question, asked)
    found = [
        (rule, match)
        for rule in compiled
        if rule.anywhere and (match := rule.anywhere.search(text)) and not _silenced(rule, text)
    ]
    pieces = _pieces(text, compiled)
    if not found:
        return pieces
    # Only what stands before a phrase that was searched for may add to it ("no, can we move it").
    start = min(match.start() for _, match in found)
    heard = functools.reduce(Heard.__or__, (rule.heard() for rule, _ in found))
    before = _pieces(text[:start].strip(), compiled)
    for part in (before, pieces):
        if part.covered:
            heard |= part
    return heard


def _pieces(text: str, compiled: tuple[_Compiled, ...]) -> Heard:
    """Account for every word with as few `whole` patterns as possible, or for none.

    Few, because "no problem" is not a no and a problem.
    """
    words = text.split()
    compiled = tuple(rule for rule in compiled if rule.whole and not _silenced(rule, text))
    best: list[tuple[int, Heard] | None] = [(0, Heard(True))]
    for end in range(1, len(words) + 1):
        options = [
            (before[0] + 1, before[1] | heard)
            for start in range(max(0, end - _LONGEST_PIECE), end)
            if (before := best[start]) and (heard := _piece(words[start:end], compiled))
        ]
        fewest = min((count for count, _ in options), default=0)
        shortest = [heard for count, heard in options if count == fewest]
        best.append((fewest, functools.reduce(Heard.__or__, shortest)) if shortest else None)
    whole = best[-1]
    return whole[1] if whole else Heard(False)


def _piece(words: list[str], compiled: tuple[_Compiled, ...]) -> Heard | None:
    text = " ".join(words)
    heard = [rule.heard() for rule in compiled if rule.whole and rule.whole.fullmatch(text)]
    return functools.reduce(Heard.__or__, heard) if heard else None


def _silenced(rule: _Compiled, text: str) -> bool:
    return rule.unless is not None and rule.unless.search(text) is not None


@functools.cache
def _compiled(language: str, question: Question | None, asked: bool) -> tuple[_Compiled, ...]:
    return tuple(
        _Compiled(
            rule,
            _one_of(rule.whole, language),
            _one_of(rule.anywhere, language),
            _one_of(rule.unless, language),
        )
        for rule in rules(language)
        if rule.applies(question) and rule.asked in (None, asked)
    )


@functools.cache
def _one_of(patterns: tuple[str, ...], language: str) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(f"(?:{_spelled_out(pattern, language)})" for pattern in patterns))


def _spelled_out(pattern: str, language: str) -> str:
    words = language_data(language, "patterns")["words"]
    while named := _WORD.search(pattern.replace("(?P<", "(?P\0")):
        pattern = pattern.replace(named.group(), words[named[1]])
    return pattern


def harmless(text: str, question: Question | None, *, asked: bool, language: str) -> bool:
    """Whether a clause that was not understood can take nothing back of a yes beside it."""
    if len(text.split()) > _LONGEST_ASIDE:
        return False
    if question in _WHO_SPEAKS:
        own, others = _named(language, "own_affairs"), _named(language, "somebody_else")
        return own.search(text) is not None and others.search(text) is None
    return not asked and _named(language, "harmful").search(text) is None


def names_all(text: str, language: str) -> bool:
    """Whether it is said of all appointments alike: "both", "all of them"."""
    return _named(language, "all_of_them").search(text) is not None


def is_weak_yes(text: str, language: str) -> bool:
    """Whether a yes is so weak that a goodbye beside it makes it none."""
    return _named(language, "weak_yes").fullmatch(text) is not None


def names_other_day(text: str, language: str) -> bool:
    """Whether any day but that of the appointment is wished for."""
    return _named(language, "other_day").search(text) is not None


@functools.cache
def _named(language: str, name: str) -> re.Pattern[str]:
    return re.compile(_spelled_out(language_data(language, "patterns")[name], language))
