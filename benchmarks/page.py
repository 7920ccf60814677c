"""The figures in docs/performance.md, between two markers."""

import re
from pathlib import Path

from benchmarks.table import Table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN = "<!-- figures: written by `make bench BENCH=--write`, do not edit -->"
END = "<!-- end of figures -->"
EAR_BEGIN = "<!-- figures: written by `make bench-ear BENCH=--write`, do not edit -->"
EAR_END = "<!-- end of figures by ear -->"


def write(figures: str, page: Path = PAGE, begin: str = BEGIN, end: str = END) -> None:
    """Put the figures in place of the former ones. Raises ``ValueError`` without both markers."""
    before, _, after = _parts(page, begin, end)
    page.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")


def write_one(taken: str, table: Table, page: Path = PAGE) -> None:
    """Put one of the tables by ear in place of the former one, or after the others.

    ``taken`` says when and on what machine. Raises ``ValueError`` without both markers.
    """
    _, figures, _ = _parts(page, EAR_BEGIN, EAR_END)
    former = re.findall(r"^### .*?(?=^### |\Z)", figures, re.MULTILINE | re.DOTALL)
    tables = {one.partition("\n")[0]: one.strip() for one in former}
    whole = table.markdown()
    tables[whole.partition("\n")[0]] = whole
    write("\n\n".join([taken, *tables.values()]), page, EAR_BEGIN, EAR_END)


def _parts(page: Path, begin: str, end: str) -> tuple[str, str, str]:
    before, found_begin, rest = page.read_text(encoding="utf-8").partition(begin)
    figures, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{page} has lost the markers {begin} and {end}")
    return before, figures, after
