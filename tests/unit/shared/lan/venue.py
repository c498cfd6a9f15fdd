"""A venue for tests: devices with keys, a signed roster, journals, and a store in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shared.journal.chain import SignedEntry, decode_entry, encode_body, seal_entry
from shared.journal.entry import (
    ENTRY_VERSION,
    KIND_OF_BODY,
    NO_HASH,
    Body,
    Entry,
    ReleaseBody,
    ScanBody,
    UndoBody,
)
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import INSTANT_MAX, Duration, Instant
from shared.lan.actions import Change, Forget, Keep, Remember
from shared.lan.claims import Claim, ClaimKey, ClaimOutcome, Hold, Ref
from shared.lan.entries_of_peers import Marks, read_ended
from shared.lan.messages import Mark
from shared.lan.own_identity import Identity, LanState
from shared.lan.roster import ROSTER_VERSION, Roster, RosterDevice
from shared.manifest.signed_document import DocumentKind, SignedDocument
from tests.factories.house import DOORS, EVENT, make_key, make_signer

ZONE = ZoneId("zn_000000000001")
OCCURRENCE = OccurrenceId("oc_000000000001")


def right(ticket_id: TicketId) -> ClaimKey:
    """Return the right of entry that a ticket gives in the tests' one zone."""
    return ClaimKey(ticket_id, ZONE, OCCURRENCE)


def device_name(number: int) -> DeviceId:
    """Return the id of the tests' n-th device."""
    return DeviceId(f"dv_{number:012d}")


def gate_name(number: int) -> GateId:
    """Return the id of its gate."""
    return GateId(f"gt_{number:012d}")


def device_key(number: int) -> SigningKey:
    """Return its key."""
    return make_key(1000 + number)


def claim_name(number: int) -> ClaimId:
    """Return a claim id of the form that lanes use."""
    return ClaimId(f"{number:032x}")


def make_roster(
    count: int,
    *,
    epoch: int = 1,
    sequence: int = 1,
    addresses: Sequence[str] = (),
    event_id: EventId = EVENT,
) -> Roster:
    """Return a roster of devices 0 to `count`-1, each with its address, if there is one."""
    devices = tuple(
        RosterDevice(
            device_id=device_name(number),
            public_key=device_key(number).public_key,
            gate_id=gate_name(number),
            zone_id=ZONE,
            addresses=(addresses[number],) if addresses else (),
        )
        for number in range(count)
    )
    return Roster(ROSTER_VERSION, event_id, epoch, sequence, devices)


def sign_roster(roster: Roster) -> SignedDocument:
    """Sign a roster with the tests' manifest key."""
    return make_signer().sign(DocumentKind.ROSTER, roster, DOORS)


def make_identity(number: int, boot: int = 1) -> Identity:
    """Return device n in its b-th boot."""
    name = number.to_bytes(4, "big") + boot.to_bytes(4, "big")
    return Identity(
        device_name(number),
        device_key(number),
        name,
        boot * 1000,
    )


class Journal:
    """A device's journal in one boot, real entries and all."""

    def __init__(self, number: int, boot: int = 1) -> None:
        self.identity = make_identity(number, boot)
        self.gate_id = gate_name(number)
        self.dseq = 0
        self._previous = NO_HASH

    def write(self, body: Body, **changed: object) -> SignedEntry:
        """Append an entry."""
        self.dseq += 1
        entry = Entry(
            v=ENTRY_VERSION,
            device_id=self.identity.device_id,
            boot=self.identity.boot,
            dseq=self.dseq,
            seq=self.identity.born + self.dseq,
            previous=self._previous,
            kind=KIND_OF_BODY[type(body)],
            event_id=EVENT,
            wall=Instant(DOORS + self.dseq),
            monotonic=Duration(self.dseq),
            offset=Duration(0),
            offset_error=Duration(1000),
            epoch=1,
            cursor=1,
            body=encode_body(body),
        )
        signed = seal_entry(msgspec.structs.replace(entry, **changed), self.identity.key)
        self._previous = signed.hash
        return signed

    def scan(
        self,
        key: ClaimKey,
        claim_id: ClaimId,
        verdict: str = "admit",
        *,
        count: int = 1,
        direction: str = "in",
        **changed: object,
    ) -> SignedEntry:
        """Append a scan."""
        return self.write(
            ScanBody(
                claim_id=claim_id,
                gate_id=self.gate_id,
                zone_id=key.zone_id,
                occurrence_id=key.occurrence_id,
                direction=direction,
                count=count,
                ticket_id=TicketId(key.ticket_id),
                generation=0,
                key_id=7,
                code_hash=bytes(16),
                verdict=verdict,
                reason="ok" if verdict == "admit" else "already_used",
                mode="lan",
            ),
            **changed,
        )

    def release(self, claim_id: ClaimId, ticket_id: TicketId) -> SignedEntry:
        """Append a release."""
        return self.write(ReleaseBody(claim_id, ticket_id, "restarted"))

    def undo(self, claim_id: ClaimId, ticket_id: TicketId) -> SignedEntry:
        """Append an undo."""
        return self.write(UndoBody(claim_id, ticket_id, "us_1", "mistake"))


