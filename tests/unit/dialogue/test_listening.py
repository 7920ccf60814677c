"""Words that take no turn when they are said over ours."""

import pytest

from reception.dialogue.hearing import only_listens
from tests.conversations.rehearsal import Rehearsal


@pytest.mark.parametrize(
    ("text", "listens"),
    [
        *((text, True) for text in ("Mm-hmm.", "mhm", "Mmhmm", "uh-huh", "Uh huh.", "Aha!")),
        *((text, False) for text in ("Yes.", "Stop.", "Mm-hmm, but wait", "Okay", "", "Hm?")),
    ],
)
async def test_only_sounds_of_listening_do(house: Rehearsal, text: str, listens: bool) -> None:
    call, line = await house.begin()
    assert only_listens(call, text) is listens
    await line.hangs_up()
