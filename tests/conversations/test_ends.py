"""Every call ends, and no decision is made on the way out."""

import asyncio
import random
import string

import pytest

from reception.calls.outcome import OutcomeKind
from reception.calls.result import DecisionKind, Ended
from tests.conversations.rehearsal import Rehearsal


def gibberish(seed: int) -> str:
    letters = random.Random(seed)
    return "".join(letters.choices(string.ascii_lowercase + "   ", k=25))


ENDLESS = {
    "silence": [""],
    "silence once verified": ["Yes", *[""] * 60],
    "gibberish": [gibberish(seed) for seed in range(60)],
    "gibberish once verified": ["Yes", *(gibberish(seed) for seed in range(60))],
    "questions": ["Who is this?", "What is this about?", "Are you a robot?"],
    "never decides": ["Yes", *["I'm not sure.", "Maybe.", "Hmm, who is this again?"] * 30],
    "never picks a time": ["Yes", "Another day", *["None of those.", "Something else"] * 30],
    "always holds on": ["Hold on."],
    "always fetches": ["Hold on, I'll get her.", "Hello?"],
    "silence and hello": ["", "Hello?"],
}


@pytest.mark.parametrize("lines", ENDLESS.values(), ids=ENDLESS.keys())
async def test_a_call_that_leads_nowhere_ends_by_itself(house: Rehearsal, lines: list[str]) -> None:
    limit = house.practice.limits.turns
    call, line = await house.begin()
    turns = 0
    while not line.ended:
        assert turns <= limit + 1, "the call goes on for ever"
        await line.says(lines[turns % len(lines)])
        turns += 1
    await line.close()
    assert call.ending is not None
    assert call.ending.ended is Ended.LIMIT
    assert call.turns[-1].speaker == "agent"
    assert call.turns[-1].text.endswith("oodbye.")
    assert call.decisions["maria-1"].kind is DecisionKind.UNDECIDED
    assert call.outcome.kind is OutcomeKind.UNRESOLVED
    assert call.tasks, "the desk has nothing to follow up"


async def test_a_call_has_its_length(house: Rehearsal) -> None:
    short = house.with_practice(limits=house.practice.limits.model_copy(update={"seconds": 0.05}))
    call, line = await short.begin()
    async with asyncio.timeout(5):
        while not line.ended:  # noqa: ASYNC110 - asked as a user of the line would
            await asyncio.sleep(0.01)
    await line.close()
    assert call.ending is not None
    assert call.ending.ended is Ended.LIMIT


AMBIGUOUS = [
    "Maybe.", "I guess so.", "I think so?", "Sure, if I had a car.", "Yes if it's at three.",
    "Not really.", "No.", "I can't make it.", "Yes but could we do Friday?", "Let me check.",
    "Hmm.", "Yes. No. I don't know.", "Is parking free?", "What if it rains?", "Probably.",
    "I'll try.", "Why?", "yes no yes", "I would if I could", "Do I have to?",
]  # fmt: skip


@pytest.mark.parametrize("answer", AMBIGUOUS)
async def test_what_is_not_a_clear_yes_confirms_nothing(house: Rehearsal, answer: str) -> None:
    call = await house.call("Yes", answer)
    assert call.decisions["maria-1"].kind is DecisionKind.UNDECIDED
    assert (await house.book.appointment("maria-1")).status == "scheduled"
