"""What was said and seen at the evening whose zone is emptied, with true times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.kernel.instant import Instant
from simulator.judging.seen_visits import Card, Visit
from simulator.nodes.thin_scanner import Claimed

DESK: Final = ""
"""In place of a node: the organizer."""
ANNUL: Final = "annul"
"""In place of a phase: the organizer takes an evacuation back."""


class Said(msgspec.Struct, frozen=True):
    """A word on an evacuation that was said, and taken.

    Attributes:
        name: The evacuation's id.
        phase: `stop`, `return`, `over`, or `ANNUL`.
        node: At which gate; `DESK` for the organizer's.
        began: True time of the question, or of the deed.
        ended: By when it held, there or at the ledger.
    """

    name: str
    phase: str
    node: str
    began: Instant
    ended: Instant


class Refused(msgspec.Struct, frozen=True):
    """A word of the organizer's that the server would not take.

    Attributes:
        name: The evacuation's id, or None for one that should begin.
        phase: As in `Said`.
        ended: True time of the answer.
        why: What the server said.
    """

    name: str | None
    phase: str
    ended: Instant
    why: str


class Asked(msgspec.Struct, frozen=True):
    """Somebody at the desk has asked who has heard, and looked at the gates meanwhile.

    Attributes:
        began: True time of the question.
        ended: Of the answer.
        told: Who has heard as the answer says: each evacuation's phase, and its devices' nodes.
        known: How far each gate that runs really knew of which evacuation, by node and id.
        in_reach: Gates that could ask the server all the while, and for long before.
    """

    began: Instant
    ended: Instant
    told: Mapping[str, tuple[str, Mapping[str, bool]]]
    known: Mapping[str, Mapping[str, str]]
    in_reach: frozenset[str]


class EmptiedRecord:
    """Everything of that evening.

    Attributes:
        visits: Presentations at gates, in order of beginning.
        claimed: What the thin scanner has asked, in order.
        cards: Whose ticket a code is, by its text.
        said: Words on evacuations, in order of their end.
        asked: Who has heard, as the desk was told.
        heads: The feed's newest number, again and again, by true time.
        refused: What the organizer was refused.
        is_whole: Of each word it is known whether it was said, and when.
        last: The number of the first presentation when all was over, and of the first claim.
    """

    def __init__(self, claimed: list[Claimed]) -> None:
        self.visits: list[Visit[Card]] = []
        self.claimed = claimed
        self.cards: dict[str, Card] = {}
        self.said: list[Said] = []
        self.asked: list[Asked] = []
        self.heads: list[tuple[Instant, int]] = []
        self.refused: list[Refused] = []
        self.is_whole = True
        self.last = (0, 0)
