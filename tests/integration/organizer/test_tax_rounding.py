"""How an event's tax is rounded, as the desk's form sets it at the real application."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.merging_edits import flatten, unflatten
from gatekeeper.organizer.prepare.plan_client import PlanClient, PlanKind
from gatekeeper.organizer.prepare.plan_fields import find_spec
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.plan_words import spell_choice
from shared.kernel.id_types import EventId
from tests.factories.office import Office
from tests.integration.organizer.organization.test_staff import sit

pytestmark = pytest.mark.either_database
PATH = "pricing.tax_rounding"


async def test_each_way_of_rounding_is_offered_in_words_and_kept_by_the_server(
    office: Office,
) -> None:
    """What else stands in the event's terms stays as it was."""
    owner = await office.person()
    seat = sit(office, owner)._api
    made = await office.ok(
        "POST",
        f"{owner.path}/events",
        owner,
        json={"name": "Fair", "timezone": "UTC", "pricing": {"country": "CH"}},
    )
    desk = PlanClient(seat, EventSite(owner.organization_id, EventId(made["id"])))
    spec = find_spec(PlanKind.EVENT, PATH)
    assert spec is not None
    event = (await desk.read()).event
    assert flatten(event.fields)[PATH] == spec.default
    for way in reversed(spec.choices):
        assert spell_choice(PATH, way)
        wanted = unflatten(flatten(event.fields) | {PATH: way})
        await desk.save(event, wanted)
        event = (await desk.read()).event
        assert event.fields["pricing"]["tax_rounding"] == way
        assert event.fields["pricing"]["country"] == "CH"
    await seat.close()
