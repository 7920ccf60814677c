"""The calendar's own work: taking a large file in, and finding free times."""

import asyncio
import csv
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.house import house
from benchmarks.samples import Samples, median_p95
from benchmarks.table import Table
from reception.appointments.importing import import_reading
from reception.appointments.models import Wish
from reception.appointments.read_file import read_file
from reception.database import open_database
from reception.practice import load_practice
from reception.settings import PROJECT

ROWS = 10_000
SEARCHES = 200
DAYS = 31


async def measure_calendar() -> Table:
    """A file of ``ROWS`` taken in twice, and free times looked for in a whole month."""
    first, again = await _import_twice()
    searches = await _searches()
    return Table(
        "The calendar",
        ("what", "took"),
        [
            (f"import of {ROWS:,} CSV rows, all new (s)", f"{first:.1f}"),
            (f"the same {ROWS:,} rows again, all known (s)", f"{again:.1f}"),
            (f"free times of {DAYS} days (ms, median / p95)", median_p95(searches)),
        ],
        "Reading, checking and writing the file into an empty SQLite file, once each. Free times: "
        f"`find_slots` within {DAYS} days among 1,000 appointments, {SEARCHES} times.",
    )


async def _import_twice() -> tuple[float, float]:
    practice = load_practice(PROJECT / "practice.yaml")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        file = Path(folder) / "appointments.csv"
        await asyncio.to_thread(_write_rows, file)
        database = await open_database(f"sqlite:///{Path(folder) / 'reception.db'}")
        try:
            took = []
            for _ in range(2):
                began = time.perf_counter()
                reading = read_file(file, practice, datetime.now(UTC))
                report = await import_reading(database, reading)
                if report.errors or len(reading.filed) != ROWS:
                    raise RuntimeError(f"the file was not taken in: {report.errors[:1]}")
                took.append(time.perf_counter() - began)
            return took[0], took[1]
        finally:
            await database.close()


def _write_rows(file: Path) -> None:
    columns = (
        *("appointment_id", "starts_at", "duration_minutes", "service", "provider", "location"),
        *("customer_id", "customer_name", "phone", "date_of_birth", "time_zone"),
        *("language", "consent"),
    )
    first = date(2030, 1, 7)
    with file.open("w", encoding="utf-8", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(columns)
        for number in range(ROWS):
            day, slot = first + timedelta(days=number // 16), number % 16
            at = f"{day.isoformat()} {8 + slot // 2:02}:{slot % 2 * 30:02}"
            rows.writerow(
                (
                    *(f"row-{number}", at, 30, "checkup", "dr-chen", "main-street"),
                    *(f"c-{number}", f"Customer {number}", f"+1217555{number:04}"),
                    *("1985-06-12", "America/Chicago", "en", "given"),
                )
            )


async def _searches() -> Samples:
    samples = Samples()
    async with house() as practice:
        appointment = await practice.book.appointment("bench-0")
        today = practice.book.now().date()
        wish = Wish(on_or_after=today, on_or_before=today + timedelta(days=DAYS))
        for _ in range(SEARCHES):
            began = time.perf_counter()
            await practice.book.find_slots(appointment, wish, 3)
            samples.append(time.perf_counter() - began)
    return samples
