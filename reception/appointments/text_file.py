"""The text of a file that somebody exported."""

from pathlib import Path

from reception.appointments.importing import ImportFileError


def read_text(path: Path) -> str:
    """All of it, line ends as they are. Raises ``ImportFileError`` when it is not text in UTF-8."""
    try:
        # Excel puts a byte order mark in front.
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path} is not UTF-8; export or save it in UTF-8.") from error
