"""Request and answer bodies of conflicts."""

from __future__ import annotations

from datetime import datetime

from server.http.body_and_answer_types import Answer, Body, Text
from shared.kernel.id_types import ConflictId, DeviceId, GateId, OccurrenceId, ZoneId
from shared.wire.feed import Disposition


class NewDisposition(Body):
    """How a conflict is settled, and why."""

    disposition: Disposition
    note: Text = ""


class SideAnswer(Answer):
    """One side, with the evidence of it.

    Attributes:
        side: The claim id, the sale id, or the place of a forked entry.
        at_error_us: How far `at` may be off either way; null while unknown.
        person: Opaque id of whoever it was on the word of: who overrode, keyed it in from a list
            on paper, or allowed it at a till; else empty.
        happened_from, happened_until: Of one that was keyed in from a list on paper: between when
            it was, as `person` says; null for any other.
        entry: The device's signed entry, base64; null for a claim that its device has not
            confirmed by its journal, and for whoever may not see tickets.
        signature: The device's signature over it, base64; null likewise.
        entry_hash: SHA-256 of the entry, hex.
        public_key: The device's key, hex: whoever doubts can verify.
        cashier: Opaque id of who sold, paid out, or was at the drawer; else empty.
    """

    side: str
    device_id: DeviceId
    device: str
    gate_id: GateId
    at: datetime
    at_error_us: int | None
    count: int
    mode: str
    reason: str
    person: str
    happened_from: datetime | None
    happened_until: datetime | None
    boot: str | None
    dseq: int | None
    entry: str | None
    signature: str | None
    entry_hash: str | None
    public_key: str | None
    cashier: str


class ConflictAnswer(Answer):
    """A conflict.

    Attributes:
        is_ordered: Whether the order of the first two sides is certain.
        disposition: Empty while open; `withdrawn` where an undo or a release settled it.
        manual_code: What is printed on the ticket for voice and keypad; only to who sees tickets,
            and null where it has none.
    """

    id: ConflictId
    kind: str
    ticket_id: str | None
    occurrence_id: OccurrenceId
    zone_id: ZoneId
    device_id: DeviceId
    detail: str
    is_ordered: bool
    disposition: str
    disposed_by: str | None
    disposed_at: datetime | None
    note: str
    opened_at: datetime
    updated_at: datetime
    manual_code: str | None = None


class DispositionAnswer(Answer):
    """What was decided, by whom and when.

    Attributes:
        said_by: An account, or `PERSON@DEVICE` for a supervisor at a gate; empty where an undo
            or a release withdrew the conflict.
    """

    disposition: str
    said_by: str
    said_at: datetime
    note: str


class ConflictDetail(Answer):
    """A conflict with all its sides and all that was decided, the earliest first."""

    conflict: ConflictAnswer
    sides: list[SideAnswer]
    dispositions: list[DispositionAnswer]
