"""Who answered: a person, a machine or a screening service.

The framework's detection listens and keeps time; what the words mean is the policy's to say, so
that no other provider hears the call.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from livekit.agents import AMD, AgentSession, UserInputTranscribedEvent, llm
from livekit.agents.voice.amd import AMDCategory
from livekit.agents.voice.amd.detector import DetectionOptions

from reception.calls.call import Call
from reception.calls.evidence import AnsweredBy
from reception.dialogue.acts import Act
from reception.dialogue.hearing import hear
from reception.telemetry import attributes as names
from reception.telemetry.tracing import span
from reception.voice.policy_llm import CallLLM

PERSON_WAITS_SECONDS = 0.6
"""Silence that settles it: whoever says hello expects an answer within a second."""
NO_SPEECH_SECONDS = 2.5
"""Who picks up and says nothing waits for us to speak."""
LONGEST_GREETING_SECONDS = 45.0


@dataclass(frozen=True)
class Answer:
    """Who picked up. ``takes_message`` is false for a mailbox that is full or not set up."""

    by: AnsweredBy
    takes_message: bool = True
    sure: bool = True


_ANSWERS = {
    AMDCategory.HUMAN: Answer(AnsweredBy.PERSON),
    AMDCategory.MACHINE_VM: Answer(AnsweredBy.MACHINE),
    AMDCategory.MACHINE_UNAVAILABLE: Answer(AnsweredBy.MACHINE, takes_message=False),
    AMDCategory.MACHINE_IVR: Answer(AnsweredBy.SCREENING),
    AMDCategory.UNCERTAIN: Answer(AnsweredBy.PERSON, sure=False),
}


@asynccontextmanager
async def listening(session: AgentSession[Call], call: Call, identity: str) -> AsyncIterator[AMD]:
    """Listen for who answers from before the first ring; ask ``who_answered`` inside."""

    def note_machine(event: UserInputTranscribedEvent) -> None:
        """Some machines hang up before any verdict."""
        found = _ANSWERS[category(call, event.transcript)]
        if event.is_final and call.answered_by is None and found.by is not AnsweredBy.PERSON:
            call.answered_by, call.takes_message = found.by, found.takes_message

    options = DetectionOptions(
        machine_silence_threshold=PERSON_WAITS_SECONDS,
        human_silence_threshold=PERSON_WAITS_SECONDS,
        no_speech_threshold=NO_SPEECH_SECONDS,
        timeout=LONGEST_GREETING_SECONDS,
        max_endpointing_delay=PERSON_WAITS_SECONDS,
    )
    session.on("user_input_transcribed", note_machine)
    async with AMD(
        session,
        llm=_AnswerLLM(call),
        stt=None,
        ivr_detection=False,
        participant_identity=identity,
        suppress_compatibility_warning=True,
        detection_options=options,
    ) as detector:
        yield detector


async def who_answered(detector: AMD) -> Answer:
    """Wait for the verdict. What is not clear is taken for a person, who is asked their name."""
    with span("answer") as told:
        answer = _ANSWERS[(await detector.execute()).category]
        told.set_attributes({names.ANSWERED_BY: answer.by, names.ANSWER_SURE: answer.sure})
    return answer


async def picks_up_late(session: AgentSession[Call], call: Call) -> None:
    """Wait, after a machine's greeting, until a person speaks: "Hello? I'm here!"."""
    person = asyncio.Event()

    def heard(event: UserInputTranscribedEvent) -> None:
        understood = hear(call, event.transcript)
        machine = understood.acts & {Act.MACHINE, Act.SCREENING, Act.MAILBOX_FULL}
        if event.is_final and understood.acts and understood.clear and not machine:
            person.set()

    session.on("user_input_transcribed", heard)
    try:
        await person.wait()
    finally:
        session.off("user_input_transcribed", heard)


def category(call: Call, transcript: str) -> AMDCategory:
    """What the words of whoever picked up show, as the framework names it."""
    acts = hear(call, transcript).acts
    if Act.MAILBOX_FULL in acts:
        return AMDCategory.MACHINE_UNAVAILABLE
    if Act.SCREENING in acts:
        return AMDCategory.MACHINE_IVR
    return AMDCategory.MACHINE_VM if Act.MACHINE in acts else AMDCategory.HUMAN


class _AnswerLLM(CallLLM):
    """Answers the detection's question with the policy's understanding."""

    def answer(self, chat_ctx: llm.ChatContext) -> llm.ChatChunk:
        heard = chat_ctx.items[-1]
        transcript = heard.text_content if isinstance(heard, llm.ChatMessage) else None
        label = category(self.call, transcript or "").value
        verdict = llm.FunctionToolCall(
            name="save_prediction", arguments=json.dumps({"label": label}), call_id="answer"
        )
        delta = llm.ChoiceDelta(role="assistant", tool_calls=[verdict])
        return llm.ChatChunk(id="answer", delta=delta)
