"""The figures in docs/performance.md, between two markers."""

from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN = "<!-- figures: written by `make bench BENCH=--write`, do not edit -->"
END = "<!-- end of figures -->"


def write(figures: str, page: Path = PAGE) -> None:
    """Put the figures in place of the former ones. Raises ``ValueError`` without both markers."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has lost the markers {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")
