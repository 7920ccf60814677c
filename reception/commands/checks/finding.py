"""What a check finds, and how a check is kept from raising or taking for ever."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """Calls can be made, but not as well as they could be."""
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    check: str
    level: Level
    sentence: str
    """What is the case, and unless all is well what to do about it. Holds no secret."""


Findings = AsyncIterator[Finding]


@dataclass(frozen=True)
class Check:
    """Something to look at. It says nothing of what another check tells already."""

    name: str
    look: Callable[[], Findings]
    too_late: str | None
    """What to say when ``look`` takes too long; None where another check tells."""

    async def findings(self, patience: float) -> list[Finding]:
        """What was found within ``patience`` seconds. Never raises."""
        found: list[Finding] = []
        try:
            async with asyncio.timeout(patience):
                async for finding in self.look():
                    found.append(finding)
        except TimeoutError:
            if self.too_late is not None:
                found.append(Finding(self.name, Level.FAILED, self.too_late))
        except Exception as error:
            # One broken check must not hide the others. Its text may quote a secret, its type not.
            sentence = f"This could not be checked ({type(error).__name__}); please report it."
            found.append(Finding(self.name, Level.FAILED, sentence))
        return found
