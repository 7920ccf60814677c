"""What a person's words mean after the question that was asked. Precision before recall."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reception.appointments.models import Wish
from reception.calls.question import Question
from reception.dialogue.acts import Act
from reception.dialogue.birth_dates import cut_birth_date
from reception.dialogue.clauses import Clause, clauses_of
from reception.dialogue.language_data import language_data
from reception.dialogue.patterns import harmless, hear, is_weak_yes, names_all, names_other_day
from reception.dialogue.when import When, cut_when
from reception.dialogue.wishes import agrees, callback_at, wish_of

__all__ = ["Act", "Understood", "understand"]

# Who says more than this at once is not answering a closed question.
_LONGEST_TURN = 500

_MANNERS = frozenset({Act.THANKS, Act.GREETING, Act.GOODBYE})
# Said after a yes, these take it back.
_OVERRULES_YES = frozenset(
    {
        *(Act.UNSURE, Act.NOT_ME, Act.NOT_HERE, Act.WRONG_NUMBER, Act.OPT_OUT),
        *(Act.CALL_LATER, Act.RESCHEDULE, Act.CANCEL),
    }
)
_AGAINST_YES = _OVERRULES_YES | {Act.NO}
_DECISIONS = _AGAINST_YES | {Act.YES, Act.KEEP, Act.ANY}
_CONTRADICTIONS = ({Act.RESCHEDULE, Act.CANCEL}, {Act.NO, Act.UNSURE})
_MACHINES = (Act.SCREENING, Act.MACHINE)
# The customer has said what they want once, and is asked whether they are sure.
_ASKED_TWICE = frozenset({Question.CANCEL_SURE, Question.BOOK_SURE})
# One word too many, and it may be about one of them only.
_ABOUT_ALL = frozenset({Question.ATTEND_ALL, Question.CANCEL_ALL})
# After these a day or time that is named is when the customer would like to come.
_ABOUT_TIMES = frozenset(
    {
        *(Question.ATTEND, Question.ATTEND_ALL, Question.MOVE_OR_CANCEL, Question.CANCEL_SURE),
        *(Question.CANCEL_ALL, Question.PICK_SLOT, Question.BOOK_SURE),
    }
)


@dataclass(frozen=True)
class Understood:
    """What was understood of one turn.

    ``clear`` is true when every clause was accounted for: a yes beside words that mean nothing
    to us is not a clear yes, unless it says what it means ("I'll be there") and they are harmless.
    """

    text: str
    acts: frozenset[Act]
    clear: bool
    wish: Wish | None = None
    callback_at: datetime | None = None
    birth_date: date | None = None
    choice: int | None = None
    shift: timedelta | None = None
    """How much later than the appointment they would like to come; negative is earlier."""
    other_day: bool = False
    enquires: bool = False
    """It asks whether a time is free, which is not taking it."""
    question: Question | None = None
    """As an answer to which question it was understood."""
    all_of_them: bool = False
    """It is said of all appointments alike; alone that decides nothing."""
    in_so_many_words: bool = False
    """It says what it means: "this is Maria", "I'll be there"."""

    @property
    def is_yes(self) -> bool:
        """A clear yes, with no time named that might be another one."""
        return self._says_yes and self.wish is None

    @property
    def is_no(self) -> bool:
        """A clear no. It may name what would suit instead."""
        beside = self.acts - {Act.NO}
        return self.clear and Act.NO in self.acts and beside <= _MANNERS | {Act.KEEP}

    @property
    def leans_no(self) -> bool:
        """A no, whatever else was said beside it: enough for a question, not for a deed."""
        beside = {Act.YES, Act.KEEP, Act.HOLD, Act.GOODBYE, Act.THANKS}
        return self.is_no or (Act.NO in self.acts and not self.acts & beside)

    def is_yes_to(self, moment: datetime) -> bool:
        """A clear yes; a time that was named beside it is this moment's ("yes, Friday at two")."""
        wish = self.wish
        agreed = wish is None or (agrees(wish, moment) and not wish.not_weekdays)
        return self._says_yes and agreed

    @property
    def _says_yes(self) -> bool:
        beside = self.acts - {Act.YES}
        unforced = (self.choice, self.callback_at, self.shift) == (None, None, None)
        return self.clear and Act.YES in self.acts and beside <= _MANNERS | {Act.KEEP} and unforced


