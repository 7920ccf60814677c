"""A list of what the ledger keeps: a table in a terminal, in a pipe a line each."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = tuple[Sequence[str], str]
"""Its cells, and the style in which a terminal shows them."""


def show(columns: Sequence[str], rows: Sequence[Row], nothing: str) -> None:
    """Print the rows; ``nothing`` is what a terminal says where there are none.

    In a pipe the cells of a row are separated by tabs, and there is no heading.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        for cells, _ in rows:
            typer.echo("\t".join(" ".join(cell.split()) for cell in cells))
    elif not rows:
        console.print(nothing)
    else:
        table = Table(*columns, show_lines=True)
        for cells, style in rows:
            table.add_row(*map(Text, cells), style=style)
        console.print(table)


def when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
