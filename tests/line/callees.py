"""Whom the agent may reach: people, machines, and phones that nobody picks up.

A ``Phone`` is what a number has; a ``Script`` is what the callee does from answering on. Scripts
are put together by ``in_turn``, ``on_hearing_agent`` and ``hangs_up_after``; a test may as well
write one of its own, an async function of a ``Callee``.
"""

import asyncio

from tests.line import sip_status
from tests.line.callee import Callee, Script
from tests.line.exchange import Phone, Process
from tests.line.sounds import CLEAR, Line, Sound, Words, beep

# Phones.


def answered(
    script: Script,
    *,
    rings: float = 0.2,
    line: Line = CLEAR,
    early_media: Sound | None = None,
) -> Phone:
    """Picked up after ``rings`` seconds. See ``sounds.noisy`` and ``sounds.lossy`` for lines."""
    return Phone(script, rings=rings, line=line, early_media=early_media)


def dies(greeting: str = "Hello?", *, after: float | None = None, rings: float = 0.2) -> Phone:
    """Picked up by a process that is killed ``after`` seconds, or by the test."""
    return Phone(Process(greeting, after), rings=rings)


def no_answer() -> Phone:
    """It rings as long as it may (408)."""
    return Phone(rings=None)


def busy(rings: float = 0.0) -> Phone:
    return Phone(rings=rings, refused=sip_status.BUSY)


def declined(rings: float = 0.2) -> Phone:
    """Somebody pressed the red button."""
    return Phone(rings=rings, refused=sip_status.DECLINED)


def unavailable(rings: float = 0.0) -> Phone:
    """Switched off, or out of reach."""
    return Phone(rings=rings, refused=sip_status.UNAVAILABLE)


def invalid_number() -> Phone:
    return Phone(rings=0.0, refused=sip_status.BAD_NUMBER)


def trunk_failure() -> Phone:
    """The carrier is out of order."""
    return Phone(rings=0.0, refused=sip_status.TRUNK_FAILURE)


# Scripts, and how they are put together.


def in_turn(*scripts: Script) -> Script:
    """One after the other."""

    async def script(callee: Callee) -> None:
        for step in scripts:
            await step(callee)

    return script


def says(words: Words) -> Script:
    async def script(callee: Callee) -> None:
        await callee.says(words)

    return script


def replies(*lines: Words, pause: float = 0.7) -> Script:
    """Says each line when the agent has spoken and been quiet for ``pause`` seconds."""

    async def script(callee: Callee) -> None:
        for line in lines:
            await callee.agent_finished(pause)
            await callee.says(line)

    return script


def waits(seconds: float) -> Script:
    async def script(callee: Callee) -> None:
        await callee.waits(seconds)

    return script


def hangs_up() -> Script:
    async def script(callee: Callee) -> None:
        await callee.hangs_up()

    return script


def stops_sending() -> Script:
    """The line goes dead without a goodbye: not even silence comes any more."""

    async def script(callee: Callee) -> None:
        callee.stops_sending()

    return script


def on_hearing_agent(then: Script, after: float = 0.0) -> Script:
    """Does something ``after`` seconds of the agent's speaking, whether or not it has finished."""

    async def script(callee: Callee) -> None:
        await callee.hears_agent()
        await callee.waits(after)
        await then(callee)

    return script


def hangs_up_after(seconds: float, script: Script) -> Script:
    """Does as ``script`` says, and hangs up ``seconds`` after the start, wherever it is by then."""

    async def bounded(callee: Callee) -> None:
        try:
            async with asyncio.timeout(seconds) as limit:
                await script(callee)
                await callee.gone.wait()
        except TimeoutError:
            if not limit.expired():
                raise
            await callee.hangs_up()

    return bounded


# People.


def person(*lines: Words, pause: float = 0.7) -> Script:
    """Says the first line on answering, and each further one in answer to the agent."""
    greeting, *rest = lines
    return in_turn(waits(0.3), says(greeting), replies(*rest, pause=pause))


def silent() -> Script:
    """Picks up and says nothing, whatever they are asked."""
    return in_turn()


def interrupts(words: Words, after: float = 0.5) -> Script:
    """Says something over the agent, ``after`` seconds of its speaking."""
    return on_hearing_agent(says(words), after)


def hands_over(to: Script, words: Words = "One moment, I'll get her.", away: float = 2.0) -> Script:
    """Answers the agent so, is ``away`` for some seconds, and then another is on the phone."""
    return in_turn(replies(words), waits(away), to)


# Machines.


def machine(
    greeting: Words = "You have reached my voicemail. Please leave a message after the tone.",
    *,
    tone: bool = True,
    records: float = 60.0,
) -> Script:
    """A greeting, a beep of 1 kHz for 400 ms if it has one, then silence while it records.

    It hangs up after ``records`` seconds.
    """
    beeps = in_turn(waits(0.5), says(beep())) if tone else in_turn()
    return in_turn(waits(0.3), says(greeting), beeps, waits(records), hangs_up())


def full_mailbox(
    greeting: Words = "The mailbox is full and cannot accept any messages at this time. Goodbye.",
) -> Script:
    """Takes no message and hangs up."""
    return in_turn(waits(0.3), says(greeting), waits(0.3), hangs_up())


def screening(
    then: Script,
    question: Words = "Hi, the person you are calling uses a screening service. "
    "Please say your name and why you are calling.",
    thanks: Words = "Thanks. Please stay on the line.",
    away: float = 1.0,
) -> Script:
    """Asks who is calling, and goes on as ``then``: a ``person``, or ``hangs_up`` for a refusal."""
    return in_turn(waits(0.3), says(question), replies(thanks), waits(away), then)
