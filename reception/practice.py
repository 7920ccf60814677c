"""practice.yaml: what a practice decides without a programmer."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import holidays
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_extra_types.phone_numbers import PhoneNumberValidator
from pydantic_extra_types.timezone_name import TimeZoneName

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

PhoneNumber = Annotated[str, PhoneNumberValidator(number_format="E164")]
"""A telephone number in E.164 form, such as ``+13125550123``."""


class PracticeFileError(Exception):
    """practice.yaml cannot be used; the text says which key, what stands there, what is allowed."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Part):
    """A stretch of a day in local time: it begins at ``opens`` and is over at ``closes``."""

    opens: time
    closes: time


def _spans(value: object) -> object:
    """Read ``closed``, ``08:00-17:00`` or a list of such stretches."""
    if value == "closed":
        return ()
    entries = value if isinstance(value, list) else [value]
    return tuple(_span(entry) for entry in entries)


def _span(entry: object) -> Span:
    allowed = "allowed is closed, or hours such as 08:00-17:00, or a list of them"
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in str(entry).split("-"))
    except ValueError as error:
        raise ValueError(allowed) from error
    if opens >= closes:
        raise ValueError(f"{opens:%H:%M} is not before {closes:%H:%M}; {allowed}")
    return Span(opens=opens, closes=closes)


Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class WeeklyHours(_Part):
    """The hours of each weekday; a day that is not named is closed."""

    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()

    def on(self, day: date) -> tuple[Span, ...]:
        spans: tuple[Span, ...] = getattr(self, WEEKDAYS[day.weekday()])
        return spans


class Persona(_Part):
    """Who the customer hears. A name and a manner, never a claim to be a person."""

    name: str = Field(min_length=1)
    manner: str = Field(default="warm, unhurried and brief", min_length=1)


class Disclosure(_Part):
    """How the agent says that it is an AI (EU AI Act Art. 50(1); Cal. PUC 2874).

    Asked, it always says so at once; ``upfront`` says it in the first sentence as well.
    """

    upfront: bool = True
    wording: Mapping[str, str] = Field(default={"en": "an AI assistant"}, min_length=1)


class Location(_Part):
    name: str = Field(min_length=1)
    address: str | None = None
    time_zone: TimeZoneName
    callback_number: PhoneNumber
    staff_number: PhoneNumber | None = Field(
        default=None, description="whoever asks for a person is put through to it, in opening hours"
    )
    opening_hours: WeeklyHours

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Service(_Part):
    name: str = Field(min_length=1, description="as it is said: a dental cleaning")
    minutes: int = Field(gt=0, le=12 * 60)

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class Provider(_Part):
    """Who sees the customer. Without own hours, the location's hours are theirs."""

    name: str = Field(min_length=1)
    services: tuple[str, ...] = Field(min_length=1)
    locations: tuple[str, ...] = Field(min_length=1)
    hours: WeeklyHours | None = None


