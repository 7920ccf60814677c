"""Who may be spoken to: for somebody else, for one of two of a name, and after the phone moved."""

from datetime import UTC, date, datetime

import pytest

from reception.appointments.models import (
    Appointment,
    AppointmentStatus,
    Authority,
    Customer,
    Relation,
)
from reception.calls.outcome import OutcomeKind
from reception.calls.records import TaskReason
from reception.calls.result import DecisionKind, RequestKind
from reception.calls.turn import Stage
from reception.practice import Verification
from tests.conversations.misbehaving import DETAILS, TED, named_in
from tests.conversations.rehearsal import CHICAGO, Rehearsal, all_said, maria, recipient, spoken
from tests.provider.minds import mind_of
from tests.provider.openai_server import OpenAIServer, Reply

SCHEDULED = AppointmentStatus.SCHEDULED
CONFIRMED = AppointmentStatus.CONFIRMED


def for_leo(authority: Authority = Authority.CHANGE) -> Appointment:
    """Anna Nowak is called about her son Leo's cleaning."""
    return maria(
        id="leo-1",
        customer=Customer(id="leo", name="Leo Nowak", date_of_birth=date(2017, 9, 30)),
        recipient=recipient(name="Anna Nowak", relation=Relation.PARENT, authority=authority),
    )


class TestForSomebodyElse:
    @pytest.mark.parametrize("relation", [Relation.PARENT, Relation.CARER])
    async def test_they_hear_whose_it_is_and_confirm_it(
        self, house: Rehearsal, relation: Relation
    ) -> None:
        about = for_leo()
        about = about.model_copy(
            update={"recipient": about.recipient.model_copy(update={"relation": relation})}
        )
        call = await house.call("Yes, this is Anna.", "Yes, he'll be there.", about=(about,))
        assert (await house.book.appointment("leo-1")).status is CONFIRMED
        assert "Leo's dental cleaning" in all_said(call)

    async def test_the_birth_date_is_that_of_whom_it_is_for(self, house: Rehearsal) -> None:
        strict = house.with_practice(verification=Verification.NAME_AND_BIRTH_DATE)
        call = await strict.call("Yes", "September 30th, 2017", "Yes", about=(for_leo(),))
        assert (await house.book.appointment("leo-1")).status is CONFIRMED
        assert "the person" in spoken(call)[1].text

    async def test_the_child_who_picks_up_hears_nothing(self, house: Rehearsal) -> None:
        call = await house.call("No, this is Leo.", "When is it?", about=(for_leo(),))
        assert (await house.book.appointment("leo-1")).status is SCHEDULED
        assert named_in(all_said(call), DETAILS) == []


class TestWhoMayOnlyDiscuss:
    @pytest.mark.parametrize(
        "wish",
        ["Cancel it.", "Could we do Friday instead?", "No, he can't make it.", "Cancel both"],
    )
    async def test_a_wish_is_left_to_the_desk_in_their_words(
        self, house: Rehearsal, wish: str
    ) -> None:
        about = for_leo(Authority.DISCUSS)
        call, line = await house.begin(about)
        await line.says("Yes")
        assert "Leo's dental cleaning" in call.turns[-1].text, "they may hear about it"
        await line.says(wish)
        assert await house.book.appointment("leo-1") == about
        (task,) = await house.ledger.tasks()
        assert task.reason is TaskReason.CHANGE_WANTED
        assert wish in task.note
        assert task.appointment_ids == ("leo-1",)
        assert "shall I" not in all_said(call), "nothing is asked that they may not answer"
        await line.says("No, bye")
        await line.close()
        assert call.decisions["leo-1"].kind is DecisionKind.CHANGE_REQUESTED
        assert call.outcome.kind is OutcomeKind.CHANGE_REQUESTED

    async def test_they_may_say_that_the_customer_comes(self, house: Rehearsal) -> None:
        await house.call("Yes", "Yes, he'll come", about=(for_leo(Authority.DISCUSS),))
        assert (await house.book.appointment("leo-1")).status is CONFIRMED


