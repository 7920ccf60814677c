"""One turn, brought to one spelling and cut into clauses."""

import functools
import re
import unicodedata
from dataclasses import dataclass, replace

from reception.dialogue.language_data import language_data

_QUOTES = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "`": "'",
        "\u2026": "...",
        "\u2013": "-",
        "\u2014": " - ",
    }
)
# A colon or a point between digits belongs to a time or a date, any other ends a clause.
_BORDER = re.compile(r"(?<!\d)[.:]|[.:](?!\d)|[!?;,]|\s-+\s|--+|[\r\n]")
_NOT_WORDS = re.compile(r"[^\w'/:.\-]|_|(?<!\d)[-/](?!\d)")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Clause:
    """A stretch of words between two borders."""

    text: str
    asked: bool = False
    """It ends in a question mark."""
    corrects: bool = False
    """It takes back what was said before it ("actually", "no wait")."""
    opposed: bool = False
    """It stands after a "but" or an "only"."""
    unfinished: bool = False
    """Nothing follows the word that opened it ("yes, but")."""


@dataclass(frozen=True)
class _Spelling:
    rewrites: tuple[tuple[re.Pattern[str], str], ...]
    fillers: re.Pattern[str]
    openers: re.Pattern[str]
    unfinished: re.Pattern[str]
    borders: re.Pattern[str]
    called: re.Pattern[str]


def clauses_of(text: str, *, name: str, agent: str | None, language: str) -> list[Clause]:
    """The clauses of a turn, in order, with names replaced by NAME, SURNAME and AGENT.

    CALLED stands for a name that is called out to somebody else.
    """
    spelling = _spelling(language)
    said = _with_names(plain(text), name, agent)
    for pattern, replacement in spelling.rewrites:
        said = pattern.sub(replacement, said)
    clauses: list[Clause] = []
    start = 0
    for border in [*_BORDER.finditer(said), None]:
        end = border.start() if border else len(said)
        asked = border is not None and border.group() == "?"
        words = said[start:end]
        if (
            border is not None
            and border.group() == "!"
            and spelling.called.fullmatch(words.strip())
        ):
            words = "CALLED"
        clauses += _split_at_words(words, asked, spelling)
        start = border.end() if border else end
    return _without_openers(clauses, spelling)


def plain(text: str) -> str:
    """Without case, accents and typographic quotes."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_QUOTES))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


@functools.cache
def _spelling(language: str) -> _Spelling:
    data = language_data(language, "patterns")
    return _Spelling(
        rewrites=tuple((re.compile(old), new) for old, new in data["rewrite"]),
        fillers=re.compile(data["fillers"]),
        openers=re.compile(rf"{data['openers']}\b(?!')"),
        unfinished=re.compile(data["unfinished"]),
        called=re.compile(data["called"]),
        borders=re.compile(
            rf"(?P<corrects>{data['corrections']})|(?P<border>{data['borders']})"
            rf"|(?P<start>{data['starts']})"
        ),
    )


def _with_names(said: str, name: str, agent: str | None) -> str:
    words = plain(name).split()
    if words:
        first, last = re.escape(words[0]), re.escape(words[-1])
        full = " ".join(re.escape(word) for word in words)
        # "I will", "it may": a pronoun before it makes a name like Will an ordinary word.
        ordinary = r"(?<!\bi )(?<!\bhe )(?<!\bshe )(?<!\bit )(?<!\bwe )(?<!\byou )(?<!\bthey )"
        said = re.sub(rf"{ordinary}\b(?:{full}|{first} {last}|{first})\b(?!-)", "NAME", said)
        if len(words) > 1:
            said = re.sub(rf"\b(?:(?:mr|mrs|ms|miss)\.? )?{last}\b", "SURNAME", said)
    if agent:
        said = re.sub(rf"\b{re.escape(plain(agent))}\b", "AGENT", said)
    return said


def _split_at_words(words: str, asked: bool, spelling: _Spelling) -> list[Clause]:
    """Cut at "but", "actually", "can we" and their like. All but the last piece are not asked."""
    said = _SPACES.sub(" ", spelling.fillers.sub(" ", _NOT_WORDS.sub(" ", words))).strip(" .:-'")
    if not said:
        return []
    pieces: list[Clause] = []
    start, corrects, opened = 0, False, False
    for border in [*spelling.borders.finditer(said), None]:
        piece = said[start : border.start() if border else len(said)].strip()
        if piece or corrects or (opened and border is None):
            last = border is None
            unfinished = opened and not piece
            pieces.append(Clause(piece, asked and last, corrects, opened, unfinished))
        if border is None:
            break
        start = border.start() if border["start"] else border.end()
        corrects, opened = border["corrects"] is not None, border["border"] is not None
    return pieces


def _without_openers(clauses: list[Clause], spelling: _Spelling) -> list[Clause]:
    """Drop "well" and its like from the front. A turn that stops after one is unfinished."""
    kept: list[Clause] = []
    for position, clause in enumerate(clauses):
        words = clause.text
        while (opener := spelling.openers.match(words)) and opener.end() <= len(words):
            words = words[opener.end() :].strip()
        last = position == len(clauses) - 1
        cut_off = last and (not words or spelling.unfinished.search(words) is not None)
        unfinished = clause.unfinished or cut_off
        if words or clause.corrects or unfinished:
            kept.append(replace(clause, text=words, unfinished=unfinished))
    return kept
