"""What is here: the practice's file, the database, the health port, the models."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from reception.settings import PROJECT
from reception.voice import pipeline
from tests.commands.doctor import town as places
from tests.commands.doctor.reading import Doctor, findings, trouble
from tests.commands.doctor.town import Town


async def test_the_practice_speaks_a_language_that_is_not_known(
    doctor: Doctor, tmp_path: Path
) -> None:
    sample = (PROJECT / "practice.yaml").read_text(encoding="utf-8")
    changed = yaml.safe_load(sample) | {"languages": ["en", "xx"]}
    (tmp_path / "practice.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")

    check, level, sentence = trouble(await doctor(PRACTICE_FILE="practice.yaml"))

    assert (check, level) == ("languages", "failed")
    assert "'xx'" in sentence
    assert "languages" in sentence


async def test_each_mistake_in_the_practice_is_a_sentence(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "practice.yaml").write_text("name: ''\nservices: {}\n", encoding="utf-8")

    ran = await doctor(PRACTICE_FILE="practice.yaml")

    failed = findings(ran, "failed")
    assert {check for check, *_ in failed} == {"practice"}
    assert any("persona is missing" in text for _, _, text in failed)
    assert any("name: ''" in text for _, _, text in failed)


async def test_the_database_is_locked(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reception.database.engine.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "reception.db")) as other:
        other.execute("BEGIN IMMEDIATE")

        check, level, sentence = trouble(await doctor())

    assert (check, level) == ("database", "failed")
    assert "locked by another program" in sentence
    assert "DATABASE_URL" in sentence


async def test_the_health_port_is_taken(doctor: Doctor, town: Town) -> None:
    check, level, sentence = trouble(await doctor(HEALTH_PORT=town.port))

    assert (check, level) == ("health port", "failed")
    assert "HEALTH_PORT" in sentence


async def test_a_worker_runs(doctor: Doctor, town: Town) -> None:
    town.replies |= {"/health": places.ALIVE, "/ready": places.READY}
    ready = await doctor(HEALTH_PORT=town.port)
    town.replies["/ready"] = places.NOT_READY
    not_ready = await doctor(HEALTH_PORT=town.port)

    assert ready.code == 0
    assert "is ready for calls" in ready.out
    assert trouble(not_ready)[:2] == ("health port", "warning")
    assert "not connected to LiveKit" in not_ready.out


async def test_the_weights_are_not_on_disk(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "import_turn_detector", lambda: False)

    check, level, sentence = trouble(await doctor())

    assert (check, level) == ("models", "warning")
    assert "download-files" in sentence


async def test_the_detector_of_voices_does_not_load(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError("no such library")

    monkeypatch.setattr(pipeline, "voice_activity", broken)

    assert trouble(await doctor())[:2] == ("models", "failed")
