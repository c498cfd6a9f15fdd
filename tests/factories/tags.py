"""Tickets bound to tags, with the keyring that knows them."""

from __future__ import annotations

from typing import Final

from shared.credential.credential_fields import Claims
from shared.credential.keyring import Keyring, TicketKey
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, OrganizationId, TicketId

EVENT_ID: Final = EventId("ev_000000000001")
TICKET_ID: Final = TicketId(0x1122334455667788)
TAG_UID: Final = bytes.fromhex("04a1b2c3d4e5f6")
OTHER_UID: Final = bytes.fromhex("04a1b2c3d4e5f7")

_KEY: Final = SigningKey(bytes(range(32)))
KEYRING: Final = Keyring(
    [
        TicketKey(
            key_id=1,
            public_key=_KEY.public_key,
            organization_id=OrganizationId("og_000000000001"),
            event_id=EVENT_ID,
        )
    ]
)


def tag_credential(uid: bytes | None = TAG_UID, ticket_id: TicketId = TICKET_ID) -> bytes:
    """Sign a ticket: 90 bytes bound to a tag, or 83 of the printed form for None."""
    return sign_credential(
        Claims(key_id=1, ticket_id=ticket_id, ticket_type_code=7, generation=2, tag_uid=uid), _KEY
    )
