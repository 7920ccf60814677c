"""One call: the typed userdata that every agent and tool shares.

Facts travel here, never in prose. What an unverified person may not know cannot be read from
here before ``verify``.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import takewhile
from typing import Protocol
from zoneinfo import ZoneInfo

from reception.appointments.book import AppointmentBook
from reception.appointments.models import (
    Appointment,
    AppointmentStatus,
    Authority,
    Receipt,
    Relation,
    Slot,
)
from reception.calls.evidence import AnsweredBy, MessagePlayed, StaffTaskFiled
from reception.calls.ledger import Ledger
from reception.calls.outcome import CallResult, Outcome, outcome
from reception.calls.question import ASIDES, Asked
from reception.calls.result import Decision, DecisionKind, Ended, Ending, Request
from reception.calls.turn import Handoff, Mood, Route, Speaker, Stage, ToolRun, Turn, Words
from reception.practice import Practice, Verification
from reception.telemetry.cost import Meter
from reception.telemetry.redaction import (
    protect,
    protect_birth_date,
    protect_phone,
    protect_said,
)

_MOOD_LASTS = 3
"""Turns of the customer."""


class NotVerifiedError(Exception):
    """An appointment was asked for before the person speaking was verified."""


class Line(Protocol):
    """The line as agents and tools see it."""

    def hang_up(self, ended: Ended, last_words: Words | None = None) -> None:
        """Say the last words to their end, drop the line and settle the call; at once and once."""
        ...

    @property
    def can_transfer(self) -> bool:
        """Whether somebody else can be put on this line at all."""
        ...

    async def transfer(self, number: str) -> bool:
        """Put the customer through to ``number``; False when nobody took the call there."""
        ...


@dataclass(frozen=True)
class Brief:
    """What may be known before verification."""

    recipient: str
    phone: str
    zone: ZoneInfo
    callback_number: str
    needs_birth_date: bool
    about_somebody_else: bool
    location: str
    language: str = "en"


@dataclass
class Call:
    """One attempt to reach one number about a recipient's appointments in the window.

    Raises ``NotVerifiedError`` from ``appointments`` and all that stands on it until ``verify``.
    """

    id: str
    practice: Practice
    book: AppointmentBook
    ledger: Ledger
    brief: Brief
    line: Line
    stage: Stage = Stage.GREETER
    answered_by: AnsweredBy | None = None
    turns: list[Turn] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    tools: list[ToolRun] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    meter: Meter = field(default_factory=Meter)
    """What the providers were asked for on this call."""
    answered_at: datetime | None = None
    tasks: list[StaffTaskFiled] = field(default_factory=list)
    moving: str | None = None
    offered: tuple[Slot, ...] = ()
    handed_out: dict[str, Slot] = field(default_factory=dict)
    answers: dict[str, Words] = field(default_factory=dict)
    birth_dates_tried: int = 0
    heard_before: frozenset[str] = frozenset()
    takes_message: bool = True
    """False where a mailbox answered that is full or not set up."""
    message: MessagePlayed | None = None
    ending: Ending | None = None
    said_aside: dict[str, Words] = field(default_factory=dict)
    _appointments: dict[str, Appointment] = field(default_factory=dict, repr=False)
    _open: tuple[str, ...] | None = field(default=None, repr=False)
    _shown: Mood | None = field(default=None, repr=False)

    @classmethod
    def about(
        cls,
        call_id: str,
        appointments: Sequence[Appointment],
        *,
        practice: Practice,
        book: AppointmentBook,
        ledger: Ledger,
        line: Line,
        of_the_number: Sequence[Appointment] = (),
        heard_before: frozenset[str] = frozenset(),
    ) -> "Call":
        """A call to the recipient of ``appointments``, which all belong to one number.

        ``of_the_number`` are all that the number has ahead: two people of one name show there.
        ``heard_before`` names the wordings that were used on the last calls to this number.
        """
        brief = _brief(appointments, practice, of_the_number)
        call = cls(call_id, practice, book, ledger, brief, line)
        call.heard_before = heard_before
        call._appointments = {a.id: a for a in appointments}
        _keep_private(call)
        call.decisions = {
            a.id: Decision(a.id, DecisionKind.UNDECIDED) for a in call._appointments.values()
        }
        return call

    def now(self) -> datetime:
        """The book's clock, in the zone in which this call speaks."""
        return self.book.now().astimezone(self.brief.zone)

    # Verification belongs to the person now speaking.

    @property
    def verified(self) -> bool:
        return self._open is not None

    def verify(self, birth_date: date | None = None) -> bool:
        """Open the appointments to the person speaking, who has said who they are.

        Where a birth date is needed it must be a customer's on file; one that is not on file
        opens nothing. Two people of one name see only what belongs to their own birth date.
        """
        if not self.brief.needs_birth_date:
            self._open = tuple(self._appointments)
            return True
        self.birth_dates_tried += 1
        born_then = tuple(
            a.id
            for a in self._appointments.values()
            if birth_date is not None and a.customer.date_of_birth == birth_date
        )
        self._open = born_then or None
        return self.verified

    def forget_person(self) -> None:
        """The phone changed hands: whoever speaks now is nobody we know."""
        self._open = None

    @property
    def appointments(self) -> tuple[Appointment, ...]:
        """What this person may hear about. Raises ``NotVerifiedError``."""
        if self._open is None:
            raise NotVerifiedError("nobody on this call is verified")
        return tuple(self._appointments[i] for i in self._open)

    @property
    def appointment_ids(self) -> tuple[str, ...]:
        """Ids only: safe at any time."""
        return tuple(self._appointments)

    @property
    def current(self) -> Appointment | None:
        """The first appointment that is still undecided."""
        return next(iter(self.undecided), None)

    @property
    def undecided(self) -> tuple[Appointment, ...]:
        return tuple(
            a
            for a in self.appointments
            if self.decisions[a.id].kind is DecisionKind.UNDECIDED
            and a.status is not AppointmentStatus.CANCELLED
        )

    @property
    def subject(self) -> Appointment:
        """What is being talked about: what is being moved, or what the open question is about,
        or else the first that is undecided."""
        asked = self.open_question
        talked_about = self.moving or (asked.subject if asked else None)
        by_id = {a.id: a for a in self.appointments}
        if talked_about in by_id:
            return by_id[talked_about]
        return self.current or self.appointments[-1]

    def refresh(self, appointment: Appointment) -> None:
        """Keep what the book says now."""
        self._appointments[appointment.id] = appointment

    def may_change(self, appointment: Appointment) -> bool:
        return appointment.recipient.authority is Authority.CHANGE

    # Decisions, requests and the end.

    def decide(self, decision: Decision) -> None:
        """Keep a decision; the latest receipt wins, for people change their minds."""
        self.decisions[decision.appointment_id] = decision
        if isinstance(decision.evidence, Receipt):
            self.refresh(decision.evidence.appointment)

    def request(self, request: Request) -> None:
        self.requests.append(request)

    def end(self, ending: Ending) -> bool:
        """Keep how the line ended. Only the first end counts; says whether this was it."""
        if self.ending is not None:
            return False
        self.ending = ending
        return True

    @property
    def result(self) -> CallResult:
        """All that came of it; an unended call counts as dropped, for nobody said goodbye."""
        ending = self.ending or Ending(Ended.DROPPED)
        return CallResult(
            tuple(self.decisions.values()), self.requests, ending, self.message, self.tasks
        )

    @property
    def outcome(self) -> Outcome:
        """Derived anew from the result as it is now."""
        return outcome(self.result)

    # Turns: what was really said, and what is derived from it.

    def said(
        self,
        speaker: Speaker,
        text: str,
        *,
        route: Route | None = None,
        used: tuple[str, ...] = (),
        asks: Asked | None = None,
        mood: Mood | None = None,
        understood: tuple[str, ...] = (),
        clear: bool | None = None,
    ) -> Turn:
        """Keep a turn that has entered the history."""
        protect_said(self.id, text)
        turn = Turn(
            number=len(self.turns) + 1,
            speaker=speaker,
            agent=self.stage,
            text=text,
            verified=self.verified,
            at=self.now(),
            route=route,
            used=used,
            asks=asks,
            mood=mood,
            understood=understood,
            clear=clear,
        )
        self.turns.append(turn)
        return turn

    @property
    def mood(self) -> Mood | None:
        """The mood that the customer showed last, while it is fresh."""
        heard = [turn for turn in self.turns if turn.speaker is Speaker.CUSTOMER]
        fresh = (turn.mood for turn in reversed(heard[-_MOOD_LASTS:]) if turn.mood)
        return self._shown or next(fresh, None)

    def showing(self, mood: Mood | None) -> "Call":
        """To read only: this call while a turn is answered that shows ``mood``, before it enters.

        The turns are shared; nothing of the mood stays when that turn is dropped.
        """
        shown = copy.copy(self)
        shown._shown = mood
        return shown

    @property
    def moods(self) -> tuple[Mood, ...]:
        """Every mood that the customer showed, in the order in which they did first."""
        return tuple(dict.fromkeys(turn.mood for turn in self.turns if turn.mood))

    @property
    def last_question(self) -> Asked | None:
        """The question that the customer heard last."""
        return next((turn.asks for turn in reversed(self.turns) if turn.asks), None)

    @property
    def open_question(self) -> Asked | None:
        """The question that waits for its answer; one that is asked aside does not replace it."""
        asked = (turn.asks for turn in reversed(self.turns) if turn.asks)
        return next((a for a in asked if a.question not in ASIDES), None)

    @property
    def last_heard(self) -> Turn | None:
        """The customer's latest turn, silence included."""
        heard = (turn for turn in reversed(self.turns) if turn.speaker is Speaker.CUSTOMER)
        return next(heard, None)

    @property
    def customer_turns(self) -> int:
        return sum(turn.speaker is Speaker.CUSTOMER for turn in self.turns)

    @property
    def silences(self) -> int:
        """How often in a row the customer has said nothing, up to now."""
        heard = (turn for turn in reversed(self.turns) if turn.speaker is Speaker.CUSTOMER)
        return sum(1 for _ in takewhile(lambda turn: turn.silent, heard))

    def asked_with(self, prefix: str) -> int:
        """How many of the agent's turns so far used a wording whose name starts so."""
        return sum(any(use.startswith(prefix) for use in turn.used) for turn in self.turns)


