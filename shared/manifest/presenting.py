"""From a scanned text to what it can mean: one resolution for gates and server alike.

A text is a printed GK1 credential (200 digits), or a foreign code (imported barcodes and order
numbers, found by hash), or a manual code typed from paper. No text is ever an error here: what
cannot be a ticket carries a `flaw`.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from shared.admission.reasons import Reason
from shared.credential.credential_fields import Claims
from shared.credential.keyring import Keyring, TicketKey
from shared.credential.manual_code import parse_manual_code
from shared.credential.sizes_and_bounds import DIGIT_COUNT, SIZE_PRINT, SIZE_TAG
from shared.credential.uid_media import medium_code
from shared.credential.verifying import Flaw, Verification, verify_credential, verify_digits
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId, TicketId

FOREIGN_SIZE_MAX: Final = 512
FOREIGN_DIGEST_SIZE: Final = 16
FOUND_MARK: Final = "\ud800found:"
TAG_MARK: Final = "\ud800tag:"
"""Begins what is hashed of a tag: a lone half of a character, which no text holds."""
_FOREIGN_ID_SIZE: Final = 8
_FOREIGN_CONTEXT: Final = b"gatekeeper/foreign/1\0"
_TAG_CODE: Final = re.compile(f"[0-9a-f]{{{2 * SIZE_PRINT}}}|[0-9a-f]{{{2 * SIZE_TAG}}}", re.ASCII)


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What was read or picked, and what it turned out to be.

    Attributes:
        text: What a code says; of a tag the credential in hex, its text, or "" where it points.
        tag_uid: The tag's UID in hex; None where a text was all that there was.
        claims: A GK1 credential's claims; proven only where `key` is set.
        key: The key that signed it, within its scope; None where it is not a genuine GK1.
        flaw: Why the text cannot admit whatever the ledger says, or None.
        ticket_id: The id to look up: the claims', or a foreign code's hash; None where `flaw`.
        manual_code: The number to look up where no ticket has the foreign hash, or None.
        is_found: No code was seen: somebody who may has picked this ticket from a list.
        is_typed: A person keyed it in, so it can be a guess, whatever its form is.
    """

    text: str = ""
    tag_uid: str | None = None
    claims: Claims | None = None
    key: TicketKey | None = None
    flaw: Reason | None = None
    ticket_id: TicketId | None = None
    manual_code: int | None = None
    is_found: bool = False
    is_typed: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether nobody has looked yet at what it can mean."""
        return self.flaw is None and self.ticket_id is None

    @property
    def can_be_guess(self) -> bool:
        """Whether it can be a guess: a manual code, however it came in, or any text keyed in."""
        return self.manual_code is not None or self.is_typed

    @property
    def hashed(self) -> str:
        """What the journal keeps a hash of."""
        if self.is_found:
            return f"{FOUND_MARK}{self.ticket_id}"
        return self.text if self.tag_uid is None else TAG_MARK + (self.text or self.tag_uid)


def present_text(
    text: str, keyring: Keyring, *, event_id: EventId, is_typed: bool = False
) -> Presented:
    """Resolve a text from a QR code, a barcode, a keyboard or a keypad.

    Args:
        text: The text.
        keyring: The event's keys.
        event_id: The event.
        is_typed: A person keyed it in. What a key has signed is no guess all the same.
    """
    if len(text) == DIGIT_COUNT and text.isascii() and text.isdigit():
        return _from_verification(verify_digits(text, keyring), text)
    if not is_foreign_form(text):
        return Presented(text=text, flaw=Reason.MALFORMED)
    return Presented(
        text=text,
        ticket_id=foreign_ticket_id(text, event_id),
        manual_code=manual_code_of(text),
        is_typed=is_typed,
    )


def present_tag(credential: bytes, keyring: Keyring, *, tag_uid: bytes) -> Presented:
    """Resolve credential bytes read from an NFC tag with the UID that the reader saw."""
    outcome = verify_credential(credential, keyring, tag_uid=tag_uid)
    return _from_verification(outcome, credential.hex(), tag_uid.hex())


def present_pointer(tag_uid: bytes, event_id: EventId) -> Presented:
    """Resolve a tag that holds no ticket and points at one by its UID."""
    ticket_id = foreign_ticket_id(medium_code(tag_uid), event_id)
    return Presented(tag_uid=tag_uid.hex(), ticket_id=ticket_id)


def present_found(ticket_id: TicketId) -> Presented:
    """Say that somebody who may has picked a ticket, and nobody has shown a code."""
    return Presented(ticket_id=ticket_id, is_found=True)


def present_claim(
    code: str,
    tag_uid: str | None,
    keyring: Keyring,
    *,
    event_id: EventId,
    ticket_id: str | None = None,
    is_typed: bool = False,
) -> Presented:
    """Resolve what a gate claims: a text, what its NFC reader found on a tag, or a ticket itself.

    Args:
        code: A text; with `tag_uid` a credential's bytes in hex, or "" for a bare pointer.
        tag_uid: The tag's UID in hex, or None where no tag was read.
        keyring: The event's keys.
        event_id: The event.
        ticket_id: 16 hex digits of a ticket that was picked without a code, or None.
        is_typed: The text was keyed in by a person.
    """
    if ticket_id is not None:
        is_alone = not code and tag_uid is None
        return (
            present_found(TicketId(int(ticket_id, 16)))
            if is_alone
            else Presented(flaw=Reason.MALFORMED)
        )
    if tag_uid is None:
        return present_text(code, keyring, event_id=event_id, is_typed=is_typed)
    if not code:
        return present_pointer(bytes.fromhex(tag_uid), event_id)
    if _TAG_CODE.fullmatch(code) is None:
        return Presented(flaw=Reason.MALFORMED)
    return present_tag(bytes.fromhex(code), keyring, tag_uid=bytes.fromhex(tag_uid))


def is_foreign_form(text: str) -> bool:
    """Tell whether a text can be another box office's code."""
    return len(text) <= FOREIGN_SIZE_MAX and text.isprintable() and bool(text.strip())


