"""Claims that wait while others renew the event's book are decided by the new one alone."""

from __future__ import annotations

import asyncio

import pytest

from server.claims.claim_queue import ClaimQueue
from server.plans.event_book import EventBook, EventBooks
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from tests.factories.ledger_office import LedgerOffice
from tests.factories.waiting import PATIENCE_S
from tests.integration.server_sync.keys.test_keys import end, forge


@pytest.mark.either_database
async def test_codes_of_ended_and_new_keys_wait_for_the_new_book(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key ended before any of these codes was shown, and another took its place.

    The first claim finds the book outdated. Those that come while it is renewed were resolved by
    the old keys: a thief would have been let in, and a guest been refused.
    """
    office = ledger_office
    gate, others = await office.enrol(0), [await office.enrol(1) for _ in range(3)]
    assert (await office.claimed(gate, office.codes[0]))["reason"] == "ok"
    by_ended = [await forge(office, TicketId(number)) for number in (4711, 4712)]
    await end(office, "compromise", "ticket")
    by_new = await forge(office, TicketId(4713))
    renewing, all_wait = asyncio.Event(), asyncio.Event()
    renewed = EventBooks.renewed

    async def wait(
        self: EventBooks, organization_id: OrganizationId, event_id: EventId
    ) -> EventBook:
        renewing.set()
        await all_wait.wait()
        return await renewed(self, organization_id, event_id)

    monkeypatch.setattr(EventBooks, "renewed", wait)
    queue = office.office.framework.state["claims"]
    assert isinstance(queue, ClaimQueue)
    async with asyncio.timeout(PATIENCE_S):
        codes = [*by_ended, by_new, office.codes[1]]
        first = asyncio.create_task(office.claimed(gate, codes[0]))
        await renewing.wait()
        more = [
            asyncio.create_task(office.claimed(other, code))
            for other, code in zip(others, codes[1:], strict=True)
        ]
        while len(queue._queues[EventId(office.event_id)]) < len(more):  # noqa: ASYNC110 - it is no one's to tell
            await asyncio.sleep(0)
        all_wait.set()
        said = [(await one)["reason"] for one in (first, *more)]
    assert said == ["unknown_ticket", "unknown_ticket", "ok", "ok"]
