"""Whole calls over a real LiveKit server: the book and the ledger first, then what was heard."""

import asyncio
from datetime import timedelta

import pytest

from reception.appointments.models import Appointment, AppointmentStatus
from tests.conversations.rehearsal import CHICAGO
from tests.line.callees import (
    answered,
    busy,
    declined,
    full_mailbox,
    hands_over,
    in_turn,
    interrupts,
    invalid_number,
    machine,
    no_answer,
    person,
    replies,
    says,
    screening,
    silent,
    trunk_failure,
    unavailable,
    waits,
)
from tests.line.conftest import Begins
from tests.line.ground import MARIA, Ground, upcoming

HASTY = {"limits": {"silence_seconds": 1.5}}


def spoken(line: Ground) -> str:
    """All that was asked of the provider's voice."""
    return " ".join(request.text for request in line.cloud.openai.speech.requests)


async def test_a_person_confirms(line: Ground) -> None:
    line.network.phone(
        MARIA,
        answered(person("Hello?", "Yes, this is Maria.", "Yes, I'll be there.", "No, thank you.")),
    )
    call = await line.call()
    outcome = await line.outcome(call)
    assert outcome.kind == "confirmed"
    assert await line.status() is AppointmentStatus.CONFIRMED
    callee = await line.network.callee(MARIA)
    await callee.ends()
    assert callee.ended_by == "ROOM_DELETED"
    assert callee.completed
    heard = [text for connection in line.cloud.ears.connections for text in connection.finals]
    assert heard[1:] == ["Yes, this is Maria.", "Yes, I'll be there.", "No, thank you."]
    assert "dental cleaning with Dr. Chen" in spoken(line)


@pytest.mark.long
async def test_a_person_moves_it(line: Ground) -> None:
    line.network.phone(
        MARIA,
        answered(
            person(
                "Hello?",
                "Yes, speaking.",
                "No, I need another day.",
                "The first one, please.",
                "No, that's all.",
                # "Let's see." is no end.
                pause=1.4,
            )
        ),
    )
    call = await line.call()
    outcome = await line.outcome(call)
    assert outcome.kind == "rescheduled"
    moved = await line.house.book.appointment("maria-1")
    assert moved.starts_at != upcoming().starts_at
    assert moved.starts_at.astimezone(CHICAGO).weekday() < 5


@pytest.mark.long
async def test_a_person_cancels(line: Ground) -> None:
    line.network.phone(
        MARIA, answered(person("Hello?", "Yes.", "Please cancel it.", "Yes.", "No, bye."))
    )
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "cancelled"
    assert await line.status() is AppointmentStatus.CANCELLED


@pytest.mark.long
async def test_stop_calling_me(line: Ground) -> None:
    line.network.phone(MARIA, answered(person("Hello?", "Stop calling me!")))
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "opted_out"
    assert await line.house.ledger.do_not_call(MARIA) is not None
    assert await line.status() is AppointmentStatus.SCHEDULED


@pytest.mark.long
async def test_a_wrong_number(line: Ground) -> None:
    line.network.phone(MARIA, answered(person("Hello?", "You have the wrong number.")))
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "wrong_number"
    assert "cleaning" not in spoken(line)


@pytest.mark.long
async def test_the_phone_is_handed_over(line: Ground) -> None:
    line.network.phone(
        MARIA,
        answered(
            in_turn(
                waits(0.3),
                says("Hello?"),
                hands_over(
                    in_turn(
                        says("Hello?"),
                        replies("Yes, this is Maria.", "Yes, I'll be there.", "No, bye."),
                    )
                ),
            )
        ),
    )
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "confirmed"


async def test_a_machine_gets_a_message_after_its_beep(line: Ground) -> None:
    line.network.phone(MARIA, answered(machine()))
    call = await line.call()
    callee = await line.network.callee(MARIA)
    outcome = await line.outcome(call)
    assert outcome.kind == "voicemail"
    await callee.ends()
    said = spoken(line)
    assert "cleaning" not in said
    assert "Chen" not in said
    # Nothing was heard before the beep, or the machine would have recorded half a message.
    greeting, tone = callee.recording.callee.utterances[0], callee.recording.callee.utterances[-1]
    assert greeting.end < tone.start
    assert callee.recording.agent.utterances[0].start > tone.end - 0.1


