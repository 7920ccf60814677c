"""Sound that is kept: by voice, whole, fixed, within bounds; damage is noticed."""

import asyncio
import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest
from livekit.agents import APIConnectionError

from reception.practice import Practice
from reception.settings import Settings
from reception.voice.phrase_cache import CallPhrases, PhraseCache, Voice, open_cache
from reception.voice.phrase_store import PhraseStore
from reception.voice.recording import Recording
from tests.unit.voice.sound import RATE, ScriptedVoice, Sound, loud

NOVA = Voice("openai", "gpt-4o-mini-tts", "nova", 1.0, "en")
SURE = "Sure, let me look."
SOUND = Recording(RATE, loud(1.0))


def cache(folder: Path, voice: Voice = NOVA, *fixed: str) -> PhraseCache:
    return PhraseCache(voice, fixed or [SURE], PhraseStore(folder))


async def kept(folder: Path) -> Path:
    """One phrase is on disk; this is its file."""
    filled = cache(folder)
    filled.keep(SURE, SOUND)
    await filled.settled()
    return folder / names(folder)[0]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


class TestPhrases:
    async def test_what_one_process_kept_another_finds(self, tmp_path: Path) -> None:
        await kept(tmp_path)
        other = cache(tmp_path)
        assert other.find(SURE) is None
        assert other.load() == 1
        assert other.find(SURE) == SOUND

    @pytest.mark.parametrize(
        "voice",
        [
            replace(NOVA, engine="http://127.0.0.1"),
            replace(NOVA, model="tts-1"),
            replace(NOVA, name="ash"),
            replace(NOVA, speed=1.1),
            replace(NOVA, language="es"),
        ],
    )
    async def test_another_voice_finds_nothing(self, tmp_path: Path, voice: Voice) -> None:
        await kept(tmp_path)
        assert cache(tmp_path, voice).load() == 0

    async def test_only_what_is_fixed_is_kept(self, tmp_path: Path) -> None:
        phrases = cache(tmp_path)
        phrases.keep("Thank you, Maria.", SOUND)
        await phrases.settled()
        assert phrases.find("Thank you, Maria.") is None
        assert names(tmp_path) == []

    async def test_sound_too_short_for_its_text_is_not_kept(self, tmp_path: Path) -> None:
        phrases = cache(tmp_path)
        phrases.keep(SURE, Recording(RATE, loud(0.4)))
        assert phrases.find(SURE) is None
        phrases.keep(SURE, Recording(RATE, loud(0.9)))
        assert phrases.find(SURE) is not None

    async def test_the_text_is_in_no_file_name(self, tmp_path: Path) -> None:
        file = await kept(tmp_path)
        assert file.stem == NOVA.file_name(SURE)
        assert len(file.stem) == 64

    def test_frames_are_new_each_time_and_nothing_is_lost(self) -> None:
        odd = Recording(RATE, loud(0.05))
        first, again = list(odd.frames()), list(odd.frames())
        assert [frame.samples_per_channel for frame in first] == [480, 480, 240]
        assert b"".join(bytes(frame.data) for frame in first) == odd.pcm
        first[0].userdata["stamp"] = 1
        assert not again[0].userdata
        assert not next(odd.frames()).userdata

    async def test_the_first_frame_is_there_without_a_wait(self, tmp_path: Path) -> None:
        phrases = cache(tmp_path)
        phrases.keep(SURE, Recording(RATE, loud(10)))
        sound = phrases.find(SURE)
        assert sound is not None
        next(sound.frames())


