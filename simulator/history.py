"""What happened in a world, as somebody saw it who stands beside every gate with a true clock.

Checkers compare this with what devices and server hold afterwards. Nothing in here is taken from
the code under test but its answers.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.gate.answer import ScanAnswer
from shared.credential.keyring import TicketKey
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import Instant
from shared.manifest.event_config import EventConfig


class CodeKind(StrEnum):
    """What a presented text really is.

    `genuine`: signed by the organizer's server or till for this ticket and generation.
    `forged`: looks like a ticket and was signed by nobody who may. `foreign`: another
    organization's genuine ticket. `garbage`: no ticket at all.
    """

    GENUINE = "genuine"
    FORGED = "forged"
    FOREIGN = "foreign"
    GARBAGE = "garbage"


class Code(msgspec.Struct, frozen=True):
    """A text that somebody presents.

    Attributes:
        text: As scanned.
        kind: What it really is.
        ticket_id: Of a genuine one.
        generation: Of a genuine one.
        persons: How many it stands for.
    """

    text: str
    kind: CodeKind
    ticket_id: TicketId | None = None
    generation: int = 0
    persons: int = 1


class ShownScan(msgspec.Struct):
    """One presentation of a code at a gate.

    Attributes:
        number: In order of beginning.
        node: The gate's node.
        code: What was presented.
        direction: `in` or `out`.
        count: Persons.
        began: True time.
        start: Which start of the gate's program it was.
        ended: True time of the answer; None while there is none.
        answer: What the lane showed; None if it never did.
        refusal: The error that the lane showed instead, or "".
        peers: The nodes that were in touch with this one when it began.
        heard: The nodes that this one and they have heard of each other lately, one late greeting
            or not.
        reachable: The nodes with which it must have been in touch by then: nothing had kept the
            two from finding each other for long enough.
    """

    number: int
    node: str
    code: Code
    direction: str
    count: int
    began: Instant
    start: int
    ended: Instant | None = None
    answer: ScanAnswer | None = None
    refusal: str = ""
    peers: frozenset[str] = frozenset()
    heard: frozenset[str] = frozenset()
    reachable: frozenset[str] = frozenset()

    @property
    def is_green(self) -> bool:
        """Whether the holder saw green."""
        return self.answer is not None and self.answer.verdict == "admit"


class ShownSale(msgspec.Struct, frozen=True):
    """A sale whose tickets were handed over."""

    node: str
    sale: Sale
    type_code: int
    at: Instant


class ShownUndo(msgspec.Struct, frozen=True):
    """An admission that staff took back, with the gate's word that it is on record."""

    node: str
    claim_id: ClaimId
    seq: int
    at: Instant


class OfficeAct(msgspec.Struct, frozen=True):
    """What the organizer did to a ticket, committed at the server.

    Attributes:
        kind: `void`, `reissue`, `block` or `unblock`.
        ticket_id: To which ticket.
        generation: Of the ticket afterwards.
        epoch: Ledger epoch at that time.
        sequence: The feed's number of it.
        at: True time of the commit.
        restores: How often the server had been put back by then.
        replaced: Of a reissue: the generation that whoever asked for it meant; None if any.
    """

    kind: str
    ticket_id: TicketId
    generation: int
    epoch: int
    sequence: int
    at: Instant
    restores: int = 0
    replaced: int | None = None


class Probe(msgspec.Struct, frozen=True):
    """A question that another organization's device asked about this event.

    Attributes:
        what: The request.
        status: The answer's status.
        leaked: What it learnt or changed; "" as it should be.
    """

    what: str
    status: int
    leaked: str


class Trick(msgspec.Struct, frozen=True):
    """A lie that a hostile device told the server.

    Attributes:
        name: Which.
        expected: Outcomes that are right.
        got: What it got.
        hashes: Of the entries that it sent.
    """

    name: str
    expected: frozenset[str]
    got: frozenset[str]
    hashes: tuple[bytes, ...]