class MemoryStore:
    """Fulfils `gatekeeper.lan.ports.PromiseStore`; what it holds survives its rung.

    Attributes:
        claims: Claims remembered.
        entries: All entries, own ones included.
        fault: Raised by `save`, if set.
        roster: The document that was kept last.
        lost_boots: Of its own device, which its journal does not have.
        saves, refused: How often it was asked to save: with success, and without.
    """

    def __init__(self) -> None:
        self.claims: dict[Ref, Claim] = {}
        self.clock = 0
        self.entries: dict[tuple[str, bytes, int], SignedEntry] = {}
        self.fault: Exception | None = None
        self.roster: SignedDocument | None = None
        self.lost_boots: set[bytes] = set()
        self.saves = self.refused = 0
        self._marks = Marks()
        self._uses: dict[ClaimKey, dict[Ref, Hold]] = {}
        self._outcomes: dict[Ref, ClaimOutcome] = {}

    def load(self) -> LanState:
        """Return what survived."""
        return LanState(tuple(self.claims.values()), self.clock, self._marks.list())

    async def save(self, changes: Sequence[Change]) -> None:
        """Make changes durable, or raise the fault that is set."""
        if self.fault is not None:
            self.refused += 1
            raise self.fault
        self.saves += 1
        self.apply(changes)

    def apply(self, changes: Sequence[Change]) -> None:
        """Make changes durable."""
        for change in changes:
            match change:
                case Remember(claim):
                    self.claims[claim.ref] = claim
                    self.clock = max(self.clock, claim.stamp)
                case Forget(ref):
                    self.claims.pop(ref, None)
                case Keep(signed, ref, heard_at):
                    self.journal(signed, heard_at, is_believed=ref is not None)

    def journal(
        self, signed: SignedEntry, heard_at: Instant = INSTANT_MAX, *, is_believed: bool = True
    ) -> SignedEntry:
        """Take an entry, with what it says of a claim."""
        entry = decode_entry(signed.entry)
        self.entries[entry.device_id, entry.boot, entry.dseq] = signed
        self._marks.add(entry.device_id, entry.boot, entry.dseq)
        ended = read_ended(entry, heard_at) if is_believed else None
        if ended is not None and entry.event_id in {"", EVENT}:
            ref = ended.hold.ref
            outcome = max(ended.outcome, self._outcomes.get(ref, ended.outcome))
            self._outcomes[ref] = outcome
            if ended.key is not None:
                self._uses.setdefault(ended.key, {})[ref] = ended.hold
        return signed

    def uses_of(self, key: ClaimKey) -> Sequence[Hold]:
        """Return the uses that stand."""
        uses = self._uses.get(key, {}).values()
        return [use for use in uses if self._outcomes[use.ref] is ClaimOutcome.USED]

    def entries_after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return entries of a boot."""
        found: list[SignedEntry] = []
        while len(found) < limit:
            signed = self.entries.get((mark.device_id, mark.boot, mark.dseq + len(found) + 1))
            if signed is None:
                break
            found.append(signed)
        return found

    def own_dseq(self, boot: bytes) -> int:
        """Return how far the own journal has a boot, unless the test has it lost."""
        return 0 if boot in self.lost_boots else 1 << 60

    async def keep_roster(self, document: SignedDocument) -> None:
        """Keep a roster."""
        self.roster = document
