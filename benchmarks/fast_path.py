"""Which share of the turns the policy answers at once, and whether it is ever wrong."""

import tempfile
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from livekit.agents import llm

from benchmarks.table import Table
from reception.calls.call import Call
from reception.calls.turn import Route, Speaker
from reception.database import open_database
from reception.practice import load_practice
from reception.settings import PROJECT
from tests.conversations.dialogues.reading import all_dialogues
from tests.conversations.rehearsal import Rehearsal
from tests.conversations.test_dialogues import hold, untrue
from tests.provider.minds import mind_of
from tests.provider.openai_server import OpenAIServer, Reply

SAYS = "I see."
"""What the LLM says to all that is put to it; the open question follows from us."""


async def measure_fast_path() -> Table:
    """Every dialogue of the tests once more, with an LLM there to be asked."""
    at_once, wrong = Counter[bool](), 0
    dialogues = all_dialogues()
    async with OpenAIServer() as provider:
        mind = mind_of(provider, Reply(SAYS))
        for dialogue in dialogues:
            with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
                database = await open_database(f"sqlite:///{Path(folder) / 'reception.db'}")
                house = WithMind(database, load_practice(PROJECT / "practice.yaml"), mind)
                held = await hold(house, dialogue)
                at_once += _answered_at_once(held.call)
                wrong += len(untrue(dialogue, held))
                await database.close()
    return Table(
        "The fast path",
        ("dialogues", "things said", "answered at once", "put to the LLM", "wrong"),
        [
            (
                str(len(dialogues)),
                str(at_once.total()),
                f"{at_once[True] / at_once.total():.0%}",
                f"{at_once[False] / at_once.total():.0%}",
                str(wrong),
            )
        ],
        "The dialogues of tests/conversations/dialogues as whole calls, the LLM on loopback and "
        f'saying "{SAYS}" to all that is put to it. Each thing that a customer says counts once in '
        "a call, however often they say it again. wrong = a decision that the dialogue does not "
        "wish, a detail told to a stranger, a book other than the call.",
    )


def _answered_at_once(call: Call) -> Counter[bool]:
    """Of each different thing that was said, whether its answer came without the LLM."""
    heard: dict[str, bool] = {}
    for turn, after in pairwise(call.turns):
        if turn.speaker is Speaker.CUSTOMER and after.speaker is Speaker.AGENT:
            heard.setdefault(turn.text, after.route is not Route.LLM)
    return Counter(heard.values())


class WithMind(Rehearsal):
    """A rehearsal whose calls have this mind, whoever begins them."""

    def __init__(self, database: Any, practice: Any, mind: Callable[[Call], llm.LLM[Any]]) -> None:
        super().__init__(database, practice)
        self.mind = mind

    def with_practice(self, **changes: Any) -> "WithMind":
        return WithMind(self.database, self.practice.model_copy(update=changes), self.mind)

    async def begin(self, *appointments: Any, **how: Any) -> Any:
        return await super().begin(*appointments, mind=self.mind, **how)
