"""What the providers charge for a call. What is not known is unknown, never nothing."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

_FILE = Path(__file__).with_name("prices.yaml")
_MILLION = Decimal(1_000_000)
_SIXTY = Decimal(60)
_CENTS = Decimal("0.000001")


@dataclass(frozen=True)
class Usage:
    """What one request to a model used. ``seconds`` are of sound, heard or spoken."""

    model: str
    input_tokens: int = 0
    cached_tokens: int = 0
    """Of the input, read from the provider's cache."""
    output_tokens: int = 0
    characters: int = 0
    seconds: float = 0.0


class Price(BaseModel):
    """One model's price, in US dollars; see prices.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Decimal | None = Field(default=None, ge=0)
    cached_input: Decimal | None = Field(default=None, ge=0)
    output: Decimal | None = Field(default=None, ge=0)
    characters: Decimal | None = Field(default=None, ge=0)
    minutes: Decimal | None = Field(default=None, ge=0)
    free: bool = False
    source: str | None = None
    as_of: date | None = None

    @model_validator(mode="after")
    def _says_where_from(self) -> Self:
        if not self.free and (self.source is None or self.as_of is None):
            raise ValueError("a price needs its source and as_of")
        return self

    def of(self, usage: Usage) -> Decimal | None:
        """In dollars; None where this price says nothing of what was used."""
        if self.free:
            return Decimal(0)
        if self.minutes is not None:
            return self.minutes * Decimal(str(usage.seconds)) / _SIXTY
        if self.characters is not None:
            return self.characters * usage.characters / _MILLION
        if self.input is None or self.output is None:
            return None
        cached = self.input if self.cached_input is None else self.cached_input
        fresh = usage.input_tokens - usage.cached_tokens
        paid = self.input * fresh + cached * usage.cached_tokens + self.output * usage.output_tokens
        return paid / _MILLION


class Prices(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    models: Mapping[str, Price]

    def of(self, usages: Iterable[Usage]) -> Decimal | None:
        """All of it in dollars; None as soon as one part is unknown."""
        total = Decimal(0)
        for usage in usages:
            price = self.models.get(usage.model)
            part = None if price is None else price.of(usage)
            if part is None:
                return None
            total += part
        return total.quantize(_CENTS)


@functools.cache
def prices() -> Prices:
    """The prices that come with the program."""
    return Prices.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def in_words(dollars: Decimal | None) -> str:
    """What something cost, for a reader: to a hundredth of a cent."""
    return "unknown" if dollars is None else f"${dollars:.4f}"


@dataclass
class Meter:
    """What a call has used so far, by model, and by its latest turn."""

    _in_all: dict[str, Usage] = field(default_factory=dict)
    _since_turn: list[Usage] = field(default_factory=list)

    def add(self, usage: Usage) -> None:
        self._since_turn.append(usage)
        self._in_all[usage.model] = _sum(self._in_all.get(usage.model), usage)

    def next_turn(self) -> tuple[Usage, ...]:
        """What was used since this was asked last."""
        used = tuple(self._since_turn)
        self._since_turn.clear()
        return used

    @property
    def usages(self) -> tuple[Usage, ...]:
        return tuple(self._in_all.values())

    @property
    def dollars(self) -> Decimal | None:
        """None where the price of a model is unknown."""
        return prices().of(self.usages)


def _sum(before: Usage | None, more: Usage) -> Usage:
    if before is None:
        return more
    return Usage(
        more.model,
        before.input_tokens + more.input_tokens,
        before.cached_tokens + more.cached_tokens,
        before.output_tokens + more.output_tokens,
        before.characters + more.characters,
        before.seconds + more.seconds,
    )
