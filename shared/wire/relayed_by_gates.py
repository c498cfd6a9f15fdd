"""What a gate with an uplink puts to the server for gates that do not reach it.

`POST /sync/v1/relayed/claims` and `/sync/v1/relayed/entries`, MessagePack both ways, with the
relaying device's bearer token. What is relayed bears its own device's signature, and a claim's
answer the server's: whoever carries them can delay them and nothing else.

Source: docs/specs/lan.md, section 10.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.journal.bounds import GivenKeyedIdOf, KeyedIdOf
from shared.journal.chain import SignedEntry
from shared.kernel.id_types import DeviceId, EventId
from shared.lan.messages import Mark
from shared.manifest.signed_document import SignedDocument

RELAY_VERSION: Final = 1
REQUEST_SIZE_MAX: Final = 8 * 1024
"""Bytes of a relayed claim; what passes between gates is far smaller."""


class RelayedClaim(msgspec.Struct, frozen=True, array_like=True):
    """A claim of a device that does not reach the server.

    Attributes:
        v: `RELAY_VERSION`.
        device_id: Whose.
        request: A `ClaimRequest`'s JSON, as that device wrote it.
        signature: That device's, over `request`, with `shared.lan.messages.RELAY_CONTEXT`.
    """

    v: int
    device_id: GivenKeyedIdOf[DeviceId]
    request: Annotated[bytes, msgspec.Meta(max_length=REQUEST_SIZE_MAX)]
    signature: bytes


class RelayedWord(msgspec.Struct, frozen=True, array_like=True):
    """The ledger's answer to a relayed claim: the body of a document of kind `relayed`.

    Attributes:
        v: `RELAY_VERSION`.
        device_id: Who asked.
        request_hash: SHA-256 of the request, so that it answers nothing else.
        answer: A `ClaimAnswer`'s JSON.
    """

    v: int
    device_id: GivenKeyedIdOf[DeviceId]
    request_hash: bytes
    answer: bytes


class RelayedEntries(msgspec.Struct, frozen=True, array_like=True):
    """Journal entries of any devices of the organization, as they signed them.

    Attributes:
        v: `RELAY_VERSION`.
        event_id: Of whose devices the marks are wanted.
        entries: In their devices' order; at most `ENTRIES_AT_ONCE_MAX` of `entries_per_upload`.
        head: The newest page of the event's feed that the carrier holds, as in an exchange.
    """

    v: int
    event_id: KeyedIdOf[EventId]
    entries: tuple[SignedEntry, ...]
    head: SignedDocument | None = None


class RelayedMarks(msgspec.Struct, frozen=True, array_like=True):
    """How far the server holds the journals of an event's devices.

    Attributes:
        v: `RELAY_VERSION`.
        marks: How far.
        forked: Entries of the request that contradict others which it holds.
        waiting: Entries of the request that it does not take today: of a device that floods.
    """

    v: int
    marks: tuple[Mark, ...]
    forked: tuple[Mark, ...] = ()
    waiting: tuple[Mark, ...] = ()
