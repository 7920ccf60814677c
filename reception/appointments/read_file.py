"""Reading appointments from whichever kind of file there is."""

from datetime import datetime
from pathlib import Path

from reception.appointments.csv_file import read_csv
from reception.appointments.ical_file import read_ical
from reception.appointments.importing import Reading
from reception.appointments.text_file import read_text
from reception.practice import Practice


def read_file(path: Path, practice: Practice, now: datetime) -> Reading:
    """What a file says: told by its suffix, ``.csv`` or ``.ics``, else by its first line.

    Raises ``ImportFileError``.
    """
    match path.suffix.lower():
        case ".ics":
            return read_ical(path, practice, now)
        case ".csv":
            return read_csv(path, practice)
        case _ if read_text(path).lstrip().upper().startswith("BEGIN:VCALENDAR"):
            return read_ical(path, practice, now)
        case _:
            return read_csv(path, practice)
