"""Between an LLM and everything else: no sentence of it reaches anybody unchecked.

Here, because this is the only place before voice, transcript, history and trace part. An LLM
states; it does not ask. The open question is put after its words, so that a "yes" always answers
a question of ours.
"""

import logging
import re
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence

from livekit.agents import FlushSentinel, llm, tokenize

from reception.calls.call import Call
from reception.calls.turn import Route, Words
from reception.dialogue.claims import Claim, claim
from reception.dialogue.pauses import without_markup
from reception.dialogue.questions import ask_again
from reception.dialogue.wording import word
from reception.voice.policy_llm import chunk, reply, words_chunk

logger = logging.getLogger(__name__)

_TOKENIZER = tokenize.blingfire.SentenceTokenizer(min_sentence_len=1)
_WHOLE = re.compile(r"[.!?…][\"'”\N{RIGHT SINGLE QUOTATION MARK})\]]*$")

_THE_POLICY = (Route.POLICY, Route.FALLBACK)

Chunk = llm.ChatChunk | FlushSentinel


class Sentences:
    """Text in pieces becomes whole sentences; "Dr. Chen" and "2.30" do not end one."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> list[str]:
        """The sentences that are complete by now."""
        self._rest += text
        found = _TOKENIZER.tokenize(self._rest + "Next")
        whole, self._rest = found[:-1], found[-1].removesuffix("Next")
        return whole

    def finish(self) -> list[str]:
        """The last sentence, if it came to its end; a piece of one is dropped."""
        rest, self._rest = self._rest.strip(), ""
        ended = _WHOLE.search(rest) and len(_TOKENIZER.tokenize(f"{rest} Next")) > 1
        return [rest] if ended else []


async def guarded(
    call: Call,
    chat_ctx: llm.ChatContext,
    stream: AsyncIterable[llm.ChatChunk | str | FlushSentinel],
) -> AsyncIterator[Chunk]:
    """Pass on what an LLM may say, at most one tool call, and the open question at the end.

    What the policy says on the last rung passes as it is; half a sentence before it is dropped.
    Where nothing is left of a reply, the policy's own move takes its place.
    """
    sentences, answered = Sentences(), False
    said: list[Words] = []
    async for piece in stream:
        if not isinstance(piece, llm.ChatChunk):
            raise TypeError(f"a model streams chunks, not {type(piece).__name__}")
        if piece.usage is not None:
            yield llm.ChatChunk(id=piece.id, usage=piece.usage)
        delta = piece.delta
        if delta is None or answered:
            continue
        if _from_policy(delta):
            answered = True
            yield piece
            continue
        for words in _allowed(call, sentences.feed(without_markup(delta.content or "")), said):
            yield _next_words(said, words)
            yield FlushSentinel()
        if delta.tool_calls:
            answered = True
            yield _one_tool(piece, delta)
    if answered:
        return
    for words in _allowed(call, sentences.finish(), said):
        yield _next_words(said, words)
    if said:
        yield _next_words(said, ask_again(call))
    else:
        yield chunk(call, reply(call, chat_ctx), Route.FALLBACK)


def _from_policy(delta: llm.ChoiceDelta) -> bool:
    return delta.extra is not None and delta.extra.get("route") in _THE_POLICY


def _allowed(call: Call, sentences: Sequence[str], said: Sequence[Words]) -> Iterator[Words]:
    """Each sentence as it may be said: as it is, not at all, or with the truth in its place."""
    for sentence in sentences:
        match claim(call, sentence):
            case None:
                yield Words(f"{sentence} ")
            case Claim.DENIES_AI:
                truth = word(call, "ai")
                if not any(words.used == truth.used for words in said):
                    yield Words(f"{truth.text} ", truth.used)
            case withheld:
                logger.info("withheld a sentence of the LLM: %s", withheld)


def _next_words(said: list[Words], words: Words) -> llm.ChatChunk:
    """A message keeps the ``extra`` of its last piece, so each piece names all that was used."""
    said.append(words)
    used = tuple(use for each in said for use in each.used)
    return words_chunk(Words(words.text, used, words.asks), Route.LLM)


def _one_tool(piece: llm.ChatChunk, delta: llm.ChoiceDelta) -> llm.ChatChunk:
    """Two tools in one step would be dropped together by the framework: the first one counts.

    It gets an id of ours, for writes and answers go by it and some providers use one id twice.
    """
    tool = delta.tool_calls[0].model_copy(update={"call_id": f"llm_{uuid.uuid4().hex[:8]}"})
    first = delta.model_copy(update={"content": None, "tool_calls": [tool]})
    return piece.model_copy(update={"delta": first, "usage": None})
