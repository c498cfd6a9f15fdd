"""Each device within its own: one event, one zone, and only the organizer moves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.devices.device_of_request import KnownDevices
from shared.admission.pace import PACE_DEFAULT
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.instant import MINUTE
from shared.manifest.header import ManifestHeader
from shared.manifest.signed_document import DocumentKind, decode_document, open_document
from shared.wire.device_feed import ShareChange
from shared.wire.exchange import Assigned, ExchangeResponse
from shared.wire.feed import decode_item
from tests.adversaries.scene import other_event
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.wired_gates import open_gate
from tests.factories.zone_limits import limit_zone
from tests.integration.server_sync.devices.test_thief_of_a_gate import add_gate
from tests.integration.server_sync.tills.test_second_event import second_event

pytestmark = pytest.mark.either_database


async def assign(
    office: LedgerOffice,
    device: GateDevice,
    event_id: EventId | None,
    gate_id: GateId | None = None,
) -> None:
    """Move a device, as the organizer does."""
    place = f"{office.owner.path}/devices/{device.id}/assignment"
    body: dict[str, Any] = {"role": "gate", "event_id": event_id, "gate_id": gate_id}
    await office.office.ok("PUT", place, office.owner, json=body)


async def told(office: LedgerOffice, device: GateDevice, path: str) -> int:
    """Ask for something; returns the status."""
    client = office.office.client
    return (await client.get(f"/sync/v1/{path}", headers=device.headers)).status_code


def uncoded(answer: ExchangeResponse) -> Assigned:
    """Return what a device is assigned to, without the code that proves it."""
    assert answer.assigned is not None
    return msgspec.structs.replace(answer.assigned, code=b"")


def roads(event_id: EventId) -> list[str]:
    """Name all that a device may fetch of an event."""
    base = f"events/{event_id}"
    return [f"{base}/manifest", f"{base}/roster", f"{base}/feed?epoch=1&after=0"]


async def chunks_of(office: LedgerOffice, device: GateDevice, event_id: EventId) -> list[str]:
    """Fetch an event's manifest; returns its chunks' names."""
    path = f"/sync/v1/events/{event_id}/manifest"
    answer = await office.office.client.get(path, headers=device.headers)
    header = open_document(
        decode_document(answer.content),
        DocumentKind.MANIFEST,
        ManifestHeader,
        root_public_key=office.root,
        organization_id=office.owner.organization_id,
    )
    return [ref.sha256.hex() for ref in (*header.chunks, *header.manual_chunks)]


async def test_device_fetches_of_no_other_event_of_its_organization(
    ledger_office: LedgerOffice,
) -> None:
    """Neither manifest nor chunk, roster, feed or page; after the organizer's word, all of it."""
    office = ledger_office
    await other_event(office, office.owner)
    events = await office.office.ok("GET", f"{office.owner.path}/events", office.owner)
    (other,) = [one["id"] for one in events["items"] if one["id"] != office.event_id]
    gate, there = await office.enrol(0), await office.enrol(0)
    await assign(office, there, other)
    names = await chunks_of(office, there, other)
    assert names
    for path in (*roads(other), *(f"chunks/{name}" for name in names)):
        assert await told(office, gate, path) == 404, path
    answer = await office.exchanged(gate, gate.journal.entries, event_id=other)
    assert answer.page is None
    assert uncoded(answer) == Assigned(office.event_id, gate.gate_id, PACE_DEFAULT, 0)
    assert [one.status for one in answer.answers] == ["stored"], "its journal is taken"
    await assign(office, gate, other)
    for path in (*roads(other), *(f"chunks/{name}" for name in names)):
        assert await told(office, gate, path) == 200, path
    for path in roads(office.event_id):
        assert await told(office, gate, path) == 404, path


async def test_device_of_no_event_chooses_one_and_no_other(ledger_office: LedgerOffice) -> None:
    """The first that it names is its own from then on; to another one the organizer moves it."""
    office = ledger_office
    event_id, gate_id = await second_event(office)
    device = await office.enrol(0)
    await assign(office, device, None)
    foreign = await office.exchange(device, event_id=EventId("ev_nowhere"))
    assert foreign.status_code == 404
    assert await told(office, device, roads(EventId(event_id))[0]) == 200
    answer = await office.exchanged(device)
    assert (answer.page, uncoded(answer)) == (
        None,
        Assigned(EventId(event_id), GateId(""), PACE_DEFAULT, 1),
    )
    assert (await office.claim(device, office.codes[0])).status_code == 404
    assert (await office.claim(device, office.codes[0], gate_id=gate_id)).status_code == 200
    await assign(office, device, office.event_id)
    assert (await office.claimed(device, office.codes[0]))["verdict"] == "admit"


