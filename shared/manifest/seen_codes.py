"""How a passage's entry proves that its device has seen the ticket's code, without giving it away.

The manifest tells each gate every ticket's id, so that an id in a journal proves nothing. A device
that has read a code adds what only who has read it can make, and makes it for that one passage:
whoever reads the entry (peers of the venue's network do) can say nothing else with it.

Source:
    docs/specs/journal.md, section 9
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from shared.credential.codec import decode_credential, from_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import Keyring, TicketKey
from shared.credential.sizes_and_bounds import (
    BODY_SIZE_PRINT,
    BODY_SIZE_TAG,
    CONTEXT,
    FORM_PRINT,
    FORM_TAG,
)
from shared.kernel.ed25519 import SIGNATURE_SIZE
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, EventId
from shared.kernel.known_signature import PROOF_SIZE, KnownProof, is_known, prove_known
from shared.kernel.packing import pack

WORD_VERSION: Final = 1
_WORD_CONTEXT: Final = b"gatekeeper/seen/1"
_BODY_SIZES: Final = {FORM_PRINT: BODY_SIZE_PRINT, FORM_TAG: BODY_SIZE_TAG}
_CODE_SIZE: Final = 16
_MANUAL_SIZE: Final = 5

Read = tuple[Claims, TicketKey]
"""A credential that was read, and the key that signed it."""
ReadCodes = Mapping[tuple[bytes, bytes], Read | None]
"""What proofs were found to prove before, by proof and word; None for nothing."""


class SeenForm(IntEnum):
    """A proof's first byte; of signed codes it is the credential's own first byte."""

    MANUAL = 1
    FOREIGN = 2
    PRINT = FORM_PRINT
    TAG = FORM_TAG


_FORMS: Final[Mapping[int, SeenForm]] = {form.value: form for form in SeenForm}


def seen_word(event_id: EventId, device_id: DeviceId, claim_id: ClaimId) -> bytes:
    """Say for which passage a code was seen; another device's, or another one, is not it."""
    return pack((WORD_VERSION, event_id, device_id, claim_id))


def prove_signed(word: bytes, credential: bytes) -> bytes:
    """Prove that a genuine GK1 credential was read: its body, then the proof of its signature.

    Args:
        word: From `seen_word`.
        credential: 83 or 90 bytes.
    """
    _, body, signature = decode_credential(credential)
    return body + prove_known(signature, context=_WORD_CONTEXT, word=word)


def credential_of(text: str) -> bytes:
    """Return the bytes of a credential as digits, or as hex where a tag was read.

    Raises:
        Malformed: if it is neither.
    """
    try:
        return from_digits(text)
    except Malformed:
        pass
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Malformed("not a GK1 code: neither digits nor hex") from None


def prove_manual(word: bytes, manual_code: int) -> bytes:
    """Prove that a ticket's manual code is known."""
    return _form(SeenForm.MANUAL) + _code(word, manual_code.to_bytes(_MANUAL_SIZE, "big"))


def prove_foreign(word: bytes, digest: bytes) -> bytes:
    """Prove that the imported code with this digest (`foreign_digest`) was read.

    Of a bare tag, what its UID stands for.
    """
    return _form(SeenForm.FOREIGN) + _code(word, digest)


def form_of(proof: bytes) -> SeenForm | None:
    """Say what kind of code a proof is of; None for none that this version knows."""
    return _FORMS.get(proof[0]) if proof else None


def read_signed(
    proof: bytes,
    keyring: Keyring,
    event_id: EventId,
    word: bytes,
    checked: ReadCodes | None = None,
) -> Read | None:
    """Return the credential that was read and who signed it; None if that is not proven.

    Args:
        proof: From the entry.
        keyring: Of the organization.
        event_id: Where it was read.
        word: From `seen_word`.
        checked: What was found before, by this keyring; the others are checked now.
    """
    if checked and (proof, word) in checked:
        return checked[proof, word]
    for claims, key, shown in to_check(proof, keyring, event_id, word):
        if is_known(shown):
            return claims, key
    return None


def to_check(
    proof: bytes, keyring: Keyring, event_id: EventId, word: bytes
) -> Iterator[tuple[Claims, TicketKey, KnownProof]]:
    """Give the credential that an entry says was read, for each key that may have signed it.

    The key's range must hold the ticket: a till's key says nothing of tickets that others issue.
    """
    size = _BODY_SIZES.get(proof[0] if proof else -1)
    if size is None or len(proof) != size + PROOF_SIZE:
        return
    body = proof[:size]
    claims, _, _ = decode_credential(body + bytes(SIGNATURE_SIZE))
    signed = CONTEXT + b"\0" + body
    for key in keyring.named(claims.key_id):
        if key.event_id == event_id and key.ids.contains(claims.ticket_id):
            yield (
                claims,
                key,
                KnownProof(proof[size:], key.public_key, signed, _WORD_CONTEXT, word),
            )


def is_manual_known(proof: bytes, word: bytes, manual_code: int) -> bool:
    """Tell whether a proof is of this manual code."""
    return hmac.compare_digest(proof, prove_manual(word, manual_code))


def is_foreign_known(proof: bytes, word: bytes, digest: bytes) -> bool:
    """Tell whether a proof is of the imported code with this digest (`foreign_digest`)."""
    return hmac.compare_digest(proof, prove_foreign(word, digest))


def _form(form: SeenForm) -> bytes:
    return bytes((form,))


def _code(word: bytes, secret: bytes) -> bytes:
    message = _WORD_CONTEXT + b"\0" + word
    return hashlib.blake2b(message, key=secret, digest_size=_CODE_SIZE).digest()
