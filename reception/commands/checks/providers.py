"""The services that hear and speak: reachable, each key accepted, the models known."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx

from reception.commands.checks.finding import Finding, Findings, Level


@dataclass(frozen=True)
class Provider:
    """A service, the request that shows whether it takes a key, and the settings behind it."""

    name: str
    base_url: str
    base_url_setting: str
    path: str
    scheme: str
    """Before the key, in the header ``Authorization``."""
    keys: tuple[str, ...] = field(repr=False)
    keys_setting: str
    models: Mapping[str, str] = field(default_factory=dict)
    """Models that its answer is to list, by the setting that chooses them."""
    when_not_found: Level = Level.FAILED
    """What it means when the server does not know this request."""

    @property
    def where(self) -> str:
        """For people; without user, password and query, which may be secret."""
        try:
            host = urlsplit(self.base_url).netloc.rpartition("@")[2]
        except ValueError:
            host = ""
        return f"{self.name} at {host or 'an address without a host'}"

    @property
    def too_late(self) -> str:
        return f"{self.where} does not answer; {self.check_address}"

    @property
    def check_address(self) -> str:
        return f"check {self.base_url_setting}, and the way to it from here."

    def key(self, position: int) -> str:
        """What to call a key, which is never shown."""
        only = len(self.keys) == 1
        return self.keys_setting if only else f"key {position} of {self.keys_setting}"

    def finds(self, level: Level, what: str) -> Finding:
        return Finding(self.name, level, f"{self.where} {what}")


@dataclass(frozen=True)
class _Answer:
    key: str
    finding: Finding
    models: frozenset[str] | None = None
    """Those that it lists for this key; None where the key was not accepted."""


async def keys_are_accepted(provider: Provider) -> Findings:
    """Ask with every key at once. What all keys meet alike, a dead server, is told once."""
    if not provider.keys:
        sentence = f"{provider.keys_setting} holds no key; set it to one, or several with commas."
        yield Finding(provider.name, Level.FAILED, sentence)
        return
    # Unlike LiveKit's, these are reached through the proxy that the environment names, if any. The
    # whole check is bounded, so that a server that hangs is told once and not for each key.
    async with httpx.AsyncClient(timeout=None) as http:
        answers = await asyncio.gather(
            *(
                _ask(http, provider, provider.key(position), key)
                for position, key in enumerate(provider.keys, 1)
            )
        )
    for finding in dict.fromkeys(answer.finding for answer in answers):
        yield finding
    for finding in _models(provider, answers):
        yield finding


async def _ask(http: httpx.AsyncClient, provider: Provider, name: str, key: str) -> _Answer:
    if not (key.isascii() and key.isprintable()):
        trouble = f"cannot be asked: {name} holds a character that no key has; copy it anew."
        return _Answer(name, provider.finds(Level.FAILED, trouble))
    try:
        response = await http.get(
            provider.base_url.rstrip("/") + provider.path,
            headers={"Authorization": f"{provider.scheme} {key}"},
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        trouble = f"cannot be reached ({type(error).__name__}); {provider.check_address}"
        return _Answer(name, provider.finds(Level.FAILED, trouble))
    if response.status_code != httpx.codes.OK:
        return _Answer(name, provider.finds(*_refused(provider, name, response.status_code)))
    listed = _listed(response)
    if listed is None:
        trouble = f"answers in another protocol; {provider.check_address}"
        return _Answer(name, provider.finds(Level.FAILED, trouble))
    return _Answer(name, provider.finds(Level.OK, f"accepts {name}."), listed)


def _refused(provider: Provider, key: str, status: int) -> tuple[Level, str]:
    match status:
        case 401:
            return Level.FAILED, f"refuses {key}; replace it or take it out."
        case 403:
            # A key may be allowed to talk and yet not to ask this.
            return Level.WARNING, f"does not let {key} ask what it may; check what it is allowed."
        case 429:
            return Level.WARNING, f"limits {key} at the moment; see what its plan allows."
        case 404:
            trouble = f"does not know {provider.path} (HTTP 404), so no key could be checked"
            return provider.when_not_found, f"{trouble}; check {provider.base_url_setting}."
        case _:
            trouble = f"answers with an error (HTTP {status})"
            return Level.FAILED, f"{trouble}; try again, or check {provider.base_url_setting}."


def _listed(response: httpx.Response) -> frozenset[str] | None:
    """The ids under ``data``, where OpenAI lists models; None when it is not an object."""
    try:
        body: Any = response.json()
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    data = body.get("data")
    entries = data if isinstance(data, list) else []
    return frozenset(str(entry.get("id")) for entry in entries if isinstance(entry, dict))


def _models(provider: Provider, answers: Iterable[_Answer]) -> Iterable[Finding]:
    accepted = {answer.key: answer.models for answer in answers if answer.models is not None}
    if not accepted:
        return
    for setting, model in provider.models.items():
        lacking = [key for key, models in accepted.items() if model not in models]
        if not lacking:
            yield provider.finds(Level.OK, f"knows {model}.")
            continue
        for_whom = "" if len(provider.keys) == 1 else f" for {', '.join(lacking)}"
        yield provider.finds(Level.WARNING, f"does not list {model}{for_whom}; check {setting}.")
