"""A ticket type as a host's guest list, as the desk's form sets it at the real application."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.organizer.merging_edits import Clash, Whose, flatten, merge
from gatekeeper.organizer.prepare.guest_list_terms import GUEST_LIST, find_list_flaws
from gatekeeper.organizer.prepare.plan_client import (
    EventPlan,
    PlanClient,
    PlanItem,
    PlanKind,
    merge_paths,
    new_thing,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from shared.kernel.id_types import EventId
from tests.factories.office import Office
from tests.integration.organizer.organization.test_staff import sit

pytestmark = pytest.mark.either_database
WHOLE: dict[str, Any] = {
    "name": "Guests of Mara",
    "price_minor": 0,
    "quantity_limit": 40,
    "selling.visibility": "staff",
    "selling.tiers": [],
    "selling.fee_minor": 0,
    GUEST_LIST: {"host": "Mara", "plus_max": 2},
}
TIER = {"key": "early", "name": "Early", "price_minor": 0}
WRONG = {
    "price_minor": 100,
    "selling.fee_minor": 50,
    "selling.tiers": [TIER],
    "quantity_limit": None,
    "selling.visibility": "public",
}


async def sit_at_the_plan(office: Office) -> tuple[PlanClient, PlanClient]:
    """Give two organizers of one event a desk each."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    site = EventSite(owner.organization_id, event_id)
    first, second = (PlanClient(sit(office, owner)._api, site) for _ in range(2))
    return first, second


def list_of(plan: EventPlan, **changed: Any) -> dict[str, Any]:
    """Return the fields of a new type that is a guest list."""
    return merge_paths(new_thing(PlanKind.TYPE, plan).fields, WHOLE | changed)


async def test_a_host_is_given_so_many_names_and_a_second_edit_is_merged(
    office: Office,
) -> None:
    """The list is made, its host's number raised by one while another lets guests bring more."""
    first, second = await sit_at_the_plan(office)
    plan = await first.read()
    made = await first.save(new_thing(PlanKind.TYPE, plan), list_of(plan))
    assert isinstance(made, PlanItem)
    assert flatten(made.fields) | WHOLE == flatten(made.fields)
    seen = (await second.read()).find(made.id)
    assert seen is not None
    raised = await first.save(made, merge_paths(made.fields, {"quantity_limit": 60}))
    assert isinstance(raised, PlanItem)
    more = {GUEST_LIST: {"host": "Mara Okoye", "plus_max": 4}}
    mine = merge_paths(seen.fields, more)
    clash = await second.save(seen, mine)
    assert isinstance(clash, Clash)
    assert [one.path for one in clash.fields] == ["quantity_limit"]
    joined = merge(seen.fields, clash.theirs, mine, {"quantity_limit": Whose.THEIRS})
    saved = await second.save(raised, joined)
    assert isinstance(saved, PlanItem)
    assert saved.fields["quantity_limit"] == 60
    assert saved.fields["selling"]["guest_list"] == more[GUEST_LIST]

    sold = await second.save(saved, merge_paths(saved.fields, {GUEST_LIST: None}))
    assert isinstance(sold, PlanItem)
    assert sold.fields["selling"]["guest_list"] is None
    await second.undo()
    back = (await second.read()).find(made.id)
    assert back is not None
    assert back.fields["selling"]["guest_list"] == more[GUEST_LIST]
    for desk in (first, second):
        await desk._api.close()


async def test_the_desk_names_what_the_server_would_refuse_and_nothing_else(
    office: Office,
) -> None:
    """Each wrong field by itself; a type that is sold has none of these bounds."""
    desk, other = await sit_at_the_plan(office)
    plan = await desk.read()
    for path, value in WRONG.items():
        fields = list_of(plan, **{path: value})
        assert [one for one, _why in find_list_flaws(flatten(fields))] == [path]
        with pytest.raises(Refused):
            await desk.save(new_thing(PlanKind.TYPE, plan), fields)
    sold = list_of(plan, **WRONG, **{GUEST_LIST: None})
    assert find_list_flaws(flatten(sold)) == ()
    assert isinstance(await desk.save(new_thing(PlanKind.TYPE, plan), sold), PlanItem)
    for one in (desk, other):
        await one._api.close()
