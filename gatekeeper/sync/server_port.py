"""What the engine needs of the server, whatever carries it: HTTP, or a simulator's wires."""

from __future__ import annotations

from typing import Protocol

from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.instant import Duration
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument
from shared.wire.buyer_note import BuyerNote
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from shared.wire.relayed_by_gates import RelayedClaim, RelayedEntries, RelayedMarks
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion


class ServerSilent(ServerFault):
    """A server that stopped answering on a channel that was open, and opens no other."""


class SyncServer(Protocol):
    """The server as one enrolled device sees it.

    Every method raises `ServerFault` where no useful answer came, and `Rejected` where the
    server refused.
    """

    async def exchange(self, request: ExchangeRequest) -> ExchangeResponse:
        """Upload entries and bring back what changed."""
        ...

    async def claim(self, request: ClaimRequest, budget: Duration) -> ClaimAnswer:
        """Ask for one passage; the caller bounds the time as well."""
        ...

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        """Return the newest manifest's signed header."""
        ...

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        """Return a piece of a manifest, not yet verified."""
        ...

    async def request_till_key(self, request: TillKeyRequest) -> TillKeyAnswer:
        """Have a till's ticket key delegated, or its terms repeated."""
        ...

    async def request_stock(self, request: StockRequest) -> SignedDocument:
        """Have a till's totals raised for one sale; the grant that comes is not yet verified."""
        ...

    async def pay_by_voucher(self, charge: VoucherCharge) -> VoucherAnswer:
        """Let a voucher pay; one name is charged once."""
        ...

    async def find_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Ask whether a voucher paid; what was never charged by then never will be."""
        ...

    async def reverse_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Have a payment put back on its voucher."""
        ...

    async def fetch_buyers(self, event_id: EventId, known: str) -> bytes:
        """Return an event's buyers, sealed; empty where the version that is known is the newest.

        Args:
            event_id: The event.
            known: The version that is held, or "".
        """
        ...

    async def fetch_seats(self, event_id: EventId, after: int) -> SeatStates:
        """Return which seats of an event changed after a cursor."""
        ...

    async def note_buyer(self, note: BuyerNote) -> None:
        """Say who a sale of this till's was for."""
        ...

    async def fetch_roster(
        self, event_id: EventId, known: tuple[int, int], lan_address: str
    ) -> SignedDocument | None:
        """Return the signed roster of an event's gates, not yet verified.

        Args:
            event_id: The event.
            known: Epoch and sequence of the roster held; (0, 0) for none.
            lan_address: Where this device is reached by its peers, `host:port`, or "".

        Returns:
            The roster, or None where the one that is known is the newest.
        """
        ...

    async def fetch_feed(self, event_id: EventId, epoch: int, after: int) -> SignedDocument:
        """Return the page of an event's feed after a number, not yet verified."""
        ...

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        """Put another device's claim; the answer is signed, and not yet verified."""
        ...

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        """Upload other devices' entries; the answer tells how far their journals are held."""
        ...

    async def greet(self) -> None:
        """Find out whether the server answers; nothing else is asked."""
        ...

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        """Return when the server says that there is something to fetch.

        Returns:
            The feed's next page, not yet verified, where the server has sent it at once.

        Raises:
            ServerSilent: if the server has stopped answering.
        """
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...
