"""What becomes of each admission at an arm, once all its persons have been told of.

In doubt somebody is inside. A way in is taken back only where surely nobody went through: else a
copy of the code would come in as well. A way out at a sensor counts only where nothing speaks
against it that everybody went: else a copy would come in as a re-entry, the holder inside still.
It is only offered until then, where the device can, and those go on record who went.
A sensor that has seen nobody for several admissions in a row may have lost its wire, and is asked
in vain (`docs/decisions/0143-a-sensor-that-sees-nobody.md`).
Without a sensor nobody ever knows, and only an arm that surely was closed speaks against it.
"""

from __future__ import annotations

from typing import Final

import msgspec
from cachetools import FIFOCache

from gatekeeper.turnstile.passage_sensor import DOUBTED_AFTER
from gatekeeper.turnstile.ports import ArmOutcome, ArmPassage
from shared.journal.entry import ARM_FAILED, NOBODY_WENT, NoteBody
from shared.kernel.id_types import ClaimId
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind

_KEPT_MAX: Final = 64
GRANTED: Final = "granted"
"""The topic of the note that an arm opens; it is on disk before the arm is told to."""
_SEES_NOBODY: Final = Trouble(
    TroubleKind.RELAY_SENSOR, "the turnstile’s sensor did not see the last few visitors"
)


class Granted(msgspec.Struct, frozen=True):
    """An admission for which the arm opens, once for each person.

    Attributes:
        claim_id: Which.
        persons: How many.
        is_exit: The way out.
        is_watched: A sensor tells of passages.
        is_offered: A way out that goes on record by another scan, of those who have passed.
    """

    claim_id: ClaimId
    persons: int
    is_exit: bool
    is_watched: bool
    is_offered: bool = False


class ArmEnd(msgspec.Struct, frozen=True):
    """What became of an admission at the arm.

    Attributes:
        granted: Which.
        passed: So many went through.
        opened: For so many more the arm opened, and nothing tells of passages there.
        unsure: And for so many it may have opened, or its sensor cannot be asked.
        why: What failed last, if anything did.
    """

    granted: Granted
    passed: int = 0
    opened: int = 0
    unsure: int = 0
    why: Trouble = NO_TROUBLE

    @property
    def is_complete(self) -> bool:
        """Whether nothing speaks against it that everybody went."""
        possible = 0 if self.granted.is_watched else self.unsure
        return self.passed + self.opened + possible >= self.granted.persons

    @property
    def is_nobody(self) -> bool:
        """Whether surely nobody went."""
        return not (self.passed or self.opened or self.unsure)

    @property
    def undone_for(self) -> str:
        """Why it is taken back, a short code; "" if it stands."""
        stands = self.is_complete if self.granted.is_exit else not self.is_nobody
        if stands:
            return ""
        return ARM_FAILED if self.why else NOBODY_WENT

    @property
    def note(self) -> NoteBody | None:
        """What is put on record of it; None where nothing tells of passages there."""
        claim_id = self.granted.claim_id
        if self.passed:
            return NoteBody("passed", f"{claim_id} {self.passed}")
        return NoteBody("passage_unknown", claim_id) if self.unsure else None


class GrantedPassages:
    """The admissions at one arm whose persons have not all been told of yet."""

    def __init__(self) -> None:
        self._ends: FIFOCache[str, tuple[ArmEnd, int]] = FIFOCache(_KEPT_MAX)
        self._unseen = 0

    def grant(self, granted: Granted) -> NoteBody:
        """Keep an admission until all its persons have been told of; give what is on record."""
        self._ends[granted.claim_id] = (ArmEnd(granted), granted.persons)
        return NoteBody(GRANTED, granted.claim_id)

    def take(self, passage: ArmPassage) -> ArmEnd | None:
        """Take what became of one person; give the admission's end if that was the last one."""
        end, left = self._ends.get(passage.claim_id, (None, 0))
        if end is None:
            return None
        is_open = passage.outcome is ArmOutcome.OPENED
        end = msgspec.structs.replace(
            end,
            passed=end.passed + (passage.outcome is ArmOutcome.PASSED),
            opened=end.opened + (is_open and not passage.why),
            unsure=end.unsure + (is_open and bool(passage.why)),
            why=passage.why or end.why,
        )
        if left > 1:
            self._ends[passage.claim_id] = (end, left - 1)
            return None
        self._ends.pop(passage.claim_id)
        return self._doubted(end)

    def _doubted(self, end: ArmEnd) -> ArmEnd:
        """Count for how many admissions the sensor has seen nobody, and doubt it after some."""
        if end.passed:
            self._unseen = 0
        if not end.is_nobody or end.why:
            return end
        self._unseen += 1
        if self._unseen <= DOUBTED_AFTER:
            return end
        return msgspec.structs.replace(end, unsure=end.granted.persons, why=_SEES_NOBODY)
