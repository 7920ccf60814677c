"""Reading appointments from a CSV file."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from reception.appointments.csv_row import CsvRow, RowReader
from reception.appointments.importing import Filed, ImportFileError, Reading, RowError
from reception.appointments.text_file import read_text
from reception.practice import Practice

REQUIRED = tuple(name for name, field in CsvRow.model_fields.items() if field.is_required())


def read_csv(path: Path, practice: Practice) -> Reading:
    """What a CSV file says, its bad rows by line, field and reason.

    Raises ``ImportFileError`` when it is empty, not UTF-8, not CSV, or lacks a required column.
    """
    rows = _rows(path)
    _, header = next(rows, (0, []))
    columns = _columns(path, header)
    reader = RowReader(practice)
    filed: list[Filed] = []
    errors: list[RowError] = []
    for line, cells in rows:
        if len(cells) > len(columns):
            reason = f"holds {len(cells)} cells, the header {len(columns)}; quote cells with commas"
            errors.append(RowError(line, "row", reason))
            continue
        # A row may stop early: what is not there is empty.
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        by_name = {name: cell.strip() for name, cell in zip(columns, padded, strict=True)}
        match reader.read(line, by_name):
            case Filed() as one:
                filed.append(one)
            case wrong:
                errors += wrong
    ignored = tuple(name for name in columns if name not in CsvRow.model_fields)
    return Reading(tuple(filed), tuple(errors), ignored)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of the line on which it begins."""
    text = read_text(path)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportFileError(
            f"{path} is not CSV: the row that begins in line {line} cannot be read ({error})."
        ) from error


def _delimiter(text: str) -> str:
    """Excel writes semicolons wherever the comma is the decimal sign."""
    header = text.partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _columns(path: Path, header: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    if not columns:
        raise ImportFileError(f"{path} is empty; its first line names the columns.")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise ImportFileError(
            f"{path} lacks the column {', '.join(missing)}; the first line names the columns, "
            f"separated by commas."
        )
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise ImportFileError(f"{path} has the column {', '.join(twice)} more than once.")
    return columns
