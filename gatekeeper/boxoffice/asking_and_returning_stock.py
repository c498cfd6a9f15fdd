"""A till's stock: asked for where a sale needs more, and given back where it is not needed.

What goes back is a signed entry with running totals. It is written together with the count that
makes it unsaleable here, so that nothing is sold that was given back, whenever the program dies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gatekeeper.boxoffice.counted_prices import free_prices
from gatekeeper.boxoffice.till_ticket_keys import delegate_key
from gatekeeper.device_loop import answered_within
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.uplink import Uplink
from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import Store
from gatekeeper.store.till_stock_table import PriceStock, TypeStock
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.sync.stock_grants_in_exchange import TillGrants
from shared.admission.checks_of_ticket import CLOSED_EVENT
from shared.journal.stock_return_body import (
    LINES_MAX,
    ReturnedCount,
    ReturnedType,
    StockReturnBody,
)
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId, SeatId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.ports import Entropy
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.till_stock import StockGrant, StockRequest, WantedCount, WantedType

TAP_BUDGET: Final[Duration] = 2 * SECOND
"""How long a sale waits for more stock; then the till says what it has left."""

AT_CLOSE = "close"
AT_SALES_END = "sales_end"
ABOVE_SIZE = "above_size"
UNSOLD = "unsold"
SEATS_IN_ENTRY = 100
"""Beside all types: an entry stays within its size."""
_BODY = msgspec.msgpack.Decoder(StockGrant)


class Lacking(msgspec.Struct, frozen=True):
    """What a sale needs beyond what the till has.

    Attributes:
        counts: How many more tickets, by code of the type.
        seats: Reserved seats.
        prices: Promotions of which one use more is needed, by id.
    """

    counts: Mapping[int, int]
    seats: tuple[SeatId, ...] = ()
    prices: tuple[str, ...] = ()


class StockKeeper:
    """Keeps a till's stock at its size."""

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        server: SyncServer,
        uplink: Uplink,
        grants: TillGrants,
        entropy: Entropy,
    ) -> None:
        """Keep that of `store`; nothing is read yet."""
        self._store, self._recorder, self._server = store, recorder, server
        self._uplink, self._grants, self._entropy = uplink, grants, entropy
        self._knowledge = recorder.knowledge

    # -- getting -------------------------------------------------------------------------------

    async def renew(self) -> None:
        """Have the till's ticket key delegated, and its grant told.

        Raises:
            ServerFault: if the server cannot be reached.
            Rejected: if it refuses.
            BadSignature: if its grant is not the organization's.
            StoreFault: if the disk refuses.
        """
        event_id = self._knowledge.event_id
        if event_id is not None:
            await delegate_key(self._store, self._server, event_id, self._entropy, self._grants)

    async def more(self, event_id: EventId, missing: Lacking) -> bool:
        """Ask the server for more of some types, and for seats, in one round trip, all or nothing.

        Args:
            event_id: The present event.
            missing: How many more, by code of the type, and which seats.

        Returns:
            Whether they are here.
        """
        if not self._uplink.is_up or self._store.till.grant_version(event_id) == (0, 0):
            return False
        held = {one.ticket_type_code: one for one in self._store.till.list_stock(event_id)}
        wanted = tuple(
            WantedType(code, count + (held[code].granted if code in held else 0))
            for code, count in sorted(missing.counts.items())
        )
        try:
            async with answered_within(TAP_BUDGET):
                document = await self._server.request_stock(
                    StockRequest(
                        event_id=event_id,
                        types=wanted,
                        counts=self._one_more(event_id, missing.prices),
                        seats=missing.seats,
                    )
                )
            grant = self._grants.open(document, event_id)
            with self._store.transaction("stock_asked"):
                self._grants.put(document, grant)
        except (TimeoutError, GatekeeperError):
            return False  # the next exchange tells what came of it
        return True

    def _one_more(self, event_id: EventId, prices: Sequence[str]) -> tuple[WantedCount, ...]:
        had = {one.id: one.granted for one in self._store.till.list_prices(event_id)}
        return tuple(WantedCount(one, had.get(one, 0) + 1) for one in sorted(prices))

    # -- giving back ---------------------------------------------------------------------------

    def return_unsold(self, event_id: EventId, asked: Lacking) -> None:
        """Give back what was asked for a sale that was not made, as far as nobody holds it.

        Raises:
            StoreFault: if the disk refuses; the stock stays here then.
        """
        stock = {one.ticket_type_code: one for one in self._store.till.list_stock(event_id)}
        back = [
            (stock[code], min(count, self._free(event_id, stock[code])))
            for code, count in sorted(asked.counts.items())
            if code in stock
        ]
        own = set(self._store.till_seats.list_own(event_id))
        seats = [one for one in asked.seats if one in own]
        unused = [
            (price, min(1, free))
            for price, free in free_prices(self._store, event_id)
            if price.id in asked.prices
        ]
        self._give_back(event_id, back, UNSOLD, seats, unused)

    def settle(self) -> bool:
        """Give back what is above the till's size, of other events, or no longer on sale.

        Returns:
            Whether there is something to upload now.

        Raises:
            StoreFault: if the disk refuses; the stock stays here then.
        """
        if self._knowledge.event is None:
            return False
        has_given = False
        for event_id in self._store.till.list_events():
            groups: dict[str, list[tuple[TypeStock, int]]] = {}
            for one in self._store.till.list_stock(event_id):
                count, why = self._excess(event_id, one)
                if count > 0:
                    groups.setdefault(why, []).append((one, count))
            if seats := self._stale_seats(event_id):
                self._give_back(event_id, (), AT_SALES_END, seats)
                has_given = True
            for why, back in groups.items():
                self._give_back(event_id, back, why)
                has_given = True
            has_given = self._settle_prices(event_id) or has_given
        return has_given

    def _settle_prices(self, event_id: EventId) -> bool:
        """Give back counted prices above their size, and all of another or a closed event."""
        event = self._knowledge.event
        is_here = event is not None and event.event_id == event_id
        is_over = not is_here or (event is not None and event.config.state in CLOSED_EVENT)
        back = [
            (one, free - (0 if is_over or one.size is None else one.size))
            for one, free in free_prices(self._store, event_id)
            if is_over or one.size is not None
        ]
        if not any(count > 0 for _, count in back):
            return False
        stamp = self._recorder.stamp()
        with self._recorder.transaction("stock_return", stamp):
            why = ABOVE_SIZE if is_here else UNSOLD
            self._write(event_id, (), why, stamp, prices=back)
        return True

    def close_shift(self, stamp: Stamp) -> None:
        """Give everything back that is unsold, where the organizer wants that at a shift's close.

        Inside the transaction that closes the shift.
        """
        for event_id in self._store.till.list_events():
            if self._returns_at_close(event_id):
                stock = self._store.till.list_stock(event_id)
                back = [(one, self._free(event_id, one)) for one in stock]
                seats = self._store.till_seats.list_own(event_id)
                prices = free_prices(self._store, event_id)
                self._write(event_id, back, AT_CLOSE, stamp, seats, prices)

    def _stale_seats(self, event_id: EventId) -> list[SeatId]:
        """Return the seats of an event that this till does not sell for any more."""
        event = self._knowledge.event
        is_on = event is not None and event.event_id == event_id
        if is_on and event is not None and event.config.state not in CLOSED_EVENT:
            return []
        return self._store.till_seats.list_own(event_id)

    def _excess(self, event_id: EventId, stock: TypeStock) -> tuple[int, str]:
        free, event = self._free(event_id, stock), self._knowledge.event
        if event is None or event.event_id != event_id:
            return free, UNSOLD
        if event.config.state in CLOSED_EVENT or self._is_over(event_id, stock.ticket_type_code):
            return free, AT_SALES_END
        if stock.size is None:
            return 0, ABOVE_SIZE
        return free - stock.size, ABOVE_SIZE

    def _is_over(self, event_id: EventId, code: int) -> bool:
        """Tell whether a type's sale has surely ended; a clock not trusted says nothing."""
        grant, clock = self._grant(event_id), self._recorder.clock
        error = clock.offset_error()
        if grant is None or error is None or not clock.is_trusted:
            return False
        until = next(
            (one.sells_until for one in grant.types if one.ticket_type_code == code), None
        )
        return until is not None and Instant(clock.now() - error) > until

    @property
    def is_emptied_by_close(self) -> bool:
        """Whether a close leaves nothing to sell: all goes back, and nobody can be asked."""
        event = self._knowledge.event
        return (
            event is not None and self._returns_at_close(event.event_id) and not self._uplink.is_up
        )

    def _returns_at_close(self, event_id: EventId) -> bool:
        grant = self._grant(event_id)
        return grant is not None and grant.returns_at_close

    def _grant(self, event_id: EventId) -> StockGrant | None:
        """Return the newest grant; it was verified when it came."""
        document = self._store.till.get_grant(event_id)
        try:
            return None if document is None else _BODY.decode(document.body)
        except UNDECODABLE:
            return None

    def _free(self, event_id: EventId, stock: TypeStock) -> int:
        """Return how many of a type are neither sold nor held by an open sale."""
        held = self._store.open_sales.held(event_id, stock.ticket_type_code)
        return max(0, stock.left - held)

    def _give_back(
        self,
        event_id: EventId,
        back: Sequence[tuple[TypeStock, int]],
        why: str,
        seats: Sequence[SeatId] = (),
        prices: Sequence[tuple[PriceStock, int]] = (),
    ) -> None:
        if seats or any(count > 0 for _, count in (*back, *prices)):
            stamp = self._recorder.stamp()
            with self._recorder.transaction("stock_return", stamp):
                self._write(event_id, back, why, stamp, seats, prices)

    def _write(
        self,
        event_id: EventId,
        back: Sequence[tuple[TypeStock, int]],
        why: str,
        stamp: Stamp,
        seats: Sequence[SeatId] = (),
        prices: Sequence[tuple[PriceStock, int]] = (),
    ) -> None:
        """Write what goes back, and count it as gone; inside a transaction."""
        for start in range(SEATS_IN_ENTRY, len(seats), SEATS_IN_ENTRY):
            self._write(event_id, (), why, stamp, seats[start : start + SEATS_IN_ENTRY])
        seats = seats[:SEATS_IN_ENTRY]
        given = [(stock, count) for stock, count in back if count > 0][:LINES_MAX]
        unused = [(price, count) for price, count in prices if count > 0][:LINES_MAX]
        if not given and not seats and not unused:
            return
        _, serial = self._store.till.grant_version(event_id)
        body = StockReturnBody(
            serial=serial,
            why=why,
            types=tuple(
                ReturnedType(stock.ticket_type_code, stock.returned + count, stock.sold)
                for stock, count in given
            ),
            seats=tuple(seats),
            counts=tuple(
                ReturnedCount(price.id, price.returned + count, price.used)
                for price, count in unused
            ),
        )
        self._store.journal.append(body, stamp, event_id=event_id)
        self._store.till_seats.give_back(event_id, seats)
        for stock, count in given:
            self._store.till.count_returned(event_id, stock.ticket_type_code, count)
        for price, count in unused:
            self._store.till.count_price_returned(event_id, price.id, count)
