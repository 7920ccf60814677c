"""A worker with nothing of ours: a bare agent, the framework's defaults, an LLM for every answer.

``python -m livekit.agents start benchmarks/plain_worker.py``. A job's metadata is what ends a turn
and the number that it calls.
"""

import os

from livekit import api
from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.voice.room_io import RoomOptions
from livekit.plugins import deepgram, openai

AGENT_NAME = "plain"
CALLEE = "callee"
DEFAULT = "default"
"""What ends a turn: the framework's choice, its turn detector above silence."""
SILENCE = "silence"
"""Silence of half a second alone; the detector at its fastest, when it is sure at once."""
INSTRUCTIONS = "You confirm appointments on the telephone, in one or two short sentences."

server = AgentServer(
    load_fnc=lambda _: 0.0, num_idle_processes=2, host="127.0.0.1", port=0, log_level="INFO"
)


@server.rtc_session(agent_name=AGENT_NAME)
async def take_call(ctx: JobContext) -> None:
    """Dial, and talk with whoever picks up until they hang up."""
    await ctx.connect()
    ends_by, _, number = ctx.job.metadata.partition(" ")
    session: AgentSession[None] = AgentSession(
        stt=deepgram.STT(base_url=f"{os.environ['DEEPGRAM_BASE_URL']}/v1/listen"),
        llm=openai.LLM(model="gpt-4o-mini"),
        tts=openai.TTS(response_format="pcm"),
        turn_handling={"turn_detection": "vad"} if ends_by == SILENCE else {},
    )
    session.on("close", lambda _: ctx.shutdown("the call is over"))
    await session.start(
        Agent(instructions=INSTRUCTIONS),
        room=ctx.room,
        room_options=RoomOptions(participant_identity=CALLEE),
    )
    await ctx.api.sip.create_sip_participant(
        api.CreateSIPParticipantRequest(
            sip_trunk_id=os.environ["SIP_TRUNK_ID"],
            sip_call_to=number,
            room_name=ctx.room.name,
            participant_identity=CALLEE,
            wait_until_answered=True,
        )
    )
