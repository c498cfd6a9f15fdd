"""The keys by which the server proves its answers, one organization each; see `shared/wire/proof`.

They stand in the database, sealed like the other keys, so that all workers and hosts share them.
"""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy import select

from server.db.unit import Context, Unit
from server.keys.certificates import read_links
from server.keys.models import ChannelKey
from server.keys.organization_keys import root_signing_key
from server.keys.vault import Vault
from server.organizations.organizations_and_numbers import next_number
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.manifest.signed_document import DOCUMENT_VERSION, Certified, KeyCertificate, certify
from shared.wire.proof import CHANNEL_PURPOSE

CHANNEL_SERIES: Final = "channel_key"
KEYS_REMEMBERED: Final[Duration] = 10 * SECOND
"""How long a worker goes on with the channel keys that it has read."""
ORGANIZATIONS_MAX: Final = 20_000
"""Organizations whose keys a worker remembers; then it begins anew."""


async def channel_certificate(unit: Unit, vault: Vault) -> Certified:
    """Return the root's word for the newest channel key, making one on first use.

    Needs a write unit.
    """
    row = await _newest(unit) or await _make(unit, vault)
    return await _certified(unit, row)


async def find_channel_certificate(unit: Unit) -> Certified | None:
    """Return the root's word for the newest channel key, if there is one yet."""
    row = await _newest(unit)
    return None if row is None else await _certified(unit, row)


async def read_channel_keys(unit: Unit, vault: Vault) -> dict[int, SigningKey]:
    """Return every channel key that is not retired, by its number."""
    rows = await unit.all(select(ChannelKey))
    return {
        row.number: vault.open(row.sealed_seed, row.public_key)
        for row in rows
        if row.retired_at is None
    }


class KnownChannelKeys:
    """The channel keys that this worker has read, each organization's for a while."""

    def __init__(self, context: Context, vault: Vault) -> None:
        self._context, self._vault = context, vault
        self._keys: dict[str, tuple[Duration, dict[int, SigningKey]]] = {}
        self._reading: dict[str, asyncio.Task[dict[int, SigningKey]]] = {}

    async def of(self, organization_id: OrganizationId) -> dict[int, SigningKey]:
        """Return every channel key of an organization that is not retired, by its number.

        They are read once for all who ask meanwhile: all its gates do, as the while ends.
        """
        kept = self._keys.get(organization_id)
        if kept is not None and self._context.clock.monotonic() - kept[0] < KEYS_REMEMBERED:
            return kept[1]
        reading = self._reading.get(organization_id)
        if reading is None:
            reading = asyncio.create_task(self._read(organization_id))
            self._reading[organization_id] = reading
            reading.add_done_callback(lambda _: self._reading.pop(organization_id))
        return await asyncio.shield(reading)

    async def _read(self, organization_id: OrganizationId) -> dict[int, SigningKey]:
        now = self._context.clock.monotonic()
        async with self._context.read(organization_id) as unit:
            keys = await read_channel_keys(unit, self._vault)
        if len(self._keys) >= ORGANIZATIONS_MAX:
            self._keys.clear()
        self._keys[organization_id] = (now, keys)
        return keys


async def certify_channels_again(unit: Unit, root: SigningKey) -> None:
    """Let a root that took another one's place vouch for the keys that are in use."""
    live = select(ChannelKey).where(ChannelKey.retired_at.is_(None))
    for row in (await unit.session.execute(live)).scalars():
        certified = _certify(unit, row.number, row.public_key, row.created_at, root)
        row.certificate, row.certificate_signature = certified.certificate, certified.signature
    await unit.session.flush()


async def _certified(unit: Unit, row: ChannelKey) -> Certified:
    return Certified(row.certificate, row.certificate_signature, await read_links(unit))


def _certify(
    unit: Unit, number: int, public_key: bytes, since: Instant, root: SigningKey
) -> Certified:
    return certify(
        KeyCertificate(
            v=DOCUMENT_VERSION,
            organization_id=unit.organization_id,
            key_id=number,
            public_key=public_key,
            purpose=CHANNEL_PURPOSE,
            not_before=since,
        ),
        root,
    )


async def _newest(unit: Unit) -> ChannelKey | None:
    query = (
        select(ChannelKey)
        .where(ChannelKey.retired_at.is_(None))
        .order_by(ChannelKey.number.desc())
        .limit(1)
    )
    return await unit.find(query)


async def _make(unit: Unit, vault: Vault) -> ChannelKey:
    root = await root_signing_key(unit, vault)
    number = await next_number(unit, CHANNEL_SERIES)
    # The series is locked now: whoever was faster has committed.
    found = await _newest(unit)
    if found is not None:
        return found
    key = SigningKey.generate(unit.entropy)
    certified = _certify(unit, number, key.public_key, unit.now, root)
    row = ChannelKey(
        number=number,
        public_key=key.public_key,
        sealed_seed=vault.seal(key, unit.entropy),
        certificate=certified.certificate,
        certificate_signature=certified.signature,
        created_at=unit.now,
        retired_at=None,
    )
    return await unit.add(row)