def manual_code_of(text: str) -> int | None:
    """Return the number that a text is as a manual code; None where it is none."""
    try:
        return parse_manual_code(text)
    except Malformed:
        return None


def foreign_ticket_id(text: str, event_id: EventId) -> TicketId:
    """Return the ticket id that an imported code has: 8 bytes of a hash salted by the event.

    Spaces around it are none of it, whoever reads or lists it: they fill fields of fixed width.
    Only rows marked as imported answer to it, so it never meets a GK1 ticket's id.
    """
    return TicketId(int.from_bytes(_foreign_hash(text, event_id)[:_FOREIGN_ID_SIZE], "big"))


def foreign_digest(text: str, event_id: EventId) -> bytes:
    """Return 16 more bytes of an imported code's hash, which no manifest tells.

    Who has them has read the code, or was told them by who imported it: the ledger.
    """
    more = _FOREIGN_ID_SIZE + FOREIGN_DIGEST_SIZE
    return _foreign_hash(text, event_id)[_FOREIGN_ID_SIZE:more]


def _foreign_hash(text: str, event_id: EventId) -> bytes:
    salted = _FOREIGN_CONTEXT + event_id.encode() + b"\0" + text.strip().encode("utf-8", "replace")
    return sha256(salted)


def _from_verification(outcome: Verification, text: str, tag_uid: str | None = None) -> Presented:
    claims, signer = outcome
    if isinstance(signer, Flaw):
        return Presented(text=text, tag_uid=tag_uid, claims=claims, flaw=Reason(signer))
    assert claims is not None
    return Presented(
        text=text, tag_uid=tag_uid, claims=claims, key=signer, ticket_id=claims.ticket_id
    )
