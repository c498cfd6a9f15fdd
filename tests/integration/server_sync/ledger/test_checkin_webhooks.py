"""Check-ins are told to other programs: each once, in order, from when they asked to hear."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from server.db.tenancy import SYSTEM
from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.events.models import Event
from server.ledger import checkin_webhooks
from server.ledger.checkin_webhooks import tell_checkins
from server.webhooks.models import WebhookMessage
from shared.kernel.id_types import EventId
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.waiting import PATIENCE_S


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nothing be told but when a test says so."""
    monkeypatch.setattr(checkin_webhooks, "CHECKINS_POLL_S", 3_600)
    return iter(())


async def listen(ledger_office: LedgerOffice) -> str:
    """Have check-ins told; returns the webhook's id."""
    body = {"name": "In", "url": "https://example.org/in", "kinds": ["ticket.checkedin"]}
    path = f"{ledger_office.owner.path}/webhooks"
    made = await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    return str(made["webhook"]["id"])


async def told(ledger_office: LedgerOffice) -> list[Any]:
    """Tell what is new, and return all that was told."""
    await tell_checkins(ledger_office.office.context)
    async with ledger_office.office.database.read(org=SYSTEM) as session:
        query = select(WebhookMessage.body).order_by(WebhookMessage.created_at)
        rows = (await session.execute(query)).scalars().all()
    return [msgspec.json.decode(row)["data"] for row in rows]


async def test_each_check_in_is_told_once_from_when_somebody_asked(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was before is not; an entry that a gate takes back is told as undone."""
    monkeypatch.setattr(checkin_webhooks, "AT_ONCE", 2)
    monkeypatch.setattr(checkin_webhooks, "PER_MESSAGE", 2)
    gate = await ledger_office.enrol()
    codes = ledger_office.codes
    await ledger_office.claimed(gate, codes[0])
    await listen(ledger_office)
    assert await told(ledger_office) == []
    for code in codes[1:4]:
        assert (await ledger_office.claimed(gate, code))["verdict"] == "admit"
    assert (await ledger_office.claimed(gate, codes[1]))["verdict"] == "deny"
    found = await told(ledger_office)
    tickets = [one["ticket_id"] for message in found for one in message["checkins"]]
    assert tickets == [f"{one:016x}" for one in ledger_office.tickets[1:4]]
    assert {one["event_id"] for one in found} == {ledger_office.event_id}
    assert await told(ledger_office) == found
    first = found[0]["checkins"][0]
    assert (first["gate_id"], first["mode"], first["count"]) == (gate.gate_id, "online", 1)
    ledger_office.release(gate, first["claim_id"], 1)
    await ledger_office.exchanged(gate, gate.journal.entries)
    undone = [one for message in await told(ledger_office) for one in message["undone"]]
    assert undone == [{"claim_id": first["claim_id"], "ticket_id": first["ticket_id"]}]


async def test_two_workers_look_at_an_event_for_the_first_time_at_once(
    on_postgres: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One goes first and the other after it: nothing fails, and each check-in is told once."""
    both = asyncio.Barrier(2)

    async def find_together(unit: Unit, event_id: EventId) -> Event:
        async with asyncio.timeout(PATIENCE_S):
            await both.wait()
        return await get_event(unit, event_id)

    async with open_ledger_office_again(on_postgres.settings, on_postgres.office) as office:
        gate = await office.enrol()
        await listen(office)
        monkeypatch.setattr(checkin_webhooks, "get_event", find_together)
        context = office.office.context
        await asyncio.gather(tell_checkins(context), tell_checkins(context))
        assert (await office.claimed(gate, office.codes[0]))["verdict"] == "admit"
        await asyncio.gather(tell_checkins(context), tell_checkins(context))
        (message,) = await told(office)
        assert len(message["checkins"]) == 1


@pytest.mark.either_database
async def test_who_hears_again_later_is_not_told_of_what_was_between(
    ledger_office: LedgerOffice,
) -> None:
    """Check-ins are told from when somebody asked."""
    gate = await ledger_office.enrol()
    webhook = await listen(ledger_office)
    assert await told(ledger_office) == []
    path = f"{ledger_office.owner.path}/webhooks/{webhook}"
    await ledger_office.office.ok("DELETE", path, ledger_office.owner)
    assert await told(ledger_office) == []
    await ledger_office.claimed(gate, ledger_office.codes[0])
    await listen(ledger_office)
    assert await told(ledger_office) == []
    await ledger_office.claimed(gate, ledger_office.codes[1])
    (message,) = await told(ledger_office)
    (checkin,) = message["checkins"]
    assert checkin["ticket_id"] == f"{ledger_office.tickets[1]:016x}"
