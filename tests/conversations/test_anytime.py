"""What a person may do at any time works with every agent."""

import pytest

from reception.calls.call import Call
from reception.calls.outcome import OutcomeKind
from reception.calls.result import RequestKind
from reception.line.text_line import TextLine
from tests.conversations.rehearsal import Rehearsal

TO_REACH = {
    "greeter": [],
    "voicemail": ["Please state your name and the reason for calling."],
    "confirmation": ["Yes"],
    "rescheduling": ["Yes", "Another time please"],
}
WITH_A_PERSON = ["greeter", "confirmation", "rescheduling"]


async def at(house: Rehearsal, stage: str) -> tuple[Call, TextLine]:
    call, line = await house.begin()
    for text in TO_REACH[stage]:
        await line.says(text)
    assert call.stage == stage
    return call, line


async def hear(house: Rehearsal, stage: str, text: str) -> Call:
    call, line = await at(house, stage)
    open_question = call.open_question
    await line.says(text)
    if not line.ended:
        assert call.open_question is not None
        if stage != "voicemail":
            assert open_question is not None
            assert call.open_question.question == open_question.question, "it is still open"
        await line.hangs_up()
    await line.close()
    return call


@pytest.mark.parametrize("stage", TO_REACH)
@pytest.mark.parametrize(
    "text", ["Stop calling me.", "Take me off your list!", "Don't ever call this number again."]
)
async def test_stop_calling_me(house: Rehearsal, stage: str, text: str) -> None:
    call = await hear(house, stage, text)
    assert call.outcome.kind is OutcomeKind.OPTED_OUT
    assert await house.ledger.do_not_call(call.brief.phone) is not None
    assert "won't call it again" in call.turns[-1].text or "do-not-call" in call.turns[-1].text


@pytest.mark.parametrize("stage", TO_REACH)
async def test_call_me_later(house: Rehearsal, stage: str) -> None:
    call = await hear(house, stage, "Call me back tomorrow at five.")
    assert call.outcome.kind is OutcomeKind.CALLBACK
    assert call.tasks


@pytest.mark.parametrize("stage", TO_REACH)
async def test_staff_please(house: Rehearsal, stage: str) -> None:
    call = await hear(house, stage, "I want to talk to somebody at the office.")
    assert [request.kind for request in call.requests] == [RequestKind.STAFF]
    assert call.outcome.kind is OutcomeKind.CALLBACK


@pytest.mark.parametrize("stage", TO_REACH)
async def test_goodbye(house: Rehearsal, stage: str) -> None:
    call = await hear(house, stage, "Goodbye.")
    assert call.turns[-1].text.endswith(("oodbye.", "oodbye!"))


@pytest.mark.parametrize("stage", WITH_A_PERSON)
@pytest.mark.parametrize("text", ["Are you a robot?", "Am I talking to a real person?"])
async def test_are_you_an_ai(house: Rehearsal, stage: str, text: str) -> None:
    call = await hear(house, stage, text)
    assert " AI" in call.turns[-1].text


@pytest.mark.parametrize("stage", WITH_A_PERSON)
async def test_who_is_calling(house: Rehearsal, stage: str) -> None:
    call = await hear(house, stage, "Who is this?")
    assert "Main Street Dental Clinic" in call.turns[-1].text
    assert "Sarah" in call.turns[-1].text


@pytest.mark.parametrize("stage", WITH_A_PERSON)
@pytest.mark.parametrize("text", ["What was that?", "Say that again please", "Hold on a second"])
async def test_repeat_and_hold_on(house: Rehearsal, stage: str, text: str) -> None:
    before = await at(house, stage)
    await before[1].hangs_up()
    call = await hear(house, stage, text)
    assert call.stage == stage
    assert "didn't" not in call.turns[-1].text, "it was understood"


@pytest.mark.parametrize("stage", ["confirmation", "rescheduling"])
async def test_i_will_get_her(house: Rehearsal, stage: str) -> None:
    call, line = await at(house, stage)
    await line.says("Hang on, I'll get her.")
    assert call.stage == "greeter"
    assert not call.verified
    await line.hangs_up()
