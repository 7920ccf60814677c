"""The figures in docs/performance.md, between two markers."""

from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN = "<!-- figures: written by `make bench BENCH=--write`, do not edit -->"
END = "<!-- end of figures -->"
EAR_BEGIN = "<!-- figures: written by `make bench-ear BENCH=--write`, do not edit -->"
EAR_END = "<!-- end of figures by ear -->"


def write(figures: str, page: Path = PAGE, begin: str = BEGIN, end: str = END) -> None:
    """Put the figures in place of the former ones. Raises ``ValueError`` without both markers."""
    text = page.read_text(encoding="utf-8")
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{page} has lost the markers {begin} and {end}")
    page.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")
