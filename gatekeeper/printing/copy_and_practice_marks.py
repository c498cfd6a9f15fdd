"""What nobody must overlook on paper: that it is a copy, or that it is for practice."""

from __future__ import annotations

from gatekeeper.printing.slip_items import Band
from gatekeeper.wording.texts import Texts


def marks(copy: int, texts: Texts, *, is_practice: bool) -> list[Band]:
    """Return what nobody must overlook: a copy is one, practice is no ticket and no money."""
    bands = [Band(texts.say("paper.practice"))] if is_practice else []
    return bands + ([Band(texts.say("paper.copy", number=copy))] if copy else [])
