"""Whose turn it is: by the question, and by how long somebody speaks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from livekit.agents import Agent, ConversationItemAddedEvent, inference
from livekit.agents.llm import ChatMessage

from reception.calls.call import Call
from reception.calls.question import Asked, Question
from reception.calls.turn import Route, Words
from reception.voice.phrase_cache import PhraseCache, Voice
from reception.voice.pipeline import voice_activity
from reception.voice.policy_llm import PolicyLLM, words_chunk
from reception.voice.session import VoiceSession, voice_session
from reception.voice.turn_taking import AT_ONCE, PACES, UNHURRIED, End, TurnTaking, pace
from tests.conversations.rehearsal import Rehearsal
from tests.provider.formants import speak
from tests.unit.voice.sound import Deaf, Loudspeaker, Microphone, ScriptedVoice, Sound

CLOSED = {
    "identity",
    "attend",
    "cancel_sure",
    "book_sure",
    "attend_all",
    "cancel_all",
    "anything_else",
    "still_there",
    "meant",
    "desk_sure",
    "fetch",
}
OPEN = {"pick_slot", "callback_when", "birth_date", "move_or_cancel", "holding"}


def test_every_question_has_its_pace() -> None:
    assert PACES.keys() == set(Question)
    assert {q.value for q in Question} == CLOSED | OPEN


@pytest.mark.parametrize("question", sorted(CLOSED))
def test_a_short_answer_is_over_with_a_short_silence(question: str) -> None:
    wanted = pace(Question(question))
    assert (wanted.end, wanted.finished, wanted.unfinished) == (End.SILENCE, 0.3, 0.3)


def test_a_hello_is_over_at_once() -> None:
    assert pace(None) is AT_ONCE


@pytest.mark.parametrize("question", sorted(OPEN))
def test_where_people_think_aloud_sense_ends_the_turn(question: str) -> None:
    wanted = pace(Question(question))
    assert wanted.end is End.SENSE
    assert wanted.finished >= 0.5
    assert wanted.unfinished >= 2.5


def test_a_date_of_birth_comes_in_pieces() -> None:
    assert pace(Question.BIRTH_DATE).finished > pace(Question.PICK_SLOT).finished


@pytest.fixture
async def call(house: Rehearsal) -> Call:
    call = await house.call()
    call.turns.clear()
    return call


@pytest.fixture
async def detector() -> inference.TurnDetector:
    return inference.TurnDetector(version="v1-mini")


@pytest.fixture
async def session(call: Call, detector: inference.TurnDetector) -> AsyncIterator[VoiceSession]:
    session = voice_session(
        call,
        PolicyLLM(call),
        Deaf(),
        ScriptedVoice([Sound(60)]),
        activity=voice_activity(),
        detector=detector,
        phrases=PhraseCache(Voice("test", "scripted", "nova", 1.0, "en"), ()),
    )
    yield session
    await session.aclose()


class Following(Agent):
    """An agent that is handed the call."""

    def __init__(self) -> None:
        super().__init__(instructions="")
        self.entered = asyncio.Event()

    async def on_enter(self) -> None:
        self.entered.set()


def ends_by(session: VoiceSession) -> tuple[object, float, float]:
    """What the running activity goes by now."""
    activity = session._activity
    assert activity is not None
    assert activity._audio_recognition is not None
    endpointing = activity._audio_recognition._endpointing
    return activity._turn_detection, endpointing.min_delay, endpointing.max_delay


async def test_a_session_takes_the_pace_of_the_question_that_was_heard(
    session: VoiceSession, call: Call, detector: inference.TurnDetector
) -> None:
    microphone = Microphone()
    session.input.audio = microphone
    session.output.audio = Loudspeaker()
    await session.start(Agent(instructions=""))
    unhurried = (detector, UNHURRIED.finished, UNHURRIED.unfinished)
    assert ends_by(session) == ("vad", 0.3, 0.3)
    asked(session, Question.IDENTITY)
    assert ends_by(session) == ("vad", 0.3, 0.3)
    asked(session, Question.BIRTH_DATE)
    assert ends_by(session) == (detector, 0.8, 3.5)
    asked(session, Question.ATTEND)
    assert ends_by(session) == ("vad", 0.3, 0.3)
    asked(session, Question.PICK_SLOT)
    assert ends_by(session) == unhurried
    asked(session, Question.BOOK_SURE)
    following = Following()
    session.update_agent(following)
    await following.entered.wait()
    assert ends_by(session) == ("vad", 0.3, 0.3), "a handoff keeps it"


def asked(session: VoiceSession, question: Question) -> None:
    delta = words_chunk(Words("?", (), Asked(question, None)), Route.POLICY).delta
    assert delta is not None
    message = ChatMessage(role="assistant", content=["?"], extra=delta.extra or {})
    session.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


async def test_the_same_pace_is_not_set_again(
    session: VoiceSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates: list[object] = []
    monkeypatch.setattr(session, "update_options", lambda **options: updates.append(options))
    turns = TurnTaking(session)
    for question in (None, Question.ATTEND, Question.PICK_SLOT, Question.CALLBACK_WHEN):
        turns.apply(question)
    assert updates == [
        {"endpointing_opts": {"min_delay": 0.5, "max_delay": 2.5}, "turn_detection": None}
    ]


@pytest.mark.parametrize(
    ("seconds", "stops"),
    [(0.1, False), (0.15, False), (1.2, True)],
    ids=["a click", "a cough", "a word"],
)
async def test_who_speaks_is_heard_from_our_first_words_on_and_a_cough_is_not(
    session: VoiceSession, seconds: float, stops: bool
) -> None:
    microphone, loudspeaker = Microphone(), Loudspeaker()
    session.input.audio, session.output.audio = microphone, loudspeaker
    await session.start(Agent(instructions=""))
    # The detector has heard the line before, as it has when somebody picks up.
    await asyncio.sleep(0.4)
    session.say("Hello, this is Sarah.")
    await loudspeaker.playing.wait()
    voice = speak("But no, I would rather come on Wednesday.", microphone.RATE)
    microphone.hears(voice[: round(seconds * microphone.RATE)].tobytes())
    try:
        async with asyncio.timeout(seconds + 0.5):
            await loudspeaker.paused.wait()
    except TimeoutError:
        pass
    assert loudspeaker.paused.is_set() is stops


async def test_a_session_on_the_telephone(session: VoiceSession, call: Call) -> None:
    options = session.options
    assert session.userdata is call
    assert options.aec_warmup_duration is None
    assert options.max_tool_steps == 2
    assert options.session_close_transcript_timeout == 0
    assert options.preemptive_generation["enabled"]
    assert options.interruption["resume_false_interruption"]
    assert options.interruption["min_duration"] == 0.25
    assert session.conn_options.tts_conn_options.max_retry == 0
