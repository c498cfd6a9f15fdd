"""What tills are told of their stock with each exchange, and when they ask for one sale."""

from __future__ import annotations

from server.db.ledger_state import read_ledger
from server.db.unit import Context, Unit
from server.devices.device_of_request import DeviceIdentity
from server.devices.schemas import SELLING_ROLES
from server.events.event_states import SELLABLE
from server.events.events_and_dates import get_event
from server.http.logs import log
from server.keys.organization_keys import find_till_keys
from server.keys.signers import Signers
from server.problem_answers import Problem
from server.publishing.publisher import Publisher
from server.tills.allotments import add, believe, hold_allotments, refill, runs_low
from server.tills.stock_grant_document import GrantHead, read_grant, read_head
from server.tills.till_keys import (
    check_not_taken_over,
    check_till,
    is_too_wide,
    limit_till_key,
    recall_keys,
)
from server.tills.till_seats import ask_for_seats
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import DeviceId, EventId
from shared.manifest.signed_document import (
    DocumentKind,
    SignedDocument,
    open_document,
)
from shared.wire.exchange import ExchangeRequest
from shared.wire.till_stock import KnownStock, StockGrant, StockRequest


class StockOffers:
    """Sees to the stock of the tills that exchange with this worker."""

    def __init__(self, context: Context, signers: Signers, publisher: Publisher) -> None:
        self._context = context
        self._signers = signers
        self._publisher = publisher

    async def settle(
        self, device: DeviceIdentity, request: ExchangeRequest
    ) -> SignedDocument | None:
        """Refill a till that runs low, and tell it its grant where that is another by now.

        Its journal was taken in before, so that what it has sold and given back is known. A till
        of which nothing is known is given nothing here: it asks for its key first.

        Args:
            device: Whose exchange it is; it serves the event.
            request: Says what it holds.
        """
        said = request.stock
        if said is None or device.role not in SELLING_ROLES:
            return None
        org, event_id = device.organization_id, request.event_id
        async with self._context.read(org) as unit:
            head = await read_head(unit, event_id, device.id)
            if head is None or _has_to_prove(said, request, head):
                return None
            is_selling = said.wants and (await get_event(unit, event_id)).state in SELLABLE
            wants = is_selling and await runs_low(unit, event_id, device.id)
            is_found = bool(head.lost) and _has_told_all(said, head)
            if not (wants or is_found or _is_behind(said, head)):
                return None  # it holds the newest: its serial says so, and the rest is not read
            grant = await read_grant(unit, event_id, device.id)
            is_wide = _is_news(said, grant) and await is_too_wide(unit, grant)
        if wants or is_found or is_wide:
            async with self._context.write(org) as unit:
                await check_till(unit, device.id, event_id)
                if is_found:
                    await _forget_lost(unit, event_id, device.id, said)
                has_changed = wants and await refill(unit, event_id, device.id, only_low=True)
                grant = await read_grant(unit, event_id, device.id)
                if has_changed or is_found or is_wide:
                    await limit_till_key(unit, self._publisher, grant)
                    grant = await read_grant(unit, event_id, device.id)
        return await self._sign(grant, unit) if _is_news(said, grant) else None

    async def add(self, device: DeviceIdentity, request: StockRequest) -> SignedDocument:
        """Give a till more for one sale, all that it asks for or nothing.

        Raises:
            Problem: `sold-out`; `seat-taken`; `conflict` for more than one sale may want, more
                seats than it can sell, an event that is not on sale, or where another machine
                took over; `forbidden` for a device that is no till of the event.
        """
        org, event_id = device.organization_id, request.event_id
        wanted = {one.ticket_type_code: one.granted for one in request.types}
        async with self._context.write(org) as unit:
            await check_till(unit, device.id, event_id)
            await check_not_taken_over(unit)
            if (await get_event(unit, event_id)).state not in SELLABLE:
                raise Problem("conflict", "The event is not on sale.")
            prices = {one.id: one.granted for one in request.counts}
            has_changed = await add(unit, event_id, device.id, wanted, prices)
            await ask_for_seats(unit, event_id, device.id, request.seats)
            grant = await read_grant(unit, event_id, device.id)
            if has_changed:
                await limit_till_key(unit, self._publisher, grant, has_slack=True)
                grant = await read_grant(unit, event_id, device.id)
        return await self._sign(grant, unit)

    async def _sign(self, grant: StockGrant, unit: Unit) -> SignedDocument:
        signer = await self._signers.of(unit.organization_id)
        return signer.sign(DocumentKind.GRANT, grant, self._context.clock.wall())

    async def recall(self, device: DeviceIdentity, request: ExchangeRequest) -> None:
        """Know again what a till's grant says it was given, before what it sold is judged.

        A ledger that was put back to an older copy has forgotten the keys that were delegated
        since, and what was given of the stock: what the till has sold of that would be taken out
        of the stock besides. Where it has forgotten the event as well, the entries are kept all
        the same.
        """
        if request.held_grant is None or device.role not in SELLING_ROLES:
            return
        await self._recall_keys(device, request)
        await self._recall_stock(device, request)

    async def _recall_stock(self, device: DeviceIdentity, request: ExchangeRequest) -> None:
        org, event_id = device.organization_id, request.event_id
        held = await self._read_believed(device, request)
        if held is None:
            return
        types = {one.ticket_type_code: one for one in held.types}
        prices = {one.id: one for one in held.counts}
        try:
            async with self._context.write(org) as unit:
                await check_till(unit, device.id, event_id)
                if await believe(unit, event_id, device.id, types, prices):
                    grant = await read_grant(unit, event_id, device.id)
                    await limit_till_key(unit, self._publisher, grant)
        except Problem as problem:
            log().warning("stock.grant_forgotten", device_id=device.id, reason=problem.slug)

    async def _recall_keys(self, device: DeviceIdentity, request: ExchangeRequest) -> None:
        async with self._context.read(device.organization_id) as unit:
            keys = await find_till_keys(unit, request.event_id)
        known = {one.public_key for one in keys}
        held = await self._proven(device, request)
        if held is None or all(one.public_key in known for one in held.keys):
            return
        try:
            async with self._context.write(device.organization_id) as unit:
                await recall_keys(unit, self._publisher, held)
        except Problem as problem:
            log().warning("stock.keys_forgotten", device_id=device.id, reason=problem.slug)

    async def _read_believed(
        self, device: DeviceIdentity, request: ExchangeRequest
    ) -> StockGrant | None:
        """Return the grant of an earlier epoch by which a till proves what it was given."""
        if request.stock is None:
            return None
        async with self._context.read(device.organization_id) as unit:
            epoch = (await read_ledger(unit.session)).epoch
        held = None if request.stock.epoch == epoch else await self._proven(device, request)
        return None if held is None or held.epoch == epoch else held

    async def _proven(self, device: DeviceIdentity, request: ExchangeRequest) -> StockGrant | None:
        """Return the grant that a till holds, if it is one of the organization's for it."""
        if request.held_grant is None:
            return None
        signing = await self._signers.of_organization(device.organization_id)
        for root in (signing.root_public_key, *signing.former_roots):
            try:
                held = open_document(
                    request.held_grant,
                    DocumentKind.GRANT,
                    StockGrant,
                    root_public_key=root,
                    organization_id=device.organization_id,
                    withdrawn=signing.ended,
                )
            except (BadSignature, Malformed):
                continue
            if (held.event_id, held.device_id) == (request.event_id, device.id):
                return held
        log().warning("stock.unproven", device_id=device.id)
        return None


