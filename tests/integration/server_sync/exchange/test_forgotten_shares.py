"""A ledger put back to an older copy hears from devices what it granted, and believes its codes.

Beside `test_shares.py`: here devices say more than the ledger knows, truly or not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.exchange.epochs import open_higher_epoch
from server.exchange.zone_share_codes import PURPOSE, Grant, ShareCodes
from server.keys.vault import open_vault
from server.ledger.conflicts_named_lately import CONFLICT_AGAIN
from shared.journal.entry import ReturnBody
from shared.kernel.id_types import DeviceId, EventId, ZoneId
from shared.wire.device_feed import ShareChange
from shared.wire.exchange import KnownZoneShare
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.wired_gates import open_again, open_gate
from tests.factories.zone_limits import limit_zone

LIE: Final = 1_000


async def account(office: LedgerOffice) -> dict[str, int]:
    """Return what the ledger takes for granted to each device, in the gates' zone."""
    async with office.office.database.read(org=SYSTEM) as session:
        rows = await session.execute(
            text("SELECT device_id, granted FROM zone_share WHERE zone_id = :zone"),
            {"zone": office.zone_id},
        )
        return {row[0]: int(row[1]) for row in rows}


async def forget(office: LedgerOffice) -> None:
    """Forget all grants, as an older copy has."""
    async with office.office.database.write(org=SYSTEM) as session:
        await (await session.connection()).execute(text("DELETE FROM zone_share"))


async def word_to(office: LedgerOffice, device: GateDevice) -> ShareChange:
    """Return the ledger's newest word on a device's share."""
    await office.exchanged(device)
    told = [item for item in await office.read_feed(device) if isinstance(item, ShareChange)]
    return next(item for item in reversed(told) if item.device_id == device.id)


async def named(office: LedgerOffice) -> list[tuple[str, str]]:
    """Name the open conflicts, and of which devices they are."""
    return [
        (one["kind"], one["device_id"])
        for one in await office.conflicts()
        if not one["disposition"]
    ]


@pytest.mark.either_database
async def test_a_share_above_the_account_needs_the_word_that_granted_it(
    ledger_office: LedgerOffice,
) -> None:
    """No device takes room from others, or lets others in on it, by what it says of itself.

    It says so without a code, with one made up, another device's, its own of a smaller total, or
    the ledger's for another zone or event: each time the account stands, and it is named once.
    """
    office, clock = ledger_office, ledger_office.office.clock
    await limit_zone(office, 12)
    hostile, honest = await office.enrol(0), await office.enrol(1)
    older = await word_to(office, hostile)
    other = await word_to(office, honest)
    codes = ShareCodes(
        open_vault(office.office.settings.data_folder, office.office.entropy).derive(PURPOSE)
    )
    mine = Grant(
        office.owner.organization_id, office.event_id, office.zone_id, DeviceId(hostile.id), LIE
    )
    assert codes.make(mine) != older.code, "of another total"
    elsewhere = Grant(
        mine.organization_id, office.event_id, ZoneId("zn_lawn"), DeviceId(hostile.id), LIE
    )
    yesterday = Grant(
        mine.organization_id, EventId("ev_other"), office.zone_id, DeviceId(hostile.id), LIE
    )
    lies: list[bytes | None] = [
        None,
        b"",
        bytes(16),
        other.code,
        older.code,
        codes.make(elsewhere),
        codes.make(yesterday),
    ]
    await forget(office)
    state = await open_higher_epoch(office.office.context, "put back")
    for lie in lies:
        for epoch in (1, state.epoch):
            said = (KnownZoneShare(office.zone_id, LIE, lie),)
            await office.exchanged(hostile, shares=said, epoch=epoch)
        assert await account(office) == {}
        clock.advance(CONFLICT_AGAIN)
    assert await named(office) == [("share_unproven", hostile.id)]
    # The honest one's word is believed in full: what is left is not granted twice.
    said = (KnownZoneShare(office.zone_id, other.granted, other.code),)
    await office.exchanged(honest, shares=said, epoch=1)
    assert await account(office) == {honest.id: other.granted}
    await office.exchanged(honest, shares=said, epoch=state.epoch)
    await office.exchanged(hostile, shares=[KnownZoneShare(office.zone_id, LIE)])
    assert await account(office) == {honest.id: 6, hostile.id: 3}, "now that all are heard"
    assert await named(office) == [("share_unproven", hostile.id)]


