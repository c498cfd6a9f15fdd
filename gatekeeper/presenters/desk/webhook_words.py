"""What the page of other programs says: webhooks, and what became of their messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from gatekeeper.organizer.organization.webhooks_client import (
    KINDS,
    TRIAL,
    DeliveryAttempt,
    Message,
    Program,
    SentMessage,
)
from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.desk.plan_words import ClashWords
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

_OK = range(200, 300)
_ELSEWHERE = range(300, 400)
_GONE = 410
_SIGNS = {"taken": "✓", "waiting": "…", "held": "Ⅱ", "failed": "✕"}
"""Read without colours too."""
SAID: Final = {
    "The receiver did not answer in time.": "slow",
    "The receiver answers with something that is not HTTP.": "not_http",
    "The receiver closed the connection without an answer.": "closed",
    "The receiver cannot be reached.": "unreached",
    "The receiver's name stands for no address.": "no_address",
    "The receiver's address is not one of the internet; nothing was sent.": "private",
    "Messages to the internet go to https at its usual port only.": "port",
    "Its secret cannot be opened here; draw another one.": "secret",
}
"""How a server says that a message was not answered; what a newer one says stands as it came."""


def spell_program(program: Program) -> str:
    """Say a program in the list: its name, whose address it is, and how it stands."""
    host = TEXTS.isolate(program.host)
    return f"{program.name}\n{host}\n{spell_standing(program)}"


def spell_standing(program: Program) -> str:
    """Say whether messages arrive."""
    if program.is_paused:
        because = program.stopped_because or "asked"
        return f"{_SIGNS['held']} " + TEXTS.say(f"programs.paused.{because}")
    if program.is_failing:
        since = "" if program.failing_since is None else _stamp(program.failing_since)
        said = TEXTS.say("programs.failing", count=program.failures, time=since)
        return f"{_SIGNS['failed']} {said}"
    if program.last_taken_at is None:
        return TEXTS.say("programs.untried")
    return f"{_SIGNS['taken']} " + TEXTS.say("programs.last", time=_stamp(program.last_taken_at))


def spell_secrets(program: Program) -> str:
    """Say until when two secrets sign; "" where one does."""
    if program.old_secret_until is None:
        return ""
    return TEXTS.say("programs.both", time=_stamp(program.old_secret_until))


def spell_kind(kind: str) -> str:
    """Say what a message tells of; one of a newer server by its own name."""
    known = kind in KINDS or kind == TRIAL
    return TEXTS.say(f"programs.kind.{kind}") if known else kind


def spell_kinds(kinds: Sequence[str]) -> str:
    """Say what a program hears of."""
    if not kinds:
        return TEXTS.say("programs.all")
    return TEXTS.list([spell_kind(kind) for kind in kinds])


def spell_message(message: Message) -> tuple[str, str, str, str, str]:
    """Say a message in the log: when, of what, how it stands, the last answer, tries."""
    sign = message.state if message.state in _SIGNS else "waiting"
    key = "again" if sign == "waiting" and message.attempts else sign
    answer = _answer(message.status, message.said) if message.attempts else ""
    return (
        TEXTS.isolate(_stamp(message.created_at, has_seconds=True)),
        spell_kind(message.kind),
        f"{_SIGNS[sign]} " + TEXTS.say(f"programs.state.{key}"),
        answer,
        str(message.attempts),
    )


def spell_attempt(attempt: DeliveryAttempt) -> tuple[str, str, str]:
    """Say a try: when and how long, how it ended, the first bytes of the answer."""
    at = TEXTS.isolate(f"{_stamp(attempt.at, has_seconds=True)} · {attempt.ms} ms")
    answer = _readable(attempt.answer) or TEXTS.say("programs.no_bytes")
    return at, _answer(attempt.status, attempt.said), answer


def spell_sent(sent: SentMessage) -> str:
    """Say which message is looked at."""
    return TEXTS.beside(spell_kind(sent.delivery.kind), sent.delivery.message_id)


def spell_webhook_refusal(fault: Refused) -> str:
    """Say why the server did not do it: of an address, what is taken."""
    if any(one.field == "url" for one in fault.fields):
        return TEXTS.say("programs.wrong_url")
    if fault.problem == "quota-exceeded":
        return TEXTS.say("programs.too_many")
    return spell_refusal(fault, is_managers=True)


def words_of_programs() -> ClashWords:
    """Return how a program's fields are said."""

    def value(path: str, said: Any) -> str:
        return spell_kinds(said) if path == "kinds" else str(said)

    return ClashWords(lambda path: TEXTS.say(f"programs.{path}"), value)


def _answer(status: int | None, said: str) -> str:
    if status is None:
        return TEXTS.say(f"programs.said.{SAID[said]}") if said in SAID else TEXTS.isolate(said)
    answer = f"HTTP {status}"
    if status in _OK:
        return TEXTS.isolate(answer)
    if status in _ELSEWHERE:
        return TEXTS.say("programs.http_elsewhere", answer=answer)
    key = "programs.http_gone" if status == _GONE else "programs.http"
    return TEXTS.say(key, answer=answer)


def _readable(text: str) -> str:
    """Return what can be shown of what a stranger answered: no control of ours or of the page."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _stamp(moment: datetime, *, has_seconds: bool = False) -> str:
    return ORGANIZATION_CLOCK.stamp(moment, has_seconds=has_seconds)