class TestTwoOfOneName:
    def hers(self) -> Appointment:
        mother = Customer(id="mother", name="Maria Santos", date_of_birth=date(1960, 6, 12))
        at = datetime(2026, 11, 25, 9, tzinfo=CHICAGO).astimezone(UTC)
        return maria(id="mother-1", customer=mother, starts_at=at, service="filling")

    async def test_the_birth_date_decides_and_the_other_stays_undecided(
        self, house: Rehearsal
    ) -> None:
        lines = ("Yes", "June 12th, 1960", "Yes, I'll be there", "No, bye")
        call = await house.call(*lines, about=(maria(), self.hers()))
        assert (await house.book.appointment("mother-1")).status is CONFIRMED
        assert (await house.book.appointment("maria-1")).status is SCHEDULED
        assert "cleaning" not in all_said(call), "that is the daughter's"
        assert call.outcome.kind is OutcomeKind.UNRESOLVED, "not confirmed: one is open"
        (task,) = await house.ledger.tasks()
        assert "maria-1" in task.note
        assert "mother-1" not in task.note
        settled = await house.ledger.settled(call.id)
        assert settled is not None
        kinds = {d["appointment_id"]: d["kind"] for d in settled.decisions}
        assert kinds == {"maria-1": "undecided", "mother-1": "confirmed"}

    async def test_both_of_them_does_not_reach_what_was_not_named(self, house: Rehearsal) -> None:
        lines = ("Yes", "June 12th, 1960", "Yes, both of them.")
        await house.call(*lines, about=(maria(), self.hers()))
        assert (await house.book.appointment("maria-1")).status is SCHEDULED

    async def test_a_name_is_not_enough_where_only_one_of_them_is_called_about(
        self, house: Rehearsal
    ) -> None:
        at = datetime(2026, 12, 14, 9, tzinfo=CHICAGO).astimezone(UTC)
        await house.file(self.hers().model_copy(update={"starts_at": at}))
        call = await house.call("Yes, this is Maria Santos.", "June 12th, 1960", "Yes")
        assert (await house.book.appointment("maria-1")).status is SCHEDULED
        assert not any(turn.verified for turn in call.turns)
        assert named_in(all_said(call), DETAILS) == []

    async def test_another_name_on_the_number_changes_nothing(self, house: Rehearsal) -> None:
        james = Customer(id="james", name="James Santos", date_of_birth=date(1984, 1, 1))
        other = self.hers().model_copy(
            update={"customer": james, "recipient": recipient(name="James Santos")}
        )
        await house.file(other)
        await house.call("Yes", "Yes")
        assert (await house.book.appointment("maria-1")).status is CONFIRMED


class TestThePhoneChangesHands:
    async def test_nothing_of_the_former_reaches_the_next_ones_llm(
        self, house: Rehearsal, provider: OpenAIServer
    ) -> None:
        lines = ("Yes", TED, "Another day", TED, "Hold on, I'll put my husband on.", "Hello?", TED)
        call = await house.call(*lines, mind=mind_of(provider, Reply("I see.")))
        assert call.stage is Stage.GREETER
        assert not call.verified
        stranger = provider.requests[-1]
        assert named_in(stranger.text, DETAILS) == []
        assert "Hold on" not in stranger.text
        assert len(named_in(provider.requests[0].text, DETAILS)) >= 5, "it could have been seen"

    async def test_the_next_one_answers_no_question_that_the_former_was_asked(
        self, house: Rehearsal
    ) -> None:
        lines = ("Yes", "Cancel it", "Wait, my husband wants to talk to you", "Yes", "Yes", "Yes")
        await house.call(*lines)
        assert (await house.book.appointment("maria-1")).status is not AppointmentStatus.CANCELLED

    async def test_all_are_named_anew_to_whoever_comes_back(self, house: Rehearsal) -> None:
        at = datetime(2026, 11, 25, 9, tzinfo=CHICAGO).astimezone(UTC)
        about = (maria(), maria(id="maria-2", starts_at=at, service="filling"))
        lines = ("Yes", "Hold on, I'll put my husband on.", "Hello?", "Yes, both of them")
        call = await house.call(*lines, about=about)
        for appointment in about:
            assert (await house.book.appointment(appointment.id)).status is SCHEDULED
        assert not call.verified


class TestStopCalling:
    @pytest.mark.parametrize(
        ("before", "decided"),
        [
            (["Yes", "Yes, I'll be there"], DecisionKind.CONFIRMED),
            (["Yes", "Another day", "The first one"], DecisionKind.RESCHEDULED),
            (["Yes", "Cancel it", "Yes"], DecisionKind.CANCELLED),
        ],
    )
    async def test_it_outranks_a_receipt_and_erases_none(
        self, house: Rehearsal, before: list[str], decided: DecisionKind
    ) -> None:
        call = await house.call(*before, "And take me off your list")
        kept = await house.book.appointment("maria-1")
        assert (kept.status, kept.starts_at) != (SCHEDULED, maria().starts_at)
        assert await house.ledger.do_not_call("+12175550142") is not None
        settled = await house.ledger.settled(call.id)
        assert settled is not None
        assert settled.kind == OutcomeKind.OPTED_OUT
        assert settled.decisions[0]["kind"] == decided
        assert settled.decisions[0]["evidence"]["proof"] == "Receipt"

    async def test_a_change_that_was_begun_leaves_the_old_time_and_the_offer_free(
        self, house: Rehearsal
    ) -> None:
        call = await house.call("Yes", "Another day", "Just stop calling me")
        assert await house.book.appointment("maria-1") == maria()
        rival = maria(id="rival", starts_at=call.offered[0].starts_at)
        await house.file(rival)
        assert (await house.book.appointment("rival")).starts_at == call.offered[0].starts_at
        assert call.outcome.kind is OutcomeKind.OPTED_OUT

    @pytest.mark.parametrize(
        "before",
        [
            [],
            ["No, this is her husband."],
            ["Please state your name and the reason for calling.", "Hello?"],
            ["Please state your name and the reason for calling."],
        ],
    )
    async def test_whoever_has_the_number_may_say_so(
        self, house: Rehearsal, before: list[str]
    ) -> None:
        call = await house.call(*before, "Don't ever call this number again.")
        assert await house.ledger.do_not_call("+12175550142") is not None
        assert call.outcome.kind is OutcomeKind.OPTED_OUT
        assert [r.kind for r in call.requests] == [RequestKind.OPT_OUT]
        assert not call.verified
