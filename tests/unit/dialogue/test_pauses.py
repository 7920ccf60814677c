"""Marks of pauses: ours are pauses, and nobody ever hears or reads one."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reception.dialogue.pauses import Pieces, Transcript, pause, without_markup, without_pauses
from reception.dialogue.wording import wordings

MARKED = f"Let me see. {pause(500)} I have two times. {pause(250)}Which one?"


def cut(*parts: str) -> list[str | float]:
    pieces = Pieces()
    fed = [piece for part in parts for piece in pieces.feed(part)]
    return [*fed, *pieces.finish()]


def joined(pieces: list[str | float]) -> list[str | float]:
    """Neighbouring words as one, for where text was cut means nothing."""
    together: list[str | float] = []
    for piece in pieces:
        if together and isinstance(piece, str) and isinstance(together[-1], str):
            together[-1] += piece
        else:
            together.append(piece)
    return together


def test_words_and_pauses_come_in_the_order_in_which_they_are_said() -> None:
    assert cut(MARKED) == ["Let me see. ", 0.5, " I have two times. ", 0.25, "Which one?"]


@given(st.lists(st.integers(0, len(MARKED)), max_size=6))
def test_it_does_not_matter_where_the_text_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(MARKED)]
    parts = [MARKED[start:end] for start, end in itertools.pairwise(edges)]
    assert joined(cut(*parts)) == cut(MARKED)


@given(st.lists(st.integers(0, len(MARKED)), max_size=6))
def test_what_is_written_down_has_no_marks_and_no_gaps(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(MARKED)]
    transcript = Transcript()
    written = [transcript.feed(MARKED[a:b]) for a, b in itertools.pairwise(edges)]
    assert "".join(written) + transcript.finish() == "Let me see. I have two times. Which one?"


@pytest.mark.parametrize("text", ["3 < 4", "a <b> c", "<break", '<break time="1s"/>'])
def test_what_is_no_mark_of_ours_is_text(text: str) -> None:
    assert joined(cut(text)) == [text]


def test_a_text_without_its_pauses_reads_as_it_is_heard() -> None:
    assert without_pauses(f"Let me see. {pause(500)} I have two.") == "Let me see. I have two."


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ('<break time="9000ms"/>Hello', "Hello"),
        ("<speak>Hello</speak>", "Hello"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
    ],
)
def test_a_model_marks_nothing(said: str, left: str) -> None:
    assert without_markup(said) == left


def test_pauses_are_sparse_in_the_wordings() -> None:
    texts = [text for variants in wordings("en").values() for text in variants]
    assert 0 < sum("<break" in text for text in texts) < len(texts) / 20
