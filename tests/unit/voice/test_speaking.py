"""From the text of a reply to its sound, in a session: pauses, known phrases, failures."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import Agent, APIConnectionError, ModelSettings, inference, llm

from reception.calls.call import Call
from reception.calls.turn import Route, Words
from reception.dialogue.pauses import Transcript, pause
from reception.voice.bounded_tts import GIVE_UP_SECONDS, STALL_SECONDS, BoundedTTS
from reception.voice.phrase_cache import PhraseCache, Voice
from reception.voice.phrase_store import PhraseStore
from reception.voice.policy_llm import PolicyLLM, words_chunk
from reception.voice.recording import Recording
from reception.voice.session import VoiceSession, text_session, voice_session
from reception.voice.speaking import WAIT_SECONDS, spoken
from tests.conversations.rehearsal import Rehearsal
from tests.unit.voice.sound import (
    BREAK_SECONDS,
    RATE,
    SECONDS_A_CHARACTER,
    Deaf,
    Loudspeaker,
    ScriptedVoice,
    Sound,
    Step,
    loud,
)

pytestmark = pytest.mark.looptime

NOVA = Voice("test", "scripted", "nova", 1.0, "en")
SEE = "Sure."
TWO = "I have two."
FOREVER = 60.0


class Speaker(Agent):
    """An agent that speaks as ours do, its text cut into pieces of ``size``."""

    def __init__(self, size: int) -> None:
        super().__init__(instructions="")
        self._size = size

    async def tts_node(
        self, text: AsyncIterable[str], model_settings: ModelSettings
    ) -> AsyncIterator[rtc.AudioFrame]:
        async for frame in spoken(self, _cut(text, self._size), model_settings):
            yield frame

    async def transcription_node(
        self, text: AsyncIterable[str], model_settings: ModelSettings
    ) -> AsyncIterator[str]:
        transcript = Transcript()
        async for piece in text:
            yield transcript.feed(piece)
        yield transcript.finish()


async def _cut(text: AsyncIterable[str], size: int) -> AsyncIterator[str]:
    async for whole in text:
        for start in range(0, len(whole), size):
            yield whole[start : start + size]


@dataclass
class Stage:
    session: VoiceSession
    voice: ScriptedVoice
    loudspeaker: Loudspeaker
    phrases: PhraseCache

    async def say(self, text: str) -> float:
        """Say ``text``; the seconds of sound that it became."""
        self.loudspeaker.frames.clear()
        self.loudspeaker.playing.clear()
        await self.session.say(text)
        return self.seconds

    @property
    def seconds(self) -> float:
        return len(self.loudspeaker.pcm) / 2 / RATE

    @property
    def written(self) -> list[str | None]:
        items = self.session.history.items
        return [item.text_content for item in items if item.type == "message"]

    def knows(self, *texts: str) -> None:
        for text in texts:
            self.phrases.keep(text, Recording(RATE, loud(length(text))))


@dataclass
class Stages:
    """Opens sessions whose voice follows these scripts."""

    call: Call
    folder: Path
    opened: list[VoiceSession] = field(default_factory=list)

    async def open(
        self, *scripts: Sequence[Step], size: int = 1000, mind: llm.LLM[Any] | None = None
    ) -> Stage:
        voice, loudspeaker = ScriptedVoice(*scripts), Loudspeaker()
        phrases = PhraseCache(NOVA, [SEE, TWO], PhraseStore(self.folder), waiting=[SEE])
        session = voice_session(
            self.call,
            mind or PolicyLLM(self.call),
            Deaf(),
            BoundedTTS(voice),
            activity=inference.VAD(),
            detector=None,
            phrases=phrases,
        )
        session.output.audio = loudspeaker
        await session.start(Speaker(size))
        self.opened.append(session)
        return Stage(session, voice, loudspeaker, phrases)


@pytest.fixture
async def stages(house: Rehearsal, tmp_path: Path) -> AsyncIterator[Stages]:
    stages = Stages(await house.call(), tmp_path / "phrases")
    yield stages
    for session in stages.opened:
        await session.aclose()


def about(seconds: float) -> Any:
    """The framework ends each sentence with up to 20 ms of silence."""
    return pytest.approx(seconds + 0.01, abs=0.011)


def now() -> float:
    """By a clock that stands still but where everything waits, so that it tells what was waited."""
    return asyncio.get_running_loop().time()


def after(began: float, seconds: float = 0.0) -> Any:
    return pytest.approx(began + seconds, abs=0.001)


def length(*texts: str) -> float:
    return sum(map(len, texts)) * SECONDS_A_CHARACTER


@pytest.mark.parametrize("size", [1, 5, 1000])
async def test_a_pause_is_exactly_that_long_and_no_mark_is_spoken(
    stages: Stages, size: int
) -> None:
    stage = await stages.open(size=size)
    stage.knows(SEE, TWO)
    await stage.say(f"{SEE}{pause(250)} {TWO} {pause(60)}")
    sound = [Recording(RATE, loud(length(text))).pcm for text in (SEE, TWO)]
    silence = [bytes(round(seconds * RATE) * 2) for seconds in (0.25, 0.06)]
    assert stage.loudspeaker.pcm == sound[0] + silence[0] + sound[1] + silence[1]
    assert (stage.written[-1] or "").strip() == f"{SEE} {TWO}"


@pytest.mark.parametrize("size", [1, 1000])
async def test_no_mark_is_spoken_and_a_pause_adds_just_its_length(
    stages: Stages, size: int
) -> None:
    stage = await stages.open(size=size)
    plain = await stage.say("Is Maria there? Hello?")
    assert await stage.say(f"Is Maria there? {pause(250)} Hello?{pause(60)}") == pytest.approx(
        plain + 0.31
    )
    assert stage.voice.texts == ["Is Maria there?", "Hello?"] * 2


async def test_a_sentence_that_was_said_to_its_end_is_known_from_then_on(stages: Stages) -> None:
    stage = await stages.open()
    first = await stage.say(f"{SEE} {TWO}")
    stage.voice.texts.clear()
    assert await stage.say(f"{SEE} {TWO}") == pytest.approx(first)
    assert stage.voice.texts == []
    await stage.phrases.settled()
    other = PhraseCache(NOVA, [SEE, TWO], PhraseStore(stages.folder))
    assert other.load() == 2


async def test_known_sentences_begin_at_once_and_the_rest_is_begun_meanwhile(
    stages: Stages,
) -> None:
    stage = await stages.open([0.08, Sound(0.2)])
    stage.knows(SEE)
    began = now()
    await stage.say(f"{SEE} Is Maria there?")
    assert stage.loudspeaker.first == after(began)
    assert stage.loudspeaker.last == after(began, 0.08)
    assert stage.voice.texts == ["Is Maria there?"]


async def test_the_second_sentence_is_synthesised_while_the_first_one_is(stages: Stages) -> None:
    stage = await stages.open([0.08, Sound(0.02)], [0.08, Sound(0.1)])
    began = now()
    await stage.say("Oh. Is Maria there?")
    assert stage.loudspeaker.last == after(began, 0.08)
    assert stage.voice.texts == ["Oh.", "Is Maria there?"]


async def test_what_one_call_prepared_is_said_from_memory(stages: Stages) -> None:
    stage = await stages.open()
    await stage.session.phrases.prepare(stage.voice, ["Is this Maria?"])
    stage.voice.texts.clear()
    assert await stage.say("Is this Maria?") == about(length("Is this Maria?"))
    assert stage.voice.texts == []


async def test_an_interruption_stops_the_synthesis_and_half_of_it_is_not_kept(
    stages: Stages,
) -> None:
    stage = await stages.open([Sound(0.5), 0.05, FOREVER])
    speech = stage.session.say(f"{TWO} And one more.")
    await stage.loudspeaker.playing.wait()
    await speech.interrupt()
    await asyncio.sleep(0.02)
    assert TWO in stage.voice.cancelled
    assert stage.phrases.find(TWO) is None
    assert await stage.say(TWO) == about(length(TWO))


@pytest.mark.parametrize(
    ("then", "waited"),
    [(FOREVER, STALL_SECONDS), (APIConnectionError("cut"), BREAK_SECONDS)],
    ids=["stalls", "cut"],
)
async def test_a_sentence_that_stops_in_the_middle_is_said_again_and_not_kept(
    stages: Stages, then: Step, waited: float
) -> None:
    stage = await stages.open([Sound(0.2), then])
    began = now()
    seconds = await stage.say(TWO)
    assert seconds == about(0.2 + length(TWO))
    assert stage.loudspeaker.last == after(began, waited)
    assert stage.voice.texts == [TWO, TWO]
    assert stage.phrases.find(TWO) is None


async def test_a_wait_is_filled_once_with_what_is_known(stages: Stages) -> None:
    late: list[Step] = [WAIT_SECONDS + 0.1, Sound(0.2)]
    stage = await stages.open(late, late)
    stage.knows(SEE)
    began = now()
    seconds = await stage.say("Is Maria there?")
    assert seconds == about(length(SEE) + 0.2)
    assert stage.loudspeaker.first == after(began, WAIT_SECONDS)
    assert stage.written[-1] == "Is Maria there?"


async def test_where_the_voice_fails_nothing_counts_as_said(stages: Stages) -> None:
    stage = await stages.open([FOREVER], [FOREVER])
    began, before = now(), len(stage.written)
    await stage.session.say("Is Maria there?")
    assert now() == after(began, GIVE_UP_SECONDS)
    assert len(stage.written) == before
    assert await stage.say(SEE) == about(length(SEE))


async def test_a_question_that_the_voice_did_not_come_to_counts_as_cut_off(
    stages: Stages,
) -> None:
    stage = await stages.open([Sound(0.2)], [FOREVER], [FOREVER], mind=Says("Good day. Maria?"))
    began = now()
    await stage.session.generate_reply(instructions="speak")
    said = stage.session.history.items[-1]
    assert said.type == "message"
    assert said.interrupted
    assert stage.seconds == about(0.2)
    assert now() == after(began, GIVE_UP_SECONDS)


class Says(llm.LLM[Any]):
    """Always the same."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def chat(self, **options: Any) -> llm.LLMStream:
        names = ("chat_ctx", "tools", "conn_options")
        return _SaysStream(self, **{name: options[name] for name in names})


class _SaysStream(llm.LLMStream):
    async def _run(self) -> None:
        assert isinstance(self._llm, Says)
        self._event_ch.send_nowait(words_chunk(Words(self._llm.text), Route.LLM))


async def test_without_sound_there_is_nothing_to_speak_with(stages: Stages) -> None:
    session = text_session(stages.call, PolicyLLM(stages.call))
    agent = Speaker(1000)
    await session.start(agent)
    with pytest.raises(TypeError, match="only a voice session"):
        await anext(aiter(spoken(agent, _cut(_one(SEE), 1000), ModelSettings())))
    await session.aclose()


async def _one(text: str) -> AsyncIterator[str]:
    yield text
