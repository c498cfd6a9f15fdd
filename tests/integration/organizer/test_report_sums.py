"""What an event came to, as the desk reads it of the real application."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.afterwards.reports_client import MONEY, read_sums
from gatekeeper.organizer.server_api import EventSite
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office

pytestmark = pytest.mark.either_database


async def test_each_currency_is_told_by_itself_and_the_events_own_first(office: Office) -> None:
    """What was sold, paid and disputed in another one is not hidden, and not added."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    site = EventSite(owner.organization_id, event_id)
    orders = f"/api/v1{site.path}/orders"
    for currency, price in (("EUR", 2_500), ("CHF", 1_999)):
        kind = await office.ticket_type(
            owner, event_id, name=currency, price_minor=price, currency=currency
        )
        lines = [{"ticket_type_id": kind, "quantity": 1}]
        body = {"lines": lines, "payment": "pending"}
        made = await office.ok("POST", orders, owner, json=body)
        payments = f"{orders}/{made['order']['id']}/payments"
        paid = {"tender": "card", "amount_minor": price, "fact": "paid"}
        row = await office.ok("POST", payments, owner, json=paid)
        told = {"fact": "disputed", "amount_minor": 700}
        if currency == "CHF":
            await office.ok("POST", f"{payments}/{row['id']}/facts", owner, json=told)
            called = {"lines": lines, "payment": "paid"}
            await office.ok("POST", orders, owner, json=called)
    seat = take_seat(office, owner)
    sums = await read_sums(seat, site)
    await seat.close()
    assert sums.orders == 3
    assert sums.money["paid_unbooked"] == {"EUR": 0, "CHF": 1_999}, "only somebody's word"
    assert set(sums.money) == set(MONEY)
    assert list(sums.money["received"].items()) == [("EUR", 2_500), ("CHF", 1_999)]
    assert sums.money["in_dispute"] == {"EUR": 0, "CHF": 700}
    assert sums.money["kept"] == {"EUR": 2_500, "CHF": 1_999}
