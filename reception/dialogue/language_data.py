"""The data files of a language: `languages/<code>/<file>.yaml`. A new language is a new folder."""

import functools
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "languages"


@functools.cache
def language_data(language: str, file: str) -> dict[str, Any]:
    """What a language's file says. Read once; a missing language is an error that names it."""
    path = _FOLDER / language / f"{file}.yaml"
    if not path.is_file():
        raise LookupError(f"No {file} for language {language!r}: {path} is missing.")
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
