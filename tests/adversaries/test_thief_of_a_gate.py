"""A thief of a gate: its folder and key, and the network.

Until it is revoked it can do what that gate at its zone could, on tickets whose codes are shown
there. Revoked, nothing it says has
effect, it is told nothing, and other gates do not believe it. Its folder names no holder, and no
PIN in the clear.

Proven elsewhere: claims at other zones, shares, scanners' tokens
(`test_thief_of_a_gate.py`), a token without its key (`test_in_between.py`), words
on evacuations (`test_evacuation_rights.py`), a copied folder (`test_copied_disk.py`),
sealed names (`test_names.py`), revoked journals (`test_devices.py`), PINs' tries and pauses
(`gate/test_attended_gate.py`).
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import BootBody, EvacuationBody, ReleaseBody, ScanBody, UndoBody
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, EvacuationId, EventId, TicketId
from shared.kernel.instant import MINUTE
from shared.wire.till_key import TILL_KEY_CONTEXT
from tests.adversaries.scene import named, other_event, reasons, upload
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.sales_till import Till
from tests.factories.wired_gates import open_again, open_gate

PIN = "483920"
HOLDER = "Wilhelmina Lanternsmith"


async def revoke(office: LedgerOffice, device: GateDevice) -> None:
    """Revoke a device, as the organizer does."""
    path = f"{office.owner.path}/devices/{device.id}/revoke"
    await office.office.ok("POST", path, office.owner, json={"reason": "stolen"})


async def test_revoked_its_entries_are_evidence_and_change_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """Passages, exits, a stop, a sale, an undo, a release; what it did before stands."""
    office = ledger_office
    honest, stolen = await office.enrol(0), await office.enrol(1)
    assert (await office.claimed(stolen, office.codes[9], "before"))["reason"] == "ok"
    await revoke(office, stolen)
    for ticket in range(3):
        office.scan(stolen, ticket)
    for body in (
        EvacuationBody(
            evacuation_id=EvacuationId("ab" * 16),
            zone_id=office.zone_id,
            phase="stop",
            gate_id=stolen.gate_id,
            begun_at=office.now,
        ),
        SaleBody(
            sale_id="ab" * 16,
            receipt_number=1,
            currency="EUR",
            total_minor=0,
            tender="comp",
            tickets=(
                SoldTicket(
                    ticket_id=TicketId(4711),
                    ticket_type_code=1,
                    generation=0,
                    key_id=0,
                    manual_code=99,
                    valid_from=None,
                    valid_until=None,
                    price_minor=0,
                ),
            ),
        ),
        UndoBody(ClaimId("before"), office.tickets[9], "", "x"),
        ReleaseBody(ClaimId("before"), office.tickets[9], "x"),
    ):
        stolen.journal.add(body, office.event_id, office.now)
    assert set(await upload(office, stolen)) == {"unconfirmed"}
    assert await reasons(office, honest, range(3)) == {"ok"}
    assert await reasons(office, honest, range(9, 10)) == {"already_used"}
    told = await office.claimed(honest, "0000-0033-S", manual=True)
    assert told["reason"] == "unknown_ticket"


@pytest.mark.parametrize("path", ["events/{event}/manifest", "events/{event}/roster"])
async def test_revoked_it_is_told_nothing(ledger_office: LedgerOffice, path: str) -> None:
    """Neither manifest nor roster, feed or claim; no till's key; its exchange brings no page."""
    office = ledger_office
    stolen = await office.enrol(1, role="both")
    address = "/sync/v1/" + path.format(event=office.event_id)
    client = office.office.client
    assert (await client.get(address, headers=stolen.headers)).status_code in {200, 204}
    await revoke(office, stolen)
    office.office.clock.advance(MINUTE)  # for a moment a device is known as it was
    assert (await client.get(address, headers=stolen.headers)).status_code == 403
    feed = f"/sync/v1/events/{office.event_id}/feed?epoch=1&after=0"
    assert (await client.get(feed, headers=stolen.headers)).status_code == 403
    assert (await office.claim(stolen, office.codes[0])).status_code == 403
    assert (await Till(office, stolen).ask()).status_code == 403
    assert (await office.exchanged(stolen)).page is None


