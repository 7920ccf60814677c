"""The calendar's words: who attends, who may be spoken to, when, and the proof of a write."""

from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_extra_types.timezone_name import TimeZoneName

from reception.practice import PhoneNumber


class Frozen(BaseModel):
    """A value that never changes and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Weekday(IntEnum):
    """Numbered as ``date.weekday()`` does."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class Relation(StrEnum):
    """What a recipient is to the customer."""

    SELF = "self"
    PARENT = "parent"
    GUARDIAN = "guardian"
    SPOUSE = "spouse"
    CARER = "carer"
    OTHER = "other"


class Authority(StrEnum):
    """What a recipient may do: hear and talk about an appointment, or also change it."""

    DISCUSS = "discuss"
    CHANGE = "change"


class Consent(StrEnum):
    """Whether the recipient agreed to be called by an artificial voice (FCC 24-17)."""

    GIVEN = "given"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Customer(Frozen):
    """Who attends."""

    id: str
    name: str
    date_of_birth: date | None = None


class Recipient(Frozen):
    """Who may be spoken to about an appointment, and where and how they are reached."""

    name: str
    relation: Relation = Relation.SELF
    authority: Authority = Authority.CHANGE
    phone: PhoneNumber
    language: str = "en"
    time_zone: TimeZoneName
    consent: Consent = Consent.UNKNOWN


class AppointmentStatus(StrEnum):
    """Where an appointment stands in the practice's calendar."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Appointment(Frozen):
    """One appointment as the book had it at one version.

    ``service``, ``provider`` and ``location`` are keys of the practice's file.
    """

    id: str
    version: int = Field(ge=1)
    status: AppointmentStatus = AppointmentStatus.SCHEDULED
    starts_at: AwareDatetime
    duration: timedelta = Field(gt=timedelta(0))
    service: str
    provider: str
    location: str
    customer: Customer
    recipient: Recipient

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.duration


class Slot(Frozen):
    """A free time that the book has handed out. Only ``find_slots`` makes one."""

    id: str
    starts_at: AwareDatetime
    duration: timedelta
    service: str
    provider: str
    location: str


class Wish(Frozen):
    """When a customer would like to come, in the location's own time. Empty wishes for anything.

    Dates and times are inclusive; a slot suits when its start lies within them.
    """

    on_or_after: date | None = None
    on_or_before: date | None = None
    weekdays: frozenset[Weekday] = frozenset()
    not_weekdays: frozenset[Weekday] = frozenset()
    from_time: time | None = None
    to_time: time | None = None
    provider: str | None = None


class Change(StrEnum):
    """What a write did to an appointment."""

    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


class WriteKey(Frozen):
    """Names one write of one call; the book carries out each key once."""

    call_id: str
    invocation: str


class Receipt(Frozen):
    """Proof that a write was read back from the book and agrees with what was asked for."""

    change: Change
    appointment: Appointment
    key: WriteKey
    read_back_at: AwareDatetime
