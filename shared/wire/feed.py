"""The server tells devices what changed in an event: the feed, gap-free and in signed pages."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.credential.keyring import TicketKey
from shared.kernel.id_types import (
    ClaimId,
    ConflictId,
    DeviceId,
    EvacuationId,
    EventId,
    GateId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Duration, Instant
from shared.kernel.packing import pack, unpack
from shared.manifest.event_config import EventConfig
from shared.manifest.tickets import TicketRow
from shared.wire.device_feed import HomeRequest, Recall, ShareChange

FEED_VERSION: Final = 1


class ItemKind(StrEnum):
    """What a feed item tells. A device skips kinds that it does not know."""

    TICKET = "ticket"
    USE = "use"
    ANNUL = "annul"
    CONFIG = "config"
    CONFLICT = "conflict"
    EVACUATION = "evacuation"
    ASK = "ask"
    RECALL = "recall"
    SHARE = "share"


class Use(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One accepted passage of a ticket, as the ledger holds it.

    Attributes:
        claim_id: Unique within the event.
        ticket_id: Which ticket.
        zone_id: The scope of the use.
        direction: `in` or `out`.
        at: When, in server time as well as it is known.
        at_error: How far `at` may be off either way, or None while unknown.
        count: Persons.
        gate_id: Where.
        device_id: Who.
        mode: `online`, `lan` or `offline`.
        reason: `ok`, `reentry`, `exit` or `override`.
    """

    claim_id: ClaimId
    ticket_id: TicketId
    zone_id: ZoneId
    direction: str
    at: Instant
    at_error: Duration | None
    count: int
    gate_id: GateId
    device_id: DeviceId
    mode: str
    reason: str = "ok"


class Annul(msgspec.Struct, frozen=True, array_like=True):
    """A use that no longer counts: undone, or released by its holder."""

    claim_id: ClaimId
    ticket_id: TicketId
    at: Instant
    device_id: DeviceId
    why: str


class ConfigChange(msgspec.Struct, frozen=True, array_like=True):
    """The event's configuration and keyring as they are from now on."""

    config: EventConfig
    keyring: tuple[TicketKey, ...]


class Disposition(StrEnum):
    """What people decided about a conflict."""

    REMOVED = "removed"
    LET_STAY = "let_stay"
    OUR_ERROR = "our_error"
    FRAUD = "fraud"


class ConflictNotice(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A conflict was opened, joined by another side, or settled.

    Attributes:
        conflict_id: Which one.
        kind: `double_use` and so on.
        ticket_id: The ticket, or None where it is not about one.
        zone_id: The zone, or "".
        claim_ids: The uses on all sides so far, oldest first.
        gate_ids: Their gates.
        disposition: "" while open.
        ordered: Whether the order of the first two sides is certain.
    """

    conflict_id: ConflictId
    kind: str
    ticket_id: TicketId | None
    zone_id: ZoneId
    claim_ids: tuple[ClaimId, ...]
    gate_ids: tuple[GateId, ...]
    disposition: str = ""
    ordered: bool = False


class EvacuationNotice(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A zone is emptied, its holders return, or either is over.

    Attributes:
        evacuation_id: 32 hex digits, the same through all phases.
        zone_id: What is emptied.
        phase: `stop`, `return` or `over`.
        gate_id: Where it was begun.
        begun_at: When.
        emptied_at: From when on everybody counts as outside; None until the return begins.
        annulled: The organizer has taken it back: it is over, and nobody had to leave.
    """

    evacuation_id: EvacuationId
    zone_id: ZoneId
    phase: str
    gate_id: GateId
    begun_at: Instant
    emptied_at: Instant | None = None
    annulled: bool = False


ItemBody = (
    TicketRow
    | Use
    | Annul
    | ConfigChange
    | ConflictNotice
    | EvacuationNotice
    | HomeRequest
    | Recall
    | ShareChange
)

_KINDS: Final[dict[type[ItemBody], ItemKind]] = {
    TicketRow: ItemKind.TICKET,
    Use: ItemKind.USE,
    Annul: ItemKind.ANNUL,
    ConfigChange: ItemKind.CONFIG,
    ConflictNotice: ItemKind.CONFLICT,
    EvacuationNotice: ItemKind.EVACUATION,
    HomeRequest: ItemKind.ASK,
    Recall: ItemKind.RECALL,
    ShareChange: ItemKind.SHARE,
}
_DECODERS: Final[dict[str, msgspec.msgpack.Decoder[ItemBody]]] = {
    kind: msgspec.msgpack.Decoder(body_type) for body_type, kind in _KINDS.items()
}


class FeedItem(msgspec.Struct, frozen=True, array_like=True):
    """One numbered change of an event, as the server tells it to devices.

    Attributes:
        sequence: Its number.
        kind: An `ItemKind`.
        body: The MessagePack of the kind's struct.
        lot: Drawn when the ledger wrote it, so that another item that takes its number after the
            ledger went back to an older copy is told from it; 0 if it has none.
    """

    sequence: int
    kind: str
    body: bytes
    lot: int = 0


class FeedPage(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A run of the feed, signed as a `feed` document; empty pages state the head.

    Attributes:
        v: `FEED_VERSION`.
        event_id: Whose feed.
        epoch: Ledger epoch.
        after: The items begin right after this sequence.
        items: Their sequences are `after`+1, `after`+2, … without a gap.
        head: The newest sequence that the ledger held when it answered.
        manifest_sequence: The newest publication, so that a device knows whether to fetch it.
        after_lot: The lot of the item at `after`, or 0.
        head_lot: The lot of the item at `head`, or 0.
    """

    v: int
    event_id: EventId
    epoch: int
    after: int
    items: tuple[FeedItem, ...]
    head: int
    manifest_sequence: int
    after_lot: int = 0
    head_lot: int = 0


def encode_item_body(body: ItemBody) -> tuple[ItemKind, bytes]:
    """Name an item's kind and encode its struct."""
    return _KINDS[type(body)], pack(body)


def decode_item(item: FeedItem) -> ItemBody | None:
    """Decode an item's struct; None for a kind that this version does not know.

    Raises:
        Malformed: if the kind is known and the body is not of its form.
    """
    decoder = _DECODERS.get(item.kind)
    if decoder is None:
        return None
    return unpack(item.body, decoder, f"feed item {item.sequence} ({item.kind})")


def has_gap(page: FeedPage) -> bool:
    """Tell whether a page's items fail to follow one another from `after`+1 on."""
    return any(item.sequence != page.after + n for n, item in enumerate(page.items, start=1))


def lot_at(page: FeedPage, sequence: int) -> int:
    """Return the lot that a page tells of a number; 0 if it tells none."""
    if sequence == page.after:
        return page.after_lot
    if sequence == page.head:
        return page.head_lot
    place = sequence - page.after - 1
    return page.items[place].lot if 0 <= place < len(page.items) else 0
