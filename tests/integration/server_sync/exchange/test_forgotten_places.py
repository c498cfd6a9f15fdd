"""A gate that was moved to another zone since the copy: what it let in there counts at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from server.exchange.epochs import open_higher_epoch
from shared.kernel.id_types import GateId
from shared.wire.exchange import KnownPlace
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.racing import rows_of
from tests.factories.wired_gates import open_again, open_gate
from tests.integration.server_sync.devices.test_assignments import assign
from tests.integration.server_sync.devices.test_thief_of_a_gate import add_gate
from tests.integration.server_sync.journals.test_passage_rights import named, reason


async def test_a_gate_that_was_moved_since_the_copy_has_let_in_where_it_stood(
    place: Place, tmp_path: Path
) -> None:
    """Connected or cut off, before it has heard of the copy: nobody passes there again."""
    folder = tmp_path / "gates"
    async with open_ledger_office_again(place.settings, place.office) as office:
        stage = GateId(await add_gate(office))
        moved, other = await open_gate(office, folder, 0), await office.enrol(1)
        await assign(office, other, office.event_id, stage)
        await moved.sync()
        await moved.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        await assign(today, moved.device, today.event_id, stage)
        moved = await open_again(today, folder / moved.id, moved.device)
        await moved.sync()
        assert moved.session.status().gate_id == stage
        assert (await moved.scan(today.codes[0])).verdict == "admit"
        await moved.cut()
        assert (await moved.scan(today.codes[1])).verdict == "admit"
        await moved.session.close()
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        for epoch in (1, state.epoch):
            await again.exchanged(other, other.journal.entries, epoch=epoch)
        moved = await open_again(again, folder / moved.id, moved.device)
        await moved.sync()
        assert moved.session.status().gate_id == again.gates[0], "where the copy has it"
        for ticket in (0, 1):
            assert await reason(again, other, ticket, gate_id=stage) == "already_used"
        assert await again.conflicts() == []
        await moved.session.close()


@pytest.mark.either_database
async def test_a_place_that_nobody_gave_a_device_needs_the_ledgers_word(
    ledger_office: LedgerOffice,
) -> None:
    """Without a code, with one made up, another device's, or its own of another place."""
    office = ledger_office
    stage = GateId(await add_gate(office))
    ((zone,),) = await rows_of(office.office, f"SELECT zone_id FROM gate WHERE id = '{stage}'")
    hostile, honest = await office.enrol(0), await office.enrol(1)
    await assign(office, honest, office.event_id, stage)
    codes = [(await told_code(office, one)).code for one in (hostile, honest)]
    assert len(set(codes)) == 2
    state = await open_higher_epoch(office.office.context, "put back")
    office.scan(hostile, 0, zone_id=zone, gate_id=stage)
    for code in (b"", bytes(16), *codes):
        shown = (KnownPlace(office.event_id, stage, code),)
        await office.exchanged(hostile, hostile.journal.entries, epoch=1, places=shown)
    assert (await named(office))["passage_elsewhere"] == 1
    offered = hostile.journal.entries
    await office.exchanged(hostile, offered, epoch=state.epoch, offers_for=state.epoch)
    await office.exchanged(honest, honest.journal.entries, epoch=1)
    await office.exchanged(honest, honest.journal.entries, epoch=state.epoch)
    assert await reason(office, honest, 0, gate_id=stage) == "ok"


async def told_code(office: LedgerOffice, device: GateDevice) -> KnownPlace:
    """Return what proves a device's place, as it is told in an exchange."""
    told = (await office.exchanged(device)).assigned
    assert told is not None
    return KnownPlace(told.event_id, told.gate_id, told.code)


@pytest.mark.either_database
async def test_a_device_keeps_what_proves_its_places_and_shows_it_with_entries_alone(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Each place once, however often it was moved back and forth."""
    office = ledger_office
    stage = GateId(await add_gate(office))
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    for there in (stage, office.gates[0], stage):
        await assign(office, gate.device, office.event_id, GateId(there))
        await gate.sync()
    kept: Sequence[KnownPlace] = gate.session.profile.places
    assert [one.gate_id for one in kept] == [office.gates[0], stage]
    await gate.session.close()
    gate = await open_again(office, tmp_path / gate.id, gate.device)
    assert gate.session.profile.places == tuple(kept)
    await gate.session.close()
