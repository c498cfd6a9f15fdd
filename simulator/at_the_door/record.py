"""What was seen at the evening whose gates ask questions, with true times."""

from __future__ import annotations

from typing import Final

from shared.manifest.questions import DoorQuestion
from simulator.visits import Visit

QUESTIONS: Final = (
    DoorQuestion("bags", "Any bags larger than A4?", ("No", "Yes, left at the cloakroom")),
    DoorQuestion("drink", "Welcome drink?", ("Wine", "Juice", "None")),
)
"""What the evening's one ticket type has asked."""


class DoorRecord:
    """Everything that was seen there.

    Attributes:
        visits: Presentations at gates, in order of beginning; one that goes on with answers is
            another.
        refused: Claims whose holders would not answer, and that were declined or left.
    """

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.refused: set[str] = set()
