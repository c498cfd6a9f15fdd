"""A ticket tried at the desk while nobody is let in there, at the real application."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.organizer.prepare.ticket_trial_client import Asked, try_ticket
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.plan_words import spell_found
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.kernel.instant import MINUTE, format_instant
from tests.factories.desk_seat import take_seat
from tests.factories.ledger_office import LedgerOffice
from tests.integration.server_sync.evacuations.test_ordered_evacuations import PASSWORD, order
from tests.integration.server_sync.plans.test_paused_entry import say

pytestmark = pytest.mark.either_database


async def test_a_trial_says_that_nobody_is_let_in_and_what_holds_afterwards(
    ledger_office: LedgerOffice,
) -> None:
    """Of a pause since when; an evacuation is said before it."""
    made, gate = ledger_office, ledger_office.gates[0]
    await made.office.give_password(made.owner, PASSWORD)
    site = EventSite(made.owner.organization_id, made.event_id)
    seat = take_seat(made.office, made.owner)
    at = format_instant(made.now)
    (kind,) = await made.office.ok("GET", f"{made.path}/ticket-types", made.owner)
    asked = Asked(gate_id=gate, at=at, ticket_type_id=kind["id"])

    async def tried() -> str:
        return spell_found(await try_ticket(seat, site, asked))

    assert await tried() == "Gets in. The ticket is valid."
    made.office.clock.advance(MINUTE)
    await say(made, "PUT", gate)
    found = await try_ticket(seat, site, asked)
    assert found.paused_at is not None
    since = VENUE_CLOCK.time(found.paused_at)
    later = "Once entry resumes: Gets in. The ticket is valid."
    assert await tried() == f"Entry paused since {since}. {later}"
    (stop,) = await order(made, "stop")
    assert await tried() == f"Evacuation: nobody is let in now. {later}"
    for phase in ("return", "over"):
        await order(made, phase, evacuation_id=stop["evacuation_id"])
    assert await tried() == f"Entry paused since {since}. {later}"
    await say(made, "DELETE", gate)
    await say(made, "PUT", made.zone_id)
    assert (await tried()).endswith(later)
    await say(made, "DELETE", made.zone_id)
    assert await tried() == "Gets in. The ticket is valid."
    await seat.close()


async def test_the_way_out_is_tried_as_it_is_while_entry_is_stopped(
    ledger_office: LedgerOffice,
) -> None:
    """A pause does not ask who goes; an evacuation keeps nobody in whom nobody saw coming."""
    made = ledger_office
    await made.office.give_password(made.owner, PASSWORD)
    (kind,) = await made.office.ok("GET", f"{made.path}/ticket-types", made.owner)
    query = {"gate_id": made.gates[0], "ticket_type_id": kind["id"], "direction": "out"}

    async def tried() -> tuple[Any, ...]:
        path = f"{made.path}/admission-trial"
        found = await made.office.ok("GET", path, made.owner, params=query)
        return found["reason"], found["paused_at"], found["is_evacuated"]

    before = await tried()
    await say(made, "PUT", made.zone_id)
    assert await tried() == before
    await order(made, "stop")
    assert await tried() == ("exit", None, True)
