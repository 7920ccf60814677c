"""Every attribute that a span of a call may carry. What is not named here never leaves.

Names are OpenTelemetry's where it has one, the framework's ``lk.*`` where it is useful, and else
ours under ``call.*``. docs/tracing.md shows this table; a test holds the two together.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Attribute:
    """``content`` is what somebody said, or was told: it leaves with ``TRACE_CONTENT`` only."""

    name: str
    means: str
    content: bool = False


def _known(name: str, means: str, *, content: bool = False) -> str:
    REGISTRY[name] = Attribute(name, means, content)
    return name


REGISTRY: Final[dict[str, Attribute]] = {}
"""By name."""

# The call.
CONVERSATION = _known("gen_ai.conversation.id", "the call's id, on every span of it")
APPOINTMENTS = _known("call.appointments", "how many appointments the call is about")
REHEARSAL = _known("call.rehearsal", "held with somebody in the room, not dialled")
PERMITTED = _known("call.permission.given", "whether the number may be called now")
RULE = _known("call.permission.rule", "the rule by which it may not")
SIP_STATUS = _known("call.sip_status", "what the telephone network answered (RFC 3261)")
RING_SECONDS = _known("call.ring_seconds", "from dialling to the network's answer")
ANSWERED_BY = _known("call.answered_by", "person, machine or screening")
ANSWER_SURE = _known("call.answer_sure", "whether the verdict on who answered was sure")
ENDED = _known("call.ended", "how the line ended")
REASON = _known("call.reason", "why: a sentence of ours, or the name of an error")
OUTCOME = _known("call.outcome", "what came of the call")
EVIDENCE = _known("call.evidence", "the kinds of proof that the outcome rests on")
DECISIONS = _known("call.decisions", "what was decided, one for each appointment")
REQUESTS = _known("call.requests", "what else the customer asked for")
TURNS = _known("call.turns", "turns of both sides")
COST = _known("call.cost_usd", "what the providers charge, in dollars; absent where unknown")

# From one agent to the next, and what is written.
ORIGIN = _known("call.handoff.origin", "the agent that handed the call over")
TARGET = _known("call.handoff.target", "the agent that has it now")
CHANGE = _known("call.change", "what is written: confirmed, rescheduled or cancelled")

# A turn.
AGENT = _known("gen_ai.agent.name", "the agent that has the call")
TURN = _known("call.turn.number", "counts both sides, from 1")
SPEAKER = _known("call.turn.speaker", "agent or customer")
ROUTE = _known("call.turn.route", "fixed, policy, llm, or fallback: where the words came from")
UNDERSTOOD = _known("call.turn.understood", "what the customer's words mean to the policy")
CLEAR = _known("call.turn.clear", "whether they leave no doubt")
ASKED = _known("call.turn.asks", "the question that the turn ends with")
CLARIFICATION = _known("call.turn.clarification", "how often in a row it was not understood")
INTERRUPTED = _known("call.turn.interrupted", "the customer spoke before it was said to its end")
MOOD = _known("call.turn.mood", "how the customer seemed to be")
VERIFIED = _known("call.turn.verified", "whether whoever speaks has said who they are")
TOOLS = _known("call.turn.tools", "the tools that ran since the last turn")
CHARACTERS = _known("call.turn.characters", "the length of what was said")
TEXT = _known("call.turn.text", "what was said", content=True)
UNDERSTAND_SECONDS = _known(
    "call.turn.understand_seconds", "from the end of speech to the end of the turn"
)
TRANSCRIPT_SECONDS = _known(
    "call.turn.transcript_seconds", "from the end of speech to its final transcript"
)
FIRST_TOKEN_SECONDS = _known("call.turn.first_token_seconds", "until the first word was known")
FIRST_AUDIO_SECONDS = _known("call.turn.first_audio_seconds", "from there to the first sound")
HEARD_SECONDS = _known(
    "call.turn.heard_seconds", "from the end of the customer's speech to our first sound"
)
TURN_COST = _known("call.turn.cost_usd", "of the LLM and the voice, in dollars")
SYNTHESISED = _known("call.turn.synthesised_characters", "that the voice was asked for")

# OpenTelemetry's conventions for errors and generative AI.
for _name, _means in {
    "error.type": "the class of an error",
    "exception.type": "the class of an exception",
    "gen_ai.operation.name": "invoke_agent, execute_tool, chat",
    "gen_ai.provider.name": "whose model",
    "gen_ai.request.model": "the model that was asked",
    "gen_ai.response.model": "the model that answered",
    "gen_ai.response.finish_reasons": "why it stopped",
    "gen_ai.response.time_to_first_chunk": "seconds",
    "gen_ai.output.type": "text or speech",
    "gen_ai.usage.input_tokens": "read by the model",
    "gen_ai.usage.output_tokens": "written by the model",
    "gen_ai.usage.cache_read.input_tokens": "read from its cache",
    "gen_ai.tool.name": "the tool",
    "gen_ai.tool.call.id": "its invocation",
    "gen_ai.tool.type": "function",
    "gen_ai.workflow.name": "the framework's session",
    "gen_ai.evaluation.name": "what was judged",
    "gen_ai.evaluation.score.label": "the verdict",
    "gen_ai.evaluation.score.value": "the verdict as a number",
}.items():
    _known(_name, _means)

# The framework's own.
for _name, _means in {
    "lk.agent_label": "the agent",
    "lk.speech_id": "one reply",
    "lk.generation_id": "one step of a reply",
    "lk.generation_count": "its steps",
    "lk.interrupted": "cut off",
    "lk.interruption.source": "by what",
    "lk.playout.position": "seconds that were played",
    "lk.function_tool.name": "the tool",
    "lk.function_tool.is_error": "it raised",
    "lk.e2e_latency": "seconds from the end of speech to the answer",
    "lk.end_of_turn_delay": "seconds to the end of the turn",
    "lk.transcription_delay": "seconds to the transcript",
    "lk.on_user_turn_completed_delay": "seconds in our hook",
    "lk.eou.probability": "that the turn was over",
    "lk.eou.endpointing_delay": "seconds waited for more",
    "lk.eou.outcome": "committed, user_resumed or dropped",
    "lk.eou.wait_duration": "seconds from the last speech to the decision",
    "lk.speech.queue_wait": "seconds in the queue",
    "lk.amd.category": "who answered, in the framework's words",
    "lk.amd.speech_duration": "seconds of greeting",
    "lk.amd.delay": "seconds to the verdict",
    "lk.fallback.label": "who served the request in the end",
    "lk.fallback.index": "which of them",
    "lk.retry_count": "attempts before",
    "lk.room_sid": "the room",
    "lk.job_id": "the job",
    "lk.transcript_confidence": "the recogniser's own",
    "lk.blocking.duration": "seconds that the event loop stood still",
    "lk.blocking.count": "how often it did",
    "lk.blocking.max_duration": "the longest",
    "lk.tts.streaming": "whether the voice takes pieces",
}.items():
    _known(_name, _means)

# What was said and shown to a model: with TRACE_CONTENT only.
for _name, _means in {
    "gen_ai.input.messages": "what the model read",
    "gen_ai.output.messages": "what it wrote",
    "gen_ai.system_instructions": "its prompt",
    "gen_ai.tool.call.arguments": "what a tool was called with",
    "gen_ai.tool.call.result": "what it answered",
    "lk.pii.user_transcript": "what was heard",
    "lk.pii.response.text": "what was answered",
    "lk.pii.input_text": "what was spoken aloud",
    "lk.pii.amd.transcript": "what answered the phone",
}.items():
    _known(_name, _means, content=True)


def table() -> str:
    """The registry in Markdown, as docs/tracing.md has it."""
    rows = [
        f"| `{one.name}` | {one.means} | {'with TRACE_CONTENT' if one.content else ''} |"
        for one in REGISTRY.values()
    ]
    return "\n".join(["| attribute | what it is | leaves |", "|---|---|---|", *rows])
