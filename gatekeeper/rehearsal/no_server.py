"""The server of a world that has none: nothing is ever sent, to anybody."""

from __future__ import annotations

from typing import NoReturn

from shared.kernel.errors import ServerFault


class NoServer:
    """Fulfils `sync.server_port.SyncServer`; each request fails as with the cable cut."""

    async def _fail(self, *_asked: object, **_named: object) -> NoReturn:
        raise ServerFault("this is practice: there is no server")

    exchange = claim = greet = wait_for_push = _fail
    fetch_manifest = fetch_chunk = fetch_buyers = fetch_seats = fetch_roster = fetch_feed = _fail
    request_till_key = request_stock = note_buyer = relay_claim = relay_entries = _fail
    pay_by_voucher = find_voucher_payment = reverse_voucher_payment = _fail

    async def close(self) -> None:
        """Let nothing go."""
