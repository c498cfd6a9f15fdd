"""The organizations' document signers, and events' ticket keys, opened once per worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from cachetools import LRUCache

from server.db.unit import Context
from server.keys.organization_keys import (
    document_signer,
    find_document_signer,
    list_ended,
    list_issuing_keys,
    list_roots,
)
from server.keys.vault import Vault
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import SECOND, Duration
from shared.manifest.signed_document import DocumentSigner

SIGNERS_MAX: Final = 5_000
EVENTS_MAX: Final = 2_000
SIGNER_LOOK_EVERY: Final[Duration] = 2 * SECOND
"""A key that was rotated or declared compromised signs no longer than this at any worker."""


class OrganizationSigner(msgspec.Struct, frozen=True):
    """An organization's signer, its root, and the roots that devices may have pinned before.

    Attributes:
        ended: Roots and manifest keys that were declared compromised: their word is none.
    """

    signer: DocumentSigner
    root_public_key: bytes
    former_roots: tuple[bytes, ...] = ()
    ended: frozenset[bytes] = frozenset()


class Signers:
    """Signs documents of any organization."""

    def __init__(self, context: Context, vault: Vault) -> None:
        self._context = context
        self._vault = vault
        self._known: dict[str, tuple[Duration, OrganizationSigner]] = {}
        self._seeds: LRUCache[tuple[str, int], Mapping[bytes, bytes]] = LRUCache(EVENTS_MAX)

    async def of(self, organization_id: OrganizationId) -> DocumentSigner:
        """Return an organization's signer."""
        return (await self.of_organization(organization_id)).signer

    async def of_organization(self, organization_id: OrganizationId) -> OrganizationSigner:
        """Return an organization's signer and root, making its keys on first use."""
        now = self._context.clock.monotonic()
        known = self._known.get(organization_id)
        if known is not None and now - known[0] < SIGNER_LOOK_EVERY:
            return known[1]
        if known is not None:
            # Whoever comes while this one looks is content with what was known.
            self._known[organization_id] = now, known[1]
        signing = await self._read(organization_id)
        if len(self._known) >= SIGNERS_MAX:
            self._known.clear()
        self._known[organization_id] = now, signing
        return signing

    def forget(self, organization_id: OrganizationId) -> None:
        """Look again before the next document: this worker has just changed its keys."""
        self._known.pop(organization_id, None)

    async def ticket_seeds(
        self, organization_id: OrganizationId, event_id: EventId, keyring_version: int
    ) -> Mapping[bytes, bytes]:
        """Return with what an event's credentials were signed here, by public key.

        Args:
            organization_id: Whose.
            event_id: Which event's.
            keyring_version: By which it is counted in the database whether there are more keys.
        """
        known = self._seeds.get((event_id, keyring_version))
        if known is None:
            async with self._context.read(organization_id) as unit:
                rows = await list_issuing_keys(unit, event_id)
            known = self._seeds[event_id, keyring_version] = {
                row.public_key: self._vault.open(row.sealed_seed, row.public_key).seed
                for row in rows
                if row.sealed_seed is not None
            }
        return known

    async def _read(self, organization_id: OrganizationId) -> OrganizationSigner:
        async with self._context.read(organization_id) as unit:
            signer = await find_document_signer(unit, self._vault)
            roots, ended = await list_roots(unit), await list_ended(unit)
        if signer is None:
            async with self._context.write(organization_id) as unit:
                signer = await document_signer(unit, self._vault)
                roots, ended = await list_roots(unit), await list_ended(unit)
        live = next(root.public_key for root in roots if root.retired_at is None)
        former = tuple(root.public_key for root in roots if root.retired_at is not None)
        return OrganizationSigner(signer, live, former, ended)
