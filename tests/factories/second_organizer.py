"""A second organizer, who is at the same server from elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gatekeeper.organizer.desk_and_events import find_organization
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.prepare.seat_plans_client import read_template, save_template
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.ui.organizer.prepare.seats_page import SeatsPage
from shared.kernel.id_types import VenueId
from tests.factories.seats import make_seat_map

if TYPE_CHECKING:
    from tests.ui.organizer.test_organizer_desk import Hand


async def draw_elsewhere(
    server: OwnServer | None, email: str, password: str, venue_id: VenueId | None
) -> None:
    """Keep another map for a venue: four rows of ten."""
    assert server is not None, "it runs on this laptop"
    assert venue_id is not None, "a venue was made"
    office = ServerApi(server.url, server.read_authority())
    try:
        await office.sign_in(email, password)
        organization = await find_organization(office)
        assert organization is not None
        read = await read_template(office, organization.id, venue_id)
        await save_template(office, organization.id, venue_id, make_seat_map(), read)
    finally:
        await office.close()


def settle_two_maps(hand: Hand, page: SeatsPage, account: tuple[str, str]) -> None:
    """Somebody else keeps another map meanwhile: theirs is taken, and the next time one's own."""
    asyncio.run(draw_elsewhere(hand.desk.first.server, *account, page.venue_id))
    hand.click("seatsSave")
    hand.until(page.clash.isVisible)
    assert len(page.draft.seats) == 2, "nothing of either is lost"
    hand.picture("seats-clash")
    hand.click("clashTheirs")
    hand.click("clashGo")
    hand.until(lambda: len(page.draft.seats) == 40)
    hand.click("seatsUndo")
    hand.click("seatsSave")
    hand.until(lambda: page.note == "Saved: 2 seats")
    asyncio.run(draw_elsewhere(hand.desk.first.server, *account, page.venue_id))
    hand.click("seatsAdd")
    hand.click("seatsUndo")
    hand.click("seatsSave")
    hand.until(page.clash.isVisible)
    hand.click("clashMine")
    hand.click("clashGo")
    hand.until(lambda: not page.clash.isVisible() and page.note == "Saved: 2 seats")
