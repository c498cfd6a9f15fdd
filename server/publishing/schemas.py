"""Answer bodies of handing an event to its gates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.http.body_and_answer_types import Answer, Body, Moment, Text
from server.publishing.oddities_before_handover import OddityAnswer
from shared.kernel.id_types import DeviceId, EventId


class HandoverCheck(Answer):
    """What handing the event to its gates now would say.

    Attributes:
        may_hand_over: Whether it would be done.
        refusals: What it would be refused for.
        warnings: What would be said, and handed over all the same.
        handed_at: When its manifest was signed last; null for never.
        handed_cursor: By this number of the feed was told what was handed over; 0 before.
        keyring: Names the ticket keys that every gate has to know by now, as devices report it.
        keys_end: Keys that sign tickets, and whose tickets stop admitting before the last date is
            over.
        former_keys_end: The same of keys in whose place others sign.
    """

    may_hand_over: bool
    refusals: list[OddityAnswer]
    warnings: list[OddityAnswer]
    handed_at: datetime | None = None
    handed_cursor: int = 0
    keyring: str = ""
    keys_end: Sequence[str] = ()
    former_keys_end: Sequence[str] = ()


class HandoverAnswer(Answer):
    """What gates were handed.

    Attributes:
        sequence: Raised each time that the event is handed to gates.
        cursor: Changes up to this number of the feed are in it.
        size: Bytes on the wire, all parts together.
        warnings: What is odd about the event, and perhaps meant.
    """

    event_id: EventId
    epoch: int
    sequence: int
    cursor: int
    ticket_count: int
    chunk_count: int
    size: int
    handed_at: datetime
    warnings: list[OddityAnswer]


class CredentialAnswer(Answer):
    """A ticket's codes.

    Attributes:
        digits: What its QR code holds, 200 decimal digits.
        manual_code: For voice and keypad.
    """

    ticket_id: str
    generation: int
    digits: str
    manual_code: str | None


class KeyDetail(Answer):
    """A key of any kind.

    Attributes:
        name: The fingerprint of its public half, 32 hex digits, by which it is rotated.
        purpose: `root`, `manifest`, `ticket`, `till`, or `listed` for tickets not paid yet.
        kid: What credentials carry, 4 hex digits.
        state: `active`; `retired`: it signs no more, and what it signed is good; or
            `compromised`: its signature proves nothing.
        admits_until: Tickets that it signed admit up to then; null without an end.
    """

    name: str
    purpose: str
    kid: str
    public_key: str
    event_id: EventId | None
    device_id: DeviceId | None
    state: str
    created_at: datetime
    retired_at: datetime | None
    compromised_at: datetime | None
    admits_until: datetime | None


class KeyEnd(Body):
    """Why a key ends, for the record."""

    reason: Text = ""


class KeyBound(Body):
    """Up to when tickets of a key admit, and why, for the record.

    Attributes:
        admits_until: The last moment; null for no end.
    """

    admits_until: Moment | None
    reason: Text = ""


class KeyAnswer(Answer):
    """A key that signs tickets, as verifiers need it."""

    kid: str
    public_key: str
    format: str
    event_id: EventId
    status: str
    device_id: DeviceId | None
