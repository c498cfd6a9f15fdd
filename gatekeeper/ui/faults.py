"""What the screen says about an error, and what becomes of one that nobody foresaw."""

from __future__ import annotations

from typing import Final

from gatekeeper.ui.texts import ENGLISH, TEXTS
from shared.kernel.errors import (
    BadInput,
    EnvironmentFault,
    GatekeeperError,
    Rejected,
    ServerFault,
    StorageFull,
    StoreFault,
)

_KINDS: Final = (
    (StorageFull, "fault.kind_full"),
    (StoreFault, "fault.kind_store"),
    (ServerFault, "fault.kind_server"),
    (Rejected, "fault.kind_rejected"),
    (BadInput, "fault.kind_input"),
    (EnvironmentFault, "fault.kind_environment"),
)


def spell_fault(fault: BaseException) -> str:
    """Return a sentence for a person; never an exception's name.

    The engine explains itself in English. In another language its kind of fault is said first,
    and the English words stand behind it for whoever mends it.
    """
    text = str(fault).strip() if isinstance(fault, GatekeeperError) else ""
    if not text:
        return TEXTS.say("fault.unforeseen")
    if TEXTS.language != ENGLISH:
        key = next((key for kind, key in _KINDS if isinstance(fault, kind)), "fault.unforeseen")
        return TEXTS.say("fault.detail", what=TEXTS.say(key), detail=text)
    sentence = text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def raise_unforeseen(fault: BaseException) -> None:
    """Let a bug of ours reach the log, once the screen is calm again."""
    if not isinstance(fault, GatekeeperError):
        raise fault