class HomeGiven(msgspec.Struct, frozen=True):
    """A ticket's row as the ledger told it, committed: who is its home from here on.

    Attributes:
        sequence: The feed's number; 0 before the first publication.
        ticket_id: Which ticket.
        device_id: Its home, or None.
        number: The assignment's.
    """

    sequence: int
    ticket_id: TicketId
    device_id: DeviceId | None
    number: int


class LimitSet(msgspec.Struct, frozen=True):
    """The zone's capacity as the organizer changed it, committed at the server.

    Attributes:
        capacity: Persons; None where the limit was lifted.
        began: True time at which the change was under way.
        ended: True time of the commit.
        sequence: The feed's newest number then: what is told later was decided by this.
    """

    capacity: int | None
    began: Instant
    ended: Instant
    sequence: int


class PlanTold(msgspec.Struct, frozen=True):
    """The event's plan as the feed told it from a number on, committed."""

    sequence: int
    config: EventConfig
    keyring: tuple[TicketKey, ...]


class RelayLie(msgspec.Struct):
    """A word that the ledger has not signed for a claim, handed to its asker by a relay.

    Attributes:
        what: Which trick.
        claim_id: Of which claim.
        device_id: Who asked.
        heard_at: True time at which the asker's program had it; None if it never did.
        start: Which start of the asker's program that was.
    """

    what: str
    claim_id: ClaimId
    device_id: DeviceId
    heard_at: Instant | None = None
    start: int = 0


class RelayedAnswer(msgspec.Struct, frozen=True):
    """What the ledger answered to a claim that a relay put to it.

    Attributes:
        claim_id: Of which claim.
        answer: The `ClaimAnswer`'s JSON, as it was signed.
    """

    claim_id: ClaimId
    answer: bytes


class PutBack(msgspec.Struct, frozen=True):
    """The server was put back to an older copy of its disk; true times.

    Attributes:
        copied: When the copy was made: what came later it has forgotten.
        at: When it was put back.
    """

    copied: Instant
    at: Instant


class History:
    """Everything that was seen.

    Attributes:
        scans: In order of beginning.
        sales: In order of handing over.
        undos: In order.
        acts: The organizer's, in order of commit.
        crashes: Ends of programs that nobody asked for.
        partitions: Cuts of links.
        restores: How often the server was put back to a copy.
        copied: When copies of the server's disk were made.
        put_back: When each of these copies was made, and put back.
        probes: What strangers asked.
        tricks: What a hostile device tried.
        faults: What no program should ever do, as sentences: unexpected exceptions.
        homes: Who was given tickets, in the order of the ledger; where homes are moved.
        lost_homes: Devices that the organizer declared lost as homes.
        limits: What the organizer made of the zone's capacity, in order of commit.
        plans: Which plans the feed told, in order; what was published before doors apart.
        lies: What a dishonest relay told of the ledger.
        relayed: What the ledger said to claims that it carried, in order.
        false_times: Hashes of a hostile device's entries that bear a false time.
        spoilt: Hashes of entries that it altered or made up on the way.
        spoilt_told: How many of those the server is known to have seen: it answered.
    """

    def __init__(self) -> None:
        self.scans: list[ShownScan] = []
        self.sales: list[ShownSale] = []
        self.undos: list[ShownUndo] = []
        self.acts: list[OfficeAct] = []
        self.crashes = 0
        self.partitions = 0
        self.restores = 0
        self.copied: list[Instant] = []
        self.put_back: list[PutBack] = []
        self.probes: list[Probe] = []
        self.tricks: list[Trick] = []
        self.faults: list[str] = []
        self.homes: list[HomeGiven] = []
        self.lost_homes: set[str] = set()
        self.limits: list[LimitSet] = []
        self.plans: list[PlanTold] = []
        self.lies: list[RelayLie] = []
        self.relayed: list[RelayedAnswer] = []
        self.false_times: set[bytes] = set()
        self.spoilt: set[bytes] = set()
        self.spoilt_told = 0

    @property
    def greens(self) -> list[ShownScan]:
        """Scans that showed green."""
        return [scan for scan in self.scans if scan.is_green]