class TestStore:
    @pytest.mark.parametrize("damage", ["flipped", "short", "empty", "header", "other"])
    async def test_a_damaged_file_is_named_dropped_and_made_again(
        self, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        file = await kept(tmp_path)
        content = bytearray(file.read_bytes())
        match damage:
            case "flipped":
                content[-100] ^= 1
            case "short":
                content = content[:-1000]
            case "empty":
                content = bytearray()
            case "header":
                content = content[:20]
            case "other":
                content[8:12] = (8000).to_bytes(4, "little")
        file.write_bytes(content)
        phrases = cache(tmp_path)
        with caplog.at_level(logging.WARNING):
            assert phrases.load() == 0
        assert str(file) in caplog.text
        assert not file.exists()
        phrases.keep(SURE, SOUND)
        await phrases.settled()
        assert cache(tmp_path).load() == 1

    def test_what_was_not_used_for_longest_goes_first(self, tmp_path: Path) -> None:
        store = PhraseStore(tmp_path, limit=350_000)
        sound = Recording(RATE, bytes(100_000))
        for age, name in enumerate(["c", "b", "a"]):
            store.write(name, sound)
            os.utime(tmp_path / f"{name}.phrase", (age, age))
        assert store.read("c") is not None
        store.write("d", sound)
        assert names(tmp_path) == ["a.phrase", "c.phrase", "d.phrase"]

    def test_a_write_that_fails_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        store = PhraseStore(tmp_path)
        store.write("a", SOUND)
        monkeypatch.setattr(Path, "replace", full)
        store.write("a", Recording(RATE, loud(2)))
        assert "No space left" in caplog.text
        assert names(tmp_path) == ["a.phrase"]
        assert store.read("a") == SOUND

    def test_a_folder_that_cannot_be_used_is_no_folder(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "file").write_text("")
        store = PhraseStore(tmp_path / "file" / "phrases")
        assert store.read("a") is None
        store.write("a", SOUND)
        assert "cannot keep" in caplog.text

    async def test_readers_never_see_a_part(self, tmp_path: Path) -> None:
        """Several processes write and read the same phrase."""
        store, other = PhraseStore(tmp_path), PhraseStore(tmp_path)
        long = Recording(RATE, loud(5))
        store.write("a", long)

        async def again(work: PhraseStore) -> list[Recording | None]:
            seen = []
            for _ in range(20):
                await asyncio.to_thread(work.write, "a", long)
                seen.append(await asyncio.to_thread(work.read, "a"))
            return seen

        seen = await asyncio.gather(again(store), again(other))
        assert [each == long for one in seen for each in one] == [True] * 40

    def test_what_a_killed_process_left_is_cleared_away(self, tmp_path: Path) -> None:
        old, new = tmp_path / "old.tmp", tmp_path / "new.tmp"
        old.write_bytes(b"half")
        new.write_bytes(b"half")
        os.utime(old, (1, 1))
        PhraseStore(tmp_path).write("a", SOUND)
        assert not old.exists()
        assert new.exists()


class TestOneCall:
    async def test_what_is_prepared_is_found_and_is_on_no_disk(self, tmp_path: Path) -> None:
        voice, phrases = ScriptedVoice(), CallPhrases(cache(tmp_path))
        text = f"{SURE} Am I speaking with Maria?"
        await phrases.prepare(voice, [text, text])
        assert sorted(voice.texts) == ["Am I speaking with Maria?", SURE]
        assert phrases.find("Am I speaking with Maria?") is not None
        await phrases.house.settled()
        assert names(tmp_path) == [f"{NOVA.file_name(SURE)}.phrase"]
        await phrases.prepare(voice, [text])
        assert len(voice.texts) == 2

    async def test_it_is_forgotten_with_the_call(self, tmp_path: Path) -> None:
        phrases = CallPhrases(cache(tmp_path))
        await phrases.prepare(ScriptedVoice(), ["Maria?"])
        phrases.forget()
        assert phrases.find("Maria?") is None
        assert CallPhrases(phrases.house).find("Maria?") is None

    async def test_there_is_a_limit(self, tmp_path: Path) -> None:
        voice = ScriptedVoice(*[[Sound(50)]] * 9)
        phrases = CallPhrases(cache(tmp_path))
        await phrases.prepare(voice, [f"Number {n}." for n in range(9)])
        assert 3 <= len(voice.texts) <= 4

    async def test_what_fails_is_left_for_later(self, tmp_path: Path) -> None:
        voice = ScriptedVoice([APIConnectionError("gone", retryable=False)])
        phrases = CallPhrases(cache(tmp_path))
        await phrases.prepare(voice, ["Maria?", "Yes?"])
        assert [phrases.find("Maria?") is None, phrases.find("Yes?") is None] == [True, False]


def test_the_settings_choose_the_voice_and_the_folder(tmp_path: Path, shipped: Practice) -> None:
    settings = Settings(_env_file=None, response_cache_dir=tmp_path, tts_voice="ash", tts_speed=1.2)
    chosen = open_cache(settings, shipped, "en")
    assert chosen.voice == Voice("openai", "gpt-4o-mini-tts", "ash", 1.2, "en")
    assert "Your old time is free again." in chosen.fixed
    none = open_cache(settings.model_copy(update={"use_response_cache": False}), shipped, "en")
    assert not none.fixed
