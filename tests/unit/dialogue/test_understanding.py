"""What customers say, and what it means: `utterances.yaml` is the specification."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reception.calls.question import Question
from reception.dialogue.patterns import Meaning, Rule, rules
from reception.dialogue.understanding import Act, Understood, understand

NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("America/Chicago"))
ANY_TIME = "any time"
UNCLEAR = "~"

_FILE = Path(__file__).parent / "utterances.yaml"
_SAID: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
SPECIFIED = [
    (after, text, meant) for after, lines in _SAID.items() for text, meant in lines.items()
]


def heard(text: str, after: str | Question | None, name: str = "Maria Santos") -> Understood:
    question = None if after in (None, ANY_TIME, "nothing") else Question(after)
    return understand(text, question, name=name, now=NOW, agent="Sarah")


YES_ANSWERS = sorted(
    {(text, after) for after, text, _ in SPECIFIED if heard(text, after).is_yes}
    | {
        (text, after)
        for rule in rules("en")
        if rule.means is Act.YES
        for after in rule.after or ("identity", "attend", "book_sure", "cancel_sure")
        for text in rule.examples
        if heard(text, after).is_yes
    }
)
TAKEN_BACK = [
    *(", actually no", " but not tomorrow", " if I can get a ride", ", maybe", ". Or maybe not."),
    *(
        " unless it snows",
        ", but",
        ", I think",
        ", wait, no",
        ", what was it again?",
        ", who is this?",
    ),
    *(
        " except I can't come",
        ", no",
        " at least I hope so",
        ", can we move it?",
        ". Cancel it? No.",
    ),
]


HARMFUL = [
    "yeah, and I'm the queen of England",
    "unless it snows",
    "if the car starts",
    "once hell freezes over, not before",
    "or my sister comes instead",
    "what time was it?",
    "my wife will tell you",
    "could be late though",
    "after I call my boss",
    "joking",
    "only for the first one",
    "but it is a long way",
]
SOMEBODY_ELSE = [
    "Mario",
    "her sister",
    "she is my wife",
    "I'm the nurse",
    "I live with her",
    "but not the one you want",
    "can I take a message for her?",
    "Santos is my sister",
    "I am Lopez",
    "dinner",
]


@pytest.mark.parametrize(("after", "text", "meant"), SPECIFIED)
def test_what_is_said_after_a_question(after: str, text: str, meant: str) -> None:
    understood = heard(text, after)
    assert understood.clear is not meant.startswith(UNCLEAR)
    if meant == UNCLEAR:
        assert not understood.is_yes
        assert not understood.is_no
    else:
        assert understood.acts == {Act(act) for act in meant.strip(UNCLEAR).split()}


ACT_RULES = [rule for rule in rules("en") if not isinstance(rule.means, Meaning)]


def heard_after_each(rule: Rule, texts: tuple[str, ...]) -> list[Understood]:
    after = rule.after or ("nothing", "identity", "attend", "pick_slot")
    return [heard(text, each) for text in texts for each in after if each not in rule.not_after]


@pytest.mark.parametrize("rule", ACT_RULES, ids=lambda rule: str(rule.means))
def test_every_example_of_a_rule_is_understood(rule: Rule) -> None:
    understood = heard_after_each(rule, rule.examples)
    assert [each for each in understood if rule.means not in each.acts or not each.clear] == []


@pytest.mark.parametrize("rule", ACT_RULES, ids=lambda rule: str(rule.means))
def test_no_counter_example_of_a_rule_is(rule: Rule) -> None:
    understood = heard_after_each(rule, rule.not_)
    if rule.means is Act.YES:
        assert [each for each in understood if each.is_yes] == []
    else:
        assert [each for each in understood if rule.means in each.acts] == []


@pytest.mark.parametrize("rule", rules("en"), ids=lambda rule: str(rule.means))
def test_an_answer_that_writes_is_never_searched_for(rule: Rule) -> None:
    """A yes, a no or a choice must account for every word."""
    if rule.means in (Act.YES, Act.NO, Act.KEEP, Meaning.CHOICE, Meaning.WISH):
        assert not rule.anywhere


@pytest.mark.parametrize("tail", TAKEN_BACK)
def test_a_yes_that_is_taken_back_is_never_a_yes(tail: str) -> None:
    for text, after in YES_ANSWERS:
        understood = heard(text.rstrip(".!") + tail, after)
        assert not understood.is_yes, (text + tail, after)
        assert not understood.is_yes_to(NOW), (text + tail, after)


@given(st.sampled_from(YES_ANSWERS), st.sampled_from(TAKEN_BACK), st.sampled_from(YES_ANSWERS))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_not_even_when_another_yes_follows(
    yes: tuple[str, str], tail: str, again: tuple[str, str]
) -> None:
    text, after = yes
    # "What was it again? … Yes." is a yes to what was repeated only after it was repeated.
    assert not heard(f"{text.rstrip('.!')}{tail}. {again[0]}", after).is_yes


@given(st.text(max_size=80), st.sampled_from([None, *Question]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_arbitrary_text_never_raises(text: str, question: Question | None) -> None:
    heard(text, question)


@given(
    st.sampled_from(YES_ANSWERS),
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9).map(lambda word: f"q{word}q"),
    st.booleans(),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_one_word_that_means_nothing_makes_a_yes_unclear_that_does_not_say_what_it_means(
    yes: tuple[str, str], word: str, first: bool
) -> None:
    text, after = yes
    understood = heard(f"{word} {text}" if first else f"{text} {word}", after)
    twice = after in {Question.CANCEL_SURE, Question.BOOK_SURE}
    assert understood.in_so_many_words or twice or not understood.is_yes


@pytest.mark.parametrize(
    ("after", "beside"),
    [
        ("attend", "it's on my fridge"),
        ("attend", "this tooth is killing me"),
        ("attend", "I got it right here on the calendar"),
        ("identity", "how are you doing today?"),
        ("identity", "my tooth is killing me"),
    ],
)
def test_harmless_words_beside_a_yes_in_so_many_words_take_nothing_back(
    after: str, beside: str
) -> None:
    said = {"attend": "I'll be there", "identity": "this is Maria"}[after]
    assert heard(f"{said}, {beside}", after).is_yes
    assert heard(f"{beside}. {said}.", after).is_yes


@pytest.mark.parametrize(
    ("after", "beside"),
    [
        *(("attend", beside) for beside in HARMFUL),
        *(("identity", beside) for beside in SOMEBODY_ELSE),
    ],
)
def test_harmful_words_make_even_that_unclear(after: str, beside: str) -> None:
    said = {"attend": "I'll be there", "identity": "this is Maria"}[after]
    assert not heard(f"{said}, {beside}", after).is_yes
    assert not heard(f"{beside}, {said}", after).is_yes


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=4), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_random_words_are_never_a_yes(words: list[str]) -> None:
    assert not heard(" ".join(f"q{word}" for word in words), Question.ATTEND).is_yes


@pytest.mark.parametrize(
    "piece", ["yes ", "a", "at ten thirty ", "no, ", "this is ", "12/", "\u0301"]
)
def test_long_input_is_unclear(piece: str) -> None:
    assert not heard(piece * (20_000 // len(piece)), Question.ATTEND).clear
    assert not heard(piece * (490 // len(piece)) + " xyzzy", Question.PICK_SLOT).is_yes


def test_a_time_beside_a_yes_must_be_the_time_that_was_asked_about() -> None:
    understood = heard("Yes, see you tomorrow at two thirty.", Question.ATTEND)
    assert not understood.is_yes
    assert understood.is_yes_to(datetime(2026, 11, 24, 14, 30, tzinfo=NOW.tzinfo))
    assert not understood.is_yes_to(datetime(2026, 11, 27, 14, 30, tzinfo=NOW.tzinfo))


@pytest.mark.parametrize("text", ["No wait, yes", "No. Actually yes.", "I can't. Oh wait, I can"])
def test_a_no_that_is_taken_back_is_asked_again(text: str) -> None:
    assert not heard(text, Question.ATTEND).is_yes


@pytest.mark.parametrize(
    ("name", "text", "is_yes"),
    [
        ("José Álvarez", "Yes, this is José Álvarez.", True),
        ("José Álvarez", "this is jose", True),
        ("Siobhán O'Brien", "This is Siobhan O\u2019Brien", True),
        ("Will Smith", "This is Will", True),
        ("Will Smith", "I will get him", False),
        ("Mary Ann Lee", "This is Mary Lee", True),
        ("Mary Ann Lee", "This is Mary Jones", False),
        ("Maria", "this is Maria", True),
        ("", "this is Maria", False),
        ("Maria Santos", "This is Mariana", False),
    ],
)
def test_names(name: str, text: str, is_yes: bool) -> None:
    assert heard(text, Question.IDENTITY, name).is_yes is is_yes


@pytest.mark.parametrize(
    ("text", "is_no"),
    [
        ("No, thank you, goodbye.", True),
        ("No, Friday would be better.", False),
        ("No. Who is this?", False),
        ("No problem", False),
    ],
)
def test_a_clear_no(text: str, is_no: bool) -> None:
    assert heard(text, Question.ATTEND).is_no is is_no
