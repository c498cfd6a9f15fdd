"""Key ids go round, and a keyring holds the keys of its event and of those near it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from server.events.neighbour_events import select_around
from server.keys.organization_keys import next_key_id
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, format_instant
from tests.factories.ledger_office import LedgerOffice


async def another(office: LedgerOffice, *, in_days: int) -> str:
    """Make an event of another day, with its keys; returns its id."""
    desk, owner = office.office, office.owner
    event_id = await desk.event(owner)
    path = f"{owner.path}/events/{event_id}"
    starts = office.now + in_days * DAY
    times = {"starts_at": format_instant(starts), "ends_at": format_instant(starts + HOUR)}
    await desk.ok("POST", f"{path}/occurrences", owner, json={"name": "One"} | times)
    await desk.plan(owner, EventId(event_id))
    await desk.hand_over(path, owner)
    return event_id


async def keyring(office: LedgerOffice, event_id: EventId) -> list[dict[str, Any]]:
    """Return what an event's gates are told of keys."""
    path = f"{office.owner.path}/keyring?event_id={event_id}"
    return list(await office.office.ok("GET", path, office.owner))


async def test_organization_that_has_made_65535_keys_makes_more(
    ledger_office: LedgerOffice,
) -> None:
    """At 10,000 events a day the numbers were used up after a week, and nothing could be sold."""
    office = ledger_office
    async with office.office.context.write(office.owner.organization_id) as unit:
        connection = await unit.session.connection()
        await connection.execute(
            text(
                "UPDATE organization_counter SET value = 65535"
                " WHERE name = 'signing_key' AND organization_id = :organization_id"
            ),
            {"organization_id": office.owner.organization_id},
        )
    event_id = await office.office.event(office.owner)
    await office.office.plan(office.owner, EventId(event_id))
    path = f"{office.owner.path}/events/{event_id}/handover"
    answer = await office.office.call("POST", path, office.owner)
    assert answer.status_code == 200, answer.text
    kids = [key["kid"] for key in await keyring(office, EventId(event_id))]
    assert len(kids) == len(set(kids)) > 1


async def test_keyring_leaves_out_events_that_were_over_for_long(
    ledger_office: LedgerOffice,
) -> None:
    """Each manifest would hold the keys of all years; of near ones a ticket is told apart."""
    office = ledger_office
    near = await another(office, in_days=-80)
    past = await another(office, in_days=-100)
    assert {key["event_id"] for key in await keyring(office, office.event_id)} == {
        office.event_id,
        near,
    }
    assert {key["event_id"] for key in await keyring(office, EventId(past))} == {past}
    moved = {"starts_at": format_instant(office.now + DAY)}
    path = f"{office.owner.path}/events/{past}/occurrences"
    (one,) = await office.office.ok("GET", path, office.owner)
    path = f"{path}/{one['id']}"
    await office.office.ok("PUT", path, office.owner, json={"name": "One"} | moved)
    assert past in {key["event_id"] for key in await keyring(office, office.event_id)}


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_key_id_is_drawn_by_indexes_alone(ledger_office: LedgerOffice) -> None:
    """Millions of events and keys of past years are not read for it."""
    office = ledger_office
    async with office.office.context.write(office.owner.organization_id) as unit:
        around = await select_around(unit, office.event_id)
        connection = await unit.session.connection()
        bound = around.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        wanted = f"SELECT key_id FROM signing_key WHERE event_id IN ({bound})"
        plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {wanted}"))
        steps = [row.detail for row in plan]
        assert await next_key_id(unit, office.event_id) > 1
    tables = [step for step in steps if " event" in step or "signing_key" in step]
    assert len(tables) >= 4
    assert [step for step in tables if not step.startswith("SEARCH")] == []
