"""What passes the guard: whole sentences, at most one tool, and our question at the end."""

from collections.abc import AsyncIterator, Iterable

import pytest
from livekit.agents import FlushSentinel, llm

from reception.calls.call import Call
from reception.calls.question import Question
from reception.calls.turn import Route
from reception.dialogue.questions import ask_again
from reception.voice.policy_llm import read_extra, words_chunk
from reception.voice.truth_guard import Sentences, guarded
from tests.conversations.rehearsal import Rehearsal

TED = "My cousin Ted got a new boat."


WHOLE = {
    "one": ["I see."],
    "two": ["I see.", "That sounds lovely!"],
    "a title": ["You see Dr. Chen.", "He is kind."],
    "titles": ["I spoke to Mr. and Mrs. Santos.", "Fine."],
    "a time": ["It's at 2.30 in the afternoon.", "Good."],
    "p.m.": ["It is at 2 p.m. tomorrow.", "Good."],
    "dots": ["Let me see...", "Yes."],
    "quoted": ['He said "yes."', "Then he left."],
}


class TestSentences:
    @pytest.mark.parametrize("size", [1, 3, 1000])
    @pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE.keys())
    def test_however_it_is_cut_up_it_comes_out_in_sentences(
        self, whole: list[str], size: int
    ) -> None:
        text, sentences = " ".join(whole), Sentences()
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        found = [one for piece in pieces for one in sentences.feed(piece)]
        assert found + sentences.finish() == whole

    def test_a_sentence_comes_out_as_soon_as_the_next_one_can_begin(self) -> None:
        sentences = Sentences()
        assert sentences.feed("I see.") == []
        assert sentences.feed(" ") == ["I see."]

    @pytest.mark.parametrize(
        "piece",
        ["Boats are", "You may ask Dr.", "It's with Mr. and Mrs.", "Your turn,", "I see\nSo", " "],
    )
    def test_what_does_not_come_to_its_end_is_dropped(self, piece: str) -> None:
        sentences = Sentences()
        assert sentences.feed(f"I see. {piece}") == ["I see."]
        assert sentences.finish() == []

    def test_after_the_end_it_starts_anew(self) -> None:
        sentences = Sentences()
        sentences.feed("Half a")
        sentences.finish()
        sentences.feed("I see.")
        assert sentences.finish() == ["I see."]


def says(text: str) -> llm.ChatChunk:
    return llm.ChatChunk(id="1", delta=llm.ChoiceDelta(role="assistant", content=text))


def calls(*names: str, text: str | None = None) -> llm.ChatChunk:
    tools = [llm.FunctionToolCall(name=name, arguments="{}", call_id="call_0") for name in names]
    delta = llm.ChoiceDelta(role="assistant", content=text, tool_calls=tools)
    return llm.ChatChunk(id="1", delta=delta)


def tokens(count: int) -> llm.ChatChunk:
    usage = llm.CompletionUsage(completion_tokens=count, prompt_tokens=0, total_tokens=count)
    return llm.ChatChunk(id="1", usage=usage)


async def streamed(pieces: Iterable[llm.ChatChunk]) -> AsyncIterator[llm.ChatChunk]:
    for piece in pieces:
        yield piece


class Passed:
    """What came through the guard."""

    def __init__(self, pieces: list[llm.ChatChunk | FlushSentinel]) -> None:
        self.pieces = pieces
        self.chunks = [piece for piece in pieces if isinstance(piece, llm.ChatChunk)]
        self.deltas = [chunk.delta for chunk in self.chunks if chunk.delta is not None]
        self.text = "".join(delta.content or "" for delta in self.deltas)
        self.tools = [tool for delta in self.deltas for tool in delta.tool_calls]
        self.extra = self.deltas[-1].extra or {}


@pytest.fixture
async def call(house: Rehearsal) -> Call:
    """Maria is verified and was asked whether she comes."""
    call, line = await house.begin()
    await line.says("Yes")
    await line.hangs_up()
    return call


