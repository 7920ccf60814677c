"""The LiveKit worker. Start it with ``python -m livekit.agents start entrypoint.py``.

It takes the calls that ``reception dial`` dispatches, one job a call, and settles those whose
process died.
"""

import sys

from livekit.agents import AgentServer, JobContext, JobProcess, JobRequest
from pydantic import ValidationError

from agents.phone_call import House, carry_out
from reception.database import open_database
from reception.line.keeper import Keeper
from reception.practice import Practice, PracticeFileError, load_practice
from reception.settings import Settings, explain, secret
from reception.telemetry import metrics
from reception.voice.pipeline import import_turn_detector
from reception.voice.telemetry import begin_telemetry
from reception.voice.warming import warm_up


def _configured() -> tuple[Settings, Practice]:
    """What the worker runs with; without it one sentence says what to set."""
    try:
        settings = Settings()
        practice = load_practice(settings.practice_file)
    except ValidationError as error:
        sys.exit(explain(error))
    except PracticeFileError as error:
        sys.exit(str(error))
    if missing := settings.missing_for_calls:
        sys.exit("\n".join(missing))
    return settings, practice


settings, practice = _configured()
# It registers with the worker, so before the worker is made.
import_turn_detector()


def load(worker: AgentServer) -> float:
    """How full the worker is; at 1.0 LiveKit sends it no more calls."""
    return min(1.0, len(worker.active_jobs) / settings.worker_concurrency)


def prewarm(process: JobProcess) -> None:
    """Before a call comes: patterns and models loaded, phrases in memory."""
    begin_telemetry(settings)
    process.userdata["phrases"] = warm_up(settings, practice)


server = AgentServer(
    setup_fnc=prewarm,
    load_fnc=load,
    load_threshold=1.0,
    num_idle_processes=settings.prewarm_count,
    drain_timeout=settings.drain_seconds,
    ws_url=settings.livekit_url,
    api_key=secret(settings.livekit_api_key),
    api_secret=secret(settings.livekit_api_secret),
    host="127.0.0.1",
    port=0,
    prometheus_multiproc_dir=metrics.folder() if settings.enable_metrics else None,
    # The framework has a name of its own for it.
    log_level="WARN" if settings.log_level == "WARNING" else settings.log_level,
)


async def accept(request: JobRequest) -> None:
    """The agent joins under a name that says nothing of the customer."""
    await request.accept(identity="receptionist", name=practice.persona.name)


@server.rtc_session(agent_name=settings.agent_name, on_request=accept)
async def take_call(ctx: JobContext) -> None:
    """One job: the call that the metadata names, to its outcome."""
    phrases = ctx.proc.userdata["phrases"]
    try:
        database = await open_database(settings.database_url)
        try:
            await carry_out(ctx, House(settings, practice, database, phrases))
        finally:
            await database.close()
    finally:
        ctx.shutdown("the call is over")


keeper = Keeper(server, settings, practice)
server.on("worker_started", keeper.begin)
server.on("worker_registered", keeper.registered)
