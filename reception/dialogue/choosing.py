"""Which of the offered times a customer means. One, beyond doubt, or none."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from reception.appointments.models import Appointment, Slot, Weekday, Wish
from reception.calls.call import Call
from reception.calls.question import Question
from reception.dialogue.understanding import Act, Understood
from reception.dialogue.wishes import agrees


def chosen(call: Call, heard: Understood) -> Slot | None:
    """The slot that the customer clearly took, if it is one that was offered."""
    asked = call.open_question
    if asked is None or not heard.clear or heard.acts & {Act.NO, Act.UNSURE, Act.RESCHEDULE}:
        return None
    match asked.question:
        case Question.BOOK_SURE:
            slot = call.handed_out.get(asked.subject or "")
            return slot if slot and heard.is_yes_to(local_start(call, slot)) else None
        case Question.PICK_SLOT if not (heard.enquires or excludes(heard)):
            return pointed_at(call, heard)
        case _:
            return None


def excludes(heard: Understood) -> bool:
    """Whether they only say which days do not suit: "any day but Monday"."""
    return heard.wish is not None and bool(heard.wish.not_weekdays)


def pointed_at(call: Call, heard: Understood) -> Slot | None:
    """The one offered slot that their words go for, clear or not."""
    offered = call.offered
    if heard.choice is not None:
        index = heard.choice if heard.choice < 0 else heard.choice - 1
        return offered[index] if -len(offered) <= index < len(offered) else None
    if heard.wish is not None:
        among = suiting(call, offered, heard.wish)
        return among[0] if len(among) == 1 else None
    if Act.ANY in heard.acts or (heard.is_yes and len(offered) == 1):
        return offered[0] if offered else None
    return None


def wished(call: Call, heard: Understood | None) -> Wish | None:
    """When they would like to come; "an hour later" and "another day" are of the appointment."""
    if heard is None:
        return None
    start = local_start(call, call.subject)
    if heard.shift is not None and (heard.shift or heard.wish):
        moved = start + heard.shift
        wish = heard.wish or Wish(on_or_after=moved.date(), on_or_before=moved.date())
        sooner = timedelta(days=-1) < heard.shift < timedelta()
        return wish.model_copy(update={"to_time" if sooner else "from_time": moved.time()})
    if heard.wish is None and heard.other_day:
        tomorrow = call.now().date() + timedelta(days=1)
        return Wish(on_or_after=tomorrow, not_weekdays=frozenset({Weekday(start.weekday())}))
    return heard.wish


def suiting(call: Call, slots: Sequence[Slot], wish: Wish) -> tuple[Slot, ...]:
    """Those of ``slots`` that lie within the wish."""
    meant = as_meant(call, wish)
    return tuple(slot for slot in slots if agrees(meant, local_start(call, slot)))


def as_meant(call: Call, wish: Wish) -> Wish:
    """A day of the week that is wished for is not today: who means today says so."""
    if not wish.weekdays or wish.on_or_after is not None:
        return wish
    return wish.model_copy(update={"on_or_after": call.now().date() + timedelta(days=1)})


def local_start(call: Call, booked: Slot | Appointment) -> datetime:
    """When it begins, by the clock on the location's wall."""
    return booked.starts_at.astimezone(call.practice.locations[booked.location].zone)
