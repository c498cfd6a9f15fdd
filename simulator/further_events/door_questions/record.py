"""What was seen at the evening whose gates ask questions, with true times."""

from __future__ import annotations

from typing import Final

from shared.manifest.door_questions import DoorQuestion
from simulator.judging.seen_visits import Card, Visit
from simulator.nodes.thin_scanner import Claimed

QUESTIONS: Final = (
    DoorQuestion("bags", "Any bags larger than A4?", ("No", "Yes, left at the cloakroom")),
    DoorQuestion("drink", "Welcome drink?", ("Wine", "Juice", "None")),
)
"""What both of the evening's ticket types have asked."""
PERSONS: Final = 3
"""Of the second type's tickets."""


class DoorRecord:
    """Everything that was seen there.

    Attributes:
        visits: Presentations at gates, in order of beginning; one that goes on with answers is
            another.
        refused: Claims whose holders would not answer, and that were declined or left.
        undone: Claims that somebody at a gate has begun to take back.
        claimed: What the thin scanner has asked, in order.
    """

    def __init__(self, claimed: list[Claimed]) -> None:
        self.visits: list[Visit[Card]] = []
        self.refused: set[str] = set()
        self.undone: set[str] = set()
        self.claimed = claimed
