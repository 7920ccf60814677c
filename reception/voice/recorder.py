"""What entered the session's history enters the call: turns as heard, tools as they ran."""

from livekit.agents import AgentSession, ConversationItemAddedEvent, FunctionToolsExecutedEvent
from livekit.agents.llm import ChatMessage

from reception.calls.call import Call
from reception.calls.turn import Speaker, ToolRun
from reception.dialogue.hearing import hear
from reception.dialogue.mood import notice
from reception.dialogue.moves import Tool
from reception.telemetry.metrics import TOOL_ERRORS
from reception.voice.policy_llm import read_extra

_TOOLS = frozenset(tool.value for tool in Tool)


def record(session: AgentSession[Call], call: Call) -> None:
    """Keep the call's turns and tools from what the session commits, and from nothing else."""

    @session.on("conversation_item_added")
    def turn(event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, ChatMessage) or not (text := (item.text_content or "").strip()):
            return
        match item.role:
            case "user":
                heard = hear(call, text)
                call.said(
                    Speaker.CUSTOMER,
                    text,
                    mood=notice(call, heard),
                    understood=tuple(sorted(heard.acts)),
                    clear=heard.clear,
                )
            case "assistant":
                route, used, asks = read_extra(item.extra)
                # What is said past the agent's turns carries no ``extra``.
                if (aside := call.said_aside.get(text)) is not None:
                    used, asks = aside.used, aside.asks
                # A question that was cut off was not heard, so nothing answers it.
                asks = None if item.interrupted else asks
                call.said(Speaker.AGENT, text, route=route, used=used, asks=asks)
            case _:
                pass

    @session.on("function_tools_executed")
    def tools(event: FunctionToolsExecutedEvent) -> None:
        for run, result in event.zipped():
            output = "" if result is None else result.output
            call.tools.append(ToolRun(call.stage, run.name, run.arguments, output))
            if result is not None and result.is_error:
                TOOL_ERRORS.labels(run.name if run.name in _TOOLS else "unknown").inc()
