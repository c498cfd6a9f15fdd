"""The event, the keys and the manifest of practice tickets, which exist on this device only.

The root key is drawn for one rehearsal and forgotten with it. No live gate knows its keys, and the
practice event admits nobody under a live one, so neither world's codes are good in the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatekeeper.gate.knowledge import Trust
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import REHEARSAL_EVENT, TicketKey
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey, sha256
from shared.kernel.id_types import TicketId, TicketTypeId
from shared.kernel.ids import TICKET_ID_BITS
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.manifest.chunk_columns import CLASS_SIZE, ID_SIZE, encode_columns, pack_numbers
from shared.manifest.event_config import EventConfig, TicketTypeConfig, ZoneConfig
from shared.manifest.header import HEADER_VERSION, ChunkRef, ManifestHeader
from shared.manifest.signed_document import (
    DOCUMENT_VERSION,
    DocumentKind,
    DocumentSigner,
    KeyCertificate,
    SignedDocument,
    certify,
)
from shared.manifest.tickets import TicketClass

KEY_ID: Final = 0xFFFE
_ID_SIZE: Final = TICKET_ID_BITS // 8
_CODE: Final = 1
_CLASSES: Final = (
    TicketClass(ticket_type_code=_CODE, state="paid"),
    TicketClass(ticket_type_code=_CODE, state="cancelled"),
)


def practice_config(live: EventConfig) -> EventConfig:
    """Return the event to practise: the same gates and budget, no rule of day or hour."""
    return msgspec.structs.replace(
        live,
        event_id=REHEARSAL_EVENT,
        sequence=1,
        occurrences=(),
        zones=tuple(ZoneConfig(id=zone.id, name=zone.name) for zone in live.zones),
        gates=tuple(msgspec.structs.replace(gate, direction="both") for gate in live.gates),
        ticket_types=(
            TicketTypeConfig(id=TicketTypeId("tt_rehearsal"), code=_CODE, name="Rehearsal"),
        ),
        offline_policy="open",
        knowledge_age_max=None,
        supervisors=(),
        pauses=(),
    )


class PracticeIssuer:
    """Issues the tickets of one rehearsal.

    Args:
        live: The event that is rehearsed.
        live_keys: Its keys, so that a live ticket is named and denied.
        entropy: Draws keys and ids.
        now: When it begins.
    """

    def __init__(
        self,
        live: EventConfig,
        live_keys: tuple[TicketKey, ...],
        entropy: Entropy,
        now: Instant,
    ) -> None:
        self._entropy, self._now = entropy, now
        self._root = SigningKey.generate(entropy)
        self._key = SigningKey.generate(entropy)
        self._classes: dict[int, int] = {}
        self.config = practice_config(live)
        own = TicketKey(
            key_id=KEY_ID,
            public_key=self._key.public_key,
            organization_id=live.organization_id,
            event_id=REHEARSAL_EVENT,
            event_name="Rehearsal",
            is_rehearsal=True,
        )
        self._keyring = (own, *live_keys)

    @property
    def trust(self) -> Trust:
        """The root to believe, for as long as this rehearsal lasts."""
        return Trust(self._root.public_key, self.config.organization_id)

    def issue(self, *, is_cancelled: bool = False) -> str:
        """Return a practice ticket's digits."""
        ticket_id = int.from_bytes(self._entropy.random_bytes(_ID_SIZE), "big")
        self._classes[ticket_id] = int(is_cancelled)
        return to_digits(
            sign_credential(
                Claims(key_id=KEY_ID, ticket_id=TicketId(ticket_id), ticket_type_code=_CODE),
                self._key,
            )
        )

    def forge(self) -> str:
        """Return a ticket that names this server's key and was signed by another."""
        ticket_id = int.from_bytes(self._entropy.random_bytes(_ID_SIZE), "big")
        forger = SigningKey.generate(self._entropy)
        return to_digits(
            sign_credential(
                Claims(key_id=KEY_ID, ticket_id=TicketId(ticket_id), ticket_type_code=_CODE),
                forger,
            )
        )

    def publish(self) -> tuple[SignedDocument, dict[bytes, bytes]]:
        """Sign a manifest of what was issued; returns it and its chunk by hash."""
        return sign_manifest(
            self.config, self._keyring, self._classes, self._root, self._entropy, self._now
        )


def sign_manifest(
    config: EventConfig,
    keyring: tuple[TicketKey, ...],
    class_of: Mapping[int, int],
    root: SigningKey,
    entropy: Entropy,
    now: Instant,
) -> tuple[SignedDocument, dict[bytes, bytes]]:
    """Sign a practice event's manifest; returns it and its chunk by hash.

    Args:
        config: The event.
        keyring: Whose tickets are known.
        class_of: The class of each ticket that was issued, by id.
        root: To believe.
        entropy: Draws the key that signs.
        now: When.
    """
    ids = sorted(class_of)
    chunk = encode_columns(
        (pack_numbers(ids, ID_SIZE), ID_SIZE),
        (pack_numbers([class_of[one] for one in ids], CLASS_SIZE), CLASS_SIZE),
    )
    ref = ChunkRef(0, len(ids), len(chunk), sha256(chunk))
    header = ManifestHeader(
        v=HEADER_VERSION,
        epoch=1,
        sequence=1,
        cursor=0,
        not_after=None,
        config=config,
        keyring=keyring,
        classes=_CLASSES,
        prefix_bits=0,
        chunks=(ref,),
        manual_chunks=(),
        ticket_count=len(ids),
    )
    signer = _signer(config, root, entropy)
    return signer.sign(DocumentKind.MANIFEST, header, now), {ref.sha256: chunk}


def _signer(config: EventConfig, root: SigningKey, entropy: Entropy) -> DocumentSigner:
    key = SigningKey.generate(entropy)
    certificate = KeyCertificate(
        v=DOCUMENT_VERSION,
        organization_id=config.organization_id,
        key_id=1,
        public_key=key.public_key,
        purpose="manifest",
        not_before=Instant(0),
    )
    return DocumentSigner(key, certify(certificate, root))