async def test_shares_go_to_the_zone_that_a_device_is_assigned_to(
    ledger_office: LedgerOffice,
) -> None:
    """A device that says it stands in another zone takes nothing of that zone's room."""
    office = ledger_office
    other = await add_gate(office, capacity=10)
    await limit_zone(office, 6)
    device = await office.enrol(0)
    office.office.clock.advance(MINUTE)
    assert shares_in(office, await office.exchanged(device, gate_id=other)) == []
    (share,) = shares_in(office, await office.exchanged(device))
    assert (share.device_id, share.zone_id) == (device.id, office.zone_id)


def shares_in(office: LedgerOffice, answer: ExchangeResponse) -> list[ShareChange]:
    """List the shares that a page grants."""
    items = [decode_item(item) for item in office.open_page(answer.page).items]
    return [item for item in items if isinstance(item, ShareChange)]


async def test_a_worker_that_has_not_heard_of_a_move_refuses_nobody_and_sends_nobody_back(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has met the device a moment ago, where that stood before; what that says of now shows."""
    office = ledger_office
    device, stage = await office.enrol(0), GateId(await add_gate(office))
    assert (await office.claimed(device, office.codes[0]))["verdict"] == "admit"
    monkeypatch.setattr(KnownDevices, "forget", lambda _known_devices: None)  # the other worker's
    await assign(office, device, office.event_id, stage)
    assert (await office.claimed(device, office.codes[1], gate_id=stage))["verdict"] == "admit"
    assert (await office.claim(device, office.codes[2])).status_code == 200, "remembered still"
    answer = await office.exchanged(device, event_id=office.event_id, gate_id=stage)
    assert uncoded(answer).gate_id == stage


async def test_gate_turns_by_itself_to_the_event_it_is_assigned_to(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What it still had of the former event is with the server; it stands at its new gate."""
    office = ledger_office
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    await gate.cut()
    assert (await gate.scan(office.codes[0])).verdict == "admit"
    event_id, gate_id = await second_event(office)
    await assign(office, gate.device, EventId(event_id), GateId(gate_id))
    await gate.mend()
    assert gate.session.profile.event_id == event_id
    assert gate.session.status().gate_id == gate_id
    assert gate.session.store.journal.pending == 0
    assert (await gate.scan(office.codes[1])).reason == "wrong_event"
    other = await office.enrol(1)
    assert (await office.claimed(other, office.codes[0]))["reason"] == "already_used"
    await gate.session.close()


async def test_gate_that_serves_an_event_of_its_own_choice_returns_to_its_own(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Turned by hand where nobody has assigned it, it keeps what it knows and goes back."""
    office = ledger_office
    event_id, _ = await second_event(office)
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    gate.session.serve(EventId(event_id))
    await gate.sync()
    assert gate.session.profile.event_id == office.event_id
    assert (await gate.scan(office.codes[0])).verdict == "admit"
    await gate.session.close()


async def test_lane_stands_in_no_other_zone_than_it_is_assigned_to(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Asked for at the device, cut off or not, another zone's gate is not opened."""
    office = ledger_office
    other = await add_gate(office)
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    place = gate.session.place
    assert [one.id for one in place.gates()] == office.gates
    await gate.cut()
    place._asked = other
    gate.session.lane.setting = type(gate.session.lane.setting)(DeviceId(gate.id), GateId(other))
    with pytest.raises(BadInput, match="organizer"):
        await gate.scan(office.codes[0])
    place._asked = office.gates[1]
    assert (await gate.scan(office.codes[0])).verdict == "admit"
    assert gate.session.status().gate_id == office.gates[1], "another gate of its zone is open"
    await assign(office, gate.device, office.event_id, GateId(other))
    await gate.mend()
    assert gate.session.status().gate_id == other
    await gate.session.close()
