"""A table of figures in Markdown, readable as it stands in a terminal too."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Figures with a title, and below them how they were taken."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    taken: str

    def markdown(self) -> str:
        widths = [max(map(len, cells)) for cells in zip(self.columns, *self.rows, strict=True)]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = [_line(row, widths) for row in (self.columns, rule, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines, "", self.taken])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first column stands left, the figures stand right."""
    first, *others = zip(cells, widths, strict=True)
    return "| " + " | ".join([first[0].ljust(first[1]), *(c.rjust(w) for c, w in others)]) + " |"
