"""What the screen says about an error, and what becomes of one that nobody foresaw."""

from __future__ import annotations

from gatekeeper.ui.texts import TEXTS
from shared.kernel.errors import GatekeeperError


def spell_fault(fault: BaseException) -> str:
    """Return a sentence for a person; never an exception's name."""
    text = str(fault).strip() if isinstance(fault, GatekeeperError) else ""
    if not text:
        return TEXTS.say("fault.unforeseen")
    sentence = text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def raise_unforeseen(fault: BaseException) -> None:
    """Let a bug of ours reach the log, once the screen is calm again."""
    if not isinstance(fault, GatekeeperError):
        raise fault
