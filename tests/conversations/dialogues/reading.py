"""Dialogues as they are written down: what is given, what the customer says, what is true then.

A file holds several, each under its title::

    [anything_else] > No, that's all.       before the first title: what everybody here answers
                                            to what their own lines do not answer

    == She says it all at once
    given: birth date                       optional; see ``_GIVEN``
    > Hello?                                said in this order, one a turn; `> ...` is silence
    [attend] > Yes, see you then.           said when that question is open
    outcome: confirmed                      what must be true at the end
    book: confirmed

A line with a question waits for it; meanwhile the customer answers what is asked with any line
that fits, new ones first, then the last one again. The next line without a question ends that: it
is said at once, or when nothing fits. Whoever has nothing left to say hangs up.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from reception.appointments.models import Appointment, Weekday
from reception.calls.outcome import OutcomeKind
from reception.calls.question import Question
from reception.calls.result import DecisionKind, Ended, RequestKind
from tests.conversations.rehearsal import NOW

FOLDER = Path(__file__).parent
NOT_YET = FOLDER / "not_yet.txt"
"""What the policy ends safely today but not as wished: titles, under the name of their file."""

TURNS = 14
"""Whoever has said so much without an end hangs up."""

REPEATS = 3
"""So often somebody says the same once more, then hangs up."""


class DialogueFileError(Exception):
    """A dialogue is not written as it should be; names the file and the line."""


@dataclass(frozen=True)
class Line:
    """What the customer says; ``to`` is the question it waits for."""

    text: str
    to: Question | None = None


@dataclass(frozen=True)
class InBook:
    """What becomes of one appointment. ``day`` and the hours are those it is moved to."""

    decision: DecisionKind = DecisionKind.UNDECIDED
    day: str | None = None
    earliest: time = time.min
    latest: time = time.max

    def allows(self, appointment: Appointment, start: datetime) -> bool:
        """Whether the appointment, which starts locally at ``start``, is where it should be."""
        day = self.day is None or f"{start:%A}" == self.day
        return day and self.earliest <= start.time() <= self.latest


UNCHANGED = InBook()


@dataclass(frozen=True)
class Booked:
    """An appointment that is given: what, and when in the week of the rehearsal."""

    service: str
    start: datetime


@dataclass(frozen=True)
class Given:
    appointments: tuple[Booked, ...] = ()
    birth_date_asked: bool = False
    desk_carries_out: bool = False
    says_reminder: bool = False
    customer: str = "Maria Santos"
    recipient: str = "Maria Santos"
    relation: str = "self"
    authority: str = "change"


@dataclass(frozen=True)
class Expected:
    """What must be true at the end. ``meanwhile`` was decided too, before a change of mind."""

    outcomes: tuple[OutcomeKind, ...] = ()
    book: tuple[InBook, ...] = ()
    meanwhile: frozenset[DecisionKind] = frozenset()
    verified: str | None = None
    requests: frozenset[RequestKind] = frozenset()
    when: datetime | None = None
    ended: Ended | None = None


@dataclass(frozen=True)
class Dialogue:
    file: str
    number: int
    title: str
    lines: tuple[Line, ...] = ()
    always: tuple[Line, ...] = ()
    given: Given = field(default_factory=Given)
    expected: Expected = field(default_factory=Expected)

    @property
    def name(self) -> str:
        return f"{self.file}: {self.title}"


_DECIDES = {
    OutcomeKind.CONFIRMED: DecisionKind.CONFIRMED,
    OutcomeKind.CANCELLED: DecisionKind.CANCELLED,
    OutcomeKind.RESCHEDULED: DecisionKind.RESCHEDULED,
    OutcomeKind.CHANGE_REQUESTED: DecisionKind.CHANGE_REQUESTED,
}
_NOBODY = {
    OutcomeKind.WRONG_NUMBER,
    OutcomeKind.UNAVAILABLE,
    OutcomeKind.VOICEMAIL,
    OutcomeKind.NO_MESSAGE,
}
_BOOK = {
    "unchanged": DecisionKind.UNDECIDED,
    "confirmed": DecisionKind.CONFIRMED,
    "cancelled": DecisionKind.CANCELLED,
    "moved": DecisionKind.RESCHEDULED,
    "requested": DecisionKind.CHANGE_REQUESTED,
}
_GIVEN: dict[str, dict[str, Any]] = {
    "birth date": {"birth_date_asked": True},
    "the desk carries it out": {"desk_carries_out": True},
    "messages say what it is about": {"says_reminder": True},
    "she may only discuss it": {"authority": "discuss"},
    "Anna Nowak for her son Leo": {
        "customer": "Leo Nowak", "recipient": "Anna Nowak", "relation": "parent",
    },
    "Ruth Lane cares for George Hill": {
        "customer": "George Hill", "recipient": "Ruth Lane", "relation": "carer",
        "authority": "discuss",
    },
}  # fmt: skip
_SAID = re.compile(r"(?:\[(?P<to>\w+)\]\s*)?>\s*(?P<text>.+)")
_MOVED = re.compile(
    r"moved(?: to (?P<day>[A-Z]\w+day))?(?: (?P<part>morning|afternoon)| at (?P<at>\d\d:\d\d))?"
)
_MOMENT = re.compile(r"(?P<day>today|[A-Z]\w+day)(?: at)? (?P<at>\d\d:\d\d)")


def all_dialogues() -> list[Dialogue]:
    """Every dialogue in the folder. Raises ``DialogueFileError``."""
    files = (f for f in sorted(FOLDER.glob("*.txt")) if f != NOT_YET)
    return [dialogue for file in files for dialogue in read(file.read_text(), file.stem)]


def not_yet() -> frozenset[str]:
    """The names of the dialogues that are listed in ``NOT_YET``."""
    file, names = "", set()
    for text in NOT_YET.read_text().splitlines():
        if text.startswith("- "):
            names.add(f"{file}: {text[2:].strip()}")
        elif text and not text.startswith("#"):
            file = text.strip()
    return frozenset(names)


def read(text: str, file: str) -> list[Dialogue]:
    """The dialogues in ``text``. Raises ``DialogueFileError``."""
    always: tuple[Line, ...] = ()
    dialogues: list[Dialogue] = []
    for number, line in enumerate(text.splitlines(), start=1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        with _named(file, number):
            if written.startswith("== "):
                dialogues.append(Dialogue(file, number, written[3:], always=always))
            elif dialogues:
                dialogues[-1] = _with(dialogues[-1], written)
            else:
                always += (_line(written),)
    return [_complete(dialogue) for dialogue in dialogues]


@contextmanager
def _named(file: str, number: int) -> Iterator[None]:
    """A mistake is named by its file and line."""
    try:
        yield
    except ValueError as error:
        raise DialogueFileError(f"{file}.txt, line {number}: {error}") from error


def _line(written: str) -> Line:
    if (said := _SAID.fullmatch(written)) is None:
        raise ValueError(f"expected `> words` or `[question] > words`, found {written!r}")
    words = "" if said["text"] == "..." else said["text"]
    return Line(words, Question(said["to"]) if said["to"] else None)


def _with(dialogue: Dialogue, written: str) -> Dialogue:
    if written.startswith((">", "[")):
        return replace(dialogue, lines=(*dialogue.lines, _line(written)))
    key, colon, value = (part.strip() for part in written.partition(":"))
    if not colon:
        raise ValueError(f"expected `key: value`, found {written!r}")
    match key:
        case "given" | "appointment":
            return replace(dialogue, given=_given(dialogue.given, key, value))
        case _:
            return replace(dialogue, expected=_expecting(dialogue.expected, key, value))


def _given(given: Given, key: str, value: str) -> Given:
    if key == "appointment":
        service, _, when = value.partition(",")
        booked = Booked(service.strip(), _moment(when.strip()))
        return replace(given, appointments=(*given.appointments, booked))
    if value not in _GIVEN:
        raise ValueError(f"given {value!r} is not known: {', '.join(_GIVEN)}")
    return replace(given, **_GIVEN[value])


def _expecting(expected: Expected, key: str, value: str) -> Expected:
    match key:
        case "outcome":
            kinds = tuple(OutcomeKind(kind.strip()) for kind in value.split(" or "))
            return replace(expected, outcomes=kinds)
        case "book":
            return replace(expected, book=tuple(_in_book(one) for one in value.split(",")))
        case "meanwhile":
            return replace(expected, meanwhile=frozenset({_in_book(value).decision}))
        case "verified":
            if value not in ("yes", "no", "either"):
                raise ValueError(f"verified is yes, no or either, not {value!r}")
            return replace(expected, verified=value)
        case "requests":
            asked = frozenset(RequestKind(kind.strip()) for kind in value.split(","))
            return replace(expected, requests=asked)
        case "when":
            return replace(expected, when=_moment(value))
        case "ended":
            return replace(expected, ended=Ended(value))
        case _:
            raise ValueError(f"nothing is called {key!r} here")


def _in_book(value: str) -> InBook:
    value = value.strip()
    moved = _MOVED.fullmatch(value)
    if moved is None:
        if value not in _BOOK:
            raise ValueError(f"{value!r} is none of {', '.join(_BOOK)}")
        return InBook(_BOOK[value])
    hours = (time.min, time.max)
    if moved["at"]:
        hours = (time.fromisoformat(moved["at"]),) * 2
    elif moved["part"]:
        hours = (time.min, time(11, 59)) if moved["part"] == "morning" else (time(12), time.max)
    return InBook(DecisionKind.RESCHEDULED, moved["day"], *hours)


def _moment(value: str) -> datetime:
    """`Wednesday 09:00` is the next Wednesday after the Monday of the rehearsal."""
    found = _MOMENT.fullmatch(value)
    if found is None:
        raise ValueError(f"expected `Wednesday 09:00` or `today 17:00`, found {value!r}")
    days = 0
    if found["day"] != "today":
        days = (Weekday[found["day"].upper()] - NOW.weekday() - 1) % 7 + 1
    at = time.fromisoformat(found["at"])
    return datetime.combine(NOW.date() + timedelta(days=days), at, NOW.tzinfo)


def _complete(dialogue: Dialogue) -> Dialogue:
    """Fill in what the outcome implies."""
    with _named(dialogue.file, dialogue.number):
        book = _implied_book(dialogue)
        verified = _implied_verified(dialogue, book)
    return replace(dialogue, expected=replace(dialogue.expected, book=book, verified=verified))


def _implied_book(dialogue: Dialogue) -> tuple[InBook, ...]:
    expected, count = dialogue.expected, len(dialogue.given.appointments) or 1
    if not expected.outcomes:
        raise ValueError(f"{dialogue.title!r} does not say its outcome")
    decides = {_DECIDES.get(kind) for kind in expected.outcomes}
    only = decides.pop() if len(decides) == 1 else None
    book = expected.book or (InBook(only or DecisionKind.UNDECIDED),) * count
    if len(book) != count:
        raise ValueError(f"{dialogue.title!r} has {count} appointments, the book says {len(book)}")
    return book


def _implied_verified(dialogue: Dialogue, book: tuple[InBook, ...]) -> str:
    if dialogue.expected.verified is not None:
        return dialogue.expected.verified
    if any(one.decision is not DecisionKind.UNDECIDED for one in book):
        return "yes"
    if set(dialogue.expected.outcomes) <= _NOBODY:
        return "no"
    raise ValueError(f"{dialogue.title!r} does not say whether anybody is verified")
