"""The agents' prompts: Markdown in ``prompts/``, filled with only what that agent may know."""

from functools import cache
from pathlib import Path
from string import Template

from reception.calls.call import Call
from reception.calls.turn import Stage
from reception.dialogue.wording import appointment_facts, brief_facts, language_of

PROMPTS = Path(__file__).resolve().parent.parent / "prompts"


@cache
def _template(language: str, name: str) -> Template:
    path = PROMPTS / language / f"{name}.md"
    if not path.exists():
        path = PROMPTS / "en" / f"{name}.md"
    return Template(path.read_text(encoding="utf-8"))


def prompt(stage: Stage, call: Call) -> str:
    """The instructions of one agent, as of now: its own part, and what holds for all."""
    facts = {
        **brief_facts(call),
        "manner": call.practice.persona.manner,
        "known": " ".join(fact.answer for fact in call.practice.facts) or "-",
    }
    match stage:
        case Stage.GREETER | Stage.VOICEMAIL:
            pass
        case Stage.CONFIRMATION | Stage.RESCHEDULING:
            facts |= appointment_facts(call, call.subject)
            facts["today"] = call.now().strftime("%A, %Y-%m-%d, %H:%M")
    language = language_of(call)
    parts = (_template(language, name).substitute(facts) for name in (stage, "anytime"))
    return "\n\n".join(part.strip() for part in parts)
