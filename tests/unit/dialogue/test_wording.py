"""Words are data: every fact they name is known, and no change is claimed without its proof."""

import string
from datetime import timedelta

import pytest

from reception.appointments.models import Change, Receipt, WriteKey
from reception.calls.evidence import StaffTaskFiled
from reception.calls.question import Question
from reception.calls.turn import Speaker
from reception.dialogue import wording
from reception.dialogue.wording import word, word_pending, word_receipt, wordings
from tests.conversations.rehearsal import NOW, Rehearsal, maria

BRIEF = {"agent", "practice", "disclosure", "name", "full_name", "callback"}
APPOINTMENT = {"what", "what_short", "when", "when_named", "when_short", "where"}
GIVEN = {"filler", "offers", "slot", "callback_at", "answer", "appointments", "note"}
BEFORE_VERIFICATION = (
    "opening.", "identity.", "birth_date.", "fetch.", "callback_when.", "who", "about.unverified",
    "ai", "hold", "hear", "greet", "clarify.repeat", "clarify.speak_up",
    "clarify.simpler", "clarify.heard.identity", "mood.", "give_up.", "silence.", "staff.",
    "voicemail.",
    "outside.", "meant.",
    "screening", "bye.plain", "bye.callback", "bye.wrong_number", "bye.opted_out",
    "trouble.no_task",
)  # fmt: skip


def facts(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("name", wordings("en"))
def test_every_fact_in_every_wording_is_known(name: str) -> None:
    for text in wordings("en")[name]:
        assert facts(text) <= BRIEF | APPOINTMENT | GIVEN


@pytest.mark.parametrize(
    "name", [name for name in wordings("en") if name.startswith(BEFORE_VERIFICATION)]
)
def test_what_is_said_before_verification_names_nothing_of_the_appointment(name: str) -> None:
    for text in wordings("en")[name]:
        assert facts(text) <= BRIEF | GIVEN - {"offers", "slot", "appointments", "note"}


@pytest.mark.parametrize(
    "name", [name for name in wordings("en") if name.startswith(("receipt.", "pending."))]
)
async def test_no_change_is_claimed_without_its_proof(house: Rehearsal, name: str) -> None:
    call, line = await house.begin()
    with pytest.raises(ValueError, match="proof"):
        word(call, name)
    await line.hangs_up()


@pytest.mark.parametrize("change", Change)
async def test_a_receipt_is_worded_from_what_was_read_back(
    house: Rehearsal, change: Change
) -> None:
    call, line = await house.begin()
    read_back = maria(starts_at=maria().starts_at + timedelta(days=1, hours=-3))
    key = WriteKey(call_id="call-1", invocation="tool-1")
    receipt = Receipt(change=change, appointment=read_back, key=key, read_back_at=NOW)
    assert "Wednesday" in word_receipt(call, receipt).text
    await line.hangs_up()


@pytest.mark.parametrize("change", Change)
async def test_what_the_desk_will_do_is_no_promise_of_ours(
    house: Rehearsal, change: Change
) -> None:
    call, line = await house.begin()
    await line.says("Yes")
    await line.says("Another day")
    slot = call.offered[0]
    words = word_pending(call, change, StaffTaskFiled("task-1"), maria(), slot)
    assert "passed on" in words.text
    await line.hangs_up()


async def test_variants_are_used_up_before_one_comes_again(house: Rehearsal) -> None:
    call, line = await house.begin()
    variants = len(wordings("en")["identity.ask"])
    said = []
    for _ in range(variants):
        words = word(call, "identity.ask", Question.IDENTITY)
        assert words == word(call, "identity.ask", Question.IDENTITY), "not yet said, so not used"
        said.append(words.text)
        call.said(Speaker.AGENT, words.text, used=words.used, asks=words.asks)
    assert len(set(said)) == variants
    await line.hangs_up()


async def test_another_call_may_begin_another_way(house: Rehearsal) -> None:
    openings = set()
    for _ in range(8):
        call, line = await house.begin()
        openings.add(call.turns[0].text)
        await line.hangs_up()
    assert len(openings) > 1


def test_a_language_without_words_says_so() -> None:
    with pytest.raises(LookupError, match="'xx'"):
        wording.wordings("xx")
