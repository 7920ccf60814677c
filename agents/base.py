"""What all agents have in common: the one place that every word of theirs passes."""

from collections.abc import AsyncIterable
from typing import Any, ClassVar

from livekit import rtc
from livekit.agents import Agent, FlushSentinel, ModelSettings, llm, stt

from agents.prompt import prompt
from reception.calls.call import Call
from reception.calls.turn import Handoff, Route, Stage, Words
from reception.dialogue.clarification import talked_enough
from reception.dialogue.hearing import only_listens
from reception.dialogue.mood import soothe
from reception.dialogue.pauses import Transcript
from reception.telemetry import attributes as names
from reception.telemetry.in_call import in_call
from reception.telemetry.metrics import HANDOFFS
from reception.telemetry.tracing import span
from reception.voice.policy_llm import chunk, reply, words_chunk
from reception.voice.speaking import spoken
from reception.voice.truth_guard import guarded
from tools.anytime import ANYTIME


class Receptionist(Agent):
    """An agent of one call. It opens with words that are set, and then answers turn by turn.

    What the policy is certain of is said at once; only the rest is put to the LLM, as long as
    that leads somewhere, and what it says passes the truth guard.
    """

    stage: ClassVar[Stage]
    own_tools: ClassVar[list[Any]] = []

    def __init__(self, call: Call, opening: Words, reason: str = "") -> None:
        super().__init__(
            id=self.stage.value,
            instructions=prompt(self.stage, call),
            tools=[*ANYTIME, *self.own_tools],
        )
        self._call, self._opening, self._reason = call, opening, reason

    def enter(self) -> None:
        """From here on this agent has the call."""
        call = self._call
        if call.stage is not self.stage:
            self._take_over(Handoff(call.stage, self.stage, self._reason))
        if (now := in_call()) is not None:
            now.agent = self.stage

    def _take_over(self, handoff: Handoff) -> None:
        about = {
            names.ORIGIN: handoff.origin,
            names.TARGET: handoff.target,
            names.REASON: handoff.reason,
        }
        with span("handoff", about):
            self._call.handoffs.append(handoff)
            self._call.stage = self.stage
        HANDOFFS.labels(handoff.origin, handoff.target).inc()

    async def on_enter(self) -> None:
        self.enter()
        self.session.generate_reply()

    async def llm_node(
        self,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        model_settings: ModelSettings,
    ) -> AsyncIterable[llm.ChatChunk | FlushSentinel]:
        call = self._call
        if (opening := self._opening_now(chat_ctx)) is not None:
            yield words_chunk(soothe(call, opening), Route.FIXED)
            return
        move = reply(call, chat_ctx)
        if move.certain or talked_enough(call):
            yield chunk(call, move, Route.POLICY)
            return
        stream = Agent.default.llm_node(self, chat_ctx, tools, model_settings)
        async for piece in guarded(call, chat_ctx, stream):
            yield piece

    async def transcription_node(
        self, text: AsyncIterable[str], model_settings: ModelSettings
    ) -> AsyncIterable[str]:
        """What is written down is what is heard: marks of pauses are not."""
        transcript = Transcript()
        async for part in text:
            if written := transcript.feed(part):
                yield written
        if written := transcript.finish():
            yield written

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterable[stt.SpeechEvent]:
        """What is heard. Whoever only listens does not interrupt us by saying so."""
        async for event in Agent.default.stt_node(self, audio, model_settings):
            heard = event.alternatives[0].text if event.alternatives else ""
            speaking = self.session.agent_state == "speaking"
            if not (speaking and only_listens(self._call, heard)):
                yield event

    async def tts_node(
        self, text: AsyncIterable[str], model_settings: ModelSettings
    ) -> AsyncIterable[rtc.AudioFrame]:
        """Where there is sound: pauses are silence, and what is known comes from memory."""
        async for frame in spoken(self, text, model_settings):
            yield frame

    def _opening_now(self, chat_ctx: llm.ChatContext) -> Words | None:
        """The opening, as long as nothing was said in this agent's own context."""
        spoken = any(
            item.type == "function_call" or (item.type == "message" and item.role != "system")
            for item in chat_ctx.items
        )
        return None if spoken else self._opening
