"""Each turn that enters the call, as one span; and what a dashboard counts of it."""

import time
from collections.abc import Mapping

from livekit.agents import AgentSession, CloseEvent, ConversationItemAddedEvent
from livekit.agents.llm import ChatMessage, MetricsReport
from opentelemetry import context
from opentelemetry.util.types import AttributeValue

from reception.calls.call import Call
from reception.calls.turn import Route, Speaker, Turn
from reception.dialogue.clarification import clarified_in_a_row
from reception.telemetry import attributes as names
from reception.telemetry.cost import prices
from reception.telemetry.metrics import CLARIFICATIONS, FALLBACKS, INTERRUPTIONS, TURN_SECONDS
from reception.telemetry.tracing import past_span

_STAGES = {
    "transcription_delay": ("transcript", names.TRANSCRIPT_SECONDS),
    "end_of_turn_delay": ("understand", names.UNDERSTAND_SECONDS),
    "llm_node_ttft": ("first_token", names.FIRST_TOKEN_SECONDS),
    "tts_node_ttfb": ("first_audio", names.FIRST_AUDIO_SECONDS),
    "e2e_latency": ("heard", names.HEARD_SECONDS),
}
"""The framework's times of a message: by what name we count them, and by what we trace them."""


class TurnSpans:
    """The spans of one call's turns. Whoever records the turns comes before."""

    def __init__(self, call: Call) -> None:
        self._call, self._told = call, 0
        self._context = context.get_current()
        self._ended_at, self._tools = time.time(), 0

    def follow(self, session: AgentSession[Call]) -> None:
        @session.on("conversation_item_added")
        def added(event: ConversationItemAddedEvent) -> None:
            if isinstance(event.item, ChatMessage):
                self._tell(event.item)

        @session.on("close")
        def closed(_: CloseEvent) -> None:
            self._tell(None)

    def _tell(self, message: ChatMessage | None) -> None:
        """Tell of all turns that are new. The message is the last; a silence has none."""
        new = self._call.turns[self._told :]
        for turn in new:
            of_it = message if turn is new[-1] and turn.text else None
            self._span(turn, of_it)
        self._told += len(new)

    def _span(self, turn: Turn, message: ChatMessage | None) -> None:
        taken: MetricsReport = {} if message is None else message.metrics
        interrupted = message is not None and message.interrupted
        ended_at = taken.get("stopped_speaking_at", time.time())
        # What we say begins with the wait for it, and what they say with its first sound.
        begun_at = self._ended_at
        if turn.speaker is Speaker.CUSTOMER:
            begun_at = taken.get("started_speaking_at", ended_at)
        attributes = {
            **self._what(turn),
            **self._times(turn, taken),
            names.INTERRUPTED: interrupted,
        }
        past_span("turn", attributes, begun_at=begun_at, ended_at=ended_at, context=self._context)
        self._ended_at = ended_at
        _count(turn, interrupted=interrupted)

    def _what(self, turn: Turn) -> Mapping[str, AttributeValue]:
        found: dict[str, AttributeValue] = {
            names.AGENT: turn.agent,
            names.TURN: turn.number,
            names.SPEAKER: turn.speaker,
            names.VERIFIED: turn.verified,
            names.CHARACTERS: len(turn.text),
            names.TEXT: turn.text,
            names.CLARIFICATION: clarified_in_a_row(self._call),
        }
        if turn.mood is not None:
            found[names.MOOD] = turn.mood
        if turn.clear is not None:
            found[names.UNDERSTOOD], found[names.CLEAR] = turn.understood, turn.clear
        if turn.asks is not None:
            found[names.ASKED] = turn.asks.question
        if turn.speaker is Speaker.AGENT:
            found |= self._used(turn)
        return found

    def _used(self, turn: Turn) -> Mapping[str, AttributeValue]:
        """What it took to say this: tools, tokens, characters, dollars."""
        call = self._call
        tools, self._tools = call.tools[self._tools :], len(call.tools)
        usages = call.meter.next_turn()
        found: dict[str, AttributeValue] = {
            names.ROUTE: turn.route or Route.FIXED,
            names.TOOLS: [run.name for run in tools],
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.usage.input_tokens": sum(one.input_tokens for one in usages),
            "gen_ai.usage.output_tokens": sum(one.output_tokens for one in usages),
            names.SYNTHESISED: sum(one.characters for one in usages),
        }
        if (dollars := prices().of(usages)) is not None:
            found[names.TURN_COST] = float(dollars)
        return found

    def _times(self, turn: Turn, taken: MetricsReport) -> Mapping[str, AttributeValue]:
        route = turn.route or Route.FIXED
        found: dict[str, AttributeValue] = {}
        for key, (stage, name) in _STAGES.items():
            if isinstance(seconds := taken.get(key), float):
                found[name] = seconds
                TURN_SECONDS.labels(route, stage).observe(seconds)
        return found


def _count(turn: Turn, *, interrupted: bool) -> None:
    if any(use.startswith("clarify.") for use in turn.used):
        CLARIFICATIONS.inc()
    if turn.route is Route.FALLBACK:
        FALLBACKS.inc()
    if interrupted and turn.speaker is Speaker.AGENT:
        INTERRUPTIONS.inc()
