"""What the ledger finds wrong with entries: kinds of conflict, their sides. No input or output."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry, corrected_time
from shared.admission.offline_policy import Rung
from shared.admission.reasons import ADMITTING
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import DispositionBody, Entry, ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, GateId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import Duration, Instant

SIDES_MAX: Final = 50
"""Sides that one conflict keeps; a full hall needs no thousand proofs."""


class ConflictKind(StrEnum):
    """Kinds of conflicts; only ever added to."""

    DOUBLE_USE = "double_use"
    HOME_LOST = "home_lost"
    ADMITTED_AFTER_VOID = "admitted_after_void"
    ADMITTED_AGAINST_RULES = "admitted_against_rules"
    SOLD_TWICE = "sold_twice"
    SOLD_OUT_OF_RANGE = "sold_out_of_range"
    SOLD_UNKNOWN_TYPE = "sold_unknown_type"
    PRICE_MISMATCH = "price_mismatch"
    PAYOUT_AND_ENTRY = "payout_and_entry"
    OVER_CAPACITY = "over_capacity"
    OVERSOLD = "oversold"
    FORKED_JOURNAL = "forked_journal"
    DAMAGED_JOURNAL = "damaged_journal"
    FOREIGN_UNDO = "foreign_undo"
    EVACUATION_UNPROVEN = "evacuation_unproven"
    UNEXPLAINED = "unexplained"
    CLOCK = "clock"
    SERVER_CLOCK = "server_clock"
    SALE_ID_REUSED = "sale_id_reused"
    ENTRY_OUT_OF_BOUNDS = "entry_out_of_bounds"
    TOO_FAST = "too_fast"
    PASSAGE_UNPROVEN = "passage_unproven"
    PASSAGE_ELSEWHERE = "passage_elsewhere"
    OVERRIDE_UNSIGNED = "override_unsigned"
    SHARE_UNPROVEN = "share_unproven"
    PAID_OUT_TWICE = "paid_out_twice"
    PAYOUT_AND_HAND_OVER = "payout_and_hand_over"
    HANDED_OVER_TWICE = "handed_over_twice"
    ADMITTED_SUPERSEDED = "admitted_superseded"
    WITHDRAWAL_UNPROVEN = "withdrawal_unproven"
    WITHDRAWAL_UNSIGNED = "withdrawal_unsigned"
    SHIFT_MISSING = "shift_missing"
    Z_DIFFERS = "z_differs"
    ACT_UNSIGNED = "act_unsigned"
    PAYOUT_MISMATCH = "payout_mismatch"
    SEAT_TWICE = "seat_twice"
    FALSE_PEER = "false_peer"


WHOLE: Final = frozenset(
    {
        ConflictKind.DOUBLE_USE,
        ConflictKind.HOME_LOST,
        ConflictKind.PAYOUT_AND_ENTRY,
        ConflictKind.PAID_OUT_TWICE,
        ConflictKind.PAYOUT_AND_HAND_OVER,
        ConflictKind.HANDED_OVER_TWICE,
        ConflictKind.ADMITTED_SUPERSEDED,
    }
)
"""Kinds that are found over all of a ticket's passages, so that a finding names every side."""


class FindingSide(msgspec.Struct, frozen=True):
    """One side of a conflict; see `ConflictSide`.

    Attributes:
        is_by_paper: It was keyed in from a list: its bound is what a person remembers.
    """

    side: str
    device_id: DeviceId
    gate_id: GateId
    at: Instant
    at_error: Duration | None
    count: int
    mode: str
    reason: str
    boot: bytes | None = None
    dseq: int | None = None
    entry: bytes | None = None
    signature: bytes | None = None
    is_by_paper: bool = False


