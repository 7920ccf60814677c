"""What free text of an LLM may not say: `claims.yaml` is the specification, and runs here."""

import asyncio
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reception.calls.call import Call
from reception.database import open_database
from reception.dialogue.claims import Claim, claim, patterns
from reception.dialogue.language_data import language_data
from reception.practice import Practice
from tests.conversations.rehearsal import CHICAGO, Rehearsal, maria

LANGUAGE = "en"
SPECIFIED: dict[str, dict[str, list[str]]] = language_data(LANGUAGE, "claims")
EXAMPLES = [(kind, text) for kind, entry in SPECIFIED.items() for text in entry["examples"]]
COUNTER_EXAMPLES = [(kind, text) for kind, entry in SPECIFIED.items() for text in entry["not"]]

WITHHELD = {
    "asks": Claim.ASKS,
    "written": Claim.WRITTEN,
    "denies_ai": Claim.DENIES_AI,
    "affirms": Claim.AFFIRMS,
    "times": Claim.NAMES_DETAIL,
    "providers": Claim.NAMES_DETAIL,
}
"""Why an example of each kind is withheld; the words of ``own_language`` are the ones to see."""


@pytest.fixture(scope="module")
def on_the_phone(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory, shipped: Practice
) -> dict[bool, Call]:
    """Two calls to Maria, in one of which she is verified, so has heard about her appointment."""
    file = tmp_path_factory.mktemp("claims") / "reception.db"
    shutil.copy(empty_database, file)

    async def held() -> dict[bool, Call]:
        database = await open_database(f"sqlite:///{file}")
        house = Rehearsal(database, shipped)
        both = {False: await house.call("Hmm."), True: await house.call("Yes")}
        await database.close()
        return both

    return asyncio.run(held())


@pytest.fixture
def stranger(on_the_phone: dict[bool, Call]) -> Call:
    return on_the_phone[False]


@pytest.fixture
def verified(on_the_phone: dict[bool, Call]) -> Call:
    return on_the_phone[True]


class TestTheData:
    @pytest.mark.parametrize(("kind", "text"), EXAMPLES)
    def test_an_example_matches(self, kind: str, text: str) -> None:
        assert patterns(LANGUAGE)[kind].search(text)

    @pytest.mark.parametrize(("kind", "text"), COUNTER_EXAMPLES)
    def test_a_counter_example_does_not(self, kind: str, text: str) -> None:
        assert not patterns(LANGUAGE)[kind].search(text)

    @pytest.mark.parametrize("kind", SPECIFIED)
    def test_every_pattern_has_an_example_that_needs_it(self, kind: str) -> None:
        entry = SPECIFIED[kind]
        for pattern in entry["patterns"]:
            matches = re.compile(pattern, re.IGNORECASE).search
            assert any(matches(text) for text in entry["examples"]), pattern


class TestEachKind:
    @pytest.mark.parametrize(
        ("kind", "text"), [(kind, text) for kind, text in EXAMPLES if kind in WITHHELD]
    )
    def test_to_a_stranger_nothing_of_it_is_said(
        self, stranger: Call, kind: str, text: str
    ) -> None:
        found = claim(stranger, text)
        assert found is not None
        if WITHHELD[kind] is Claim.DENIES_AI:
            assert found is Claim.DENIES_AI

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("Does that suit you?", Claim.ASKS),
            ("Tell me your date of birth.", Claim.ASKS),
            ("You're all set.", Claim.WRITTEN),
            ("You\N{RIGHT SINGLE QUOTATION MARK}re all set.", Claim.WRITTEN),
            ("YOU ARE ALL SET", Claim.WRITTEN),
            ("Your appointment is now confirmed?", Claim.ASKS),
            ("I'm not a robot.", Claim.DENIES_AI),
            ("I'm not a robot, am I?", Claim.DENIES_AI),
            ("Yes, that's right.", Claim.AFFIRMS),
            ("No, that's wrong.", Claim.AFFIRMS),
            ("The day is Tuesday, I see.", Claim.NAMES_DETAIL),
            ("You see Dr. Chen there.", Claim.NAMES_DETAIL),
            ("You see Doctor Smith there.", Claim.NAMES_DETAIL),
            ("You need fillings.", Claim.NAMES_DETAIL),
            ("You need a check up.", Claim.NAMES_DETAIL),
            ("You need a checkup.", Claim.NAMES_DETAIL),
            ("Su cita ha sido confirmada.", Claim.FOREIGN),
        ],
    )
    def test_the_reason_that_a_stranger_does_not_hear_it(
        self, stranger: Call, text: str, reason: Claim
    ) -> None:
        assert claim(stranger, text) is reason

    @pytest.mark.parametrize("kind", ["asks", "written", "denies_ai"])
    def test_who_is_verified_does_not_hear_it_either(self, verified: Call, kind: str) -> None:
        texts = SPECIFIED[kind]["examples"]
        assert {claim(verified, text) for text in texts} == {WITHHELD[kind]}

    @pytest.mark.parametrize("text", ["Yes.", "Exactly.", "No, not really.", "You're right."])
    def test_who_is_verified_may_hear_a_yes(self, verified: Call, text: str) -> None:
        assert claim(verified, text) in (None, Claim.FOREIGN)

    @pytest.mark.parametrize(
        "text",
        [
            "I see.",
            "That sounds lovely.",
            "I'm an AI assistant.",
            "I'm sorry to hear that.",
            "I don't know that.",
            "Somebody of the practice can call you back.",
            "I can only talk about that with Maria Santos.",
            "It's about an upcoming appointment.",
            "I'm calling from Main Street Dental Clinic.",
            "Good morning.",
            "One moment, please.",
        ],
    )
    def test_this_everybody_may_hear(self, stranger: Call, verified: Call, text: str) -> None:
        assert claim(stranger, text) is None
        assert claim(verified, text) is None


