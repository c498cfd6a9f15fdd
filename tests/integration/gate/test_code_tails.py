"""Staff and holders compare the code on the ticket, not a number that stands on none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from gatekeeper.boxoffice.finding_past_sales import PastSales
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.answer import GroupOutlook, ScanAnswer
from gatekeeper.gate.ends_of_printed_codes import UNKNOWN
from gatekeeper.gate.requests import Scan
from shared.credential.manual_code import format_manual_code
from shared.manifest.presenting import foreign_ticket_id
from shared.manifest.tickets import TicketRow
from shared.seating.seat_map import SeatName
from tests.factories.gate_event import EVENT, GROUP, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.factories.seats import make_seat_map
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

CODE, FAMILY, LATER = 0x123456789A, 0x23456789AB, 0x3456789ABC
FOREIGN = "LN-100000"


async def open_gate(device: PairedGate) -> AttendedGate:
    backend = ProfileFolder(device.folder, device.system())
    return await backend.open(None, lambda: None)


async def scan(gate: AttendedGate, text: str) -> str:
    answer = await gate.attend(Scan(text, count=1))
    assert isinstance(answer, ScanAnswer)
    return answer.printed


async def test_tickets_are_called_by_the_end_of_the_code_that_is_printed_on_them(
    tmp_path: Path,
) -> None:
    """Of the picture too, in questions and in the history; an imported one by its own code."""
    office = TicketOffice()
    good, family = office.sell(manual_code=CODE), office.sell(GROUP, manual_code=FAMILY)
    bare, later = office.sell(), office.sell(manual_code=LATER)
    foreign = foreign_ticket_id(FOREIGN, EVENT)
    facts = msgspec.structs.replace(next(iter(office.rows.values())).facts, is_imported=True)
    office.rows[foreign] = TicketRow(foreign, facts)
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    device = PairedGate(tmp_path, server)
    gate = await open_gate(device)
    await gate.sync_once(lambda _: None)

    assert await scan(gate, good) == format_manual_code(CODE)[-6:]
    assert await scan(gate, FOREIGN) == "100000"
    assert await scan(gate, bare) == ""
    outlook = await gate.attend(Scan(family))
    assert isinstance(outlook, GroupOutlook)
    assert outlook.printed == format_manual_code(FAMILY)[-6:]
    changed = next(row for row in office.rows.values() if row.manual_code == LATER)
    server.change_ticket(msgspec.structs.replace(changed, manual_code=CODE + 1))
    await gate.sync_once(lambda _: None)
    assert await scan(gate, later) == format_manual_code(CODE + 1)[-6:]
    shown = [answer.printed for answer in gate.recent(4)]
    kinds = [answer.ticket_type for answer in gate.recent(4)]
    assert all(kinds)
    assert shown == [
        format_manual_code(CODE + 1)[-6:],
        "",
        "100000",
        format_manual_code(CODE)[-6:],
    ]
    await gate.close()

    gate = await open_gate(device)
    assert [answer.printed for answer in gate.recent(4)][2:] == [UNKNOWN, shown[3]]
    assert [answer.ticket_type for answer in gate.recent(4)] == kinds, "told as before the restart"
    await gate.close()


async def test_a_till_calls_an_imported_ticket_by_the_code_that_it_has_just_read(
    tmp_path: Path,
) -> None:
    """It named a number that stands on no ticket, as if another one had been read."""
    office = TicketOffice()
    office.sell(manual_code=CODE)
    foreign = foreign_ticket_id(FOREIGN, EVENT)
    facts = msgspec.structs.replace(next(iter(office.rows.values())).facts, is_imported=True)
    office.rows[foreign] = TicketRow(foreign, facts)
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    gate = await open_gate(PairedGate(tmp_path, server))
    await gate.sync_once(lambda _: None)
    past = PastSales(gate.store, gate.knowledge)
    assert past.look(f" {FOREIGN}").printed == "100000"
    assert past.look(office.sell()).printed == "", "of which there is only a picture"
    await gate.close()


async def test_a_damaged_list_of_codes_hides_them_and_no_verdict(tmp_path: Path) -> None:
    """The entry is on disk: a screen that said "closed" would turn away who was let in."""
    office = TicketOffice()
    code = office.sell(manual_code=CODE)
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    gate = await open_gate(PairedGate(tmp_path, server))
    await gate.sync_once(lambda _: None)
    (file,) = find_manifests(tmp_path)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE code_page SET codes=x'ff'")
    database.close()
    answer = await gate.attend(Scan(code, count=1))
    assert isinstance(answer, ScanAnswer)
    assert (answer.verdict, answer.printed) == ("admit", "")
    await gate.sync_once(lambda _: None)
    assert gate.recent(1)[0].printed == format_manual_code(CODE)[-6:]
    await gate.close()


async def test_a_damaged_list_of_seats_hides_them_and_no_verdict(tmp_path: Path) -> None:
    """What a seat is called keeps nobody out, and the next sync brings the list anew."""
    office = TicketOffice()
    office.seat_map = make_seat_map()
    seat = office.seat_map.seats[0]
    codes = [office.sell() for _ in range(4)]
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    gate = await open_gate(PairedGate(tmp_path, server))
    for row in list(office.rows.values())[:3]:
        server.change_ticket(msgspec.structs.replace(row, seat_id=seat.id))
    await gate.sync_once(lambda _: None)
    named = SeatName(seat.section, seat.row, seat.number)
    assert await seated(gate, codes[0]) == named
    (file,) = find_manifests(tmp_path)
    with sqlite3.connect(file) as database:
        database.execute("DROP TABLE seat")
    database.close()
    assert await seated(gate, codes[1]) is None
    assert await seated(gate, codes[3]) is None, "listed, without a seat that anybody knows"
    await gate.sync_once(lambda _: None)
    assert await seated(gate, codes[2]) == named
    await gate.close()


async def seated(gate: AttendedGate, code: str) -> SeatName | None:
    """Let a holder in, and return which seat the screen says."""
    answer = await gate.attend(Scan(code, count=1))
    assert isinstance(answer, ScanAnswer)
    assert answer.verdict == "admit"
    return answer.seat


def find_manifests(folder: Path) -> list[Path]:
    """Return the manifests' files."""
    return [path for path in folder.iterdir() if path.name.startswith("manifest-")]
