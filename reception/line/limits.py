"""No call lasts for ever, whatever is said or not said on it."""

import asyncio

from reception.calls.call import Call
from reception.calls.result import Ended
from reception.dialogue.wording import word


async def limit_length(call: Call) -> None:
    """Say goodbye when the practice's limit on a call's seconds is reached."""
    await asyncio.sleep(call.practice.limits.seconds)
    call.line.hang_up(Ended.LIMIT, word(call, "give_up.limit"))
