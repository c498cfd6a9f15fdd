"""A passage as the ledger has it, and a claim under which nobody passes.

Their fields name columns of their tables, which say of what kind each is
(`server/ledger/ledger_statements.py`).
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.admission.facts import Direction, UseFact
from shared.kernel.id_types import ClaimId, DeviceId, GateId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import Duration, Instant
from shared.kernel.same_fields import made_of
from shared.wire.feed import Use

CLAIM: Final = "claim"
AWAITED: Final = "awaited"
GIFT: Final = "gift"
PAPER: Final = "paper"
"""Keyed in from a list on paper: its journal says who says so, and nothing of when it was."""
NOT_MOVED: Final = Duration(0)
_UNTIL_CONFIRMED: Final = frozenset({AWAITED, GIFT})
DIRECTIONS: Final = {"in": Direction.IN, "out": Direction.OUT}


class UseRecord(msgspec.Struct):
    """A row of `ticket_use`; `ticket_id` is the unsigned one.

    Attributes:
        knew, generation, moved: See `server.ledger.models.TicketUse`.
    """

    claim_id: ClaimId
    ticket_id: TicketId
    zone_id: ZoneId
    occurrence_id: OccurrenceId
    direction: str
    at: Instant
    at_error: Duration | None
    count: int
    gate_id: GateId
    device_id: DeviceId
    mode: str
    reason: str
    is_annulled: bool
    is_confirmed: bool
    source: str
    boot: bytes | None
    dseq: int | None
    seq: int
    epoch: int
    content: bytes | None
    remaining: int | None
    allotted: int = 0
    knew: int = 0
    generation: int | None = None
    moved: Duration = NOT_MOVED

    @property
    def is_grant(self) -> bool:
        """Tell whether the ledger let it happen, so that its number says when."""
        return self.source in {CLAIM, AWAITED}

    @property
    def journal(self) -> tuple[DeviceId, bytes] | None:
        """Return the device and boot in whose journal it stands in its order; None if in none."""
        if self.boot is None or self.source == PAPER:
            return None
        return self.device_id, self.boot

    @property
    def said(self) -> tuple[Instant, Duration | None]:
        """Return its instant as its author said it, with the bound."""
        error = None if self.at_error is None else Duration(self.at_error - abs(self.moved))
        return Instant(self.at - self.moved), error

    @property
    def persons(self) -> int:
        """Return the persons by which it changes who is inside the zone.

        A place is free when its exit is on a gate's disk: until then the gate may crash, the
        holder still be inside, and the claim be signed away. What a home has given counts when
        its asker's journal says so, together with the place in the asker's share that it takes.
        """
        if self.waits_for_journal and not self.is_confirmed:
            return 0
        return self.count if self.direction == "in" else -self.count

    @property
    def waits_for_journal(self) -> bool:
        """Tell whether it counts inside the zone only when its device's journal says so."""
        return self.source in _UNTIL_CONFIRMED

    def fact(self) -> UseFact:
        """Say the use as the decision sees it."""
        return made_of(
            UseFact, self, direction=DIRECTIONS[self.direction], annulled=self.is_annulled
        )

    def item(self) -> Use:
        """Say the use as the feed has it."""
        return made_of(Use, self)


class MarkRecord(msgspec.Struct):
    """What is noted of a claim by which nobody passes: a row of `claim_mark`."""

    claim_id: ClaimId
    device_id: DeviceId
    why: str
    content: bytes | None
    answer: bytes | None
