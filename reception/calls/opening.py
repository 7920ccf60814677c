"""What a call knows before the first word: whom it is about, and what was said on the last ones."""

from collections.abc import Sequence
from datetime import timedelta

from reception.appointments.book import AppointmentBook
from reception.appointments.models import Appointment
from reception.calls.call import Call, Line
from reception.calls.ledger import Ledger
from reception.practice import Practice

# As far as appointments are made, and so all that a number has.
_AHEAD = timedelta(days=366)


async def call_about(
    call_id: str,
    appointments: Sequence[Appointment],
    *,
    practice: Practice,
    book: AppointmentBook,
    ledger: Ledger,
    line: Line,
) -> Call:
    """A call to the recipient of ``appointments``. Raises ``BookError`` and ``DatabaseError``."""
    phone = appointments[0].recipient.phone
    return Call.about(
        call_id,
        appointments,
        practice=practice,
        book=book,
        ledger=ledger,
        line=line,
        of_the_number=await book.upcoming(phone, book.now() + _AHEAD),
        heard_before=await ledger.wordings_heard(phone),
    )
