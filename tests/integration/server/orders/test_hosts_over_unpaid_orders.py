"""Hosts whose clocks differ by hours let unpaid orders go after their time, by the database's."""

from __future__ import annotations

from typing import Final

import pytest
from sqlalchemy import text

from server.db.database_time import read_time
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.orders import how_long_unpaid_orders_hold_seats
from server.orders.expiring_unpaid_orders import expire_due_orders
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.instant import HOUR, SECOND
from tests.factories.office import Office
from tests.factories.racing import rows_of
from tests.fakes.clock import ManualClock
from tests.integration.server.orders.test_money import Shop

HOLD_S: Final = 600


async def test_no_order_ends_by_another_hosts_clock_and_each_ends_in_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is hours ahead looks twice, and an order is placed at the other one between."""
    if office.database.is_sqlite:  # which one host serves
        return
    monkeypatch.setattr(how_long_unpaid_orders_hold_seats, "read_time", read_time)
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    kind = TicketTypeId(await office.ticket_type(owner, event_id))
    shop = Shop(office, owner, event_id, kind)
    ahead = ManualClock(office.clock.wall())
    ahead.advance(3 * HOUR)
    hosts = [office.context, Context(office.database, ahead, office.entropy)]

    async def look(*which: int) -> int:
        return sum([await expire_due_orders(hosts[host], office.feed) for host in which])

    assert await look(0, 1, 1) == 0
    await shop.order(hold_s=HOLD_S)
    assert await look(1, 1, 0, 1, 0, 1) == 0, "however their looks take turns"
    said = await rows_of(office, "SELECT expires_at, created_at FROM ticket_order")
    assert [one[0] - one[1] for one in said] == [HOLD_S * SECOND], "nor is it kept for longer"
    for host in (0, 1):
        async with office.database.write(org=SYSTEM) as session:
            await session.execute(text("UPDATE ticket_order SET expires_at = created_at"))
        assert await look(host) == 1
        await shop.order(hold_s=HOLD_S)
