"""When it is whose turn: by the question that is open, people answer at once or think aloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from livekit.agents import (
    AgentSession,
    AgentStateChangedEvent,
    ConversationItemAddedEvent,
    TurnHandlingOptions,
    UserInputTranscribedEvent,
)
from livekit.agents.voice.turn import InterruptionOptions, TurnDetectionMode

from reception.calls.call import Call
from reception.calls.question import Question
from reception.voice.voice_activity import SILENCE_SECONDS, VoiceActivity
from reception.voice.whole_answers import WholeAnswers


class End(StrEnum):
    """What tells that somebody has finished."""

    SILENCE = "silence"
    SENSE = "sense"
    """The turn detector, which hears whether more is to come."""


@dataclass(frozen=True)
class Pace:
    """How long after the last sound a turn is over, in seconds.

    ``unfinished`` is for what the turn detector takes for unfinished; silence knows no such thing.
    """

    end: End
    finished: float
    unfinished: float


# Below this a transcript comes after the end of its turn and is taken for a turn of its own.
AT_ONCE = Pace(End.SILENCE, 0.3, 0.3)
"""A yes, a no: the answer is short and complete."""
WHOLE_SECONDS = 0.1
"""The same for an answer that is a whole sentence by its final transcript and clear to the policy.

A transcript is final only after a pause, and takes its time: together it is over 200 ms since the
last sound. Whoever goes on after that stops us with their first word.
"""
BREAK_SECONDS = 0.1
"""So soon a break in an answer at once is noticed. It ends nothing yet."""
UNHURRIED = Pace(End.SENSE, 0.5, 2.5)
"""Somebody looks into their calendar and thinks aloud."""
IN_PIECES = Pace(End.SENSE, 0.8, 3.5)
"""A date of birth: day, month and year with a breath between."""

PACES: Mapping[Question, Pace] = {
    Question.IDENTITY: AT_ONCE,
    Question.BIRTH_DATE: IN_PIECES,
    Question.FETCH: AT_ONCE,
    Question.HOLDING: UNHURRIED,
    Question.ATTEND: AT_ONCE,
    Question.ATTEND_ALL: AT_ONCE,
    Question.MOVE_OR_CANCEL: UNHURRIED,
    Question.CANCEL_SURE: AT_ONCE,
    Question.CANCEL_ALL: AT_ONCE,
    Question.PICK_SLOT: UNHURRIED,
    Question.BOOK_SURE: AT_ONCE,
    Question.CALLBACK_WHEN: UNHURRIED,
    Question.ANYTHING_ELSE: AT_ONCE,
    Question.STILL_THERE: AT_ONCE,
    Question.DESK_SURE: AT_ONCE,
    Question.MEANT: AT_ONCE,
}

INTERRUPTION: InterruptionOptions = {
    "enabled": True,
    # The other mode asks a service of LiveKit's what each sound was.
    "mode": "vad",
    # A cough or "mm" is shorter, mostly; a word stops us within 300 ms.
    "min_duration": 0.25,
    "min_words": 0,
    "resume_false_interruption": True,
    # Long enough for a transcript, which makes it a true one.
    "false_interruption_timeout": 0.8,
}


def pace(question: Question | None) -> Pace:
    """How an answer to ``question`` comes; before the first one people say hello."""
    return AT_ONCE if question is None else PACES[question]


def turn_handling() -> TurnHandlingOptions:
    """How a session begins; ``TurnTaking`` goes on from there."""
    return {
        "turn_detection": "vad",
        "endpointing": {"min_delay": AT_ONCE.finished, "max_delay": AT_ONCE.unfinished},
        "interruption": INTERRUPTION,
        "preemptive_generation": {"enabled": True},
    }


class TurnTaking:
    """The pace of one session, by the question that was heard last."""

    def __init__(
        self,
        session: AgentSession[Call],
        detector: TurnDetectionMode | None = None,
        activity: VoiceActivity | None = None,
    ) -> None:
        """Without a ``detector`` silence ends every turn, and only the delays change."""
        self._session, self._detector, self._activity = session, detector, activity
        self.pace, self._whole = AT_ONCE, False
        self._asked, self._listens, self._break = False, False, SILENCE_SECONDS

    def apply(self, question: Question | None) -> None:
        """From now on the customer answers ``question``."""
        wanted, self._asked = pace(question), question is not None
        self.heard(whole=False)
        if wanted is not self.pace:
            self.pace = wanted
            self._session.update_options(
                endpointing_opts={"min_delay": wanted.finished, "max_delay": wanted.unfinished},
                turn_detection=self._detector if wanted.end is End.SENSE else "vad",
            )
        self._notice_breaks()

    def heard(self, *, whole: bool) -> None:
        """By what was heard so far, the answer is ``whole``: only silence has to confirm it."""
        whole = whole and self._answers_at_once
        if whole is self._whole:
            return
        self._whole = whole
        delay = WHOLE_SECONDS if whole else self.pace.finished
        self._session.update_options(endpointing_opts={"min_delay": delay})

    def listens(self, *, listens: bool) -> None:
        """Whether we wait for the customer's words; while we speak only a whole voice stops us."""
        self._listens = listens
        self._notice_breaks()

    @property
    def _answers_at_once(self) -> bool:
        return self._asked and self.pace is AT_ONCE

    def _notice_breaks(self) -> None:
        """Soon, where a whole answer is to be over as soon as it may be; else as usual."""
        seconds = BREAK_SECONDS if self._listens and self._answers_at_once else SILENCE_SECONDS
        if self._activity is not None and seconds != self._break:
            self._break = seconds
            self._activity.break_after(seconds)

    def follow(self, call: Call) -> None:
        """Apply each question as it has been heard. Whoever records the turns comes before."""
        answers, session = WholeAnswers(call), self._session

        @session.on("conversation_item_added")
        def taken(_: ConversationItemAddedEvent) -> None:
            answers.begin()
            asked = call.last_question
            self.apply(asked.question if asked else None)

        @session.on("user_input_transcribed")
        def transcribed(event: UserInputTranscribedEvent) -> None:
            self.heard(whole=answers.is_whole(event))

        @session.on("agent_state_changed")
        def changed(event: AgentStateChangedEvent) -> None:
            self.listens(listens=event.new_state == "listening")
