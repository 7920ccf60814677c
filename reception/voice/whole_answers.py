"""A closed question was answered, clearly and to the end: no need to wait whether more comes."""

from livekit.agents import UserInputTranscribedEvent

from reception.calls.call import Call
from reception.dialogue.hearing import hear

# Most begin an answer with one word, and many go on after a breath.
_FEWEST_WORDS = 2
_ENDS = (".", "!", "?")


class WholeAnswers:
    """What was heard in the turn that goes on, and whether it is a whole answer by now."""

    def __init__(self, call: Call) -> None:
        self._call, self._finals = call, list[str]()

    def begin(self) -> None:
        """A turn was taken; what comes now belongs to the next one."""
        self._finals.clear()

    def is_whole(self, event: UserInputTranscribedEvent) -> bool:
        """Take the latest transcript in. Words that are not final yet announce more of them."""
        text = event.transcript.strip()
        if not event.is_final:
            return self._answers() and not text
        if text:
            self._finals.append(text)
        return self._answers()

    def _answers(self) -> bool:
        said = " ".join(self._finals)
        if len(said.split()) < _FEWEST_WORDS or not said.endswith(_ENDS):
            return False
        heard = hear(self._call, said)
        return heard.clear and bool(heard.acts)
