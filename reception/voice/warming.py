"""What takes its time the first time, done before a call comes."""

from collections.abc import Mapping
from datetime import datetime

from reception.calls.question import Question
from reception.dialogue.understanding import understand
from reception.practice import Practice
from reception.settings import Settings
from reception.voice.phrase_cache import PhraseCache, open_cache
from reception.voice.pipeline import turn_detector, voice_activity


def warm_up(settings: Settings, practice: Practice) -> Mapping[str, PhraseCache]:
    """Load patterns, dates, models and phrases; the phrases by language."""
    now = datetime.now(practice.zone)
    for language in practice.languages:
        for question in Question:
            understand("tomorrow at two", question, name="-", now=now, language=language)
    voice_activity()
    turn_detector()
    caches = {each: open_cache(settings, practice, each) for each in practice.languages}
    for cache in caches.values():
        cache.load()
    return caches
