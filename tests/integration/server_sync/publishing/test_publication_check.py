"""Publishing says what is odd before it happens, and refuses what cannot be meant."""

from __future__ import annotations

import pytest

from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, format_instant
from tests.factories.office import Office

pytestmark = pytest.mark.either_database


async def test_an_event_is_looked_at_before_it_is_published(office: Office) -> None:
    """Step by step from nothing to a plan that is meant; the look itself changes nothing."""
    owner = await office.person("owner")
    event_id = await office.event(owner)
    path, now = f"{owner.path}/events/{event_id}", office.clock.wall()
    check = await office.ok("GET", f"{path}/handover", owner)
    assert not check["may_hand_over"]
    refused = await office.call("POST", f"{path}/handover", owner)
    assert refused.status_code == 409
    for wanted in ("zone", "gate", "ticket type"):
        assert wanted in refused.json()["detail"]

    await office.ticket_type(owner, EventId(event_id))
    dates = []
    for name, at in (("Saturday", now), ("Sunday", now + DAY)):
        times = {"starts_at": format_instant(at), "ends_at": format_instant(at + 8 * HOUR)}
        made = await office.ok("POST", f"{path}/occurrences", owner, json={"name": name} | times)
        dates.append(made["id"])
    template = [{"name": "Hall", "gates": [{"name": "North"}]}]
    venue = await office.ok(
        "POST",
        f"{owner.path}/venues",
        owner,
        json={"name": "Arena", "timezone": "Europe/Berlin", "template": template},
    )
    of_venue = {"venue_id": venue["id"]}
    plan = await office.ok("POST", f"{path}/plan", owner, json=of_venue)
    check = await office.ok("GET", f"{path}/handover", owner)
    assert check["may_hand_over"]
    found = [one["code"] for one in check["warnings"]]
    assert found == ["zone_takes_every_date", "no_supervisor", "no_ticket"]
    assert check["warnings"][0]["ids"] == [plan["zones"][0]["id"]]
    answer = await office.ok("POST", f"{path}/handover", owner)
    assert answer["warnings"] == check["warnings"]
    lift = {"reason": "Sunday gets a zone of its own"}
    await office.ok("POST", f"{path}/freeze/lift", owner, json=lift)

    again = await office.call("POST", f"{path}/plan", owner, json=of_venue)
    assert again.status_code == 409
    assert "again" in again.json()["detail"]
    assert len((await office.ok("GET", f"{path}/plan", owner))["gates"]) == 1
    twice = await office.ok("POST", f"{path}/plan", owner, json=of_venue | {"again": True})
    assert len(twice["zones"]) == 2


async def test_a_plan_is_copied_once_for_each_date(office: Office) -> None:
    """Zones that serve one date each: the way out of zones that take every one."""
    owner = await office.person("owner")
    event_id = await office.event(owner)
    path, now = f"{owner.path}/events/{event_id}", office.clock.wall()
    await office.ticket_type(owner, EventId(event_id))
    template = [{"name": "Hall", "gates": [{"name": "North"}]}]
    venue = await office.ok(
        "POST",
        f"{owner.path}/venues",
        owner,
        json={"name": "Arena", "timezone": "Europe/Berlin", "template": template},
    )
    for name, at in (("Saturday", now), ("Sunday", now + DAY)):
        times = {"name": name, "starts_at": format_instant(at)}
        date = await office.ok("POST", f"{path}/occurrences", owner, json=times)
        copy = {"venue_id": venue["id"], "occurrence_id": date["id"]}
        await office.ok("POST", f"{path}/plan", owner, json=copy)
        again = await office.call("POST", f"{path}/plan", owner, json=copy)
        assert again.status_code == 409
    plan = await office.ok("GET", f"{path}/plan", owner)
    assert {zone["occurrence_id"] is None for zone in plan["zones"]} == {False}
    check = await office.ok("GET", f"{path}/handover", owner)
    assert [one["code"] for one in check["warnings"]] == ["no_supervisor", "no_ticket"]
    kind = (await office.ok("GET", f"{path}/ticket-types", owner))[0]["id"]
    lines = [{"ticket_type_id": kind, "quantity": 1}]
    await office.ok("POST", f"{path}/orders", owner, json={"lines": lines})
    check = await office.ok("GET", f"{path}/handover", owner)
    assert [one["code"] for one in check["warnings"]] == ["no_supervisor"]
