"""A call with sound but without telephone or room: the customer's side comes from recordings."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from livekit.agents import ConversationItemAddedEvent, utils
from livekit.agents.voice.transcription import TranscriptSynchronizer
from pydantic import SecretStr

from agents.greeter import Greeter
from reception.appointments.book import AppointmentBook
from reception.appointments.models import Appointment
from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.calls.ledger import Ledger
from reception.calls.opening import call_about
from reception.dialogue.questions import introduce
from reception.dialogue.wording import language_of
from reception.line.answer import PERSON_WAITS_SECONDS
from reception.line.hang_up import HangUp
from reception.line.limits import limit_length
from reception.line.silence import Silence
from reception.line.sound_line import SoundLine
from reception.practice import Practice
from reception.settings import Settings
from reception.voice.phrase_cache import PhraseCache
from reception.voice.pipeline import hearing, keyterms, speaking, turn_detector, voice_activity
from reception.voice.recording import Recording
from reception.voice.session import VoiceSession, mind, voice_session
from reception.voice.warming import warm_up

logger = logging.getLogger(__name__)

PICK_UP_SECONDS = 0.3
"""From picking up to the first word."""
QUIET_SECONDS = 0.7
"""After so long without a word of the agent's, the customer takes their turn."""


def missing_for_sound(settings: Settings) -> list[str]:
    """The keys without which nobody hears or speaks; a server of one's own needs none."""
    missing = []
    own_ears = settings.deepgram_base_url != Settings.model_fields["deepgram_base_url"].default
    if settings.deepgram_api_key is None and not own_ears:
        missing.append("DEEPGRAM_API_KEY")
    if settings.openai_api_key is None and not (settings.tts_base_url or settings.openai_base_url):
        missing.append("OPENAI_API_KEY")
    return missing


class VoiceRehearsal:
    """One call: ``call`` has what came of it, ``line`` how it sounded."""

    def __init__(
        self, call: Call, hang_up: HangUp, line: SoundLine, settings: Settings, phrases: PhraseCache
    ) -> None:
        self.call, self.line, self._hang_up = call, line, hang_up
        self._idle = settings.max_idle_time
        self._session = _session(call, settings, phrases)
        self._opening = introduce(call)
        self._greeter = Greeter(call, self._opening).hold()
        self._tasks: list[asyncio.Task[None]] = []

    def hangs_up(self) -> None:
        """The customer hangs up."""
        self._hang_up.left()

    async def hold(self, says: Sequence[Recording], on_turn: Callable[[], None]) -> None:
        """Hold the call to its end; ``on_turn`` hears of each turn that entered it.

        The customer says one of ``says`` a turn, the first as they pick up, and hangs up after the
        last. Raises what kept the outcome from being written.
        """

        @self._session.on("conversation_item_added")
        def added(_: ConversationItemAddedEvent) -> None:
            on_turn()

        self._hang_up.attach(self.call, self._session)
        # A worker would have this.
        async with utils.http_context.open():
            # As in a room: of what was cut off, only what was heard enters the call.
            heard = TranscriptSynchronizer(
                next_in_chain_audio=self.line.agent, next_in_chain_text=None
            )
            self._session.input.audio = self.line.customer
            self._session.output.audio = heard.audio_output
            self._session.output.transcription = heard.text_output
            silence = Silence(self._session, self.call, self._hang_up, idle=self._idle)
            self._start(self._hang_up.or_fail(self._reach(says, silence)), "reach")
            try:
                await self._hang_up.over()
            finally:
                silence.stop()
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._session.aclose()
                await heard.aclose()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _reach(self, says: Sequence[Recording], silence: Silence) -> None:
        """While it would ring, the opening line is made; then somebody picks up."""
        assert self._session.tts is not None  # noqa: S101 - a voice session has one
        await self._session.phrases.prepare(self._session.tts, [self._opening.text])
        await self._session.start(self._greeter)
        self.call.answered_at = self.call.now()
        self._start(self._hang_up.or_fail(self.line.run()), "line")
        silence.watch()
        self._start(limit_length(self.call), "limit_length")
        await asyncio.sleep(PICK_UP_SECONDS)
        await self.line.say(says[0])
        # On the telephone this is when it is clear that a person answered.
        await asyncio.sleep(PERSON_WAITS_SECONDS)
        self.call.answered_by = AnsweredBy.PERSON
        self._greeter.answer()
        for words in says[1:]:
            await self._agent_spoke()
            await self.line.say(words)
        await self._agent_spoke()
        self.hangs_up()

    async def _agent_spoke(self) -> None:
        """Wait until the agent has said something and then nothing for a while."""
        agent, session = self.line.agent, self._session
        before = agent.played
        while (
            agent.played == before
            or agent.quiet < QUIET_SECONDS
            or session.agent_state == "thinking"
        ):
            await self.line.moment()


async def rehearse(
    call_id: str,
    appointments: Sequence[Appointment],
    *,
    settings: Settings,
    practice: Practice,
    book: AppointmentBook,
    ledger: Ledger,
) -> VoiceRehearsal:
    """Open a call in the ledger and make everything ready for its sound.

    Raises ``ValueError`` for what ``missing_for_sound`` names, ``CallTakenError`` when a call of
    this id was opened before, ``BookUnavailable`` and ``DatabaseError``.
    """
    phrases = warm_up(settings, practice)
    line = SoundLine()
    hang_up = HangUp(drop=line.drop)
    call = await call_about(
        call_id, appointments, practice=practice, book=book, ledger=ledger, line=hang_up
    )
    rehearsal = VoiceRehearsal(call, hang_up, line, settings, phrases[language_of(call)])
    await ledger.open_call(call.id, call.brief.phone, call.appointment_ids)
    return rehearsal


def _session(call: Call, settings: Settings, phrases: PhraseCache) -> VoiceSession:
    """As a call over the telephone has it, but for what needs a room."""
    some_key = SecretStr("none")
    speech = settings.model_copy(
        update={
            "deepgram_api_key": settings.deepgram_api_key or some_key,
            "openai_api_key": settings.openai_api_key or some_key,
        }
    )
    return voice_session(
        call,
        # Without a key of its own no LLM is asked: a server for speech need not have one.
        mind(call, settings),
        hearing(speech, keyterms(call)),
        speaking(speech),
        activity=voice_activity(),
        detector=turn_detector(),
        phrases=phrases,
    )
