"""The one round trip: the journal goes up, what changed comes down.

`POST /sync/v1/exchange`, MessagePack both ways, with the device's bearer token.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from shared.admission.pace import NO_LIMIT, PACE_MAX
from shared.journal.bounds import NUMBER_MAX, KeyedIdOf, KeyedName
from shared.journal.chain import SignedEntry
from shared.kernel.id_types import EventId, GateId, ZoneId
from shared.kernel.instant import Instant
from shared.manifest.signed_document import SignedDocument
from shared.sales.cashiers import CASHIERS_MAX, CashierConfig
from shared.wire.device_feed import LedgerCode, Time
from shared.wire.device_report import REPORT_SIZE_MAX
from shared.wire.till_stock import KnownStock

FEED_PAGE_ITEMS_MAX: Final = 2_000
"""News in one answer, unless a device says that it takes fewer; it asks for the rest at once."""

EXCHANGE_VERSION: Final = 1

_Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]
_Held = Annotated[int, msgspec.Meta(ge=0, lt=NUMBER_MAX)]
_Digest = Annotated[bytes, msgspec.Meta(max_length=32)]
_Sentence = Annotated[str, msgspec.Meta(max_length=2_000)]

PLACES_KEPT_MAX: Final = 16
"""Assignments of which a device keeps the ledger's code, the newest: no evening has more moves."""


class EntryStatus(StrEnum):
    """What became of one uploaded entry.

    `stored`: new, and now durable. `known`: held already, byte for byte. `gap`: entries before
    it are missing; send from the acknowledged number on. `forked`: validly signed, but another
    entry stands at its number; both are kept and an alarm is raised. `refused`: see `problem`.
    `unconfirmed`: stored as evidence of a revoked device; takes effect when a person accepts it.
    """

    STORED = "stored"
    KNOWN = "known"
    GAP = "gap"
    FORKED = "forked"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"


class KnownZoneShare(msgspec.Struct, frozen=True, array_like=True):
    """Persons of a zone's capacity that a device knows were ever granted to it.

    Attributes:
        code: Of the ledger's word that granted the total; empty if that came without, None from
            devices that keep none. Without it nothing above the ledger's account is believed.
    """

    zone_id: KeyedIdOf[ZoneId]
    granted: _Count
    code: LedgerCode | None = None


class KnownPlace(msgspec.Struct, frozen=True, array_like=True):
    """An event and gate that a device was assigned to, with the ledger's code for it."""

    event_id: KeyedIdOf[EventId]
    gate_id: KeyedIdOf[GateId]
    code: LedgerCode


class ExchangeRequest(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What a device sends the server in one exchange: its entries, and how far it has heard.

    Attributes:
        v: `EXCHANGE_VERSION`.
        event_id: Whose changes it wants, or "" for none.
        epoch: Ledger epoch of its cursor; 0 before the first page.
        cursor: It has applied the feed up to and including this sequence.
        head: The newest signed feed page document that it holds (items may be cut away by the
            device only if it keeps the document whole), or None. A ledger that finds itself
            behind its own signed word closes.
        entries: Journal entries in order, boot after boot: as many as `entries_per_upload` allows.
        sent_at: The device's wall clock when it sent.
        page_items_max: How many feed items it takes at most.
        shares: What it holds of zones' capacity, so that a ledger that forgot learns of it.
        gate_id: Where its lane stands, or "".
        offers_for: The ledger epoch for which it was told to offer its whole journal, and does; 0
            for none, None from devices that do not say.
        cashiers: Digest of the cashiers that it knows (`shared.sales.cashiers`), empty for none;
            None from devices that do not know what cashiers are.
        stock: What a till says of its stock; None of whatever is no till.
        held_grant: The grant that it holds, where that is of another ledger epoch than the one it
            was told last: a ledger that was put back learns of it.
        report: How it stands (`shared.wire.device_report`), or empty.
        places: Where it was assigned to, with entries only: a ledger that was put back to before
            it was moved learns of it, before it judges what was let in there.
    """

    v: int
    event_id: EventId
    epoch: _Count
    cursor: _Count
    head: SignedDocument | None
    entries: tuple[SignedEntry, ...]
    sent_at: Instant
    page_items_max: int = FEED_PAGE_ITEMS_MAX
    shares: tuple[KnownZoneShare, ...] = ()
    gate_id: KeyedIdOf[GateId] = GateId("")
    offers_for: _Count | None = None
    cashiers: _Digest | None = None
    stock: KnownStock | None = None
    held_grant: SignedDocument | None = None
    report: Annotated[bytes, msgspec.Meta(max_length=REPORT_SIZE_MAX)] = b""
    places: Annotated[tuple[KnownPlace, ...], msgspec.Meta(max_length=PLACES_KEPT_MAX)] = ()


class EntryAnswer(msgspec.Struct, frozen=True, array_like=True):
    """One entry's fate, in the order sent; `problem` is a sentence where it was refused."""

    boot: bytes
    dseq: int
    status: KeyedName
    problem: _Sentence = ""


class BootMark(msgspec.Struct, frozen=True, array_like=True):
    """How far the server holds one boot of the device's journal durably."""

    boot: bytes
    dseq: _Held


class Assigned(msgspec.Struct, frozen=True, array_like=True):
    """What a device is assigned to; "" where that is not fixed.

    Attributes:
        admissions_per_minute: How fast it may let holders in; 0 without a limit.
        revision: How often its event or gate was assigned anew: moved away and back between two
            exchanges, a device knows by it that it was. None of older servers.
        code: By which the ledger knows again that it has assigned the device there; empty where
            it serves no event, and of older servers.
    """

    event_id: KeyedIdOf[EventId] = EventId("")
    gate_id: KeyedIdOf[GateId] = GateId("")
    admissions_per_minute: Annotated[int, msgspec.Meta(ge=NO_LIMIT, le=PACE_MAX)] = NO_LIMIT
    revision: _Count | None = None
    code: LedgerCode = b""


class ExchangeResponse(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What the server answers a device in one exchange: what became of entries, and what is new.

    Attributes:
        v: `EXCHANGE_VERSION`.
        answers: One for each entry sent.
        marks: The marks of the boots sent, and of the device's newest boot.
        page: The signed feed page after the request's cursor, or None without an event.
        received_at: Server time when the request was read.
        answered_at: Server time when the answer was made.
        conflicts: Open conflicts of the event.
        notices: Sentences for the device's screen (revoked, rehearsal ended, …).
        reoffer: Send the whole journal again from each boot's first entry (new epoch).
        roster: Epoch and sequence of the newest roster that is known of; (0, 0) without an event,
            and of older servers.
        assigned: What the organizer has assigned the device to, or None of older servers. Of any
            other event it is told no page.
        epoch: The ledger's, by which a device without a page can say that it has heard `reoffer`;
            0 of older servers.
        cashiers: Of a till whose digest is another one: who may work at it, in order of id. None
            where nothing changed, and for whatever is no till.
        grant: Of a till whose grant is another one by now: that, signed.
    """

    v: int
    answers: tuple[EntryAnswer, ...]
    marks: tuple[BootMark, ...]
    page: SignedDocument | None
    received_at: Time
    answered_at: Time
    conflicts: _Count = 0
    notices: tuple[_Sentence, ...] = ()
    reoffer: bool = False
    roster: tuple[_Count, _Count] = (0, 0)
    assigned: Assigned | None = None
    epoch: _Count = 0
    cashiers: (
        Annotated[tuple[CashierConfig, ...], msgspec.Meta(max_length=CASHIERS_MAX)] | None
    ) = None
    grant: SignedDocument | None = None
