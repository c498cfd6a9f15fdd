"""A till that turns to another event of its organization, and one whose folder is older."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from gatekeeper.gate.requests import Scan
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import TILL_KEY_NAME
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Rejected
from shared.kernel.id_types import EventId, GateId
from shared.wire.till_key import TILL_KEY_CONTEXT, TillKeyAnswer, TillKeyRequest
from tests.factories.ledger_office import LedgerOffice
from tests.factories.selling import sell
from tests.factories.wired_gates import WiredGate, open_again, open_gate

pytestmark = pytest.mark.either_database


async def second_event(office: LedgerOffice) -> tuple[str, str]:
    """Publish another event with one gate; returns both ids."""
    desk, owner = office.office, office.owner
    event_id = await desk.event(owner)
    path = f"{owner.path}/events/{event_id}"
    await desk.ticket_type(owner, EventId(event_id), name="Standard")
    zone = await desk.ok("POST", f"{path}/zones", owner, json={"name": "Hall"})
    gate = await desk.ok(
        "POST", f"{path}/gates", owner, json={"name": "Hall", "zone_id": zone["id"]}
    )
    await desk.ok("POST", f"{path}/handover", owner)
    return event_id, gate["id"]


async def turn(office: LedgerOffice, till: WiredGate, event_id: EventId, gate_id: GateId) -> None:
    """Assign a till to an event, and let it turn there."""
    place = f"{office.owner.path}/devices/{till.id}/assignment"
    body: dict[str, Any] = {"role": "both", "event_id": event_id, "gate_id": gate_id}
    await office.office.ok("PUT", place, office.owner, json=body)
    till.session.serve(event_id)


async def test_till_sells_for_its_second_event_and_for_its_first_again(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """It has a ticket key for each event; gates admit what it sells for either."""
    office = ledger_office
    first_gate = office.gates[0]
    till = await open_gate(office, tmp_path, 0, role="both")
    await till.sync()
    assert (await sell(till.session, 1, 1)).receipt_number == 1
    event_id, gate_id = await second_event(office)
    await turn(office, till, EventId(event_id), GateId(gate_id))
    await till.sync()
    sale = await sell(till.session, 1, 1)
    assert sale.receipt_number == 2
    assert till.session.lane.rung() == "online"
    answer = await till.scan(sale.tickets[0].digits)
    assert (answer.verdict, answer.mode) == ("admit", "online")
    await turn(office, till, office.event_id, GateId(first_gate))
    await till.sync()
    again = await sell(till.session, 1, 1)
    gate = await office.enrol(1)
    assert (await office.claimed(gate, again.tickets[0].digits))["reason"] == "ok"
    await till.session.close()


async def test_folder_with_one_key_for_all_goes_on_selling(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What an older program kept serves its event, cut off too, and no other one."""
    office = ledger_office
    till = await open_gate(office, tmp_path, 0, role="both")
    await till.sync()
    await till.session.close()
    folder = tmp_path / till.id
    disk = FolderDisk(folder)
    make_older(folder)
    session = (await open_again(office, folder, till.device)).session
    session.lane._uplink.is_up = False
    sale = await sell(session, 1, 1)
    await session.sync_once()
    later = await sell(session, 1, 1)
    key_ids = {int(one.tickets[0].digits) >> (8 * 80) & 0xFFFF for one in (sale, later)}
    assert len(key_ids) == 1
    for one in (sale, later):
        assert (await session.scan(Scan(one.tickets[0].digits))).verdict == "admit"
    kept = disk.read(TILL_KEY_NAME)
    event_id, gate_id = await second_event(office)
    await turn(
        office, WiredGate(till.device, till.wire, session), EventId(event_id), GateId(gate_id)
    )
    await session.sync_once()
    assert (await sell(session, 1, 1)).receipt_number == 3
    assert disk.read(f"till-{event_id}.key") not in {None, kept}
    await session.close()


def make_older(folder: Path) -> None:
    """Keep key and terms as programs did that had one key for all events."""
    (own,) = folder.glob("till-*.key")
    own.rename(folder / TILL_KEY_NAME)
    connection = apsw.Connection(str(folder / "journal.db"))
    ((event_id, answer),) = connection.execute("SELECT event_id, answer FROM till").fetchall()
    assert isinstance(answer, bytes)
    fields = msgspec.msgpack.decode(answer)
    del fields["public_key"], fields["is_over"]
    connection.execute(
        "UPDATE till SET answer=? WHERE event_id=?", (msgspec.msgpack.encode(fields), event_id)
    )
    connection.close()


async def test_key_that_was_withdrawn_is_replaced_at_the_next_sync(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The server says that the key is over; the till draws another and sells on."""
    office = ledger_office
    till = await open_gate(office, tmp_path, 0, role="both")
    await till.sync()
    before = (await sell(till.session, 1, 1)).tickets[0]
    name = f"till-{office.event_id}.key"
    lost = till.session.store.disk.read(name)
    # Somebody who has the folder's token asks for another key: the one that is kept is over.
    key = SigningKey.generate(office.office.entropy)
    proof = key.sign(TILL_KEY_CONTEXT, office.event_id.encode() + key.public_key)
    request = TillKeyRequest(office.event_id, key.public_key.hex(), proof.hex())
    other = await till.wire.request_till_key(request)
    assert isinstance(other, TillKeyAnswer)
    await till.sync()
    assert till.session.store.disk.read(name) != lost
    after = (await sell(till.session, 1, 1)).tickets[0]
    # With the next look it has the keyring that names the new key: the ledger's word may take
    # longer than a scan waits for it on a busy machine.
    await till.sync()
    for one in (before, after):
        answer = await till.scan(one.digits)
        assert (answer.verdict, answer.reason) == ("admit", "ok")
    await till.session.close()


async def test_what_is_told_of_an_event_that_it_has_left_meanwhile_is_of_no_use(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turned while an exchange is on its way, a device takes no page for its new event's."""
    office = ledger_office
    till = await open_gate(office, tmp_path, 0, role="both")
    await till.sync()
    event_id, gate_id = await second_event(office)
    await turn(office, till, EventId(event_id), GateId(gate_id))
    await till.sync()
    exchange, has_turned = type(till.session.engine._server).exchange, list[bool]()

    async def turn_meanwhile(self: Any, request: Any) -> Any:
        response = await exchange(self, request)
        if not has_turned:
            has_turned.append(True)
            await turn(office, till, office.event_id, GateId(office.gates[0]))
        return response

    monkeypatch.setattr(type(till.session.engine._server), "exchange", turn_meanwhile)
    with contextlib.suppress(Rejected):  # of where it stood when it asked
        await till.sync()
    await till.sync()
    feeds, first, other = till.session.store.feeds, office.event_id, EventId(event_id)
    assert (has_turned, till.session.profile.event_id) == ([True], first)
    assert not till.session.lane._uplink.distrust
    assert feeds.get(first).lot != feeds.get(other).lot
    answer = await till.scan(office.codes[0])
    assert (answer.verdict, answer.mode) == ("admit", "online")
    await till.session.close()
