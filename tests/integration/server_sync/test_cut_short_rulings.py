"""A server that dies after its word on an evacuation, before it has looked at what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from server.journals.evacuation_rulings import EvacuationRuling, EvacuationRulings, RulingKind
from server.plans.book import Bookshelf
from server.settings import Settings
from shared.kernel.id_types import DeviceId, EvacuationId, EventId, OrganizationId, TicketId
from shared.kernel.instant import MINUTE
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.integration.server_sync.test_ordered_evacuations import PASSWORD, order

pytestmark = [pytest.mark.integration, pytest.mark.either_database]

TRIES = 400


async def die(
    org: OrganizationId, device: DeviceId, event: EventId, tickets: Collection[TicketId]
) -> None:
    """End where tickets would be looked at again."""
    raise ConnectionAbortedError


async def test_who_came_back_by_a_return_that_was_annulled_is_named_once_it_runs_again(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Nobody has to show that ticket once more, and nobody to say the word again."""
    async with open_ledger_office_again(*published) as office:
        await office.office.give_password(office.owner, PASSWORD)
        north = await office.enrol(0)
        code = office.codes[0]
        await office.claimed(north, code)
        office.office.clock.advance(MINUTE)
        (stop,) = await order(office, "stop")
        office.office.clock.advance(MINUTE)
        await order(office, "return", evacuation_id=stop["evacuation_id"])
        office.office.clock.advance(MINUTE)
        assert (await office.claimed(north, code))["reason"] == "reentry"
        async with office.office.driving() as driver:
            context = office.office.context
            dying = EvacuationRulings(context, driver, Bookshelf(context), die, lambda *_: None)
            ruling = EvacuationRuling(
                organization_id=office.owner.organization_id,
                event_id=office.event_id,
                evacuation_id=EvacuationId(stop["evacuation_id"]),
                zone_id=office.zone_id,
                kind=RulingKind.ANNUL,
                actor=office.owner.user_id,
            )
            with pytest.raises(ConnectionAbortedError):
                await dying.rule(ruling)
        assert await office.conflicts() == []
    async with open_ledger_office_again(published[0], office) as again:
        found: list[str] = []
        for _ in range(TRIES):  # its upkeep begins beside everything else
            found = [one["kind"] for one in await again.conflicts()]
            if found:
                break
            await asyncio.sleep(0.05)
        assert found == ["double_use"]
