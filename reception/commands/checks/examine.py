"""All checks, at once."""

import asyncio
from collections.abc import Callable
from functools import partial

from reception.commands.checks import house, livekit
from reception.commands.checks.finding import Check, Finding
from reception.commands.checks.models import models_load
from reception.commands.checks.providers import Provider, keys_are_accepted
from reception.commands.checks.services import providers
from reception.settings import Settings


def checks(settings: Settings) -> list[Check]:
    """What there is to look at, in the order in which it is told."""
    return [
        Check("settings", partial(house.settings_are_set, settings), None),
        Check("practice", partial(house.practice_loads, settings), None),
        Check(
            "database",
            partial(house.database_opens, settings),
            "The database does not answer; check DATABASE_URL, and that its server runs.",
        ),
        Check(
            "LiveKit",
            partial(livekit.livekit_answers, settings),
            f"LiveKit at {settings.livekit_url} does not answer; "
            "check LIVEKIT_URL, and that the server runs.",
        ),
        Check("clock", partial(livekit.clock_is_right, settings), None),
        *(_provider(provider) for provider in providers(settings)),
        Check(
            "health port",
            partial(house.health_port_is_free, settings),
            f"Port {settings.health_port} is taken by a program that does not answer; "
            "set HEALTH_PORT to one that is free.",
        ),
    ]


def _provider(provider: Provider) -> Check:
    return Check(provider.name, partial(keys_are_accepted, provider), provider.too_late)


async def examine(
    settings: Settings, patience: float, done: Callable[[int, int], None] = lambda _, __: None
) -> list[Finding]:
    """Run every check, each for ``patience`` seconds at most. Never raises.

    ``done`` hears how many of how many have ended.
    """
    # Loading models holds up everything else here; the others' patience begins after it.
    models = await Check("models", models_load, None).findings(patience)
    todo = checks(settings)
    finished = 0

    async def carry_out(check: Check) -> list[Finding]:
        nonlocal finished
        found = await check.findings(patience)
        finished += 1
        done(finished, len(todo))
        return found

    found = await asyncio.gather(*(carry_out(check) for check in todo))
    return [*(finding for findings in found for finding in findings), *models]
