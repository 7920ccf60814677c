"""An answer that is whole and clear needs no long silence; any other does."""

from collections.abc import AsyncIterator

import pytest
from livekit.agents import (
    Agent,
    AgentStateChangedEvent,
    ConversationItemAddedEvent,
    UserInputTranscribedEvent,
)
from livekit.agents.llm import ChatMessage

from reception.calls.call import Call
from reception.calls.question import Asked, Question
from reception.calls.turn import Route, Words
from reception.voice.phrase_cache import PhraseCache, Voice
from reception.voice.pipeline import voice_activity
from reception.voice.policy_llm import PolicyLLM, words_chunk
from reception.voice.session import VoiceSession, voice_session
from reception.voice.turn_taking import BREAK_SECONDS, WHOLE_SECONDS
from reception.voice.voice_activity import SILENCE_SECONDS, VoiceActivity
from reception.voice.whole_answers import WholeAnswers
from tests.conversations.rehearsal import Rehearsal
from tests.unit.voice.sound import Deaf, Loudspeaker, Microphone, ScriptedVoice, Sound


def heard(text: str, *, is_final: bool = True) -> UserInputTranscribedEvent:
    return UserInputTranscribedEvent(transcript=text, is_final=is_final)


@pytest.fixture
async def call(house: Rehearsal) -> Call:
    call = await house.call("Yes, this is Maria.")
    assert call.last_question is not None
    assert call.last_question.question is Question.ATTEND
    return call


@pytest.mark.parametrize(
    "text", ["Yes, I'll be there.", "Yes, please.", "No, please cancel it.", "No, I can't come."]
)
def test_a_sentence_that_is_clear_is_a_whole_answer(call: Call, text: str) -> None:
    assert WholeAnswers(call).is_whole(heard(text))


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "No.",
        "Yes, I'll be there, but",
        "Yes, but",
        "Yes I will be",
        "My cousin goes there.",
        "Yes, my cousin goes there with her dog.",
        "Well, I was going to say.",
        "",
    ],
)
def test_one_word_a_piece_or_what_is_not_clear_is_none(call: Call, text: str) -> None:
    assert not WholeAnswers(call).is_whole(heard(text))


def test_words_on_their_way_announce_more(call: Call) -> None:
    answers = WholeAnswers(call)
    assert answers.is_whole(heard("Yes, I'll be there."))
    assert not answers.is_whole(heard("but", is_final=False))
    assert not answers.is_whole(heard("But my cousin has a dog."))


def test_what_comes_in_pieces_is_taken_together_and_each_turn_by_itself(call: Call) -> None:
    answers = WholeAnswers(call)
    assert not answers.is_whole(heard("Yes."))
    assert answers.is_whole(heard("I'll be there."))
    answers.begin()
    assert not answers.is_whole(heard("Yes."))


@pytest.fixture
async def activity() -> VoiceActivity:
    return voice_activity()


@pytest.fixture
async def session(call: Call, activity: VoiceActivity) -> AsyncIterator[VoiceSession]:
    session = voice_session(
        call,
        PolicyLLM(call),
        Deaf(),
        ScriptedVoice([Sound(60)]),
        activity=activity,
        detector=None,
        phrases=PhraseCache(Voice("test", "scripted", "nova", 1.0, "en"), ()),
    )
    session.input.audio, session.output.audio = Microphone(), Loudspeaker()
    await session.start(Agent(instructions=""))
    yield session
    await session.aclose()


def delay(session: VoiceSession) -> float:
    assert session._activity is not None
    assert session._activity._audio_recognition is not None
    return session._activity._audio_recognition._endpointing.min_delay


def asked(session: VoiceSession, question: Question) -> None:
    delta = words_chunk(Words("?", (), Asked(question, None)), Route.POLICY).delta
    assert delta is not None
    message = ChatMessage(role="assistant", content=["?"], extra=delta.extra or {})
    session.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


def transcribed(session: VoiceSession, text: str, *, is_final: bool = True) -> None:
    session.emit("user_input_transcribed", heard(text, is_final=is_final))


async def test_a_whole_answer_ends_its_turn_sooner_and_no_other_does(session: VoiceSession) -> None:
    asked(session, Question.ATTEND)
    transcribed(session, "Yes.")
    assert delay(session) == 0.3
    transcribed(session, "I'll be there.")
    assert delay(session) == WHOLE_SECONDS
    transcribed(session, "and", is_final=False)
    assert delay(session) == 0.3
    transcribed(session, "And my cousin too.")
    assert delay(session) == 0.3


async def test_the_next_question_waits_as_usual(session: VoiceSession, call: Call) -> None:
    asked(session, Question.ATTEND)
    transcribed(session, "Yes, I'll be there.")
    assert delay(session) == WHOLE_SECONDS
    asked(session, Question.ANYTHING_ELSE)
    assert delay(session) == 0.3


async def test_who_thinks_aloud_is_never_hurried(session: VoiceSession) -> None:
    asked(session, Question.PICK_SLOT)
    transcribed(session, "The first one, please.")
    assert delay(session) == 0.5


def nothing_asked(session: VoiceSession, call: Call) -> None:
    call.turns.clear()
    message = ChatMessage(role="user", content=["Hello?"])
    session.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


async def test_nor_is_who_says_hello(session: VoiceSession, call: Call) -> None:
    nothing_asked(session, call)
    transcribed(session, "Yes, this is Maria.")
    assert delay(session) == 0.3


async def test_a_break_is_noticed_sooner_only_while_they_answer(
    session: VoiceSession, activity: VoiceActivity
) -> None:
    def state(new: str) -> float | None:
        event = AgentStateChangedEvent.model_validate({"old_state": "idle", "new_state": new})
        session.emit("agent_state_changed", event)
        return activity.inner.min_silence_duration

    asked(session, Question.ATTEND)
    assert state("listening") == BREAK_SECONDS
    assert state("speaking") == SILENCE_SECONDS
    asked(session, Question.PICK_SLOT)
    assert state("listening") == SILENCE_SECONDS


async def test_before_the_first_question_nothing_is_noticed_sooner(
    session: VoiceSession, activity: VoiceActivity, call: Call
) -> None:
    nothing_asked(session, call)
    event = AgentStateChangedEvent(old_state="idle", new_state="listening")
    session.emit("agent_state_changed", event)
    assert activity.inner.min_silence_duration == SILENCE_SECONDS
