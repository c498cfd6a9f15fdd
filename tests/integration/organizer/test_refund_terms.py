"""An event's refund terms and its country, as the desk sets them at the real application."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.organizer.merging_edits import Clash, Whose, flatten, merge
from gatekeeper.organizer.prepare.plan_client import PlanClient, merge_paths
from gatekeeper.organizer.prepare.refund_rules import in_order
from gatekeeper.organizer.server_api import EventSite, Refused
from shared.field_limits import REFUND_FEE_MAX
from shared.kernel.id_types import EventId
from shared.sales.refund_terms import TERMS_MAX
from tests.factories.office import Office
from tests.integration.organizer.organization.test_staff import sit

pytestmark = pytest.mark.either_database
REFUNDS, COUNTRY = "pricing.refunds", "pricing.country"


def rule(until: str | None, percent_points: int = 10_000, fee_minor: int = 0) -> dict[str, Any]:
    """Make a rule as the API has it."""
    return {"until": until, "percent_points": percent_points, "fee_minor": fee_minor}


async def test_terms_are_kept_merged_with_another_organizer_s_and_undone(
    office: Office,
) -> None:
    """One changes the terms, the other the country: both hold; of both's terms one is chosen."""
    owner = await office.person()
    seat = sit(office, owner)._api
    made = await office.ok(
        "POST", f"{owner.path}/events", owner, json={"name": "Fair", "timezone": "UTC"}
    )
    site = EventSite(owner.organization_id, EventId(made["id"]))
    desk, other = PlanClient(seat, site), PlanClient(seat, site)
    before = (await desk.read()).event
    assert flatten(before.fields)[REFUNDS] == []
    terms = in_order([rule(None, 0), rule("2027-03-27T19:00:00Z", fee_minor=200)])
    await other.save(before, merge_paths(before.fields, {COUNTRY: "NL"}))
    mine = merge_paths(before.fields, {REFUNDS: terms})
    clash = await desk.save(before, mine)
    assert isinstance(clash, Clash)
    assert [one.path for one in clash.fields] == [COUNTRY]
    now = (await desk.read()).event
    await desk.save(now, merge(before.fields, clash.theirs, mine, {}))
    kept = (await desk.read()).event
    assert (kept.fields["pricing"]["country"], kept.fields["pricing"]["refunds"]) == ("NL", terms)

    await other.save(kept, merge_paths(kept.fields, {REFUNDS: []}))
    mine = merge_paths(kept.fields, {REFUNDS: [rule(None, 5_000)]})
    clash = await desk.save(kept, mine)
    assert isinstance(clash, Clash)
    assert [(one.path, one.is_both) for one in clash.fields] == [(REFUNDS, True)]
    now = (await desk.read()).event
    await desk.save(now, merge(kept.fields, clash.theirs, mine, {REFUNDS: Whose.MINE}))
    assert (await desk.read()).event.fields["pricing"]["refunds"] == [rule(None, 5_000)]
    assert await desk.undo() is None
    assert (await desk.read()).event.fields["pricing"]["refunds"] == []
    await seat.close()


async def test_the_form_s_bounds_are_the_server_s(office: Office) -> None:
    """What the form lets through is taken; what it names is refused there too."""
    owner = await office.person()
    seat = sit(office, owner)._api
    made = await office.ok(
        "POST", f"{owner.path}/events", owner, json={"name": "Fair", "timezone": "UTC"}
    )
    desk = PlanClient(seat, EventSite(owner.organization_id, EventId(made["id"])))
    most = [
        rule(f"2027-04-{day:02}T18:00:00Z", 1, REFUND_FEE_MAX) for day in range(1, TERMS_MAX + 1)
    ]
    event = (await desk.read()).event
    await desk.save(event, merge_paths(event.fields, {REFUNDS: most}))
    event = (await desk.read()).event
    assert event.fields["pricing"]["refunds"] == most
    for wrong in ([*most, rule(None)], [most[0], most[0]], [rule(None), rule(None)]):
        with pytest.raises(Refused):
            await desk.save(event, merge_paths(event.fields, {REFUNDS: wrong}))
    await seat.close()
