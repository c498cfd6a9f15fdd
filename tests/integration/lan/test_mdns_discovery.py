"""mDNS on the loopback: two gates find each other's addresses; other events are left alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import ifaddr
import pytest

from gatekeeper.device import lan_link
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.lan import mdns_discovery as looking
from gatekeeper.lan.mdns_discovery import Discovery, own_addresses
from gatekeeper.lan.peer_addresses import PeerAddresses
from shared.kernel.id_types import EventId
from tests.factories.gate_venue import BUDGET_MS, GateVenue, rung_of
from tests.factories.house import EVENT
from tests.integration.lan.lanes import LOOPBACK, until
from tests.unit.shared.lan.venue import device_name


async def test_gates_of_an_event_find_each_other() -> None:
    """By the device id, at the announced port."""
    books = [PeerAddresses(), PeerAddresses(), PeerAddresses()]
    events = [EVENT, EVENT, "ev_other"]
    found = [
        Discovery(book, EventId(event), device_name(number))
        for number, (book, event) in enumerate(zip(books, events, strict=True))
    ]
    try:
        for number, discovery in enumerate(found):
            await discovery.start(LOOPBACK, 4810 + number)
        await until(lambda: books[0].tries(device_name(1)) == [(LOOPBACK, 4811)])
        await until(lambda: books[1].tries(device_name(0)) == [(LOOPBACK, 4810)])
        assert books[0].tries(device_name(2)) == []
    finally:
        for discovery in found:
            await discovery.close()


async def test_flood_of_names_is_forgotten_and_others_are_found_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Anybody can announce made-up gates without end: what is noted of each has a bound."""
    monkeypatch.setattr(looking, "DISCOVERY_NAMES_MAX", 0)
    monkeypatch.setattr(looking, "DISCOVERY_REST_SECONDS", 0.01)
    book = PeerAddresses()
    gates = [
        Discovery(one, EVENT, device_name(number))
        for number, one in enumerate([book, PeerAddresses()])
    ]
    try:
        for number, gate in enumerate(gates):
            await gate.start(LOOPBACK, 4810 + number)
        await until(lambda: gates[0]._is_resting)
        assert book.tries(device_name(1)) == []
        monkeypatch.setattr(looking, "DISCOVERY_NAMES_MAX", 100)
        await until(lambda: book.tries(device_name(1)) == [(LOOPBACK, 4811)])
    finally:
        for gate in gates:
            await gate.close()


def test_an_unnamed_host_is_all_that_this_machine_has_on_networks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two gates and a switch have no router, and by another network the venue's is not reached."""
    ips = [
        ifaddr.IP(ip, 24, "n")
        for ip in ("127.0.0.1", "192.0.2.7", "169.254.7.1", ("fe80::1", 0, 2))
    ]
    plugged: list[ifaddr.Adapter] = []
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: plugged)
    with pytest.raises(OSError, match="on no network"):
        own_addresses("0.0.0.0")
    plugged.append(ifaddr.Adapter("n", "n", ips))
    assert own_addresses("0.0.0.0") == ["169.254.7.1", "192.0.2.7"]
    assert own_addresses(LOOPBACK) == [LOOPBACK]


async def test_gates_find_each_other_on_a_network_that_comes_after_their_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the power is back gates rise before the switch does, each at another port than before.

    They looked for a network once, and were alone for the rest of the evening.
    """
    places: list[str] = []

    def list_places(_host: str) -> list[str]:
        if not places:
            raise OSError("this machine is on no network")
        return list(places)

    monkeypatch.setattr(looking, "own_addresses", list_places)
    for module in (lan_link, looking):
        monkeypatch.setattr(module, "DISCOVERY_LOOK_SECONDS", 0.05)
    venue = GateVenue(tmp_path, 2)
    venue.server.publish()
    try:
        options = LanOptions(host=LOOPBACK, budget_ms=BUDGET_MS, uses_mdns=True)
        gates = [await venue.open(number, options) for number in range(2)]
        for gate in gates:
            await gate.sync_once()
        venue.server.is_cut = True
        await asyncio.sleep(0.2)
        assert [rung_of(gate).live_peers() for gate in gates] == [[], []]
        places.append(LOOPBACK)
        await venue.until_live()
    finally:
        await venue.close()