async def test_its_key_reaches_no_other_event(ledger_office: LedgerOffice) -> None:
    """Codes of another event are refused at its gate, and its till key is not given."""
    office = ledger_office
    stolen = await office.enrol(0, role="both")
    codes = await other_event(office, office.owner)
    for code in codes:
        assert (await office.claimed(stolen, code))["verdict"] == "deny"
    events = await office.office.ok("GET", f"{office.owner.path}/events", office.owner)
    (other,) = [one["id"] for one in events["items"] if one["id"] != office.event_id]
    key = SigningKey.generate(office.office.entropy)
    wanted = {
        "event_id": other,
        "public_key": key.public_key.hex(),
        "proof": key.sign(TILL_KEY_CONTEXT, other.encode() + key.public_key).hex(),
    }
    client = office.office.client
    answer = await client.post("/sync/v1/till-key", json=wanted, headers=stolen.headers)
    assert answer.status_code == 403


async def test_the_gate_itself_erases_the_event_at_its_first_contact(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Revoked, the honest program on the stolen folder lets nobody in, then or cut off again."""
    office = ledger_office
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    await gate.cut()
    assert (await gate.scan(office.codes[0])).verdict == "admit"
    await revoke(office, gate.device)
    await gate.mend()
    await gate.cut()
    for code in office.codes[1:4]:
        assert (await gate.scan(code)).verdict != "admit"
    await gate.session.close()
    again = await open_again(office, tmp_path / gate.id, gate.device)
    await again.cut()
    for code in office.codes[1:4]:
        assert (await again.scan(code)).verdict != "admit"
    await again.session.close()


async def test_its_folder_gives_no_name_no_pin_and_no_ticket_key(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Everything on the disk, read as bytes; it is its owner's alone to read."""
    office = ledger_office
    path = f"{office.path}/tickets/{office.hex_of(0)}/holder"
    body = {"name": HOLDER, "email": "wil@example.org"}
    await office.office.ok("PUT", path, office.owner, json=body)
    chief = await Chief.appoint(office)
    await office.office.ok("POST", f"{office.path}/handover", office.owner)
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    await gate.session.close()
    secrets: list[bytes] = [HOLDER.encode(), b"wil@example.org", PIN.encode(), chief.key.seed]
    secrets += [code.encode() for code in office.codes]
    files = [one for one in (tmp_path / gate.id).rglob("*") if one.is_file()]
    assert len(files) > 3
    for file in files:
        data = file.read_bytes()
        assert not [secret for secret in secrets if secret in data], file.name
    profile: dict[str, Any] = json.loads((tmp_path / gate.id / "profile.json").read_text())
    assert profile["device_id"] == gate.id
    held = [one for one in files if one.name != "profile.lock"]  # a process id
    own = [one for one in held if stat.S_IMODE(one.stat().st_mode) & 0o077]
    assert own == [], "others can read what only the gate may"


async def test_before_it_is_revoked_it_spends_no_ticket_that_it_never_saw(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """With all that lies in its folder: ids, journals and proofs of what it let in before."""
    office = ledger_office
    gate = await open_gate(office, tmp_path, 0)
    honest = await office.enrol(1)
    await gate.sync()
    assert (await gate.scan(office.codes[0])).verdict == "admit"
    await gate.sync()
    journal = gate.session.store.journal
    signed = [one for _, one in journal.read(1, journal.last_seq)]
    found = [decode_body(decode_entry(one.entry)) for one in signed]
    (old,) = [one for one in found if isinstance(one, ScanBody)]
    await gate.session.close()
    thief = GateDevice(
        gate.id, gate.device.token, gate.device.gate_id, gate.device.key, gate.device.journal
    )
    thief.journal.add(BootBody("thief", b"", 0), EventId(""), office.now)
    for ticket in range(3):
        office.scan(thief, ticket, claim_id=old.claim_id, seen=old.seen)
        office.scan(thief, ticket, claim_id=f"new-{ticket}", seen=old.seen)
    await upload(office, thief)
    found_kinds = set(await named(office))
    assert "passage_unproven" in found_kinds
    assert "double_use" not in found_kinds
    assert await reasons(office, honest, range(1, 3)) == {"ok"}


async def test_what_it_does_before_is_named_where_it_contradicts(
    ledger_office: LedgerOffice,
) -> None:
    """Each ticket that it lets in although another gate had is a double use with its name."""
    office = ledger_office
    honest, stolen = await office.enrol(0), await office.enrol(1)
    assert await reasons(office, honest, range(4)) == {"ok"}
    for ticket in range(4):
        office.scan(stolen, ticket)
    await upload(office, stolen)
    assert await named(office) == {"double_use": 4}
    assert await reasons(office, honest, range(4)) == {"already_used"}
