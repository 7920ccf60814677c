"""What the tests of a misbehaving LLM share."""

from sqlalchemy import select

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.tables import StaffTaskRow
from reception.calls.turn import Route, Turn
from tests.conversations.rehearsal import Rehearsal, maria, spoken
from tests.provider.openai_server import Reply, ToolCall

TED = "My cousin Ted got a new boat."
DETAILS = ("tuesday", "24th", "tomorrow", "two thirty", "2:30", "14:30", "2026-11", "cleaning",
           "check-up", "filling", "chen", "patel", "afternoon")  # fmt: skip
WRITTEN = ("confirmed", "booked", "moved", "cancelled", "canceled", "all set", "see you", "done")


def calls(*names: str, arguments: str = "{}") -> Reply:
    """A reply that calls these tools and says nothing."""
    return Reply(tool_calls=tuple(ToolCall(name, arguments) for name in names))


def named_in(text: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word in text.casefold()]


def asked_last(call: Call) -> Question | None:
    last = spoken(call)[-1]
    return None if last.asks is None else last.asks.question


def from_the_llm(call: Call) -> list[Turn]:
    return [turn for turn in spoken(call) if turn.route is Route.LLM]


async def is_untouched(house: Rehearsal) -> bool:
    """Maria's appointment stands in the book as it was written there, and nobody decided."""
    return await house.book.appointment("maria-1") == maria()


async def tasks(house: Rehearsal) -> list[str]:
    """The reasons of the tasks that the desk has, as they are in the database."""
    async with house.database.reading() as session:
        return [task.reason for task in await session.scalars(select(StaffTaskRow))]
