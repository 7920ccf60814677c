"""The framework alone: an agent without anything of ours, in turns of the same shapes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

from livekit.agents import Agent, AgentSession, RunContext, function_tool
from livekit.agents.llm import ToolResult

from benchmarks.constant_llm import ConstantLLM


class Shape(StrEnum):
    """What a turn asks of the framework. The value is what the bare agent's user says for it."""

    ANSWER = "answer me"
    TOOL = "use a tool"
    HANDOFF = "hand me over"


class Bare(Agent):
    """Speaks when it enters; has one tool that does nothing and one that hands over."""

    def __init__(self) -> None:
        super().__init__(instructions="You confirm appointments.")

    async def on_enter(self) -> None:
        self.session.generate_reply()

    @function_tool
    async def note(self, ctx: RunContext[Any]) -> str:
        """Note it."""
        return "noted"

    @function_tool
    async def hand_over(self, ctx: RunContext[Any]) -> tuple[Agent, ToolResult]:
        """Give the conversation to the next agent."""
        ctx.disallow_interruptions()
        return Bare(), ToolResult("handed over", reply_required=False)


@asynccontextmanager
async def bare_session() -> AsyncIterator[AgentSession[None]]:
    """A session in text, set as ours is, in which the agent has said its first words."""
    model = ConstantLLM({Shape.TOOL: "note", Shape.HANDOFF: "hand_over"})
    session: AgentSession[None] = AgentSession(
        llm=model, vad=None, turn_handling={"turn_detection": None}, max_tool_steps=2
    )
    await (await session.start(Bare(), capture_run=True))
    try:
        yield session
    finally:
        await session.aclose()
