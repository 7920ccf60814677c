"""``python -m reception.telemetry``: put the registry of attributes into docs/tracing.md."""

from pathlib import Path

from reception.telemetry.attributes import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tracing.md"
BEGIN = "<!-- attributes: written by `python -m reception.telemetry`, do not edit -->"
END = "<!-- end of attributes -->"


def shown(page: str) -> str:
    """What the page has in its place."""
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(
        f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
