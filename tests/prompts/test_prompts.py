"""What each agent's LLM is told, as files that a person can review.

``UPDATE_GOLDEN=1 pytest tests/prompts`` writes them anew; the change is then part of the review.
"""

import os
from datetime import date
from pathlib import Path

import pytest

from agents.prompt import prompt
from reception.appointments.models import Customer
from reception.calls.call import NotVerifiedError
from reception.calls.turn import Stage
from tests.conversations.rehearsal import Rehearsal, maria

GOLDEN = Path(__file__).parent / "golden"
BUDGET = 700
"""Tokens a prompt, as the practice's calls are short and every turn pays them again."""

CHARACTERS_A_TOKEN = 3
"""Fewer than English has with any of OpenAI's encodings (about four), so this counts too many."""


async def rendered(house: Rehearsal, stage: Stage) -> str:
    """The prompt of one stage in a call to Maria; verified where its agent only then exists."""
    call, line = await house.begin()
    if stage in (Stage.CONFIRMATION, Stage.RESCHEDULING):
        assert call.verify()
    text = prompt(stage, call)
    await line.hangs_up()
    return f"{text}\n"


@pytest.mark.parametrize("stage", Stage)
async def test_the_prompt_is_the_one_that_was_reviewed(house: Rehearsal, stage: Stage) -> None:
    text, golden = await rendered(house, stage), GOLDEN / f"{stage}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("stage", Stage)
async def test_the_prompt_is_short(house: Rehearsal, stage: Stage) -> None:
    assert len(await rendered(house, stage)) / CHARACTERS_A_TOKEN < BUDGET


@pytest.mark.parametrize("stage", [Stage.GREETER, Stage.VOICEMAIL])
async def test_before_verification_it_holds_nothing_of_the_appointment(
    house: Rehearsal, stage: Stage
) -> None:
    secret = maria(customer=Customer(id="c", name="Zoe Quill", date_of_birth=date(1931, 2, 9)))
    call, line = await house.begin(secret)
    text = prompt(stage, call)
    assert not [s for s in ("cleaning", "Chen", "Tuesday", "two thirty", "Quill") if s in text]
    assert "1931" not in text
    await line.hangs_up()


async def test_a_stage_for_the_verified_has_no_prompt_for_anybody_else(house: Rehearsal) -> None:
    call, line = await house.begin()
    for stage in (Stage.CONFIRMATION, Stage.RESCHEDULING):
        with pytest.raises(NotVerifiedError):
            prompt(stage, call)
    await line.hangs_up()