class TestDetails:
    """Maria comes tomorrow, Tuesday the 24th, at 14:30 for a dental cleaning with Dr. Chen."""

    @pytest.mark.parametrize(
        "text",
        [
            "It's tomorrow.",
            "It's on Tuesday the 24th.",
            "It's at two thirty in the afternoon.",
            "It's your dental cleaning with Dr. Chen at Main Street.",
        ],
    )
    def test_who_is_verified_may_hear_the_appointment_s_own(
        self, stranger: Call, verified: Call, text: str
    ) -> None:
        assert claim(verified, text) is None
        assert claim(stranger, text) is not None

    @pytest.mark.parametrize(
        "text",
        [
            "It's today.",
            "It's on Monday.",
            "It's at two.",
            "It's at 2pm.",
            "It's this afternoon.",
            "It's next Tuesday.",
            "It's on the third.",
            "It's with Dr. Patel.",
            "It's with Dr. Smith.",
            "It's a filling.",
            "It's in an hour.",
        ],
    )
    def test_and_nothing_else(self, verified: Call, text: str) -> None:
        assert claim(verified, text) is Claim.NAMES_DETAIL

    async def test_two_appointments_are_not_mixed(self, house: Rehearsal) -> None:
        later = datetime(2026, 11, 25, 9, tzinfo=CHICAGO).astimezone(UTC)
        second = maria(id="maria-2", starts_at=later, service="filling", provider="dr-patel")
        call = await house.call("Yes", about=(maria(), second))
        assert claim(call, "Your cleaning is tomorrow at two thirty.") is None
        assert claim(call, "Your filling is on Wednesday at nine.") is None
        assert claim(call, "Your filling is tomorrow at nine.") is Claim.NAMES_DETAIL
        assert claim(call, "Your cleaning is with Dr. Patel.") is Claim.NAMES_DETAIL

    async def test_a_time_on_offer_is_not_the_appointment_s(self, house: Rehearsal) -> None:
        call = await house.call("Yes", "Another day please.")
        assert "noon" in call.turns[-1].text
        assert claim(call, "It's at noon.") is Claim.NAMES_DETAIL

    async def test_what_is_cancelled_has_no_time_any_more(self, house: Rehearsal) -> None:
        call = await house.call("Yes", "Cancel it.", "Yes.")
        assert claim(call, "It's tomorrow.") is Claim.NAMES_DETAIL

    async def test_short_names_are_names(self, house: Rehearsal) -> None:
        providers = dict(house.practice.providers)
        providers["dr-patel"] = providers["dr-patel"].model_copy(update={"name": "Dr. Ng"})
        services = dict(house.practice.services)
        services["filling"] = services["filling"].model_copy(update={"name": "flu shot and X-ray"})
        call = await house.with_practice(providers=providers, services=services).call("Hmm.")
        assert claim(call, "I see Ng there.") is Claim.NAMES_DETAIL
        assert claim(call, "I see the flu there.") is Claim.NAMES_DETAIL
        assert claim(call, "I see this and that.") is None
