"""``python -m benchmarks.ear [PART ...] [--turns N] [--write]``: what a callee hears, and when."""

import argparse
import asyncio
import functools
import itertools
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum

from benchmarks import page, plain_worker
from benchmarks.ear_at_once import measure_at_once, measure_one_call
from benchmarks.ear_calls import (
    CANCELS,
    CLOSED,
    CONFIRMS,
    HEARD_SECONDS,
    OPEN,
    RAMBLES,
    SPOKEN_SECONDS,
    THOUGHT_SECONDS,
    Line,
    Said,
    Waits,
    WrongCallError,
    line,
)
from benchmarks.ear_telemetry import measure_traced
from benchmarks.machine import machine
from benchmarks.samples import Samples, ms
from benchmarks.table import Table
from tests.line.callee import AgentSilent

TURNS = 60
"""Of each kind."""
MOST_BROKEN = 0.3
"""A round, and a few more: on a busy machine somebody misses a word now and then. More say that
something is wrong."""
_FORGIVEN = 5


class Part(StrEnum):
    """Measured on its own, and written as soon as it is known."""

    REPLIES = "replies"
    AT_ONCE = "at-once"
    ONE_CALL = "one-call"
    TELEMETRY = "telemetry"


def main() -> None:
    """About an hour and a half on two cores, most of it spent listening."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ear", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", type=Part, metavar="PART", help=f"{', '.join(Part)}; all without any"
    )
    parser.add_argument(
        "--turns", type=int, default=TURNS, help="replies of each kind (%(default)s)"
    )
    parser.add_argument("--write", action="store_true", help=f"refresh {page.PAGE.name}")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    asyncio.run(_measure(arguments.parts or list(Part), arguments.turns, write=arguments.write))


async def _measure(parts: Sequence[Part], turns: int, *, write: bool) -> None:
    taken = machine()
    sys.stdout.write(f"{taken}\n")
    for part in parts:
        table = await _table(part, turns)
        sys.stdout.write(f"\n{table.markdown()}\n")
        sys.stdout.flush()
        if write:
            page.write_one(taken, table)


async def _table(part: Part, turns: int) -> Table:
    if part is Part.TELEMETRY:
        return await measure_traced()
    async with line() as phones:
        await _warm_up(phones)
        match part:
            case Part.REPLIES:
                return await _replies(phones, turns)
            case Part.AT_ONCE:
                return await measure_at_once(phones)
            case Part.ONE_CALL:
                return await measure_one_call(phones)


async def _warm_up(phones: Line) -> None:
    """Calls that do not count: what every call says is on the disk, as in any practice's week."""
    for talk in (CONFIRMS, CANCELS):
        await asyncio.gather(*(phones.ours(talk) for _ in range(3)))


async def _replies(phones: Line, turns: int) -> Table:
    """The same dialogues with ours and with the bare agents, one call after the other."""
    callers: dict[str, Callable[[tuple[Said, ...]], Awaitable[Waits]]] = {
        "ours": functools.partial(_checked, phones),
        "defaults": functools.partial(phones.plainly, ends_by=plain_worker.DEFAULT),
        "by silence": functools.partial(phones.plainly, ends_by=plain_worker.SILENCE),
    }
    taken = {whose: Waits() for whose in callers}
    broken = list[Exception]()
    for number in itertools.count():
        if not (talk := _next(number, taken["ours"], turns)):
            break
        for whose, call in callers.items():
            try:
                taken[whose].add(await call(talk))
            except (AgentSilent, WrongCallError) as error:
                broken.append(error)
                sys.stderr.write(f"{whose}: {error}\n")
        if len(broken) > _FORGIVEN + MOST_BROKEN * number:
            raise ExceptionGroup("too many calls broke", broken)
        counts = (f"{len(one.closed)}/{len(one.open)} {whose}" for whose, one in taken.items())
        sys.stderr.write(f"closed/open answers: {', '.join(counts)}\n")
    return Table(
        "From the end of what a callee says to the first sound of the answer (ms)",
        ("answers", "turns", "", "p50", "p95", "p99", "p50 : ours"),
        [
            *_rows("closed: the policy is sure", CLOSED, taken),
            *_rows("open: an LLM answers", OPEN, taken),
        ],
        "In the callee's own recording; both ways over WebRTC on loopback. Simulated: a final "
        f"transcript {HEARD_SECONDS * 1000:.0f} ms after the end of speech has arrived, the LLM's "
        f"first token {THOUGHT_SECONDS * 1000:.0f} ms and the voice's first byte "
        f"{SPOKEN_SECONDS * 1000:.0f} ms after the request. defaults = a bare agent in a plain "
        "`AgentSession`; by silence = the same without its turn detector. They hold their calls "
        "turn about, one at a time. The first calls, whose phrases nobody had said before, are not "
        f"counted, nor are {len(broken)} that broke.",
    )


def _next(number: int, ours: Waits, turns: int) -> tuple[Said, ...]:
    """What is said in the next call; nothing when there are enough answers of both kinds."""
    if len(ours.open) < turns and (number % 2 or len(ours.closed) >= turns):
        return RAMBLES
    if len(ours.closed) < turns:
        return CONFIRMS if number % 4 else CANCELS
    return ()


async def _checked(phones: Line, talk: tuple[Said, ...]) -> Waits:
    """A call of ours. Raises ``WrongCallError`` where the LLM was asked too often or too seldom."""
    before = len(phones.asked())
    waits = await phones.ours(talk)
    asked = phones.asked()[before:]
    wanted = sum(kind == OPEN for _, kind in talk)
    if len(asked) < wanted or (asked and not wanted):
        raise WrongCallError(f"the LLM was asked {asked} in {talk}")
    return waits


def _rows(name: str, kind: str, taken: Mapping[str, Waits]) -> list[tuple[str, ...]]:
    rows, best = list[tuple[str, ...]](), taken["ours"].of(kind).median
    for whose, waits in taken.items():
        found: Samples = waits.of(kind)
        figures = (ms(found.median), ms(found.p95), ms(found.p99), f"{found.median / best:.2f}")
        rows.append((name, str(len(found)), whose, *figures))
    return rows


if __name__ == "__main__":
    main()