async def guard(call: Call, *pieces: llm.ChatChunk) -> Passed:
    heard = llm.ChatContext.empty()
    heard.add_message(role="user", content=TED)
    return Passed([piece async for piece in guarded(call, heard, streamed(pieces))])


class TestTheGuard:
    async def test_our_question_follows_what_the_llm_may_say(self, call: Call) -> None:
        passed = await guard(call, says("That sou"), says("nds lovely. I like bo"), says("ats."))
        assert passed.text == f"That sounds lovely. I like boats. {ask_again(call).text}"
        route, used, asks = read_extra(passed.extra)
        assert route is Route.LLM
        assert used == ask_again(call).used
        assert asks is not None
        assert asks.question is Question.ATTEND

    async def test_each_sentence_is_let_go_at_once(self, call: Call) -> None:
        passed = await guard(call, says("That sounds lovely. I like boats. "))
        kinds = [type(piece) for piece in passed.pieces]
        flushed = [llm.ChatChunk, FlushSentinel]
        assert kinds == [*flushed, *flushed, llm.ChatChunk]

    async def test_one_sentence_is_withheld_and_the_others_are_said(self, call: Call) -> None:
        passed = await guard(call, says("I see. You're all set. That sounds lovely. "))
        assert passed.text == f"I see. That sounds lovely. {ask_again(call).text}"

    async def test_half_a_sentence_is_not_said(self, call: Call) -> None:
        passed = await guard(call, says("I see. Boats are the best of"))
        assert passed.text == f"I see. {ask_again(call).text}"

    @pytest.mark.parametrize("nothing", ["", "You're all set.", "Half a", "Shall I cancel it?"])
    async def test_where_nothing_is_left_the_policy_answers(self, call: Call, nothing: str) -> None:
        passed = await guard(call, says(nothing))
        route, used, asks = read_extra(passed.extra)
        assert route is Route.FALLBACK
        assert used[0].startswith("clarify.")
        assert asks is not None
        assert asks.question is Question.ATTEND

    async def test_a_denial_becomes_the_truth_once(self, call: Call) -> None:
        passed = await guard(call, says("I'm not a robot. I see. I'm a real person. "))
        assert passed.text.count("AI") == 1
        assert "I see. " in passed.text
        used = read_extra(passed.extra)[1]
        assert [use.partition("#")[0] for use in used] == ["ai", "attend.ask"]

    async def test_of_several_tools_the_first_is_called_under_an_id_of_its_own(
        self, call: Call
    ) -> None:
        both = await guard(call, calls("to_rescheduling", "end_call"), calls("to_greeter"))
        again = await guard(call, calls("to_rescheduling"))
        assert [tool.name for tool in both.tools] == ["to_rescheduling"]
        assert both.text == ""
        assert both.tools[0].call_id != again.tools[0].call_id

    async def test_what_comes_after_a_tool_is_not_said(self, call: Call) -> None:
        passed = await guard(call, calls("to_greeter", text="You're set."), says("I see. Good. "))
        assert passed.text == ""
        assert len(passed.tools) == 1

    async def test_words_before_a_tool_are_guarded_too(self, call: Call) -> None:
        passed = await guard(call, says("I see. I've booked it. So "), calls("to_rescheduling"))
        assert passed.text == "I see. "
        assert [tool.name for tool in passed.tools] == ["to_rescheduling"]

    async def test_the_last_rung_speaks_in_place_of_the_rest(self, call: Call) -> None:
        policy = words_chunk(ask_again(call), Route.POLICY)
        passed = await guard(call, says("I see. Boats are the be"), policy, says("Never heard."))
        assert passed.text == f"I see. {ask_again(call).text}"
        assert passed.deltas[-1] == policy.delta

    async def test_tokens_are_still_counted(self, call: Call) -> None:
        passed = await guard(call, says("I see."), calls("end_call"), tokens(7))
        assert [chunk.usage for chunk in passed.chunks if chunk.usage] == [tokens(7).usage]

    async def test_it_changes_nothing_for_a_turn_may_be_dropped(self, call: Call) -> None:
        before = repr(call)
        await guard(call, says("I'm not a robot. I see."), calls("end_call"))
        assert repr(call) == before
