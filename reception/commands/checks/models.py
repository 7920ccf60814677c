"""The models that run here: whether they are on disk and load."""

from reception.commands.checks.finding import Finding, Findings, Level


async def models_load() -> Findings:
    """Loads as a worker does. Not in a thread: plugins register in the main one only."""
    # Two seconds of imports, and if one of them is broken it is this check that says so.
    try:
        from reception.voice.pipeline import import_turn_detector, voice_activity  # noqa: PLC0415

        # Its weights are in a native library, loaded with the import.
        voice_activity()
    except (ImportError, OSError, RuntimeError) as error:
        trouble = f"The detector of voices does not load ({type(error).__name__})"
        yield Finding("models", Level.FAILED, f"{trouble}; install anew with `make setup`.")
        return
    yield Finding("models", Level.OK, "The detector of voices loads.")
    if import_turn_detector():
        yield Finding("models", Level.OK, "The turn detector is on disk.")
        return
    yield Finding(
        "models",
        Level.WARNING,
        "The turn detector's weights are not on disk, so the framework's small model is used; "
        "`python -m livekit.agents download-files` fetches them.",
    )
