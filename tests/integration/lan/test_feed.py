"""What changed comes down to a gate that is cut off, by a peer that reaches the server."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gatekeeper.lan import ledger_for_peers
from gatekeeper.lan.stream import exchange_entries
from shared.journal.chain import SignedEntry
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import ClaimId, DeviceId
from shared.manifest.signed_document import SignedDocument, encode_document
from shared.wire.relayed_by_gates import RELAY_VERSION, RelayedMarks
from tests.integration.lan.lanes import Lane, open_lanes, until
from tests.unit.shared.lan.venue import device_name, make_roster, sign_roster

PLACE = (1, 5)


class FeedLedger:
    """Fulfils `gatekeeper.lan.ports.LedgerCarrier` for pages; any document stands for one."""

    def __init__(self) -> None:
        self.page = encode_document(sign_roster(make_roster(1)))
        self.asked: list[tuple[int, int]] = []
        self.is_down = False

    async def page_after(self, epoch: int, sequence: int) -> bytes:
        """Give the page."""
        self.asked.append((epoch, sequence))
        if self.is_down:
            raise ServerFault("no answer")
        return self.page

    async def claim(
        self, device_id: DeviceId, claim_id: ClaimId, request: bytes, signature: bytes
    ) -> bytes:
        """Answer nothing."""
        raise ServerFault("no answer")

    async def upload(self, entries: Sequence[SignedEntry]) -> RelayedMarks:
        """Hold nothing."""
        return RelayedMarks(RELAY_VERSION, ())


class Reader:
    """Fulfils `gatekeeper.lan.ports.FeedReader`."""

    def __init__(self) -> None:
        self.at: tuple[int, int] | None = PLACE
        self.taken: list[SignedDocument] = []

    def place(self) -> tuple[int, int] | None:
        """Tell where it is."""
        return self.at

    async def take(self, document: SignedDocument) -> None:
        """Keep a page."""
        self.taken.append(document)


async def lend(lanes: list[Lane], ledger: FeedLedger) -> Reader:
    """Give the last lane an uplink, and the first one a feed that lacks something."""
    reader, last = Reader(), len(lanes) - 1
    lanes[0].rung.feed = reader
    lanes[last].rung.set_uplink(ledger)
    await until(lambda: lanes[0].rung.peer.presence.peers[device_name(last)].has_uplink)
    return reader


async def test_cut_off_gate_fetches_the_page_that_follows_by_a_peer_with_an_uplink() -> None:
    """It names where it is; the document comes through as the server signed it."""
    ledger = FeedLedger()
    async with open_lanes(3) as lanes:
        lanes[0].rung.follow_feed()
        assert not ledger.asked, "nobody reaches the server yet"
        reader = await lend(lanes, ledger)
        lanes[0].rung.follow_feed()
        await until(lambda: bool(reader.taken))
        assert encode_document(reader.taken[0]) == ledger.page
        assert ledger.asked == [PLACE]
        await until(lambda: not lanes[0].rung._fetches._under_way)
        lanes[0].rung.follow_feed()
        assert not lanes[0].rung._fetches._under_way, "it asks every few seconds, whoever calls"


async def test_gate_that_reaches_the_server_asks_no_peer_for_the_feed() -> None:
    """Entries are exchanged as ever; the page is the server's own to give."""
    ledger = FeedLedger()
    async with open_lanes(2) as lanes:
        reader = await lend(lanes, ledger)
        reader.at = None
        lanes[0].rung.follow_feed()
        assert await exchange_entries(lanes[0].rung, device_name(1), lanes[1].rung.address)
        assert (ledger.asked, reader.taken) == ([], [])


async def test_pages_for_peers_are_bounded_in_rate_at_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Peers at one place share a page; other places wait for their turn; a fault is no page."""
    ledger = FeedLedger()
    monkeypatch.setattr(ledger_for_peers, "PAGE_SPACING", 60.0)
    monkeypatch.setattr(ledger_for_peers, "PAGE_SECONDS", 60.0)
    async with open_lanes(2) as lanes:
        await lend(lanes, ledger)
        carrier = lanes[1].rung
        assert {await carrier.page_after(PLACE) for _ in range(20)} == {ledger.page}
        assert await carrier.page_after((1, 6)) == b""
        assert ledger.asked == [PLACE]
        monkeypatch.setattr(ledger_for_peers, "PAGE_SPACING", 0.0)
        ledger.is_down = True
        assert await carrier.page_after((1, 7)) == b""
        carrier.set_uplink(None)
        assert await carrier.page_after((1, 8)) == b""
        assert ledger.asked == [PLACE, (1, 7)]


async def test_nonsense_in_place_of_a_page_is_left() -> None:
    """Nothing is taken, and the next exchange goes on."""
    ledger = FeedLedger()
    ledger.page = b"nonsense"
    async with open_lanes(2) as lanes:
        reader = await lend(lanes, ledger)
        address = lanes[1].rung.address
        assert not await exchange_entries(lanes[0].rung, device_name(1), address)
        reader.at = None
        assert await exchange_entries(lanes[0].rung, device_name(1), address)
        assert reader.taken == []