def _keep_private(call: Call) -> None:
    """From now on nothing that this process logs or traces says whom the call is about."""
    protect_phone(call.id, call.brief.phone)
    for one in call._appointments.values():
        people = (one.recipient.name, one.customer.name)
        parts = [part for name in people for part in name.split()]
        service = call.practice.services[one.service].name
        protect(call.id, [*people, *parts, one.service, service])
        if one.customer.date_of_birth is not None:
            protect_birth_date(call.id, one.customer.date_of_birth)


def _brief(
    appointments: Sequence[Appointment], practice: Practice, of_the_number: Sequence[Appointment]
) -> Brief:
    first = appointments[0]
    recipient, location = first.recipient, practice.locations[first.location]
    of_that_name = (a for a in of_the_number if a.recipient.name == recipient.name)
    themselves = {
        a.customer.id
        for a in (*appointments, *of_that_name)
        if a.recipient.relation is Relation.SELF
    }
    by_practice = practice.verification is Verification.NAME_AND_BIRTH_DATE
    return Brief(
        recipient=recipient.name,
        phone=recipient.phone,
        zone=location.zone,
        callback_number=location.callback_number,
        needs_birth_date=by_practice or len(themselves) > 1,
        about_somebody_else=recipient.relation is not Relation.SELF,
        location=first.location,
        language=recipient.language,
    )
