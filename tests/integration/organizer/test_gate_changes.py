"""A device is moved to another gate at the desk, at the real application, and turns there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.organizer.before_doors.device_gates_client import (
    DevicePlace,
    move_device,
    read_place,
)
from gatekeeper.organizer.desk_and_events import Desk, Organization
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, Refused, ServerApi
from shared.kernel.id_types import GateId
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.fakes.entropy import SeededEntropy

pytestmark = pytest.mark.either_database


@pytest.fixture
def desk(ledger_office: LedgerOffice, seat: ServerApi) -> Desk:
    """The owner's."""
    organization = Organization(ledger_office.owner.organization_id, "Probe")
    return Desk(seat, organization, SeededEntropy("desk"))


async def test_a_gate_turns_to_where_the_desk_has_moved_it_at_its_next_contact(
    ledger_office: LedgerOffice, desk: Desk, tmp_path: Path
) -> None:
    """Cut off it stays where it stood; its pace and what it is for are left alone."""
    site = EventSite(desk.organization.id, ledger_office.event_id)
    north, south = ledger_office.gates[:2]
    gate = await open_gate(ledger_office, tmp_path, 0)
    await gate.sync()
    place = await read_place(desk.api, site, gate.id)
    assert (place.gate_id, {one.gate_id for one in place.spots}) == (north, {north, south})
    await gate.cut()
    moved = await move_device(desk.api, site, place, south)
    assert isinstance(moved, DevicePlace)
    assert moved.fields == place.fields | {"gate_id": south}
    assert gate.session.status().gate_id == north
    await gate.mend()
    assert gate.session.status().gate_id == south
    assert (await gate.scan(ledger_office.codes[0])).verdict == "admit"
    (listed,) = await desk.devices.list_all(site)
    assert listed.gate_id == south

    freed = await move_device(desk.api, site, moved, None)
    assert isinstance(freed, DevicePlace)
    await gate.sync()
    assert gate.session.status().gate_id == south, "until someone there chooses another one"
    await gate.session.close()


async def test_the_second_organizer_is_told_where_the_first_has_moved_it(
    ledger_office: LedgerOffice, desk: Desk
) -> None:
    """Another pace is no reason to stop; strangers and readers move nothing."""
    site = EventSite(desk.organization.id, ledger_office.event_id)
    north, south = ledger_office.gates[:2]
    device = await ledger_office.enrol(0, role="gate")
    first = await read_place(desk.api, site, device.id)
    path = f"/organizations/{site.organization_id}/devices/{device.id}/assignment"
    await desk.api.put(path, first.fields | {"admissions_per_minute": 60}, UNTAGGED)
    moved = await move_device(desk.api, site, first, south)
    assert isinstance(moved, DevicePlace)
    assert (moved.gate_id, moved.fields["admissions_per_minute"]) == (south, 60)

    clash = await move_device(desk.api, site, first, None)
    assert isinstance(clash, Clash)
    assert [one.path for one in clash.fields if one.is_both] == ["gate_id"]
    assert clash.by
    assert (await read_place(desk.api, site, device.id)).gate_id == south
    again = await move_device(desk.api, site, first, south)
    assert isinstance(again, Clash), "it stands there already: that is said, and nothing is done"

    with pytest.raises(Refused) as refused:
        await move_device(desk.api, site, moved, "gt_nowhere")
    assert [one.field for one in refused.value.fields] == ["gate_id"]
    reader = await ledger_office.office.person("reader", organization_id=site.organization_id)
    desk.api._http.headers.update(reader.headers)
    with pytest.raises(Refused) as refused:
        await move_device(desk.api, site, moved, north)
    assert refused.value.status == 403


async def test_a_gate_sent_away_and_back_between_two_contacts_stands_where_it_is_assigned_to(
    ledger_office: LedgerOffice, desk: Desk, tmp_path: Path
) -> None:
    """The organizer's word is newer than the steward's; what a steward chooses after it stays."""
    site = EventSite(desk.organization.id, ledger_office.event_id)
    north, south = (GateId(one) for one in ledger_office.gates[:2])
    gate = await open_gate(ledger_office, tmp_path, 0)
    await gate.sync()
    gate = await _stand_at(ledger_office, gate, south, tmp_path)
    await gate.sync()
    assert gate.session.status().gate_id == south, "it may stay there: both lead into one zone"

    place = await read_place(desk.api, site, gate.id)
    away = await move_device(desk.api, site, place, south)
    assert isinstance(away, DevicePlace)
    assert isinstance(await move_device(desk.api, site, away, north), DevicePlace)
    await gate.sync()
    assert gate.session.status().gate_id == north

    gate = await _stand_at(ledger_office, gate, south, tmp_path)
    slow = (await read_place(desk.api, site, gate.id)).fields | {"admissions_per_minute": 60}
    path = f"/organizations/{site.organization_id}/devices/{gate.id}/assignment"
    await desk.api.put(path, slow, UNTAGGED)
    await gate.sync()
    assert gate.session.status().gate_id == south, "another pace says nothing of its gate"
    await gate.session.close()


async def _stand_at(
    office: LedgerOffice, gate: WiredGate, gate_id: GateId, folder: Path
) -> WiredGate:
    """Choose another gate at the device, as its window does, and open it again."""
    gate.session.place.choose(gate_id)
    await gate.session.close()
    return await open_again(office, folder / gate.id, gate.device)
