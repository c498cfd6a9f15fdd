"""One claim on its way from request to answer."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from server.devices.device_of_request import DeviceIdentity
from server.plans.event_book import EventBook
from shared.admission.reasons import Reason
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import Instant
from shared.manifest.badge_signatures import (
    BadgeAct,
    BadgeScope,
    is_supervisors_word,
    passage_word,
)
from shared.manifest.door_questions import QUESTIONS_MAX
from shared.manifest.presenting import Presented, present_claim
from shared.wire.claim import ClaimRequest

_HASH_SIZE: Final = 16


class ClaimWork(msgspec.Struct, kw_only=True):
    """A claim that waits for its transaction.

    Attributes:
        at: The instant by which it is decided: the server's own; a caller's in test and
            rehearsal profiles.
        scanned_at: When its device says that the code was shown.
        book: By which its code was resolved, the one that stood as it came or a newer one.
        presented: What the code turned out to be under that book's keyring.
        content: One byte of staff's acknowledgements, then a hash of all else that the claim
            asks; the same claim id may not ask anything else.
        waits_for_home: A ticket's home is asked for it, and waited for; else its time is over.
    """

    request: ClaimRequest
    device: DeviceIdentity
    at: Instant
    scanned_at: Instant
    book: EventBook
    presented: Presented
    content: bytes
    waits_for_home: bool = True

    def follow(self, book: EventBook) -> None:
        """Resolve its code anew where that was by another book: others may have renewed it."""
        if self.book is not book:
            self.book = book
            self.presented = present(book, self.request, self.device.id)

    @property
    def has_pace(self) -> bool:
        """Whether it counts for how fast its device lets people pass.

        Who leaves, leaves; but manual codes stand in each device's list, and by them a program
        could sign everybody out, whose tickets would let in again.
        """
        return self.request.direction == "in" or self.presented.manual_code is not None


def new_work(
    book: EventBook,
    request: ClaimRequest,
    device: DeviceIdentity,
    at: Instant,
    scanned_at: Instant,
) -> ClaimWork:
    """Resolve a claim's code, signature included, before it joins a batch."""
    return ClaimWork(
        request=request,
        device=device,
        at=at,
        scanned_at=scanned_at,
        book=book,
        presented=present(book, request, device.id),
        content=content_of(request, device.id),
    )


def present(book: EventBook, request: ClaimRequest, device_id: DeviceId) -> Presented:
    """Resolve a claim's code under the book's keyring.

    Every gate knows every ticket's id: one that was picked without a code needs the badge of a
    supervisor, or it is a person's matter.
    """
    if request.ticket_id is not None and not _is_vouched_for(book, request, device_id):
        return Presented(flaw=Reason.SUPERVISOR)
    return present_claim(
        request.code,
        request.tag_uid,
        book.keyring,
        event_id=book.event_id,
        ticket_id=request.ticket_id,
        is_typed=request.manual,
    )


def _is_vouched_for(book: EventBook, request: ClaimRequest, device_id: DeviceId) -> bool:
    """Tell whether a supervisor's badge has signed who it is that was found."""
    gate = book.index.gates.get(request.gate_id)
    if request.ticket_id is None or gate is None:
        return False
    speaker = BadgeScope(book.organization_id, book.event_id, device_id, request.person)
    word = passage_word(
        speaker,
        BadgeAct.FIND,
        claim_id=request.claim_id,
        ticket_id=TicketId(int(request.ticket_id, 16)),
        zone_id=gate.zone_id,
    )
    signature = bytes.fromhex(request.signature)
    return is_supervisors_word(word, signature, book.index.config.supervisors)


def content_of(request: ClaimRequest, device_id: DeviceId) -> bytes:
    """Digest what a claim asks; the time of scanning is no part of it, a retry may differ.

    Nor is what was answered: how many questions were is an acknowledgement, one bit for each.
    """
    tag = "" if request.tag_uid is None else f"@{request.tag_uid}"
    found = "" if request.ticket_id is None else f"#{request.ticket_id}"
    said = f"{device_id}\0{request.gate_id}\0{request.direction}\0{request.count}{tag}{found}\0"
    digest = hashlib.sha256(said.encode() + request.code.encode()).digest()
    answered = (1 << min(len(request.answers), QUESTIONS_MAX)) - 1
    acknowledged = request.pending_acknowledged | request.id_checked << 1 | answered << 2
    return bytes((acknowledged,)) + digest[:_HASH_SIZE]


def asks_the_same(content: bytes, other: bytes) -> bool:
    """Tell whether two claims ask the same, staff's acknowledgements apart."""
    return content[1:] == other[1:]


def acknowledges_more(content: bytes, other: bytes) -> bool:
    """Tell whether staff have acknowledged something new since the other claim."""
    return bool(content[0] & ~other[0])


def withdrawal_content(request: ClaimRequest, device: DeviceIdentity) -> bytes:
    """Digest what a withdrawal asks; a supervisor's word may come with a later try."""
    asked = content_of(request, device.id)
    money = f"{request.purpose}\0{request.amount_minor}\0{request.currency}\0{request.tender}"
    return asked[:1] + hashlib.sha256(asked[1:] + money.encode()).digest()[: len(asked) - 1]
