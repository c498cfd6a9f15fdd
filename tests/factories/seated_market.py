"""An event of which one type has reserved seats, and a till that may sell some of them alone."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

import msgspec

from shared.kernel.id_types import EventId, SeatId, TicketTypeId
from shared.manifest.price_plan import PricePlan, TypePrices
from shared.seating.seat_map import SeatMap, SeatOffer
from tests.factories.gate_event import EVENT, STANDARD
from tests.factories.seats import make_seat_map
from tests.factories.till_bench import cashier
from tests.factories.till_house import (
    REDUCED,
    REDUCED_MINOR,
    STANDARD_MINOR,
    TillHouse,
    make_market,
)
from tests.fakes.sync_server import FakeSyncServer


def make_seated_market(seat_map: SeatMap | None = None) -> FakeSyncServer:
    """Publish an event with seats for the standard type; the reduced one has none."""
    server = make_market(granted=40)
    types = (
        TypePrices(
            code=STANDARD,
            ticket_type_id=TicketTypeId("tt_std"),
            price_minor=STANDARD_MINOR,
            currency="EUR",
            seats=SeatOffer(STANDARD),
        ),
        TypePrices(
            code=REDUCED,
            ticket_type_id=TicketTypeId("tt_red"),
            price_minor=REDUCED_MINOR,
            currency="EUR",
        ),
    )
    office = server.office
    office.config = msgspec.structs.replace(office.config, prices=PricePlan(types=types))
    office.seat_map = make_seat_map() if seat_map is None else seat_map
    server.cashiers = (cashier(),)
    server.publish()
    return server


def make_seated_till(folder: Path, server: FakeSyncServer, seats: Collection[str]) -> TillHouse:
    """Pair a till that has some seats of its own."""
    house = TillHouse(folder, server)

    async def give() -> None:
        session = await house.open()
        try:
            await session.sync_once()
            epoch, _ = session.store.till.grant_version(EventId(EVENT))
            with session.store.transaction("seats_given"):
                own = [SeatId(one) for one in seats]
                session.store.till_seats.put(EventId(EVENT), epoch, own)
        finally:
            await session.close()

    asyncio.run(give())
    return house
