"""The addresses of the sync protocol below a server's own (`docs/specs/sync.md`)."""

from __future__ import annotations

from typing import Final

from shared.kernel.id_types import EventId
from shared.wire.enrol import ENROL_PATH
from shared.wire.signed_server_address import ADDRESS_PATH

ENROL: Final = ENROL_PATH
CHANNEL: Final = "/sync/v1/channel"
TIME: Final = "/sync/v1/time"
AUTHORITY: Final = "/sync/v1/authority"
ADDRESS: Final = ADDRESS_PATH
EXCHANGE: Final = "/sync/v1/exchange"
CLAIMS: Final = "/sync/v1/claims"
TILL_KEYS: Final = "/sync/v1/till-key"
TILL_STOCK: Final = "/sync/v1/till-stock"
VOUCHER_PAY: Final = "/sync/v1/till-vouchers/pay"
VOUCHER_FIND: Final = "/sync/v1/till-vouchers/find"
VOUCHER_REVERSE: Final = "/sync/v1/till-vouchers/reverse"
BUYERS: Final = "/sync/v1/buyers"
RELAYED_CLAIMS: Final = "/sync/v1/relayed/claims"
RELAYED_ENTRIES: Final = "/sync/v1/relayed/entries"
PUSH: Final = "/sync/v1/push"


def manifest(event_id: EventId) -> str:
    """Return the address of an event's newest manifest."""
    return f"/sync/v1/events/{event_id}/manifest"


def chunk(sha256: bytes) -> str:
    """Return the address of a piece of a manifest."""
    return f"/sync/v1/chunks/{sha256.hex()}"


def buyers(event_id: EventId) -> str:
    """Return the address of an event's buyers, for its tills."""
    return f"/sync/v1/events/{event_id}/buyers"


def seats(event_id: EventId, after: int) -> str:
    """Return the address of what changed of an event's seats, for its tills."""
    return f"/sync/v1/events/{event_id}/seats?after={after}"


def roster(event_id: EventId) -> str:
    """Return the address of the roster of an event's gates."""
    return f"/sync/v1/events/{event_id}/roster"


def feed(event_id: EventId) -> str:
    """Return the address of an event's feed, page by page."""
    return f"/sync/v1/events/{event_id}/feed"