def _has_to_prove(said: KnownStock, request: ExchangeRequest, head: GrantHead) -> bool:
    """Tell whether a till will show its grant when it has heard of this ledger's epoch.

    Told another one before, it would keep that, and nobody could prove what it was given.
    """
    if not said.epoch or request.held_grant is not None:
        return False
    return head.epoch not in {said.epoch, request.epoch}


def _is_news(said: KnownStock, grant: StockGrant) -> bool:
    """Tell whether a till has to be told its grant."""
    sold = sum(one.sold for one in grant.types)
    return _is_behind(said, GrantHead(grant.epoch, grant.serial, sold))


async def _forget_lost(
    unit: Unit, event_id: EventId, device_id: DeviceId, said: KnownStock
) -> None:
    """Note that a till has heard what was taken back, and told all that it had sold before."""
    rows = await hold_allotments(unit, event_id, device_id)
    head = await read_head(unit, event_id, device_id)
    if head is not None and _has_told_all(said, head):  # it was not taken for lost again meanwhile
        for row in rows:
            row.lost = 0
        await unit.session.flush()


def _has_told_all(said: KnownStock, head: GrantHead) -> bool:
    """Tell whether a till holds its newest grant, and all is booked that it has sold by then."""
    return not said.held and (said.epoch, said.serial, said.sold) == (
        head.epoch,
        head.serial,
        head.sold,
    )


def _is_behind(said: KnownStock, head: GrantHead) -> bool:
    return (said.epoch, said.serial) != (head.epoch, head.serial) or said.sold < head.sold
