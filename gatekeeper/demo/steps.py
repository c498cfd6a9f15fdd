"""What the demo's story tells whoever watches it: steps in their order, scans, sales, cables."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

import msgspec

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.gate.answer import ScanAnswer
from shared.wire.feed import ConflictNotice


class Step(StrEnum):
    """A chapter of the story, in the order of the evening."""

    BUILD = "build"
    SALE = "sale"
    SYNC = "sync"
    ADMIT = "admit"
    COPY = "copy"
    CUT = "cut"
    BOTH = "both"
    WALKUP = "walkup"
    HEAL = "heal"
    CONFLICT = "conflict"
    END = "end"


TOLD: Final = tuple(step for step in Step if step not in {Step.BUILD, Step.END})
"""The steps that are counted: what comes before them prepares, what comes after them sums up."""


class Beat(StrEnum):
    """How long something stays before the story goes on; who watches decides on the seconds."""

    BRISK = "brisk"
    SCAN = "scan"
    SHOWN = "shown"
    READ = "read"


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the story so far.

    Attributes:
        tickets: Sold in advance.
        admitted: Scans that were answered green.
        denied: Scans that were not.
        doubles: Tickets that were admitted more than once.
        walkups: Sold and admitted while cut off.
        conflicts: Double uses that the server knows of.
        lost: Green answers that the server does not hold in the end.
    """

    tickets: int = 0
    admitted: int = 0
    denied: int = 0
    doubles: int = 0
    walkups: int = 0
    conflicts: int = 0
    lost: int = 0


class Audience(Protocol):
    """Watches the story; called in the story's own thread."""

    def begin(self, step: Step, tally: Tally) -> None:
        """Know that a step begins."""

    def saw(self, gate: str, answer: ScanAnswer) -> None:
        """See what a gate answered."""

    def sold(self, sale: Sale, left: int) -> None:
        """See what the till sold, and how many more it may sell without asking."""

    def plugged(self, device: str, *, is_plugged: bool) -> None:
        """See a device's cable pulled or plugged in."""

    def reported(self, gate: str, conflicts: tuple[ConflictNotice, ...]) -> None:
        """See which conflicts a gate knows of."""

    async def pause(self, beat: Beat) -> None:
        """Wait until the story may go on."""
