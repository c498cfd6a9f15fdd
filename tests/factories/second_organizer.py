"""A second organizer, who is at the same server from elsewhere."""

from __future__ import annotations

from gatekeeper.organizer.desk import find_organization
from gatekeeper.organizer.office import Office
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.seat_plans import save_template
from shared.kernel.id_types import VenueId
from tests.factories.seats import make_seat_map


async def draw_elsewhere(
    server: OwnServer | None, email: str, password: str, venue_id: VenueId | None
) -> None:
    """Keep another map for a venue: four rows of ten."""
    assert server is not None, "it runs on this laptop"
    assert venue_id is not None, "a venue was made"
    office = Office(server.url, server.read_authority())
    try:
        await office.sign_in(email, password)
        organization = await find_organization(office)
        assert organization is not None
        await save_template(office, organization.id, venue_id, make_seat_map())
    finally:
        await office.close()
