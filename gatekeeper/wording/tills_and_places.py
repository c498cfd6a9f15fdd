"""What tills and places are called in a sentence: no `Till Till 2`, no `North (North)`."""

from __future__ import annotations

import re

from gatekeeper.wording.texts import Texts


def call_till(texts: Texts, name: str) -> str:
    """Return `Till Bar`, and `Till 2` for one that is named so already."""
    if _names(texts.say("desk.role.till"), name):
        return texts.isolate(name)
    return texts.say("till.called", name=name)


def call_place(texts: Texts, gate: str, device: str) -> str:
    """Return the gate and its device; one of both where they are called alike, or one is not."""
    if device.casefold().strip() in {"", gate.casefold().strip()}:
        return texts.isolate(gate)
    if not gate:
        return texts.isolate(device)
    return f"{texts.isolate(gate)} ({texts.isolate(device)})"


def _names(word: str, name: str) -> bool:
    """Whether a word stands in a name; in scripts without spaces or with articles anywhere."""
    said, wanted = name.casefold(), word.casefold()
    if not wanted.isascii():
        return wanted in said
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", said) is not None
