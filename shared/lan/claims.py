"""A gate's claim of a ticket among the venue's gates, and the hold by which others know of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum, StrEnum
from typing import Annotated, Final, TypeAlias

import msgspec

from shared.journal.bounds import GivenIdOf, IdOf
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import ClaimId, DeviceId, GateId, OccurrenceId, ZoneId
from shared.kernel.instant import INSTANT_MAX

STAMP_MAX: Final = 1 << 62
KNOWN_SIZE: Final = 8
KNOWN_MAX: Final = 48
"""So many uses an asker can say that it knows; a ticket used more often is not asked for whole."""

Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]
At = Annotated[int, msgspec.Meta(ge=0, le=INSTANT_MAX)]
"""An instant that every screen can show."""
Ref: TypeAlias = tuple[str, str]
"""Device id and claim id. A device can spoil only its own claim ids."""


class ClaimKey(msgspec.Struct, frozen=True, array_like=True):
    """What is claimed: a ticket's right of entry into one zone.

    Ticket and zone name it alone. Gates whose rows of a ticket differ (one has heard of its sale,
    the other has not) say different occurrences of the same right.

    Attributes:
        ticket_id: The ticket.
        zone_id: The zone.
        occurrence_id: The occurrence as far as the gate that asks knows it, or ""; for the record
            alone.
    """

    ticket_id: Annotated[int, msgspec.Meta(ge=0)]
    zone_id: GivenIdOf[ZoneId]
    occurrence_id: IdOf[OccurrenceId] = OccurrenceId("")

    def __eq__(self, other: object) -> bool:
        """Compare what names the right."""
        if not isinstance(other, ClaimKey):
            return NotImplemented
        return (self.ticket_id, self.zone_id) == (other.ticket_id, other.zone_id)

    def __hash__(self) -> int:
        """Hash what names the right."""
        return hash((self.ticket_id, self.zone_id))


class Claim(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One gate's wish to let persons in on a ticket.

    Attributes:
        claim_id: Random; the journal entry that ends the claim carries it.
        key: What is claimed.
        device_id: Who asks.
        gate_id: Where the persons stand.
        count: How many they are.
        at: When they were scanned, by the asker's clock; for screens alone, it decides nothing.
        stamp: A Lamport clock: higher than that of every claim the asker had heard of.
    """

    claim_id: GivenIdOf[ClaimId]
    key: ClaimKey
    device_id: GivenIdOf[DeviceId]
    gate_id: IdOf[GateId]
    count: Count
    at: At
    stamp: Annotated[int, msgspec.Meta(ge=0, le=STAMP_MAX)] = 0

    @property
    def ref(self) -> Ref:
        """What names this claim among those of all devices."""
        return self.device_id, self.claim_id


class HoldState(StrEnum):
    """Whether the persons of a hold may still turn out not to have entered."""

    OPEN = "open"
    USED = "used"


class Hold(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A claim or a use that takes part of a ticket's allowance, as one gate tells another.

    Attributes:
        device_id: Whose it is.
        claim_id: Its id.
        gate_id: Where.
        count: Persons.
        at: When, by its own device's clock.
        state: `open`: it may be admitted or given up; nobody else may rely on either.
            `used`: admitted.
        direction: `in`, or `out` for a used exit.
    """

    device_id: GivenIdOf[DeviceId]
    claim_id: GivenIdOf[ClaimId]
    gate_id: IdOf[GateId]
    count: Count
    at: At
    state: HoldState
    direction: Annotated[str, msgspec.Meta(pattern="^(in|out)$")] = "in"

    @property
    def ref(self) -> Ref:
        """What names this hold among those of all devices."""
        return self.device_id, self.claim_id


class ClaimOutcome(IntEnum):
    """How a claim ended. Later members win, in whatever order the entries arrive."""

    RELEASED = 1
    USED = 2
    UNDONE = 3


UsesOf: TypeAlias = Callable[[ClaimKey], Sequence[Hold]]
"""Every use of a key that this gate knows and that stands, from whatever source."""

Judge: TypeAlias = Callable[[Sequence[Hold]], bool]
"""Would the admission decision still admit, these holds counted as uses?"""


def hold_of(claim: Claim) -> Hold:
    """Describe a claim that has not ended."""
    return Hold(
        device_id=claim.device_id,
        claim_id=claim.claim_id,
        gate_id=claim.gate_id,
        count=claim.count,
        at=claim.at,
        state=HoldState.OPEN,
    )


def hash_use(hold: Hold) -> bytes:
    """Return the 8 bytes by which an asker says that it knows a use."""
    return sha256(f"{hold.device_id}\0{hold.claim_id}".encode())[:KNOWN_SIZE]


def list_known(uses: Sequence[Hold]) -> bytes:
    """Concatenate the hashes of the newest `KNOWN_MAX` uses."""
    newest = sorted(uses, key=lambda use: use.at)[-KNOWN_MAX:]
    return b"".join(hash_use(use) for use in newest)


def split_known(known: bytes) -> frozenset[bytes]:
    """Take the hashes apart again; a torn last one is left out."""
    whole = len(known) - len(known) % KNOWN_SIZE
    return frozenset(known[at : at + KNOWN_SIZE] for at in range(0, whole, KNOWN_SIZE))


def judge_single_entry(holds: Sequence[Hold]) -> bool:
    """Judge for a ticket that lets one person in once: any way in that is held forbids it."""
    return all(hold.direction != "in" for hold in holds)
