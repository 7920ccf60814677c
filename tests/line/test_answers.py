"""Recordings of what people and machines say first, and who we take them for.

They were made with a Piper voice (CC0) at 8 kHz, as a telephone carries them; what is said in
each stands beside it.
"""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from livekit.agents import Agent, utils
from livekit.agents.inference import VAD
from pydantic import SecretStr

from reception.calls.evidence import AnsweredBy
from reception.line.answer import Answer, listening, who_answered
from reception.line.dial import CUSTOMER
from reception.settings import Settings
from reception.voice.phrase_cache import PhraseCache, Voice
from reception.voice.pipeline import hearing
from reception.voice.policy_llm import PolicyLLM
from reception.voice.session import voice_session
from tests.conversations.rehearsal import Rehearsal
from tests.provider.deepgram_server import DeepgramServer
from tests.provider.voices import Lexicon
from tests.unit.voice.sound import Loudspeaker, Microphone, ScriptedVoice

FOLDER = Path(__file__).parent / "answers"
RECORDINGS = sorted(FOLDER.glob("*.wav"))
WHO = {
    "person": Answer(AnsweredBy.PERSON),
    "machine": Answer(AnsweredBy.MACHINE),
    "full": Answer(AnsweredBy.MACHINE, takes_message=False),
    "screening": Answer(AnsweredBy.SCREENING),
}


def test_there_are_enough_of_each_kind() -> None:
    kinds = [recording.stem.split("_")[0] for recording in RECORDINGS]
    assert len(kinds) >= 12
    assert set(kinds) == WHO.keys()


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.stem)
async def test_who_answered(house: Rehearsal, recording: Path) -> None:
    call, line = await house.begin()
    microphone = Microphone()
    async with DeepgramServer(voice=Lexicon().learn(FOLDER)) as ears, utils.http_context.open():
        settings = Settings(deepgram_api_key=SecretStr("key"), deepgram_base_url=ears.base_url)
        session = voice_session(
            call,
            PolicyLLM(call),
            hearing(settings),
            ScriptedVoice(),
            activity=VAD(min_silence_duration=0.25),
            detector=None,
            phrases=PhraseCache(Voice("", "", "", 1.0, "en"), ()),
        )
        session.input.audio, session.output.audio = microphone, Loudspeaker()
        await session.start(Agent(instructions=""))
        async with listening(session, call, CUSTOMER) as detector:
            microphone.hears(_at_16_khz(recording))
            async with asyncio.timeout(20):
                answer = await who_answered(detector)
        await session.aclose()
    assert answer == WHO[recording.stem.split("_")[0]]
    await line.hangs_up()


def _at_16_khz(recording: Path) -> bytes:
    with wave.open(str(recording)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        rate = file.getframerate()
    times = np.arange(0, len(pcm), rate / Microphone.RATE)
    samples = np.interp(times, np.arange(len(pcm)), pcm).astype(np.int16)
    return np.pad(samples, (Microphone.RATE // 4, 0)).tobytes()
