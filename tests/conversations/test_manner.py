"""How it is said: moods answered, trouble met rung by rung, nothing said the same way twice."""

from typing import Any

import pytest
from sqlalchemy import select

from reception.calls.call import Call
from reception.calls.outcome import OutcomeKind
from reception.calls.tables import OutcomeRow
from reception.calls.turn import Mood, Speaker
from reception.dialogue.pauses import has_pause, pause
from reception.dialogue.wording import word, wordings
from tests.conversations.rehearsal import Rehearsal, all_said, spoken


def used(call: Call) -> list[str]:
    """The wordings of the agent's turns, without their variants."""
    return [use.split("#")[0] for turn in spoken(call) for use in turn.used]


class TestTheLadder:
    async def test_it_climbs_rung_by_rung(self, house: Rehearsal) -> None:
        call = await house.call("Yes.", "Blah.", "Blah.", "Blah.", "Blah.", "Blah.")
        rungs = [name for name in used(call) if name.startswith("clarify.")]
        assert rungs == [
            "clarify.repeat", "clarify.speak_up", "clarify.simpler", "clarify.simpler",
        ]  # fmt: skip
        assert call.outcome.kind is OutcomeKind.UNRESOLVED

    async def test_what_was_half_understood_is_asked_back(self, house: Rehearsal) -> None:
        half = "Yes, blah blah."
        call = await house.call("Yes.", half, half, half, "Yes.", "No, bye.")
        assert "clarify.heard.attend" in used(call)
        assert "Tuesday the 24th at half past two" in spoken(call)[-3].text
        assert call.outcome.kind is OutcomeKind.CONFIRMED

    async def test_a_no_to_what_was_guessed_cancels_nothing(self, house: Rehearsal) -> None:
        half = "Yes, blah blah."
        call = await house.call("Yes.", half, half, half, "No.", "Yes, I'll be there.")
        assert "attend.ask" in used(call)
        assert "move_or_cancel.ask" not in used(call)
        assert call.outcome.kind is OutcomeKind.CONFIRMED

    async def test_silence_in_between_is_no_understanding(self, house: Rehearsal) -> None:
        call = await house.call("Yes.", "Blah.", "", "Blah.")
        assert [name for name in used(call) if name.startswith("clarify.")] == [
            "clarify.repeat", "clarify.speak_up",
        ]  # fmt: skip

    async def test_somebody_unknown_is_asked_back_for_their_name_alone(
        self, house: Rehearsal
    ) -> None:
        half = "Yes, blah blah."
        call = await house.call(half, half, half)
        assert used(call)[-1] == "clarify.heard.identity"
        assert "cleaning" not in all_said(call)

    async def test_it_falls_back_when_understanding_returns(self, house: Rehearsal) -> None:
        call = await house.call("Yes.", "Blah.", "Blah.", "What was that?", "Blah.")
        rungs = [name for name in used(call) if name.startswith("clarify.")]
        assert rungs == ["clarify.repeat", "clarify.speak_up", "clarify.repeat"]


class TestMoods:
    @pytest.mark.parametrize(
        ("said", "mood"),
        [
            ("This is ridiculous, I already told you people.", Mood.UPSET),
            ("I only have a second.", Mood.RUSHED),
            ("I'm so confused.", Mood.CONFUSED),
            ("Could you speak more slowly, dear?", Mood.SLOW),
        ],
    )
    async def test_a_mood_is_answered_once_and_kept(
        self, house: Rehearsal, said: str, mood: Mood
    ) -> None:
        call = await house.call("Yes.", said, said, "Yes, I'll be there.", "No, bye.")
        assert used(call).count(f"mood.{mood}") == 1
        assert call.moods == (mood,)
        assert call.outcome.kind is OutcomeKind.CONFIRMED
        async with house.database.reading() as session:
            manner: dict[str, Any] = (await session.execute(select(OutcomeRow.manner))).scalar_one()
        assert manner["moods"] == [mood]

    async def test_a_mood_opens_nothing(self, house: Rehearsal) -> None:
        call = await house.call("This is ridiculous!", "I'm confused, what is it about?", "Hurry!")
        assert not call.verified
        assert "cleaning" not in all_said(call)

    async def test_who_is_upset_is_soothed_before_what_a_tool_did(self, house: Rehearsal) -> None:
        call = await house.call("Yes.", "This is ridiculous, can we move it?")
        soothed = [turn for turn in spoken(call) if turn.used[0].startswith("mood.upset")]
        assert ["pick_slot.first" in " ".join(turn.used) for turn in soothed] == [True]

    async def test_who_is_lost_is_told_once_more_who_calls_and_why(self, house: Rehearsal) -> None:
        call = await house.call("What are you talking about? I don't understand.")
        assert used(call)[-4:-1] == ["mood.confused", "who", "about.unverified"]

    async def test_who_stays_silent_needs_time(self, house: Rehearsal) -> None:
        call = await house.call("Yes.", "", "", "Hmm.")
        assert call.moods == (Mood.SLOW,)

    async def test_it_fades(self, house: Rehearsal) -> None:
        call, line = await house.begin()
        for text in ("I only have a second.", "Yes.", "Blah.", "Blah."):
            await line.says(text)
        assert call.mood is None
        await line.hangs_up()

    async def test_who_is_in_a_hurry_hears_the_shortest_there_is(self, house: Rehearsal) -> None:
        call, line = await house.begin()
        await line.says("Yes, but make it quick.")
        shortest = min(wordings("en")["anything_else.ask"], key=len)
        assert word(call, "anything_else.ask").text == shortest
        await line.hangs_up()

    async def test_who_is_slow_gets_a_pause_after_each_sentence(self, house: Rehearsal) -> None:
        call, line = await house.begin()
        await line.says("Speak slowly, please.")
        assert pause(300) in word(call, "bye.plain").text
        assert not any(has_pause(turn.text) for turn in spoken(call))
        await line.hangs_up()


class TestNothingTwice:
    async def test_the_next_calls_to_a_number_are_worded_otherwise(self, house: Rehearsal) -> None:
        openings = wordings("en")["identity.ask"]
        asked = []
        for _ in openings:
            call = await house.call("Hello.")
            asked += [use for turn in spoken(call) for use in turn.used if "identity.ask" in use]
        assert len(set(asked)) == len(openings)

    async def test_fillers_are_not_in_every_turn(self, house: Rehearsal) -> None:
        call, line = await house.begin()
        for text in ("Yes.", "I need another day."):
            await line.says(text)
        assert [name for name in used(call) if name == "filler"] == ["filler"]
        assert not has_pause(word(call, "pick_slot.first", offers="x").text)
        await line.hangs_up()

    async def test_the_last_words_are_remembered_too(self, house: Rehearsal) -> None:
        call = await house.call("Yes.", "Yes.", "No, bye.")
        assert used(call)[-1].startswith("bye.")

    async def test_no_mark_of_a_pause_is_ever_written_down(self, house: Rehearsal) -> None:
        call = await house.call("Yes.", "I need another day.", "None of those.", "The first one.")
        assert not any("<" in turn.text for turn in call.turns if turn.speaker is Speaker.AGENT)
