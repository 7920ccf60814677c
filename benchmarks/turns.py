"""The time of one turn in text: ours and the framework's, beside the framework alone."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.bare import Shape, bare_session
from benchmarks.constant_llm import ConstantLLM
from benchmarks.house import CONFIRMS, GOODBYE, VERIFIES, House, WrongCallError, house
from benchmarks.samples import Samples, median_p95, ms
from benchmarks.stopwatch import Stopwatch, timing_ours
from benchmarks.table import Table
from reception.calls.call import Call
from reception.calls.turn import Route

SECONDS = 14.0
WARM_UP = 3
"""Rounds that do not count."""


@dataclass
class Measured:
    """One turn of the call: what the customer says, and its seconds in every round."""

    name: str
    says: str
    shape: Shape
    answered_by: Route
    whole: Samples = field(default_factory=Samples)
    ours: Samples = field(default_factory=Samples)
    tools: Samples = field(default_factory=Samples)
    calendar: Samples = field(default_factory=Samples)
    framework: Samples = field(default_factory=Samples)
    bare: Samples = field(default_factory=Samples)

    def forget(self) -> None:
        parts = (self.whole, self.ours, self.tools, self.calendar, self.framework, self.bare)
        for samples in parts:
            samples.clear()


def _turns() -> tuple[Measured, ...]:
    return (
        Measured("only answers: who is calling", "Who is calling?", Shape.ANSWER, Route.POLICY),
        Measured(
            "unclear: an LLM answers, guarded", "My cousin goes there.", Shape.ANSWER, Route.LLM
        ),
        Measured("verifies, hands over", VERIFIES, Shape.HANDOFF, Route.FIXED),
        Measured("confirms: write, read-back", CONFIRMS, Shape.TOOL, Route.POLICY),
    )


async def measure_turns() -> Table:
    """Our call and the bare session, turn about, for ``SECONDS``."""
    turns, rounds = _turns(), 0
    async with house() as practice:
        with timing_ours() as watch:
            until = time.perf_counter() + SECONDS
            while time.perf_counter() < until:
                await _our_call(practice, watch, turns)
                await _bare_call(turns)
                rounds += 1
                if rounds == WARM_UP:
                    for turn in turns:
                        turn.forget()
    return Table(
        "One turn in text (ms, median / p95)",
        ("turn", "whole", "ours", "in tools", "in SQLite", "framework", "bare", "whole : bare"),
        [_row(turn) for turn in turns],
        f"{rounds - WARM_UP} rounds, after {WARM_UP} that do not count; in each a call of ours and "
        "a session of the bare framework, one after the other. whole = `TextLine.says`; ours = "
        "`Receptionist.llm_node` without the LLM, and the tools; in tools, in SQLite = parts of "
        "ours (medians); framework = whole without ours; bare = `session.run` of an agent without "
        "anything of ours, a constant LLM and a turn of the same shape (answer, tool, handoff).",
    )


async def _our_call(practice: House, watch: Stopwatch, turns: Sequence[Measured]) -> None:
    call, line = await practice.pick_up(mind=lambda call: ConstantLLM())
    for turn in turns:
        watch.take()
        began = time.perf_counter()
        await line.says(turn.says)
        whole, spent = time.perf_counter() - began, watch.take()
        _check(call, turn)
        turn.whole.append(whole)
        turn.ours.append(spent.ours)
        turn.tools.append(spent.tools)
        turn.calendar.append(spent.calendar)
        turn.framework.append(whole - spent.ours)
    await line.says(GOODBYE)
    await practice.over(call, line)


def _check(call: Call, turn: Measured) -> None:
    if call.turns[-1].route is not turn.answered_by:
        raise WrongCallError(f"{turn.says!r} was answered by {call.turns[-1].route}")


async def _bare_call(turns: Sequence[Measured]) -> None:
    async with bare_session() as session:
        for turn in turns:
            began = time.perf_counter()
            await session.run(user_input=turn.shape)
            turn.bare.append(time.perf_counter() - began)


def _row(turn: Measured) -> tuple[str, ...]:
    return (
        turn.name,
        median_p95(turn.whole),
        median_p95(turn.ours),
        ms(turn.tools.median),
        ms(turn.calendar.median),
        median_p95(turn.framework),
        median_p95(turn.bare),
        f"{turn.whole.median / turn.bare.median:.2f}",
    )
