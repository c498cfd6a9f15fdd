"""What is saved or made at the desk while the answer is lost: pressed again, it is one's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.afterwards.retention_client import (
    Retention,
    read_retention,
    set_retention,
)
from gatekeeper.organizer.before_doors.device_gates_client import (
    DevicePlace,
    move_device,
    read_place,
)
from gatekeeper.organizer.during.alarms_client import read_limits, save_limits
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.organization.members_client import change_role, list_members
from gatekeeper.organizer.organization.organization_client import (
    read_organization,
    save_organization,
)
from gatekeeper.organizer.organization.second_factor_client import read_factor, rule
from gatekeeper.organizer.prepare.seat_plans_client import (
    Template,
    VenueMaking,
    give_to_event,
    list_venues,
    read_event_tag,
    read_template,
    save_template,
)
from gatekeeper.organizer.prepare.ticket_design_client import TicketDesignClient
from gatekeeper.organizer.server_api import Refused
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import OrganizationId
from shared.seating.seat_map import SeatMap
from tests.factories.ledger_office import LedgerOffice
from tests.factories.seats import make_seat_map
from tests.integration.organizer.before_doors.test_gate_paper_lists import site_of
from tests.integration.organizer.test_undone_edits import Line
from tests.integration.server.accounts.test_second_factor import give_factor

pytestmark = pytest.mark.either_database
T = TypeVar("T")


@pytest.fixture
def line(seat: desk_office.ServerApi) -> Line:
    """The way of one desk to its server."""
    seat._http._transport = line = Line(seat._http._transport)
    return line


async def lose(line: Line, act: Callable[[], Awaitable[T]]) -> T:
    """Do something whose answer is lost, and press again."""
    line.loses = "answer"
    with pytest.raises(ServerFault):
        await act()
    return await act()


@pytest.fixture
def organization(ledger_office: LedgerOffice) -> OrganizationId:
    """Whose desk it is."""
    return ledger_office.owner.organization_id


async def test_a_venue_is_made_once_and_another_of_its_name_is_another(
    seat: desk_office.ServerApi, line: Line, organization: OrganizationId
) -> None:
    """Also where the list behind its answer did not come; after that one asks for a second."""
    making, before = VenueMaking(), len(await list_venues(seat, organization))
    made, venues = await lose(line, lambda: making.make(seat, organization, "Hall", "UTC"))
    assert (len(venues), venues[-1].name) == (before + 1, "Hall")
    other, venues = await lose(line, lambda: making.make(seat, organization, "Hall", "UTC"))
    assert (other != made, len(venues)) == (True, before + 2)


async def test_what_was_saved_is_nobody_elses(
    ledger_office: LedgerOffice,
    seat: desk_office.ServerApi,
    line: Line,
    organization: OrganizationId,
) -> None:
    """An organization, limits of alarms, a device's gate, a venue's map, a design of tickets."""
    site = site_of(ledger_office)
    details = await read_organization(seat, organization)
    named = details.fields | {"name": "Lantern Society"}
    assert await lose(line, lambda: save_organization(seat, details, named)) is None
    limits = await read_limits(seat, site)
    lower = limits.limits | {"silent_minutes": 3}
    assert await lose(line, lambda: save_limits(seat, site, limits, lower)) is None
    place = await read_place(seat, site, (await ledger_office.enrol()).id)
    (gate_id, *_) = [one.gate_id for one in place.spots if one.gate_id != place.gate_id]
    moved = await lose(line, lambda: move_device(seat, site, place, gate_id))
    assert isinstance(moved, DevicePlace)
    assert moved.gate_id == gate_id
    venue_id, _venues = await VenueMaking().make(seat, organization, "Hall", "UTC")
    drawn = make_seat_map()
    kept = await lose(line, lambda: save_template(seat, organization, venue_id, drawn, Template()))
    assert kept == await read_template(seat, organization, venue_id)
    desk = TicketDesignClient(seat, site)
    plain = await desk.read()
    chosen = msgspec.structs.replace(plain, note="No re-entry.", accent="#7a1f5c")
    with pytest.raises(Refused) as refused:
        await lose(line, lambda: desk.save(chosen))
    assert await desk.join(refused.value, plain, chosen) == await desk.read()


async def test_what_was_ruled_is_nobody_elses(
    ledger_office: LedgerOffice,
    seat: desk_office.ServerApi,
    line: Line,
    organization: OrganizationId,
) -> None:
    """A member's role, who needs a second factor, how long names stay, an event's map of seats."""
    site = site_of(ledger_office)
    await ledger_office.office.person("staff", organization_id=organization)
    (member,) = [one for one in await list_members(seat, organization) if one.role == "staff"]
    assert await lose(line, lambda: change_role(seat, organization, member, "manager")) is None
    await give_factor(ledger_office.office, ledger_office.owner)
    tag = (await read_factor(seat, organization)).etag
    asked = await lose(line, lambda: rule(seat, organization, is_asked=True, etag=tag))
    assert (asked, (await read_factor(seat, organization)).is_rule) == (None, True)
    before = await read_retention(seat, organization)
    kept = await lose(line, lambda: set_retention(seat, organization, before, 40))
    assert isinstance(kept, Retention)
    assert kept.days == 40
    drawn = make_seat_map()
    venues = []
    for name, seats in (("Yard", drawn.seats[:3]), ("Hall", drawn.seats)):
        venue_id, _venues = await VenueMaking().make(seat, organization, name, "UTC")
        await save_template(seat, organization, venue_id, SeatMap(seats), Template())
        venues.append(venue_id)
    yard, hall = venues
    assert await give_to_event(seat, site, yard, await read_event_tag(seat, site)) == 3
    tag = await read_event_tag(seat, site)
    given = await lose(line, lambda: give_to_event(seat, site, hall, tag))
    assert given == len(drawn.seats)
    assert isinstance(await give_to_event(seat, site, yard, tag), Clash)


async def test_a_first_map_takes_the_place_of_no_other_first_one(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, organization: OrganizationId
) -> None:
    """Two drew for one new venue, or gave an event a map: the first one's was gone unsaid."""
    site, drawn = site_of(ledger_office), make_seat_map()
    hall, _venues = await VenueMaking().make(seat, organization, "Hall", "UTC")
    yard, _venues = await VenueMaking().make(seat, organization, "Yard", "UTC")
    kept = await save_template(seat, organization, hall, drawn, Template())
    mine = SeatMap(drawn.seats[:3])
    met = await save_template(seat, organization, hall, mine, Template())
    assert isinstance(met, tuple)
    clash, theirs = met
    assert (theirs, [one.mine for one in clash.fields]) == (kept, [3])
    saved = await save_template(seat, organization, hall, mine, theirs)
    assert isinstance(saved, Template), "put over the other's by whoever has seen it"
    await save_template(seat, organization, yard, drawn, Template())
    assert await give_to_event(seat, site, hall, "") == 3
    given = await give_to_event(seat, site, yard, "")
    assert isinstance(given, Clash)
    assert await give_to_event(seat, site, yard, given.etag) == len(drawn.seats)


async def test_what_somebody_else_saved_meanwhile_is_still_theirs(
    seat: desk_office.ServerApi, line: Line, organization: OrganizationId
) -> None:
    """Of one's own edit without an answer, somebody else's on top is shown as before."""
    details = await read_organization(seat, organization)
    mine = details.fields | {"name": "Lantern Society", "legal_name": "Lanterns e. V."}
    line.loses = "answer"
    with pytest.raises(ServerFault):
        await save_organization(seat, details, mine)
    now = await read_organization(seat, organization)
    await save_organization(seat, now, now.fields | {"name": "Lamp Society"})
    met = await save_organization(seat, details, mine)
    assert met is not None
    assert {one.path: one.theirs for one in met.fields}["name"] == "Lamp Society"