@cache
def _countries() -> Mapping[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


class Holidays(_Part):
    """Days on which nobody works: a country's public holidays, and the practice's own."""

    country: str | None = Field(default=None, description="two letters, such as US")
    subdivision: str | None = None
    also: tuple[date, ...] = ()
    open_anyway: tuple[date, ...] = ()

    @field_validator("country")
    @classmethod
    def _country_is_known(cls, country: str | None) -> str | None:
        if country is not None and country not in _countries():
            raise ValueError("allowed is a country of two letters, such as US, DE or FR")
        return country

    @field_validator("subdivision")
    @classmethod
    def _subdivision_is_known(cls, subdivision: str | None, info: ValidationInfo) -> str | None:
        known = _countries().get(info.data.get("country") or "", [])
        if subdivision is not None and subdivision not in known:
            raise ValueError(
                f"allowed is one of {', '.join(known)}" if known else "needs a country"
            )
        return subdivision

    def on(self, day: date) -> bool:
        if day in self.open_anyway:
            return False
        if day in self.also:
            return True
        if self.country is None:
            return False
        return day in holidays.country_holidays(
            self.country, subdiv=self.subdivision, years=day.year
        )


class Verification(StrEnum):
    """What a recipient must say before they are told a detail (NPSG.01.01.01: two identifiers)."""

    NAME = "name"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"


class VoicemailLevel(StrEnum):
    """How much a message may say (HHS HIPAA FAQ 198). Never a service, a provider or a time."""

    CALLBACK = "callback"
    REMINDER = "reminder"


class LateChange(StrEnum):
    """Who carries out what is asked for late: the agent at once, or the desk."""

    ALLOWED = "allowed"
    DESK = "desk"


class LateChanges(_Part):
    """What holds for whoever cancels or moves less than ``hours`` before the appointment."""

    hours: float = Field(default=0, ge=0, le=24 * 14)
    cancel: LateChange = LateChange.ALLOWED
    move: LateChange = LateChange.ALLOWED
    note: str | None = Field(
        default=None, min_length=1, description="told before they are asked whether they are sure"
    )


class CalendarWrites(StrEnum):
    """``final``: this is the practice's calendar. ``request``: the desk carries changes out."""

    FINAL = "final"
    REQUEST = "request"


class DateOrder(StrEnum):
    """In which order the practice's spreadsheets write day and month."""

    ISO = "iso"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Csv(_Part):
    """What the practice's CSV files leave open."""

    dates: DateOrder = DateOrder.ISO


class Limits(_Part):
    """Where a call ends by itself; each end has a graceful phrase of its own."""

    seconds: int = Field(default=300, ge=30, le=1800, description="length of a call")
    turns: int = Field(default=40, ge=6, le=200, description="turns of the customer")
    silences: int = Field(
        default=3, ge=1, le=10, description="in a row, the last one ends the call"
    )
    silence_seconds: float = Field(
        default=7, gt=0, le=60, description="without an answer, before we ask who is there"
    )
    holding_seconds: float = Field(
        default=30, gt=0, le=120, description="the same while somebody is fetched"
    )
    clarifications_in_a_row: int = Field(default=4, ge=1, le=10)
    clarifications: int = Field(default=8, ge=1, le=20, description="in one call")
    free_answers: int = Field(
        default=6, ge=1, le=20, description="of an LLM in a row, before the question is plain again"
    )
    birth_date_tries: int = Field(default=2, ge=1, le=5)
    offers: int = Field(default=3, ge=1, le=5, description="free times named at once")
    book_seconds: float = Field(default=4, gt=0, le=30, description="patience with the calendar")


class Fact(_Part):
    """Something people ask that is not about their appointment, and the practice's own answer."""

    words: tuple[str, ...] = Field(min_length=1, description="one of these in a question means it")
    answer: str = Field(min_length=1)


class SampleAppointment(_Part):
    """An appointment of the embedded sample, dated from the present moment."""

    id: str
    days_ahead: int = Field(ge=0, le=60, description="a closed day moves on to the next open one")
    at: time
    service: str
    provider: str
    location: str
    customer_id: str
    customer_name: str
    date_of_birth: date | None = None
    phone: PhoneNumber
    recipient_name: str | None = None
    recipient_relation: str = "self"
    recipient_authority: str = "change"


class Practice(_Part):
    """One practice, as its file describes it."""

    name: str = Field(min_length=1)
    persona: Persona
    disclosure: Disclosure = Disclosure()
    languages: tuple[str, ...] = Field(default=("en",), min_length=1)
    verification: Verification = Verification.NAME
    voicemail: VoicemailLevel = VoicemailLevel.CALLBACK
    calendar_writes: CalendarWrites = CalendarWrites.FINAL
    csv: Csv = Csv()
    locations: Mapping[str, Location] = Field(min_length=1)
    services: Mapping[str, Service] = Field(min_length=1)
    providers: Mapping[str, Provider] = Field(min_length=1)
    holidays: Holidays = Holidays()
    late_changes: LateChanges = LateChanges()
    minimum_notice_hours: float = Field(default=2, ge=0, le=24 * 14)
    booking_horizon_days: int = Field(default=60, ge=1, le=365)
    call_window_hours: float = Field(
        default=48, gt=0, le=24 * 14, description="appointments this near belong in one call"
    )
    limits: Limits = Limits()
    facts: tuple[Fact, ...] = ()
    sample_appointments: tuple[SampleAppointment, ...] = ()

    @model_validator(mode="after")
    def _keys_exist(self) -> Self:
        for key, provider in self.providers.items():
            _known(f"providers.{key}.services", provider.services, self.services)
            _known(f"providers.{key}.locations", provider.locations, self.locations)
        for sample in self.sample_appointments:
            where = f"sample_appointments.{sample.id}"
            _known(f"{where}.service", (sample.service,), self.services)
            _known(f"{where}.provider", (sample.provider,), self.providers)
            _known(f"{where}.location", (sample.location,), self.locations)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """In which the practice itself is told times: that of its first location."""
        return next(iter(self.locations.values())).zone

    @property
    def minimum_notice(self) -> timedelta:
        return timedelta(hours=self.minimum_notice_hours)

    def is_open(self, location: str, day: date) -> bool:
        return bool(self.locations[location].opening_hours.on(day)) and not self.holidays.on(day)

    def open_from(self, location: str, moment: datetime) -> datetime | None:
        """``moment`` itself while the location is open, else when it opens next.

        None when it stays closed for two weeks.
        """
        place = self.locations[location]
        local = moment.astimezone(place.zone)
        for ahead in range(15):
            day = local.date() + timedelta(days=ahead)
            if not self.is_open(location, day):
                continue
            for span in place.opening_hours.on(day):
                opens = datetime.combine(day, span.opens, place.zone)
                closes = datetime.combine(day, span.closes, place.zone)
                if local < closes:
                    return max(local, opens)
        return None

    def is_late(self, starts_at: datetime, now: datetime) -> bool:
        """Whether a change comes so late that ``late_changes`` holds."""
        return starts_at < now + timedelta(hours=self.late_changes.hours)


def _known(where: str, keys: tuple[str, ...], allowed: Mapping[str, object]) -> None:
    for key in keys:
        if key not in allowed:
            raise ValueError(
                f"{where}: {key!r} stands there; allowed is one of {', '.join(allowed)}"
            )


def load_practice(path: Path) -> Practice:
    """Read and check a practice's file. Raises ``PracticeFileError``."""
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PracticeFileError(
            f"{path}: cannot be read ({error.strerror}). Set PRACTICE_FILE to your practice's file."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PracticeFileError(f"{path}: is not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise PracticeFileError(f"{path}: holds no keys; start from the sample practice.yaml.")
    try:
        return Practice.model_validate(raw)
    except ValidationError as error:
        lines = [_explain(detail) for detail in error.errors()]
        raise PracticeFileError("\n".join(f"{path}: {line}" for line in lines)) from error


def _explain(detail: ErrorDetails) -> str:
    """One sentence: the key, what stands there, what is allowed."""
    key = ".".join(str(part) for part in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    match detail["type"]:
        case "missing":
            return f"{key} is missing; it is required."
        case "extra_forbidden":
            return f"{key} is not a key that is known here; check its spelling and its indentation."
        case _ if not key:
            return f"{message}."
        case _:
            return f"{key}: {detail['input']!r} stands there; {message[:1].lower()}{message[1:]}."
