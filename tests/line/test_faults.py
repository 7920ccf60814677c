"""A provider that fails in the middle of a call: the call goes on, or ends truthfully."""

import pytest

from reception.appointments.models import AppointmentStatus
from tests.line.callees import answered, person
from tests.line.conftest import Begins
from tests.line.ground import MARIA, Ground
from tests.provider.deepgram_server import Fault
from tests.provider.openai_server import Failure, Reply
from tests.provider.openai_speech import SpeechFault

LINES = ("Hello?", "Yes, this is Maria.", "Yes, I'll be there.", "No, thank you.")
CONFIRMS = person(*LINES)
UNCLEAR = person("Hello?", "Yes, this is Maria.", "My cousin got a boat.", *LINES[2:])


@pytest.mark.long
@pytest.mark.parametrize("fault", [SpeechFault.SLOW, SpeechFault.CUT, SpeechFault.RATE_LIMITED])
async def test_a_voice_that_fails_once_is_asked_again(line: Ground, fault: SpeechFault) -> None:
    line.cloud.openai.speech.faults(None, None, None, fault, None)
    line.network.phone(MARIA, answered(CONFIRMS))
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "confirmed"
    assert await line.status() is AppointmentStatus.CONFIRMED


@pytest.mark.long
@pytest.mark.parametrize("fault", [SpeechFault.SERVER_ERROR, SpeechFault.STALLS])
async def test_without_a_voice_the_call_ends_and_claims_nothing(
    line: Ground, fault: SpeechFault
) -> None:
    line.cloud.openai.speech.faults(fault)
    line.network.phone(MARIA, answered(CONFIRMS))
    outcome = await line.outcome(await line.call(), within=120)
    assert outcome.kind in ("dropped", "unresolved", "failed", "hung_up")
    assert await line.status() is AppointmentStatus.SCHEDULED


@pytest.mark.long
@pytest.mark.parametrize("fault", [Fault.CLOSED, Fault.RATE_LIMITED])
async def test_hearing_that_fails_once_is_connected_anew(begins: Begins, fault: Fault) -> None:
    async with begins(DEEPGRAM_API_KEY="one,two") as line:
        line.cloud.ears.faults(fault, None)
        line.network.phone(MARIA, answered(person("Hello?", "Hello?", *LINES[1:])))
        outcome = await line.outcome(await line.call(), within=90)
        assert outcome.kind == "confirmed"
        assert len(line.cloud.ears.connections) > 1


@pytest.mark.long
async def test_without_hearing_the_call_ends_and_claims_nothing(begins: Begins) -> None:
    async with begins(practice={"limits": {"silence_seconds": 2}}) as line:
        line.cloud.ears.faults(Fault.SILENT)
        line.network.phone(MARIA, answered(CONFIRMS))
        outcome = await line.outcome(await line.call(), within=120)
        assert outcome.kind in ("unresolved", "dropped", "failed")
        assert await line.status() is AppointmentStatus.SCHEDULED


@pytest.mark.long
@pytest.mark.parametrize("fault", [Failure.HANGS, Failure.SERVER_ERROR])
async def test_an_llm_that_fails_is_stood_in_for_by_the_policy(
    line: Ground, fault: Failure
) -> None:
    line.cloud.openai.replies(Reply("I see.", failure=fault))
    line.network.phone(MARIA, answered(UNCLEAR))
    outcome = await line.outcome(await line.call(), within=90)
    assert outcome.kind == "confirmed"
    assert line.cloud.openai.requests
