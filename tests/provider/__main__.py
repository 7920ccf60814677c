"""The providers on this machine, until Ctrl-C: ``python -m tests.provider [--offline-speech]``.

They speak the protocols of Deepgram and OpenAI on loopback. Nothing leaves the machine.
"""

import argparse
import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

from tests.provider.deepgram_server import DeepgramServer
from tests.provider.offline_speech import OfflineVoice, available
from tests.provider.openai_server import OpenAIServer
from tests.provider.openai_speech import OpenAISpeech
from tests.provider.voices import Lexicon, Voice


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what to set in the environment, and serve. Exit code 2: wrong use."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.provider",
        description="Deepgram and OpenAI (chat and speech) on loopback, for calls without a key. "
        "Prints the environment to set for `reception`, and serves until Ctrl-C.",
    )
    parser.add_argument(
        "--offline-speech",
        action="store_true",
        help="hear with Whisper and speak with Piper; by default a made-up voice, and only what "
        "it said or was taught is heard",
    )
    parser.add_argument(
        "--learn",
        type=Path,
        metavar="FOLDER",
        help="teach the made-up voice the WAV files there, each with its text in a .txt beside it",
    )
    chosen = parser.parse_args(arguments)
    if chosen.offline_speech and not available():
        parser.error("--offline-speech needs its models: run `make offline-speech`")
    asyncio.run(_serve(_voice(chosen.offline_speech, chosen.learn)))


def _voice(offline_speech: bool, folder: Path | None) -> Voice:
    if not offline_speech:
        lexicon = Lexicon()
        return lexicon if folder is None else lexicon.learn(folder)
    voice = OfflineVoice()
    # The models load now, and not while somebody waits for the first answer.
    voice.recognise(voice.speak("Good morning.", 16_000), 16_000)
    return voice


async def _serve(voice: Voice) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with (
        DeepgramServer(voice=voice) as ears,
        OpenAIServer(speech=OpenAISpeech(voice=voice)) as openai,
    ):
        environment = {
            "DEEPGRAM_BASE_URL": ears.base_url,
            "DEEPGRAM_API_KEY": "none",
            "OPENAI_BASE_URL": openai.base_url,
            "OPENAI_API_KEY": "none",
        }
        lines = "\n".join(f"export {name}={value}" for name, value in environment.items())
        print(lines, flush=True)  # noqa: T201 - that is what it is for
        await stop.wait()


if __name__ == "__main__":
    main()
