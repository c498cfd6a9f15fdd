"""What one worker serves devices with, put together once; its routes share it."""

from __future__ import annotations

import msgspec

from server.claims.claim_queue import ClaimQueue
from server.claims.withdrawal_claims import WithdrawalClaims
from server.db.hot_path_connections import Driver
from server.db.restore_locks import check_not_put_back
from server.db.unit import Context
from server.devices.device_of_request import KnownDevices
from server.devices.place_codes import PURPOSE as PLACES
from server.devices.place_codes import PlaceCodes
from server.devices.rows import read_serving
from server.entries.signature_checks import SignatureChecks
from server.evacuations.evacuation_rulings import EvacuationRulings
from server.exchange.epochs import start_waiting
from server.exchange.ledger_rollback import RollbackDetector
from server.exchange.round_trip import Exchanges
from server.exchange.zone_share_codes import PURPOSE as SHARES
from server.exchange.zone_share_codes import ShareCodes
from server.feed.feed_pages import FeedPages
from server.feed.push_hub import PushHub
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.journals.tickets_listed_late import TicketsListedLate
from server.journals.till_entry_booking import NotedEntries
from server.keys.home_ask_codes import PURPOSE as HOME_ASKS
from server.keys.home_ask_codes import HomeAskCodes
from server.keys.signers import Signers
from server.keys.vault import Vault
from server.keys.voucher_codes import PURPOSE as VOUCHERS
from server.keys.voucher_codes import VoucherCodes
from server.keys.withdrawal_codes import PURPOSE as WITHDRAWALS
from server.keys.withdrawal_codes import WithdrawalCodes
from server.lost_devices.lost_device_rulings import Rulings
from server.plans.event_book import EventBooks
from server.plans.plan_changes import PlanTeller
from server.plans.telling_pauses import Pauses
from server.reconciliation.zone_limit_review import ZoneLimitReview
from server.settings import Settings
from server.ticketing.ports import ChangeFeed
from server.tills.telling_tills_stock import StockOffers


class WorkerParts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that serve devices."""

    context: Context
    settings: Settings
    driver: Driver
    event_books: EventBooks
    known_devices: KnownDevices
    signers: Signers
    hub: PushHub
    claims: ClaimQueue
    exchanges: Exchanges
    sales: NotedEntries
    rulings: Rulings
    evacuations: EvacuationRulings
    pauses: Pauses
    listed_late: TicketsListedLate
    zone_limits: ZoneLimitReview

    async def close(self) -> None:
        """Finish what is in flight, then let go."""
        await self.claims.close()
        await self.exchanges.close()
        await self.hub.close()


async def open_parts(  # noqa: PLR0913 - the parts, each by name
    context: Context,
    settings: Settings,
    driver: Driver,
    *,
    known_devices: KnownDevices,
    vault: Vault,
    signers: Signers,
    changes: ChangeFeed,
    checks: SignatureChecks,
    stocks: StockOffers,
) -> WorkerParts:
    """Put a worker's parts together.

    Raises:
        StoreFault: if the database cannot be used, or is just being put back.
    """
    await check_not_put_back(settings)
    event_books = EventBooks(context, HomeAskCodes(vault.derive(HOME_ASKS)))
    hub = _make_hub(context, settings, FeedPages(context, driver, signers), known_devices)
    if isinstance(changes, LedgerFeed):
        changes.listener = hub.poke_event
    sales = NotedEntries(context, changes, *_till_codes(vault), event_books)
    plans = PlanTeller(context, changes)
    exchanges = Exchanges(
        context,
        driver,
        event_books,
        signers=signers,
        guard=RollbackDetector(context, driver, signers, vault),
        known_devices=known_devices,
        plans=plans,
        sales=sales,
        changes=changes,
        checks=checks,
        poke=hub.poke,
        codes=ShareCodes(vault.derive(SHARES)),
        places=PlaceCodes(vault.derive(PLACES)),
        stocks=stocks,
    )
    sales.on_booked = exchanges.review
    withdrawals = WithdrawalClaims(context, event_books, known_devices, vault, changes)
    await start_waiting(context)
    await hub.open()
    return WorkerParts(
        context=context,
        settings=settings,
        driver=driver,
        event_books=event_books,
        known_devices=known_devices,
        signers=signers,
        hub=hub,
        claims=ClaimQueue(
            context,
            driver,
            event_books,
            known_devices,
            hub.poke,
            is_alone=settings.is_alone,
            withdrawals=withdrawals,
        ),
        exchanges=exchanges,
        sales=sales,
        rulings=Rulings(context, driver, event_books, sales, hub.poke),
        evacuations=EvacuationRulings(context, driver, event_books, exchanges.review, hub.poke),
        pauses=Pauses(context, driver, plans),
        listed_late=TicketsListedLate(driver, exchanges.review),
        zone_limits=ZoneLimitReview(context, driver, event_books, hub.poke),
    )


def _make_hub(
    context: Context, settings: Settings, pages: FeedPages, known_devices: KnownDevices
) -> PushHub:
    """Make the hub, which lets each worker forget the devices that were changed at another."""
    hub = PushHub(context, settings, pages, read_serving, known_devices.forget)
    known_devices.listener = hub.tell_changed
    return hub


def _till_codes(vault: Vault) -> tuple[WithdrawalCodes, VoucherCodes]:
    """Make the codes by which the ledger knows again what it allowed tills."""
    return WithdrawalCodes(vault.derive(WITHDRAWALS)), VoucherCodes(vault.derive(VOUCHERS))