async def test_a_proven_total_frees_no_more_than_the_zone_holds(
    ledger_office: LedgerOffice,
) -> None:
    """A device that keeps back what it has returned holds the whole zone at most, not more."""
    office = ledger_office
    await limit_zone(office, 4)
    gate = await office.enrol(0)
    word = await word_to(office, gate)
    total, returned = word.granted, 0
    for _ in range(4):
        returned = total
        gate.journal.add(ReturnBody(office.zone_id, returned), office.event_id, office.now)
        await office.exchanged(gate, gate.journal.entries)
        word = await word_to(office, gate)
        total = word.granted
    assert total == 10
    await forget(office)
    said = (KnownZoneShare(office.zone_id, total, word.code),)
    await office.exchanged(gate, shares=said)
    assert (await account(office))[gate.id] == 4
    async with office.office.database.write(org=SYSTEM) as session:
        statement = text("UPDATE zone_share SET returned = :returned")
        await (await session.connection()).execute(statement, {"returned": returned})
    await office.exchanged(gate, shares=said)
    assert (await account(office))[gate.id] == total
    assert await office.conflicts() == []


async def test_a_real_gate_s_room_comes_back_with_it(on_sqlite: Place, tmp_path: Path) -> None:
    """What it was granted after the copy is let in by nobody else, and nobody is named."""
    folder = tmp_path / "gates"
    async with open_ledger_office_again(on_sqlite.settings, on_sqlite.office) as office:
        await limit_zone(office, 12)
        north, south = await open_gate(office, folder, 0), await office.enrol(1)
        await north.session.close()
    on_sqlite.copy()
    async with open_ledger_office_again(on_sqlite.settings, office) as today:
        north = await open_again(today, folder / north.id, north.device)
        await north.sync()
        assert await account(today) == {north.id: 6}
        await north.session.close()
    async with open_ledger_office_again(on_sqlite.put_back(), today) as again:
        assert await account(again) == {}
        state = await open_higher_epoch(again.office.context, "put back")
        for epoch in (1, state.epoch):
            await again.exchanged(south, epoch=epoch)
        assert await account(again) == {}, "whoever is not heard yet may hold all of it"
        north = await open_again(again, folder / north.id, north.device)
        for _ in range(3):
            await north.sync()
        assert await account(again) == {north.id: 6}
        assert await again.conflicts() == []
        admitted = [await again.claimed(south, code) for code in again.codes]
        assert [one["verdict"] for one in admitted].count("admit") == 6
        await north.session.close()


@pytest.mark.either_database
async def test_a_gate_of_before_the_codes_is_given_one_and_believed_no_further(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The new program asks for the code of what it holds, once; without it the account stands."""
    office = ledger_office
    await limit_zone(office, 12)
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    shares = gate.session.store.shares
    (first,) = shares.list_all(office.event_id)
    assert (first.granted, len(first.code)) == (6, 16)
    with gate.session.store.transaction("as an earlier program left it"):
        gate.session.store._database.connection.execute("DELETE FROM share_code")
    for _ in range(2):
        await gate.sync()
    assert shares.list_all(office.event_id) == [first]
    with gate.session.store.transaction("as an earlier program left it"):
        gate.session.store._database.connection.execute("DELETE FROM share_code")
    await forget(office)
    await limit_zone(office, 2)
    await gate.sync()
    assert await account(office) == {gate.id: 1}
    assert await named(office) == [("share_unproven", gate.id)]
    told = [one for one in await office.read_feed(gate.device) if isinstance(one, ShareChange)]
    assert len(told) == 3, "granted, told its code, granted anew"
    await gate.session.close()
