"""When people passed on a ticket, as the desk is told: of a real ledger."""

from __future__ import annotations

from gatekeeper.organizer.during.orders_client import PASSAGES_SHOWN_MAX, OrderClient
from gatekeeper.organizer.server_api import EventSite
from tests.factories.desk_seat import take_seat
from tests.factories.ledger_office import LedgerOffice
from tests.factories.zone_limits import limit_zone


async def test_the_desk_is_told_when_and_where_people_passed_on_a_ticket(
    ledger_office: LedgerOffice,
) -> None:
    """The last ones, in their order; of a ticket that nobody came with, nothing."""
    office = ledger_office
    await limit_zone(office, None, may_return=True)
    gates = [await office.enrol(), await office.enrol(1)]
    seat = take_seat(office.office, office.owner)
    desk = OrderClient(seat, EventSite(office.owner.organization_id, office.event_id))
    assert await desk.list_passages(office.hex_of(0)) == ()
    for gate, way in zip((0, 1, 0, 1, 0), ("in", "out", "in", "out", "in"), strict=True):
        answer = await office.claimed(gates[gate], office.codes[0], direction=way)
        assert answer["verdict"] == "admit", answer
    await office.claimed(gates[0], office.codes[1])
    told = await desk.list_passages(office.hex_of(0))
    assert len(told) == PASSAGES_SHOWN_MAX
    assert [(one.is_entry, one.gate, one.count) for one in told] == [
        (False, "South", 1),
        (True, "North", 1),
        (False, "South", 1),
        (True, "North", 1),
    ]
    await seat.close()
