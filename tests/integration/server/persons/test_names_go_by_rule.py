"""Guests' names go by themselves some days after an event, by rule; and what comes first."""

from __future__ import annotations

import asyncio

import pytest

from server.persons import routes
from server.persons.retention import erase_due
from shared.kernel.instant import DAY, HOUR, Duration, Instant, format_instant
from tests.factories.everything import make_conflict
from tests.factories.racing import rows_of
from tests.factories.waiting import PATIENCE_S
from tests.integration.server.persons.test_persons import KLARA, NAME, Desk, desk

__all__ = ["desk"]


async def test_names_go_by_themselves_some_days_after_the_event(desk: Desk) -> None:
    """Previewed before; once over all workers; nothing of an event that is still in dispute."""
    office, owner = desk.office, desk.person
    now = office.clock.wall()
    for number, event_id in enumerate(desk.events):
        ended = {"name": "Day", "starts_at": format_instant(Instant(now - (number + 9) * DAY))}
        await desk.ask("POST", f"/events/{event_id}/occurrences", ended)
    fair, ball = desk.events
    thought = await desk.ask("GET", "/retention?days=10")
    assert (thought["days"], [one["event_id"] for one in thought["events"]]) == (
        None,
        [ball, fair],
    )
    assert [(one["orders"], one["tickets"]) for one in thought["events"]] == [(1, 1), (1, 1)]
    await make_conflict(office, owner.organization_id, ball, "x")
    await desk.ask("PUT", "/retention", {"days": 8})
    told = await desk.ask("GET", "/retention")
    assert (told["days"], [one["waits"] for one in told["events"]]) == (8, ["conflict", ""])
    found = await asyncio.gather(
        *(erase_due(office.context, office.clock.wall()) for _ in range(3))
    )
    assert sum(found) == 1
    assert (await desk.ask("GET", "/erasures"))["items"][0]["state"] == "working"
    runner = routes.make_runner(office.framework.state)
    async with asyncio.timeout(PATIENCE_S):
        while (done := (await desk.ask("GET", "/erasures"))["items"][0])["state"] == "working":
            await runner.work()
    assert len((await desk.ask("GET", "/erasures"))["items"]) == 1
    assert (done["scope"], done["event_id"], done["asked_by"]) == ("event", fair, "")
    assert (done["orders"], done["holders"], done["state"]) == (1, 1, "done")
    left = {one["event_id"] for one in (await desk.held(KLARA))["records"]}
    assert left == {ball}
    assert await erase_due(office.context, office.clock.wall()) == 0
    await desk.ask("PUT", "/retention", {"days": None})
    assert (await desk.ask("GET", "/retention"))["events"] == []


@pytest.mark.either_database
async def test_who_is_owed_money_is_named_until_it_went_back(desk: Desk) -> None:
    """Nobody would know any more whom to pay, nor whose transfer came back from the bank."""
    now, fair = desk.office.clock.wall(), desk.events[0]
    ended = {"name": "Day", "starts_at": format_instant(Instant(now - 9 * DAY))}
    await desk.ask("POST", f"/events/{fair}/occurrences", ended)
    await desk.ask("PUT", "/retention", {"days": 8})
    said = {"buyer_name": NAME, "payment": "pending", "hold_s": 3_600}
    placed = await desk.order(fair, desk.orders[0]["kind"], said)
    at = f"/events/{fair}/orders/{placed['order']['id']}"
    whole = {"amount_minor": placed["order"]["total_minor"], "tender": "transfer"}

    async def waits() -> str:
        (event,) = (await desk.ask("GET", "/retention"))["events"]
        return str(event["waits"])

    await desk.ask("POST", f"{at}/payments", whole | {"fact": "paid"})
    assert await waits() == ""
    await desk.ask("POST", f"{at}/cancel", {"reason": "ill"})
    assert await waits() == "refunds"
    assert await erase_due(desk.office.context, now) == 0
    sent = await desk.ask("POST", f"{at}/payouts", whole | {"reason": "ill"})
    assert await waits() == "refunds", "it may come back"
    (payout,) = (one["id"] for one in sent)
    await desk.ask("POST", f"{at}/payouts/{payout}/facts", {"fact": "done"})
    assert await waits() == ""


@pytest.mark.either_database
async def test_no_names_go_because_a_clock_leapt_ahead(desk: Desk) -> None:
    """A laptop that took over is years ahead: it has to stay so for a day before names go."""
    clock = desk.office.clock
    for event_id in desk.events:
        tonight = {"name": "Day", "starts_at": format_instant(clock.wall())}
        await desk.ask("POST", f"/events/{event_id}/occurrences", tonight)
    await desk.ask("PUT", "/retention", {"days": 8})
    leap = Duration(700 * DAY)
    clock.step_wall(leap)
    for _ in range(3):
        assert await erase_due(desk.office.context, clock.wall()) == 0
        clock.advance(HOUR)
    clock.step_wall(Duration(-leap))
    for _ in range(26):
        assert await erase_due(desk.office.context, clock.wall()) == 0
        clock.advance(HOUR)
    clock.step_wall(leap)
    for _ in range(24):
        assert await erase_due(desk.office.context, clock.wall()) == 0
        clock.advance(HOUR)
    assert await erase_due(desk.office.context, clock.wall()) == len(desk.events)


@pytest.mark.either_database
async def test_no_names_go_while_a_clock_is_some_days_ahead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Less than that rule sees: set right within the hour, nobody's name is gone."""
    office = desk.office
    for event_id in desk.events:
        tonight = {"name": "Day", "starts_at": format_instant(office.clock.wall())}
        await desk.ask("POST", f"/events/{event_id}/occurrences", tonight)
    await desk.ask("PUT", "/retention", {"days": 8})
    monkeypatch.setattr(routes, "TURN_LOOK_S", 0.01)
    asked = "SELECT name FROM periodic_turn WHERE name IN ('clock', 'persons.retention')"
    async with routes.beginning_erasures(office.framework), asyncio.timeout(PATIENCE_S):
        noted = 0
        while noted < 2:
            await asyncio.sleep(0.01)
            noted = len(await rows_of(office, asked))
        office.clock.step_wall(Duration(20 * DAY))
        await asyncio.sleep(0.3)  # some rounds: what must not happen has no end to wait for
        office.clock.step_wall(Duration(-20 * DAY))
        await asyncio.sleep(0.1)
    assert await rows_of(office, "SELECT id FROM erasure") == []
