"""One claim on its way from request to answer."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from server.devices.identity import DeviceIdentity
from server.publishing.book import EventBook
from shared.kernel.instant import Instant
from shared.manifest.presenting import Presented, present_claim
from shared.wire.claim import ClaimRequest

_HASH_SIZE: Final = 16


class ClaimWork(msgspec.Struct):
    """A claim that waits for its transaction.

    Attributes:
        at: The instant by which it is decided: the server's own; a caller's in test and
            rehearsal profiles.
        presented: What the code turned out to be under the book's keyring.
        content: One byte of staff's acknowledgements, then a hash of all else that the claim
            asks; the same claim id may not ask anything else.
        waits_for_home: A ticket's home is asked for it, and waited for; else its time is over.
    """

    request: ClaimRequest
    device: DeviceIdentity
    at: Instant
    presented: Presented
    content: bytes
    waits_for_home: bool = True


def new_work(
    book: EventBook, request: ClaimRequest, device: DeviceIdentity, at: Instant
) -> ClaimWork:
    """Resolve a claim's code, signature included, before it joins a batch."""
    return ClaimWork(request, device, at, present(book, request), content_of(request, device.id))


def present(book: EventBook, request: ClaimRequest) -> Presented:
    """Resolve a claim's code under the book's keyring."""
    return present_claim(
        request.code,
        request.tag_uid,
        book.keyring,
        event_id=book.event_id,
        ticket_id=request.ticket_id,
    )


def content_of(request: ClaimRequest, device_id: str) -> bytes:
    """Digest what a claim asks; the time of scanning is no part of it, a retry may differ."""
    tag = "" if request.tag_uid is None else f"@{request.tag_uid}"
    found = "" if request.ticket_id is None else f"#{request.ticket_id}"
    said = f"{device_id}\0{request.gate_id}\0{request.direction}\0{request.count}{tag}{found}\0"
    digest = hashlib.sha256(said.encode() + request.code.encode()).digest()
    acknowledged = request.pending_acknowledged | request.id_checked << 1
    return bytes((acknowledged,)) + digest[:_HASH_SIZE]


def asks_the_same(content: bytes, other: bytes) -> bool:
    """Tell whether two claims ask the same, staff's acknowledgements apart."""
    return content[1:] == other[1:]


def acknowledges_more(content: bytes, other: bytes) -> bool:
    """Tell whether staff have acknowledged something new since the other claim."""
    return bool(content[0] & ~other[0])
