"""Text in sentences and pauses, however it is cut up; no mark in what is spoken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reception.dialogue.pauses import pause
from reception.voice.sentences import Parts, parts_of

SPOKEN = {
    "sentences": ("It's with Dr. Chen. Is that fine?", ["It's with Dr. Chen.", "Is that fine?"]),
    "a pause between": (
        f"Let me see. {pause(500)} I have two.",
        ["Let me see.", 0.5, "I have two."],
    ),
    "a pause within": (f"At two, {pause(300)} or at three.", ["At two,", 0.3, "or at three."]),
    "a pause at the ends": (f"{pause(200)} Yes. {pause(1000)}", [0.2, "Yes.", 1.0]),
    "two pauses": (f"Yes.{pause(1)}{pause(20)}", ["Yes.", 0.001, 0.02]),
    "no end": ("And then", ["And then"]),
    "a mark that is none": ('No <break time="1s"/> <b>mark.</b>', ["No mark."]),
    "a mark that is cut off": ('Yes. <break time="50', ["Yes."]),
    "a mark in a mark": ('Yes. <break time="<break time="5ms"/>', ["Yes.", 0.005]),
    "nothing to speak": ("... - !", []),
    "less than": ("It is < 3 and > 2.", ["It is < 3 and > 2."]),
}


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(("text", "expected"), SPOKEN.values(), ids=SPOKEN.keys())
def test_however_it_is_cut_up_the_parts_are_the_same(
    text: str, expected: list[str | float], size: int
) -> None:
    parts = Parts()
    found: list[str | float] = []
    for start in range(0, len(text), size):
        found += parts.feed(text[start : start + size])
    assert [*found, *parts.finish()] == expected
    assert parts_of(text) == expected


def test_a_sentence_is_there_as_soon_as_the_next_one_begins() -> None:
    parts = Parts()
    assert list(parts.feed("Sure. ")) == ["Sure."]
    assert list(parts.feed(f"Let me see.{pause(400)}")) == ["Let me see.", 0.4]


PIECES = st.sampled_from(
    ["Sure. ", "Dr. Chen", " at 2.30", "? ", "<", ">", '<break time="', '50ms"/>']
)


@given(st.lists(PIECES | st.integers(0, 9999).map(pause), max_size=12))
def test_no_mark_is_spoken_and_no_pause_is_lost(pieces: list[str]) -> None:
    parts = Parts()
    found = [part for piece in pieces for part in parts.feed(piece)] + list(parts.finish())
    pauses = [part for part in found if isinstance(part, float)]
    assert pauses == [part for part in parts_of("".join(pieces)) if isinstance(part, float)]
    assert not any("<break" in part for part in found if isinstance(part, str))
