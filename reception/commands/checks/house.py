"""What is here: the settings, the practice's file, the database, the health port."""

import errno
import socket

import httpx2 as httpx
from sqlalchemy import text

from reception.commands.checks.finding import Finding, Findings, Level
from reception.database import DatabaseError, address, open_database
from reception.practice import Practice, PracticeFileError, load_practice
from reception.settings import PROJECT, Settings

_LANGUAGES = (PROJECT / "reception" / "dialogue" / "languages", PROJECT / "prompts")


async def settings_are_set(settings: Settings) -> Findings:
    """What a worker does not start without."""
    for sentence in settings.missing_for_calls:
        yield Finding("settings", Level.FAILED, sentence)
    if not settings.missing_for_calls:
        yield Finding("settings", Level.OK, "Everything that calls need is set.")


async def practice_loads(settings: Settings) -> Findings:
    try:
        practice = load_practice(settings.practice_file)
    except PracticeFileError as error:
        for sentence in str(error).splitlines():
            yield Finding("practice", Level.FAILED, sentence)
        return
    file = settings.practice_file
    yield Finding("practice", Level.OK, f"{practice.name}, as {file} describes it.")
    for finding in _languages(practice):
        yield finding


def _languages(practice: Practice) -> list[Finding]:
    """A language is known when it has every file that English has."""
    known = [language for language in _folders() if not _lacks(language)]
    unknown = [language for language in practice.languages if language not in known]
    if not unknown:
        spoken = ", ".join(practice.languages)
        return [Finding("languages", Level.OK, f"Known, with all their wording: {spoken}.")]
    return [
        Finding(
            "languages",
            Level.FAILED,
            f"The language {language!r} is not known; "
            f"under languages in the practice's file allowed is {', '.join(known)}.",
        )
        for language in unknown
    ]


def _folders() -> list[str]:
    return sorted(folder.name for folder in _LANGUAGES[0].iterdir() if folder.is_dir())


def _lacks(language: str) -> list[str]:
    return [
        file.name
        for home in _LANGUAGES
        for file in (home / "en").iterdir()
        if not (home / language / file.name).is_file()
    ]


async def database_opens(settings: Settings) -> Findings:
    """Opened as a call would, which makes a missing file and brings the tables up to date."""
    try:
        database = await open_database(settings.database_url)
        try:
            # Beginning to write shows what looking does not: a lock, a file that is read-only.
            async with database.writing() as session:
                await session.execute(text("SELECT 1"))
        finally:
            await database.close()
    except DatabaseError as error:
        yield Finding("database", Level.FAILED, _naming_its_setting(str(error)))
        return
    name = address.name(address.address(settings.database_url))
    yield Finding("database", Level.OK, f"{name} can be written.")


def _naming_its_setting(sentence: str) -> str:
    return sentence if "DATABASE_URL" in sentence else f"{sentence.rstrip('.')} (DATABASE_URL)."


async def health_port_is_free(settings: Settings) -> Findings:
    """Free, or a running worker's, which then says whether it takes calls."""
    port = settings.health_port
    try:
        socket.create_server(("", port)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            yield await _who_has(port)
            return
        yield _bad_port(port, f"may not be used ({error.strerror})")
        return
    yield Finding("health port", Level.OK, f"{port or 'Any port'} is free for a worker.")


async def _who_has(port: int) -> Finding:
    try:
        # Loopback needs no proxy. Whoever holds the port and does not answer is no worker.
        async with httpx.AsyncClient(trust_env=False, timeout=1.0) as http:
            health = await http.get(f"http://127.0.0.1:{port}/health")
            ready = await http.get(f"http://127.0.0.1:{port}/ready")
    except httpx.HTTPError:
        return _bad_port(port, "is taken by another program")
    if health.text != "alive\n" or ready.status_code not in (200, 503):
        return _bad_port(port, "is taken by another program")
    if ready.status_code == 200:
        return Finding("health port", Level.OK, f"A worker runs on {port} and is ready for calls.")
    return Finding(
        "health port",
        Level.WARNING,
        f"A worker runs on {port} and is not ready: {ready.text.strip()}; see its log.",
    )


def _bad_port(port: int, trouble: str) -> Finding:
    sentence = f"Port {port} {trouble}; set HEALTH_PORT to one that is free."
    return Finding("health port", Level.FAILED, sentence)