@pytest.mark.long
async def test_a_machine_without_a_beep_gets_one_too(line: Ground) -> None:
    line.network.phone(MARIA, answered(machine(tone=False)))
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "voicemail"


async def test_a_full_mailbox_gets_none(line: Ground) -> None:
    line.network.phone(MARIA, answered(full_mailbox()))
    outcome = await line.outcome(await line.call())
    assert outcome.kind == "no_message"


@pytest.mark.long
async def test_a_screening_service_hears_who_calls(line: Ground) -> None:
    line.network.phone(
        MARIA,
        answered(
            screening(
                in_turn(
                    says("Hi, this is Maria."),
                    replies("Yes, this is Maria.", "Yes, I'll be there.", "No, bye."),
                )
            )
        ),
    )
    outcome = await line.outcome(await line.call(), within=120)
    assert outcome.kind == "confirmed"


@pytest.mark.long
async def test_somebody_who_says_nothing_is_asked_and_let_go(begins: Begins) -> None:
    async with begins(practice=HASTY) as line:
        line.network.phone(MARIA, answered(silent()))
        outcome = await line.outcome(await line.call())
        assert outcome.kind == "unresolved"
        (task,) = await line.house.ledger.tasks()
        assert task.call_id


async def test_an_interruption_is_heard_in_the_opening_line_too(line: Ground) -> None:
    line.network.phone(
        MARIA,
        answered(
            in_turn(
                waits(0.3),
                says("Hello?"),
                interrupts("Stop calling me!", after=1.0),
            )
        ),
    )
    call = await line.call()
    callee = await line.network.callee(MARIA)
    outcome = await line.outcome(call)
    assert outcome.kind == "opted_out"
    opening = callee.recording.agent.utterances[0]
    interruption = callee.recording.callee.utterances[1]
    assert opening.end < interruption.end + 0.5, "the opening went on over the customer"


NETWORK_SAYS = {
    "busy": (busy(), 486),
    "declined": (declined(), 603),
    "no_answer": (unavailable(), 480),
    "invalid_number": (invalid_number(), 404),
    "failed": (trunk_failure(), 503),
}


async def test_what_the_network_says_is_the_outcome(line: Ground) -> None:
    for number, (kind, (phone, status)) in enumerate(NETWORK_SAYS.items()):
        about = upcoming_for(f"+1217555016{number}", number)
        line.network.phone(about.recipient.phone, phone)
        outcome = await line.outcome(await line.call(about), within=15)
        assert outcome.kind == kind
        assert outcome.evidence[0]["sip_status"] == status
    assert "cleaning" not in spoken(line)


def upcoming_for(phone: str, number: int) -> Appointment:
    """An appointment of somebody else's, an hour later for each number."""
    about = upcoming()
    return about.model_copy(
        update={
            "id": f"maria-{number + 2}",
            "starts_at": about.starts_at + timedelta(hours=number + 1),
            "recipient": about.recipient.model_copy(update={"phone": phone}),
        }
    )


@pytest.mark.long
async def test_a_phone_that_nobody_picks_up(line: Ground) -> None:
    line.network.phone(MARIA, no_answer())
    outcome = await line.outcome(await line.call())
    assert (outcome.kind, outcome.evidence[0]["sip_status"]) == ("no_answer", 408)


@pytest.mark.long
async def test_five_calls_at_once(line: Ground) -> None:
    numbers = [f"+1217555015{n}" for n in range(5)]
    for number in numbers:
        line.network.phone(
            number,
            answered(person("Hello?", "Yes, this is Maria.", "Yes, I'll be there.", "No, bye.")),
        )
    calls = []
    for number, n in zip(numbers, range(5), strict=True):
        about = upcoming()
        person_there = about.recipient.model_copy(update={"phone": number})
        calls.append(
            await line.call(
                about.model_copy(
                    update={
                        "id": f"maria-{n}",
                        "provider": "dr-chen",
                        "starts_at": about.starts_at.replace(hour=14 + n, minute=0),
                        "recipient": person_there,
                    }
                )
            )
        )
    outcomes = await asyncio.gather(*(line.outcome(call, within=120) for call in calls))
    assert [outcome.kind for outcome in outcomes] == ["confirmed"] * 5
