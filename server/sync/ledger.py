"""The ledger of one worker: all that its routes share."""

from __future__ import annotations

import msgspec

from server.db.driver import Driver
from server.db.unit import Context
from server.devices.identity import DeviceDoor
from server.publishing.book import Bookshelf
from server.publishing.service import Publisher
from server.settings import Settings
from server.sync.claims import ClaimDesk
from server.sync.epochs import start_waiting
from server.sync.evacuation_rulings import EvacuationRulings
from server.sync.exchange import ExchangeDesk
from server.sync.feed import LedgerFeed
from server.sync.journal_rulings import RulingDesk
from server.sync.ledger_guard import LedgerGuard
from server.sync.pages import PageDesk
from server.sync.plan_changes import PlanTeller
from server.sync.push import PushHub
from server.sync.sales import SaleDesk
from server.sync.signature_checks import SignatureChecks
from server.sync.signers import Signers
from server.ticketing.ports import ChangeFeed


class Ledger(msgspec.Struct, frozen=True):
    """The parts that serve devices."""

    context: Context
    settings: Settings
    driver: Driver
    shelf: Bookshelf
    door: DeviceDoor
    publisher: Publisher
    hub: PushHub
    claims: ClaimDesk
    exchanges: ExchangeDesk
    sales: SaleDesk
    rulings: RulingDesk
    evacuations: EvacuationRulings

    async def close(self) -> None:
        """Finish what is in flight, then let go."""
        await self.claims.close()
        await self.exchanges.close()
        await self.hub.close()


async def open_ledger(
    context: Context,
    settings: Settings,
    driver: Driver,
    *,
    door: DeviceDoor,
    publisher: Publisher,
    changes: ChangeFeed,
    checks: SignatureChecks,
) -> Ledger:
    """Put a worker's ledger together."""
    shelf = Bookshelf(context)
    signers = Signers(context, publisher.vault)
    hub = PushHub(context, settings, PageDesk(context, driver, signers))
    feed = changes if isinstance(changes, LedgerFeed) else None
    if feed is not None:
        feed.listener = hub.poke_event
    sales = SaleDesk(context, changes)
    exchanges = ExchangeDesk(
        context,
        driver,
        shelf,
        signers=signers,
        guard=LedgerGuard(context, driver, signers),
        door=door,
        plans=PlanTeller(context, driver, feed),
        sales=sales,
        changes=changes,
        checks=checks,
        poke=hub.poke,
    )
    sales.on_booked = exchanges.review
    await start_waiting(context)
    await hub.open()
    return Ledger(
        context=context,
        settings=settings,
        driver=driver,
        shelf=shelf,
        door=door,
        publisher=publisher,
        hub=hub,
        claims=ClaimDesk(context, driver, shelf, door, hub.poke),
        exchanges=exchanges,
        sales=sales,
        rulings=RulingDesk(context, driver, shelf, sales, hub.poke),
        evacuations=EvacuationRulings(context, driver, exchanges.review, hub.poke),
    )
