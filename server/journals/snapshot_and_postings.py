"""What posting an upload's entries starts from, and what it changes; see `JournalFold`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.rows import JournalOwner
from server.homes.rows import AskRecord
from server.ledger.arrivals_after_evacuations import Told
from server.ledger.evacuations_on_record import Word, WordKnowledge
from server.ledger.uses import GIFT, MarkRecord, UseRecord
from server.plans.event_book import EventBook
from server.reconciliation.findings import Finding, GateWord
from server.reconciliation.passage_rights import Doubt, Rights
from server.reconciliation.typed_codes import TypedCodes
from server.ticketing.withdrawals import WithdrawalRecord
from shared.journal.entry import ScanBody
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId, ZoneId
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.manifest.door_questions import DoorAnswer
from shared.manifest.presenting import Presented
from shared.manifest.seen_codes import ReadCodes
from shared.manifest.tickets import TicketRow
from shared.wire.feed import Annul, EvacuationNotice, Use

BookOf = Callable[[EventId], EventBook | None]
"""Gives an event's book, or None if the organization has no such event."""


class Ingest(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a device, and of the upload of its journal, before that is booked.

    Attributes:
        home_event: The event that the device serves, or "".
        home_gate: The gate that it is assigned to, or "".
        takes_given_times: The device's callers may say what time it is: it is no live one.
        is_accepted: A person has taken the entries over: what they say of passages counts.
        goes_on: The device has more to send.
        proofs: What `check_proofs` has found of them.
    """

    owner: JournalOwner
    received_at: Instant
    entropy: Entropy
    book_of: BookOf
    home_event: EventId = EventId("")
    home_gate: GateId = GateId("")
    takes_given_times: bool = False
    is_accepted: bool = False
    goes_on: bool = False
    proofs: ReadCodes = {}


class Journaled(msgspec.Struct, kw_only=True):
    """What the ledger holds about a batch's tickets and claims.

    Attributes:
        owed_only: Tickets of which a till has paid what the server owed and has not sent.
        typed: How many passages by manual codes count.
    """

    epoch: int
    tickets: Mapping[TicketId, TicketRow]
    uses: dict[ClaimId, UseRecord]
    marks: dict[str, MarkRecord]
    inside: dict[ZoneId, int]
    asks: dict[str, AskRecord] = msgspec.field(default_factory=dict)
    notices: list[EvacuationNotice] = msgspec.field(default_factory=list)
    floor: WordKnowledge = msgspec.field(default_factory=WordKnowledge)
    told: Sequence[Told] = ()
    rights: Rights = Rights()
    withdrawals: Mapping[TicketId, list[WithdrawalRecord]] = msgspec.field(default_factory=dict)
    owed_only: frozenset[TicketId] = frozenset()
    typed: TypedCodes


class IngestSnapshot(msgspec.Struct, frozen=True):
    """What must not change before the counter is taken.

    Attributes:
        told: What gates were told of evacuations.
        words: What was said of them.
        doubles: Tickets of open double uses in zones that the batch says were emptied.
    """

    told: Sequence[Told]
    doubles: Sequence[TicketId]
    words: Sequence[Word] = ()

    @property
    def notices(self) -> list[EvacuationNotice]:
        """Return what gates were told, without the numbers."""
        return [one.notice for one in self.told]


class UseEvidence(msgspec.Struct, frozen=True):
    """A use with the entry that records it."""

    use: UseRecord
    checked: CheckedEntry


class Postings(msgspec.Struct, kw_only=True):
    """What the booking of a batch of journal entries changes in the ledger.

    Attributes:
        items: New uses and annulments in order, for the feed.
        confirmed: Uses of claims that the journal now holds.
        late: Those of them that were granted after their holders had been let pass.
        left: The zones into which these were granted.
        annulled: Uses that no longer count.
        marks: Claim ids under which nobody passes.
        suspects: Tickets and zones to be looked at for excess.
        findings: Conflicts, a double use that is none any more among them without sides.
        dispositions: What supervisors at gates said became of conflicts.
        doubted: Passages that have no effect, and why.
        entries: The new entries by the claims that they record.
        evacuations: What gates are told of evacuations.
        words: What was said of them, with what became of it.
        spent: What passages cost devices' shares of capacity, by zone and device.
        returned: What the device gave back of its shares, in all, likewise.
    """

    items: list[UseRecord | Annul | Use]
    confirmed: list[UseEvidence]
    annulled: list[UseRecord]
    marks: list[MarkRecord]
    suspects: dict[tuple[int, str], Presented]
    findings: list[Finding]
    dispositions: list[GateWord]
    entries: dict[str, CheckedEntry]
    evacuations: list[EvacuationNotice] = msgspec.field(default_factory=list)
    words: list[Word] = msgspec.field(default_factory=list)
    spent: dict[tuple[str, str], int] = msgspec.field(default_factory=dict)
    returned: dict[tuple[str, str], int] = msgspec.field(default_factory=dict)
    doubted: list[tuple[Doubt, CheckedEntry]] = msgspec.field(default_factory=list)
    late: list[UseRecord] = msgspec.field(default_factory=list)
    left: set[ZoneId] = msgspec.field(default_factory=set)

    def suspect(self, ticket_id: TicketId, zone_id: ZoneId) -> None:
        """Have admissions beyond a ticket's allowance looked for in a zone, whatever was shown."""
        self.suspects.setdefault((ticket_id, zone_id), Presented(ticket_id=ticket_id))

    def tell_again(self, use: UseRecord, told_in: ZoneId) -> None:
        """Keep a grant's place, which is another one than was told, and perhaps another zone."""
        self.late.append(use)
        self.left.add(told_in)
        self.items.append(use.item())

    @property
    def changed_zones(self) -> set[ZoneId]:
        """Return the zones of which it says something that the ledger has not let happen."""
        given = (one.use for one in self.confirmed if one.use.source == GIFT)
        changed = {use.zone_id for use in (*self.new_uses, *self.annulled, *given, *self.late)}
        return changed | self.left | {word.zone_id for word in self.words}

    @property
    def answers(self) -> list[tuple[UseRecord, tuple[DoorAnswer, ...]]]:
        """Return the uses that it tells of with what their holders answered."""
        told = (*self.new_uses, *(one.use for one in self.confirmed))
        entries = ((use, self.entries.get(use.claim_id)) for use in told)
        return [
            (use, entry.body.answers)
            for use, entry in entries
            if entry is not None and isinstance(entry.body, ScanBody)
        ]

    @property
    def new_uses(self) -> list[UseRecord]:
        """Return the uses to insert."""
        return [item for item in self.items if isinstance(item, UseRecord)]


def is_its_claim(known: UseRecord, body: ScanBody, device_id: DeviceId) -> bool:
    """Tell whether an entry of a device tells of a use that the ledger holds."""
    return (
        known.device_id == device_id
        and known.ticket_id == body.ticket_id
        # The ledger may have known the gate to lead elsewhere than the device did.
        and (known.gate_id == body.gate_id or known.zone_id == body.zone_id)
        and known.count == max(1, body.count)
        and (known.direction == "out") == (body.direction == "out")
        and not known.is_annulled
    )
