"""What roots certify: keys of documents, and the root that comes next."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from server.db.unit import Unit
from server.keys.models import KeyRecord as KeyRow
from shared.credential.keyring import KeyStatus
from shared.kernel.ed25519 import SigningKey
from shared.kernel.instant import Instant
from shared.manifest.signed_document import (
    DOCUMENT_VERSION,
    Certified,
    KeyCertificate,
    Link,
    certify,
    name_key,
)

ROOT: Final = "root"
MANIFEST: Final = "manifest"
SINCE_EVER: Final[Instant] = Instant(0)
"""From when on a manifest key may have signed. What a server signs whose clock is slower than that
of the one which made the key, or fell back by years since, is believed all the same: a gate that
does not believe its server decides alone."""


def certify_key(
    unit: Unit, row: KeyRow, root: SigningKey, withdrawn: tuple[bytes, ...]
) -> Certified:
    """Certify a manifest key from its making on, and name those that sign no more."""
    return certify(
        KeyCertificate(
            v=DOCUMENT_VERSION,
            organization_id=unit.organization_id,
            key_id=row.key_id,
            public_key=row.public_key,
            purpose=MANIFEST,
            not_before=SINCE_EVER,
            withdrawn=withdrawn,
        ),
        root,
    )


def link_root(unit: Unit, row: KeyRow, before: SigningKey) -> Link:
    """Let a root certify the one that follows it."""
    certificate = KeyCertificate(
        v=DOCUMENT_VERSION,
        organization_id=unit.organization_id,
        key_id=row.key_id,
        public_key=row.public_key,
        purpose=ROOT,
        not_before=unit.now,
    )
    certified = certify(certificate, before)
    return Link(certified.certificate, certified.signature)


async def withdrawn_names(unit: Unit) -> tuple[bytes, ...]:
    """Return the fingerprints of the manifest keys that were declared compromised."""
    query = select(KeyRow.public_key).where(
        KeyRow.purpose == MANIFEST, KeyRow.status == KeyStatus.COMPROMISED
    )
    return tuple(sorted(name_key(key) for key in (await unit.session.execute(query)).scalars()))


async def read_links(unit: Unit) -> tuple[Link, ...]:
    """Return how the roots followed each other, from the last one that none had certified."""
    query = select(KeyRow).where(KeyRow.purpose == ROOT).order_by(KeyRow.created_at, KeyRow.key_id)
    links: tuple[Link, ...] = ()
    for row in (await unit.session.execute(query)).scalars():
        if row.certificate is None or row.certificate_signature is None:
            links = ()
        else:
            links = (*links, Link(row.certificate, row.certificate_signature))
    return links