def side_of_entry(
    entry: Entry,
    signed: SignedEntry,
    received_at: Instant,
    side: str,
    reason: str,
    *,
    gate_id: GateId = GateId(""),
    count: int = 1,
    mode: str = "",
) -> FindingSide:
    """Say a journal's entry as a side, by its time as it is corrected.

    Args:
        entry: What it says.
        signed: Its bytes, as evidence.
        received_at: When they came.
        side: What tells it from the conflict's other sides.
        reason: What it is.
        gate_id: Where it was.
        count: Of how many persons it is.
        mode: How it was decided.
    """
    at, at_error = corrected_time(entry, received_at)
    return FindingSide(
        side,
        entry.device_id,
        gate_id,
        at,
        at_error,
        count,
        mode,
        reason,
        entry.boot,
        entry.dseq,
        signed.entry,
        signed.signature,
    )


def side_by_place(checked: CheckedEntry, received_at: Instant, reason: str = "") -> FindingSide:
    """Say an entry as a side that its place in the journal tells from others, and its hash there.

    A device that wrote two entries at one place is found by both.
    """
    entry = checked.as_entry
    place = f"{entry.boot.hex()}/{entry.dseq}/{checked.hash[:8].hex()}"
    return side_of_entry(entry, checked.signed, received_at, place, reason)


def side_of_sale(
    entry: Entry, signed: SignedEntry, received_at: Instant, sale_id: str
) -> FindingSide:
    """Say a till's sale as a side; see `side_of_entry`."""
    return side_of_entry(entry, signed, received_at, sale_id, "sale", mode="offline")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict that reconciliation has found: facts that cannot all stand.

    Attributes:
        kind: What is wrong.
        subject: One conflict is kept for each event, kind and subject.
        sides: All that are known now. Those recorded before stay, except in a double use: it
            names whoever cannot all stand, and somebody may have taken a passage back.
        ticket_id: Which ticket, or None where it is not about one.
        detail: A sentence for people.
        is_whole: It is found over all that is known: sides that were recorded before and are none
            of these are dropped, as of the kinds in `WHOLE`.
    """

    kind: ConflictKind
    subject: str
    sides: Sequence[FindingSide]
    ticket_id: TicketId | None = None
    occurrence_id: OccurrenceId = OccurrenceId("")
    zone_id: ZoneId = ZoneId("")
    device_id: DeviceId = DeviceId("")
    detail: str = ""
    is_whole: bool = False


class GateWord(msgspec.Struct, frozen=True):
    """What a supervisor at a gate said became of a conflict, and the entry that says it.

    Attributes:
        knew: Up to which number of the feed the gate had read.
    """

    said: DispositionBody
    device_id: DeviceId
    boot: bytes
    dseq: int
    knew: int


def with_entry(
    side: FindingSide, entry: bytes, signature: bytes, received_at: Instant
) -> FindingSide:
    """Put the entry of a passage beside its side.

    Where the gate did not wait for the ledger's grant, the grant says nothing of when somebody
    passed: a claim that hung on its way is granted seconds later. Then the entry's time counts.
    """
    side = msgspec.structs.replace(side, entry=entry, signature=signature)
    if side.mode != Rung.ONLINE:
        return side
    try:
        said = decode_entry(entry)
        body = decode_body(said)
    except BadInput:
        return side  # it was kept for its place in the chain
    if not isinstance(body, ScanBody) or body.mode == Rung.ONLINE:
        return side
    at, at_error = corrected_time(said, received_at)
    return msgspec.structs.replace(side, at=at, at_error=at_error, mode=body.mode)


def is_order_certain(first: FindingSide, second: FindingSide) -> bool:
    """Tell whether two instants are further apart than both errors together.

    Of a grant whose entry is not here yet nobody knows whether its gate had waited for it.
    """
    if first.at_error is None or second.at_error is None:
        return False
    if any(
        side.mode == Rung.ONLINE and side.boot is None and side.reason in ADMITTING
        for side in (first, second)
    ):
        return False
    return abs(first.at - second.at) > first.at_error + second.at_error
