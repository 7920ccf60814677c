"""``python -m benchmarks.ear [PART ...] [--turns N] [--write]``: what a callee hears, and when."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
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

TURNS = 60
"""Of each kind."""
MOST_BROKEN = 0.3
"""Of the rounds, of which the first few are forgiven: on a busy machine somebody misses a word now
and then. More say that something is wrong."""
_FORGIVEN = 5


class Part(StrEnum):
    """Measured on its own, and written as soon as it is known."""

    REPLIES = "replies"
    AT_ONCE = "at-once"
    ONE_CALL = "one-call"
    TELEMETRY = "telemetry"


def main() -> None:
    """About half an hour on two cores, most of them spent listening."""
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
    """The same dialogues with ours and twice with the bare agent, at the same time."""
    ours, plain, silence = Waits(), Waits(), Waits()
    number, broken = 0, list[Exception]()
    while len(ours.closed) < turns or len(ours.open) < turns:
        number += 1
        closed = CONFIRMS if number % 2 else CANCELS
        talk = RAMBLES if number % 3 == 0 or len(ours.closed) >= turns else closed
        before = phones.asked()
        heard = await asyncio.gather(
            phones.ours(talk),
            phones.plainly(talk, plain_worker.DEFAULT),
            phones.plainly(talk, plain_worker.SILENCE),
            return_exceptions=True,
        )
        done = [one for one in heard if isinstance(one, Waits)]
        wrong = [one for one in heard if isinstance(one, Exception)]
        if wrong := wrong or _wrong(talk, phones.asked() - before):
            broken += wrong
            if len(broken) > _FORGIVEN + MOST_BROKEN * number:
                raise ExceptionGroup("too many calls broke", broken)
            continue
        for waits, more in zip((ours, plain, silence), done, strict=True):
            waits.add(more)
        sys.stderr.write(f"{len(ours.closed)} closed and {len(ours.open)} open answers\n")
    return Table(
        "From the end of what a callee says to the first sound of the answer (ms)",
        ("answers", "turns", "", "p50", "p95", "p99", "p50 : ours"),
        [
            *_rows("closed: the policy is sure", CLOSED, ours, plain, silence),
            *_rows("open: an LLM answers", OPEN, ours, plain, silence),
        ],
        "In the callee's own recording; both ways over WebRTC on loopback. Simulated: a final "
        f"transcript {HEARD_SECONDS * 1000:.0f} ms after the end of speech has arrived, the LLM's "
        f"first token {THOUGHT_SECONDS * 1000:.0f} ms and the voice's first byte "
        f"{SPOKEN_SECONDS * 1000:.0f} ms after the request. defaults = a bare agent in a plain "
        "`AgentSession`; by silence = the same without its turn detector. The three hold their "
        "calls at the same time. The first call of each kind, whose phrases nobody had said "
        f"before, is not counted. {len(broken)} calls broke and are not counted, nor those beside "
        "them.",
    )


def _wrong(talk: tuple[Said, ...], asked: int) -> list[Exception]:
    """What is wrong where the LLM was asked too often or too seldom."""
    wanted = sum(kind == OPEN for _, kind in talk)
    if asked < wanted or (asked and not wanted):
        return [WrongCallError(f"the LLM was asked {asked} times in {talk}")]
    return []


def _rows(name: str, kind: str, ours: Waits, plain: Waits, silence: Waits) -> list[tuple[str, ...]]:
    rows, best = list[tuple[str, ...]](), ours.of(kind).median
    of_whom = (("ours", ours), ("defaults", plain), ("by silence", silence))
    for whose, waits in of_whom:
        taken: Samples = waits.of(kind)
        figures = (ms(taken.median), ms(taken.p95), ms(taken.p99), f"{taken.median / best:.2f}")
        rows.append((name, str(len(taken)), whose, *figures))
    return rows


if __name__ == "__main__":
    main()
