"""The ledger's word that a peer has brought: whether it is genuine, and on this very claim."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import msgspec

from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import DeviceId, OrganizationId
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.signed_document import DocumentKind, decode_document, open_document
from shared.wire.claim import ClaimAnswer
from shared.wire.relayed_by_gates import RelayedWord

FORGED_WORD: Final = "forged_word"
"""Of which a peer is accused whose word of the ledger is not genuine."""

ReadWord = Callable[[bytes, bytes], ClaimAnswer | None]
"""Verifies what a peer brought of the ledger against this gate's own request; see `read_word`."""

_ANSWER = msgspec.json.Decoder(ClaimAnswer)


def read_word(
    encoded: bytes,
    request: bytes,
    *,
    root_public_key: bytes,
    organization_id: OrganizationId,
    device_id: DeviceId,
    withdrawn: Collection[bytes] = (),
) -> ClaimAnswer | None:
    """Read what a peer brought from the ledger.

    Returns:
        The answer; None where the ledger has not signed it, or not for this very request of this
        device: then the peer has made it up, or brings an old one.
    """
    try:
        word = open_document(
            decode_document(encoded),
            DocumentKind.RELAYED,
            RelayedWord,
            root_public_key=root_public_key,
            organization_id=organization_id,
            withdrawn=withdrawn,
        )
        if word.device_id != device_id or word.request_hash != sha256(request):
            return None
        return _ANSWER.decode(word.answer)
    except (Malformed, BadSignature, *UNDECODABLE):
        return None
