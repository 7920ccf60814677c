"""Numbers in words, as a speech recogniser may leave them. The words come from num2words."""

import functools
import re
from collections.abc import Iterable

from num2words import num2words  # type: ignore[import-untyped]

_WORD_GAP = re.compile(r"[\s-]+")


def cardinal(number: int, language: str) -> str:
    """`twenty-one`"""
    return str(num2words(number, lang=language))


def ordinal_figure(number: int, language: str) -> str:
    """`21st`"""
    return str(num2words(number, lang=language, to="ordinal_num"))


@functools.cache
def cardinals(language: str) -> dict[str, int]:
    """`five` and `twenty five` to their numbers, 0 to 99."""
    return {_spelling(cardinal(n, language)): n for n in range(100)}


@functools.cache
def ordinals(language: str) -> dict[str, int]:
    """`fifth` and `5th` to their numbers, 1 to 31: the days of a month."""
    spelled = {_spelling(num2words(n, lang=language, to="ordinal")): n for n in range(1, 32)}
    written = {ordinal_figure(n, language): n for n in range(1, 32)}
    return spelled | written


def either_of(words: Iterable[str]) -> str:
    """A pattern for one of the words, the longest first so that `six` does not cut `sixteen`."""
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word) for word in longest_first) + ")"


def in_digits(text: str, language: str) -> str:
    """`june twenty first eighty five` becomes `june 21st 85`; other words stay as they are."""
    days = {word: ordinal_figure(n, language) for word, n in ordinals(language).items()}
    numbers = {word: str(n) for word, n in cardinals(language).items()}
    table = numbers | days
    pattern = rf"\b{either_of(table)}\b"
    return re.sub(pattern, lambda match: table[match.group()], _WORD_GAP.sub(" ", text))


def _spelling(words: str) -> str:
    return _WORD_GAP.sub(" ", words)
