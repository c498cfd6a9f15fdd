"""One organization with its keys, and an event with two gates: valid things with one call."""

from __future__ import annotations

import msgspec

from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import Keyring, TicketKey
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import (
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    TicketTypeId,
    ZoneId,
)
from shared.kernel.instant import HOUR, Instant
from shared.manifest.event_config import (
    CONFIG_VERSION,
    EventConfig,
    GateConfig,
    OccurrenceConfig,
    TicketTypeConfig,
    ZoneConfig,
)
from shared.manifest.signed_document import (
    DOCUMENT_VERSION,
    DocumentSigner,
    KeyCertificate,
    certify,
)

ORGANIZATION = OrganizationId("og_000000000001")
EVENT = EventId("ev_000000000001")
DOORS: Instant = Instant(1_783_182_600_000_000)
"""2026-07-04T16:30:00Z."""
START: Instant = Instant(1_783_188_000_000_000)
"""2026-07-04T18:00:00Z."""


def make_key(number: int) -> SigningKey:
    """Return a signing key that is the same for the same number."""
    return SigningKey(number.to_bytes(32, "big"))


ROOT = make_key(1)
MANIFEST_KEY = make_key(2)
TICKET_KEY = make_key(3)
DEVICE_KEY = make_key(4)


def make_signer(
    *,
    root: SigningKey = ROOT,
    organization_id: OrganizationId = ORGANIZATION,
    purpose: str = "manifest",
    not_before: Instant = Instant(0),
    not_after: Instant | None = None,
    key: SigningKey = MANIFEST_KEY,
) -> DocumentSigner:
    """Return a manifest key certified by a root."""
    certificate = KeyCertificate(
        v=DOCUMENT_VERSION,
        organization_id=organization_id,
        key_id=2,
        public_key=key.public_key,
        purpose=purpose,
        not_before=not_before,
        not_after=not_after,
    )
    return DocumentSigner(key, certify(certificate, root))


def make_config(**changed: object) -> EventConfig:
    """Return an event with one occurrence, one zone, gates north and south, two types."""
    config = EventConfig(
        v=CONFIG_VERSION,
        organization_id=ORGANIZATION,
        event_id=EVENT,
        name="Summer Night",
        timezone="Europe/Berlin",
        state="active",
        sequence=1,
        occurrences=(
            OccurrenceConfig(OccurrenceId("oc_1"), "Saturday", START, START + 4 * HOUR, DOORS),
        ),
        zones=(ZoneConfig(id=ZoneId("zn_1"), name="Arena", reentry_after_exit=False),),
        gates=(
            GateConfig(GateId("gt_north"), "North", ZoneId("zn_1")),
            GateConfig(GateId("gt_south"), "South", ZoneId("zn_1")),
        ),
        ticket_types=(
            TicketTypeConfig(
                id=TicketTypeId("tt_1"), code=1, name="Standing", price_minor=2500, currency="EUR"
            ),
            TicketTypeConfig(id=TicketTypeId("tt_2"), code=2, name="Family", persons=4),
        ),
    )
    return msgspec.structs.replace(config, **changed)


def make_ticket_key(**changed: object) -> TicketKey:
    """Return the public half of `TICKET_KEY` with its scope."""
    key = TicketKey(
        key_id=7,
        public_key=TICKET_KEY.public_key,
        organization_id=ORGANIZATION,
        event_id=EVENT,
        event_name="Summer Night",
    )
    return msgspec.structs.replace(key, **changed)


def make_keyring(*keys: TicketKey) -> Keyring:
    """Return a keyring of the given keys, or of `TICKET_KEY` alone."""
    return Keyring(keys or (make_ticket_key(),))


def make_digits(
    ticket_id: TicketId, *, signing_key: SigningKey = TICKET_KEY, **claims: object
) -> str:
    """Return the QR digits of a ticket of type 1."""
    stated = msgspec.structs.replace(
        Claims(key_id=7, ticket_id=ticket_id, ticket_type_code=1), **claims
    )
    return to_digits(sign_credential(stated, signing_key))
