"""Who answered, by what they say first."""

import pytest
from livekit.agents.voice.amd import AMDCategory

from reception.line.answer import category
from tests.conversations.rehearsal import Rehearsal

HUMAN = AMDCategory.HUMAN
MAILBOX = AMDCategory.MACHINE_VM
FULL = AMDCategory.MACHINE_UNAVAILABLE
SCREENING = AMDCategory.MACHINE_IVR


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("Hello?", HUMAN),
        ("Hello, this is Maria.", HUMAN),
        ("Yeah?", HUMAN),
        ("Who is this?", HUMAN),
        ("Santos residence, good morning.", HUMAN),
        ("", HUMAN),
        ("Hi, you've reached Maria. Please leave a message after the tone.", MAILBOX),
        ("Your call has been forwarded to an automatic voice message system.", MAILBOX),
        ("The mailbox is full and cannot accept any messages at this time. Goodbye.", FULL),
        ("has a voice mailbox that has not been set up yet", FULL),
        ("Please state your name and the reason for calling.", SCREENING),
        (
            "Record your name and reason for calling, I'll see if they are available",
            SCREENING,
        ),
    ],
)
async def test_the_first_words_tell(house: Rehearsal, said: str, who: AMDCategory) -> None:
    call, line = await house.begin()
    assert category(call, said) is who
    await line.hangs_up()
