"""A ticket that a supervisor has found by name is claimed as if it had been scanned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Override, Scan
from gatekeeper.gate.scanned import PickedTicket
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.trouble import TroubleKind
from tests.factories.gate_event import GROUP, NORTH, SOUTH, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

JO = "sv_0123456789ab"
SEEN = "identity_confirmed"


class Doors:
    """Two gates of one zone, synced.

    Attributes:
        server: The ledger.
        north: Where the holder is found by name.
        south: Where codes are scanned.
    """

    def __init__(self, folder: Path) -> None:
        self.office = TicketOffice()
        self.server = FakeSyncServer(self.office, ManualClock())
        self._gates = [
            PairedGate(
                folder / name,
                self.server,
                device_id=DeviceId(f"dv_{name}"),
                gate_id=gate_id,
            )
            for name, gate_id in (("north", NORTH), ("south", SOUTH))
        ]
        self.north: GateSession
        self.south: GateSession

    async def open(self) -> None:
        """Open both, once all tickets are sold."""
        self.server.publish()
        self.north, self.south = [await gate.open() for gate in self._gates]
        await self.sync()

    async def sync(self) -> None:
        for session in (self.north, self.south):
            await session.sync_once()

    def find(self, place: int = -1) -> PickedTicket:
        """Pick a ticket, the last one sold."""
        return PickedTicket(TicketId(list(self.office.rows)[place]), JO, SEEN)


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    doors = Doors(tmp_path)
    yield doors
    await doors.north.close()
    await doors.south.close()


def entry_of(session: GateSession, answer: ScanAnswer) -> ScanBody:
    """Read an answer's entry."""
    ((_, signed),) = session.store.journal.read(answer.seq, answer.seq)
    body = decode_body(decode_entry(signed.entry))
    assert isinstance(body, ScanBody)
    return body


@pytest.mark.parametrize("is_imported", [False, True])
async def test_found_at_one_gate_it_is_used_at_the_other_at_once(
    doors: Doors, *, is_imported: bool
) -> None:
    """Before any journal is uploaded, whatever code it has, and known by no manual code."""
    code = doors.office.sell(is_imported=is_imported)
    await doors.open()
    answer = await doors.north.scan(Scan(doors.find()))
    assert (answer.verdict, answer.reason, answer.mode) == ("admit", "ok", "online")
    scanned = await doors.south.scan(Scan(doors.find() if is_imported else code))
    assert scanned.reason == "already_used"
    assert scanned.used is not None
    assert scanned.used.gate_id == NORTH
    await doors.sync()
    assert len(doors.server.uses) == 1
    assert not doors.server.conflicts


async def test_its_entry_names_person_and_reason_and_no_code(doors: Doors) -> None:
    """It is an admission like any other, by somebody who vouches for who it is."""
    code = doors.office.sell()
    await doors.open()
    answer = await doors.north.scan(Scan(doors.find()))
    body = entry_of(doors.north, answer)
    assert (body.reason, body.person, body.why) == ("ok", JO, SEEN)
    assert (body.key_id, body.generation) == (None, None)
    other = await doors.south.scan(Scan(code))
    assert entry_of(doors.south, other).code_hash != body.code_hash


async def test_used_elsewhere_it_is_denied_and_the_supervisor_told_where(doors: Doors) -> None:
    """Though this gate has not heard of it; what may follow is an override, with its reason."""
    code = doors.office.sell()
    await doors.open()
    await doors.south.scan(Scan(code))
    refused = await doors.north.scan(Scan(doors.find()))
    assert (refused.verdict, refused.reason) == ("deny", "already_used")
    assert refused.used is not None
    assert refused.used.gate_id == SOUTH
    answer = doors.north.supervision.override(
        Override(Scan(doors.find(), claim_id=refused.claim_id), "left_without_scan", JO)
    )
    assert (answer.verdict, answer.reason) == ("admit", "override")
    body = entry_of(doors.north, answer)
    assert (body.person, body.why) == (JO, "left_without_scan")


async def test_a_group_that_is_found_has_its_number_and_no_more(doors: Doors) -> None:
    """What is left of it after two gates have let some in."""
    code = doors.office.sell(GROUP)
    await doors.open()
    many = await doors.north.scan(Scan(doors.find(), count=6))
    assert (many.reason, many.remaining, many.used) == ("already_used", 5, None)
    assert (await doors.north.scan(Scan(doors.find(), count=3))).remaining == 2
    more = await doors.south.scan(Scan(code, count=3))
    assert (more.reason, more.remaining) == ("already_used", 2)
    assert more.used is not None
    assert (await doors.south.scan(Scan(code, count=2))).reason == "ok"
    assert (await doors.north.scan(Scan(doors.find(), count=1))).reason == "already_used"
    doors.server.is_cut = True
    alone = await doors.north.scan(Scan(code, count=3))
    assert (alone.reason, alone.remaining) == ("already_used", 2), "as far as it knows"


async def test_cut_off_the_gate_decides_by_its_own_policy_and_knowledge(doors: Doors) -> None:
    """Once, as a scan would be; the ledger hears of it by the journal."""
    doors.office.sell()
    await doors.open()
    doors.server.is_cut = True
    answer = await doors.north.scan(Scan(doors.find()))
    assert (answer.reason, answer.mode) == ("ok", "offline")
    assert (await doors.north.scan(Scan(doors.find()))).reason == "already_used"
    doors.server.is_cut = False
    await doors.sync()
    assert (await doors.south.scan(Scan(doors.find()))).reason == "already_used"


async def test_while_the_zone_is_emptied_nobody_is_let_in_by_name(doors: Doors) -> None:
    """Nor by an override, and the entry says why."""
    doors.office.sell()
    await doors.open()
    doors.north.evacuation.begin(JO)
    answer = await doors.north.scan(Scan(doors.find()))
    assert (answer.verdict, answer.stop) == ("deny", "evacuation")
    assert entry_of(doors.north, answer).why == "evacuation"
    with pytest.raises(BadInput) as refused:
        doors.north.supervision.override(Override(Scan(doors.find()), "organizer", JO))
    assert refused.value.kind is TroubleKind.STOPPED


async def test_a_ticket_that_no_list_has_is_nobodys(doors: Doors) -> None:
    """Cancelled since, or taken off the list."""
    doors.office.sell(state="cancelled")
    await doors.open()
    assert (await doors.north.scan(Scan(doors.find()))).reason == "cancelled"
    unknown = await doors.north.scan(Scan(PickedTicket(TicketId(4711), JO, SEEN)))
    assert (unknown.verdict, unknown.reason) == ("deny", "unknown_ticket")
    asked = doors.server.claims_seen[-1]
    assert (asked.code, asked.ticket_id) == ("", format_ticket_id(TicketId(4711)))
