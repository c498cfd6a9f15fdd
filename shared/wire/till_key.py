"""A till has a ticket key of its own delegated, and is told what it may sign with it.

`POST /sync/v1/till-key`, JSON (`docs/specs/sync.md`).
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.id_types import EventId
from shared.wire.enrol import Hex64, Hex128

TILL_KEY_CONTEXT: Final = b"gatekeeper/till-key/1"


class TillKeyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A till asks that its own ticket key be delegated for an event.

    Attributes:
        event_id: Which event.
        public_key: The till's ticket key; another one than its journal key.
        proof: That key's signature over the event id's UTF-8 and the key's 32 bytes, with
            `TILL_KEY_CONTEXT`.
    """

    event_id: EventId
    public_key: Hex64
    proof: Hex128


class AllotmentGrant(msgspec.Struct, frozen=True):
    """How many tickets of a type the till may sell on its own; it never expires."""

    ticket_type_code: int
    count: int


class TillKeyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the till may sign.

    Attributes:
        key_id: To stand in its credentials.
        id_prefix: Leading bits of every ticket id that it mints.
        id_prefix_bits: How many.
        manual_prefix: Leading bits of its manual codes.
        manual_prefix_bits: How many.
        allotments: What it may sell without asking; grants are totals, not increments.
        public_key: 64 hex digits: the key that these terms are for; "" in terms that a till kept
            before it had a key for each event.
        is_over: The key was rotated or withdrawn: the till draws another and asks again.
        grant: The same as `allotments` and more, as an encoded signed document; empty of older
            servers.
    """

    key_id: int
    id_prefix: int
    id_prefix_bits: int
    manual_prefix: int
    manual_prefix_bits: int
    allotments: tuple[AllotmentGrant, ...]
    public_key: str = ""
    is_over: bool = False
    grant: bytes = b""
