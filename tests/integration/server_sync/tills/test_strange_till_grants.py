"""Grants by which a till wants its keys known again, where they prove nothing of the kind."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.exchange.epochs import open_higher_epoch
from server.keys.organization_keys import find_till_keys
from shared.manifest.signed_document import SignedDocument, decode_document
from tests.adversaries.scene import named
from tests.factories.journal_writing import GateDevice
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.sales_till import Till

pytestmark = pytest.mark.either_database


async def keys_of(office: LedgerOffice) -> set[bytes]:
    """Return the public keys that the ledger knows of tills."""
    async with office.office.context.read(office.owner.organization_id) as unit:
        return {one.public_key for one in await find_till_keys(unit, office.event_id)}


def bent(grant: SignedDocument) -> list[SignedDocument]:
    """Change a byte of a grant's body, and of its signature."""
    found = []
    for name in grant.__struct_fields__:
        value = getattr(grant, name)
        if isinstance(value, bytes):
            changed = bytes([*value[:-1], value[-1] ^ 1])
            found.append(msgspec.structs.replace(grant, **{name: changed}))
    return found


async def test_no_key_is_known_again_by_a_grant_that_is_not_the_tills_own(place: Place) -> None:
    """Changed, another till's, a gate's, a revoked till's; then its own, however often."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        devices = [await office.enrol(role=role) for role in ("till", "till", "till", "gate")]
        for one in devices:
            await office.exchanged(one, one.journal.entries)
    place.copy()
    honest, thief, dismissed, gate = devices
    async with open_ledger_office_again(place.settings, office) as today:
        tills = [Till(today, one) for one in (honest, dismissed)]
        for till in tills:
            await till.open()
        grants = [decode_document(bytes_of(till.grant["grant"])) for till in tills]
        key = tills[0].key.public_key
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        path = f"{again.owner.path}/devices/{dismissed.id}/revoke"
        await again.office.ok("POST", path, again.owner, json={"reason": "stolen"})

        async def send(device: GateDevice, grant: SignedDocument) -> Any:
            more: Any = {"epoch": state.epoch, "held_grant": grant}
            return await again.exchange(device, device.journal.entries, **more)

        changed = bent(grants[0])
        assert len(changed) >= 2
        for grant in changed:
            assert (await send(honest, grant)).status_code == 200
        for device in (thief, gate):
            assert (await send(device, grants[0])).status_code == 200
        assert (await send(dismissed, grants[1])).status_code in {200, 403}
        assert await keys_of(again) == set()
        for _ in range(3):
            assert (await send(honest, grants[0])).status_code == 200
        assert await keys_of(again) == {key}
        assert await named(again) == {}


def bytes_of(text: str) -> bytes:
    """Read bytes as JSON spells them."""
    return msgspec.convert(text, bytes, strict=False)