def understand(
    text: str,
    question: Question | None,
    *,
    name: str,
    now: datetime,
    language: str = "en",
    agent: str | None = None,
) -> Understood:
    """Understand one turn of a customer after ``question`` (None: nothing was asked).

    ``name`` is the recipient's, ``agent`` our own; ``now`` is aware and in the zone in which days
    are meant.
    """
    if len(text) > _LONGEST_TURN:
        return Understood(text, frozenset(), clear=False)
    births: list[date] = []
    said = text
    if question is Question.BIRTH_DATE:
        births, said = cut_birth_date(text, now=now, language=language)
    turn = _Turn(question)
    for clause in clauses_of(said, name=name, agent=agent, language=language):
        turn.add(clause, now=now, language=language)
    return turn.understood(text, births, now)


class _Turn:
    """What the clauses so far add up to; a later one may take an earlier one back."""

    def __init__(self, question: Question | None) -> None:
        self._question = question
        self._acts: set[Act] = set()
        self._choice: int | None = None
        self._when: When | None = None
        self._clear = True
        self._passed_over = False
        self._firm_yes = False
        self._in_so_many_words = self._other_day = self._all_of_them = False
        self._enquires = False
        self._spoke_against = False

    def add(self, clause: Clause, *, now: datetime, language: str) -> None:
        when, words = cut_when(clause.text, now=now, language=language)
        heard = hear(words, self._question, asked=clause.asked, language=language)
        if clause.corrects:
            self._acts -= _DECISIONS
            self._choice = self._when = None
            self._all_of_them = False
        self._other_day |= names_other_day(words, language)
        self._all_of_them |= names_all(words, language)
        overruled = heard.acts & _OVERRULES_YES
        if Act.YES in heard.acts:
            self._acts.discard(Act.HOLD)
            self._firm_yes |= not is_weak_yes(words, language)
        self._acts |= heard.acts
        if overruled:
            self._acts.discard(Act.YES)
        if Act.FETCHING in self._acts:
            self._acts.discard(Act.HOLD)
        self._choice = heard.choice if heard.choice is not None else self._choice
        both = {Act.YES, Act.NO} <= heard.acts and not overruled
        passes = (
            not clause.opposed
            and self._question not in _ABOUT_ALL
            and harmless(words, self._question, asked=clause.asked, language=language)
        )
        self._clear &= (heard.covered or passes) and not clause.unfinished and not both
        self._passed_over |= not heard.covered
        self._in_so_many_words |= heard.strong
        self._spoke_against |= bool(heard.acts & _AGAINST_YES)
        self._enquires |= heard.enquires or (
            clause.asked and (heard.points or heard.choice is not None)
        )
        answers_when = self._question is Question.CALLBACK_WHEN
        if when and (answers_when or (heard.covered and heard.points)):
            named = when.denied() if _denies(words, language) else when
            self._when = self._when | named if self._when else named
            # "But not tomorrow" leaves no time that would do, and still says something.
            self._clear &= named != When() or bool(heard.acts - {Act.YES})

    def understood(self, text: str, births: list[date], now: datetime) -> Understood:
        if Act.MAILBOX_FULL in self._acts:
            return Understood(text, frozenset({Act.MACHINE, Act.MAILBOX_FULL}), clear=True)
        for machine in _MACHINES:
            if machine in self._acts:
                return Understood(text, frozenset({machine}), clear=True)
        if Act.GOODBYE in self._acts and not self._firm_yes:
            self._acts.discard(Act.YES)
        acts = frozenset(self._acts)
        contradicts = (Act.YES in acts and self._spoke_against) or any(
            pair <= acts for pair in _CONTRADICTIONS
        )
        calls_back = Act.CALL_LATER in acts or self._question is Question.CALLBACK_WHEN
        wishes = self._question in _ABOUT_TIMES or Act.RESCHEDULE in acts
        when = self._when
        wish = wish_of(when) if when and wishes and not calls_back else None
        later = callback_at(when, now) if when and calls_back else None
        birth = births[0] if len(set(births)) == 1 else None
        shift = when.shift if when and wishes else None
        said = (wish, later, birth, self._choice, shift)
        meant = bool(acts) or any(x is not None for x in said)
        firm = self._in_so_many_words or self._question in _ASKED_TWICE
        sure = firm or not self._passed_over
        clear = self._clear and sure and meant and not contradicts and len(set(births)) < 2
        return Understood(
            text,
            acts,
            clear,
            wish,
            later,
            birth,
            self._choice,
            shift,
            wishes and self._other_day,
            self._enquires,
            self._question,
            self._all_of_them,
            self._in_so_many_words,
        )


def _denies(words: str, language: str) -> bool:
    data = language_data(language, "patterns")
    return bool(re.search(data["negated"], words)) and not re.search(data["negated_not"], words)
