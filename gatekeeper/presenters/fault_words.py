"""What the screen says is wrong, and what becomes of an error that nobody foresaw."""

from __future__ import annotations

import logging
from typing import Final

from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import GatekeeperError, trouble_of
from shared.kernel.languages import ENGLISH
from shared.kernel.trouble import TroubleKind

_TOLD_WHOLE: Final = frozenset({TroubleKind.DISK_FULL})
"""Of these the catalogue says all that there is to say: English words add nothing."""
_log: Final = logging.getLogger(__name__)


def spell_fault(fault: BaseException) -> str:
    """Return a sentence for a person; never an exception's name.

    An error that names its kind is told by the catalogue alone. Of any other the kind of its
    class is told, with the engine's English words behind it for whoever mends it. The log has
    them in any case.
    """
    _log.warning("told on the screen: %s", fault)
    if not isinstance(fault, GatekeeperError) or not str(fault).strip():
        return TEXTS.say("fault.unforeseen")
    trouble = trouble_of(fault)
    said = TEXTS.say(f"trouble.{trouble.kind}")
    if fault.kind is not None:
        return said
    if TEXTS.language != ENGLISH and trouble.kind in _TOLD_WHOLE:
        return said
    if TEXTS.language != ENGLISH:
        return TEXTS.say("fault.detail", what=said, detail=trouble.text)
    sentence = trouble.text[:1].upper() + trouble.text[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def spell_trouble(kind: str, text: str, *, is_detailed: bool = False) -> str:
    """Say what is wrong with a gate.

    Args:
        kind: A `TroubleKind`; "" where `text` is for the screen as it stands, or is "".
        text: The engine's own words.
        is_detailed: Add the engine's words, for whoever mends it.
    """
    if not kind:
        return text
    said = TEXTS.say(f"trouble.{kind}")
    return TEXTS.say("fault.detail", what=said, detail=text) if is_detailed and text else said


def raise_unforeseen(fault: BaseException) -> None:
    """Let a bug of ours reach the log, once the screen is calm again."""
    if not isinstance(fault, GatekeeperError):
        raise fault
