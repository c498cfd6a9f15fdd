"""The organizations' document signers, opened once per worker."""

from __future__ import annotations

from typing import Final

import msgspec

from server.db.unit import Context
from server.publishing.keys import document_signer, root_public_key
from server.publishing.vault import Vault
from shared.manifest.document import DocumentSigner

SIGNERS_MAX: Final = 5_000


class House(msgspec.Struct, frozen=True):
    """An organization's signer, and the root that devices have pinned."""

    signer: DocumentSigner
    root_public_key: bytes


class Signers:
    """Signs documents of any organization."""

    def __init__(self, context: Context, vault: Vault) -> None:
        self._context = context
        self._vault = vault
        self._houses: dict[str, House] = {}

    async def of(self, organization_id: str) -> DocumentSigner:
        """Return an organization's signer."""
        return (await self.house(organization_id)).signer

    async def house(self, organization_id: str) -> House:
        """Return an organization's signer and root, making its keys on first use."""
        house = self._houses.get(organization_id)
        if house is None:
            async with self._context.write(organization_id) as unit:
                house = House(
                    await document_signer(unit, self._vault),
                    await root_public_key(unit, self._vault),
                )
            if len(self._houses) >= SIGNERS_MAX:
                self._houses.clear()
            self._houses[organization_id] = house
        return house
