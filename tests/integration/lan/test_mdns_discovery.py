"""mDNS on the loopback: two gates find each other's addresses; other events are left alone."""

from __future__ import annotations

import pytest

from gatekeeper.lan import mdns_discovery as looking
from gatekeeper.lan.addresses import AddressBook
from gatekeeper.lan.mdns_discovery import Discovery
from shared.kernel.id_types import EventId
from tests.factories.house import EVENT
from tests.integration.lan.lanes import LOOPBACK, until
from tests.unit.shared.lan.venue import device_name


async def test_gates_of_an_event_find_each_other() -> None:
    """By the device id, at the announced port."""
    books = [AddressBook(), AddressBook(), AddressBook()]
    events = [EVENT, EVENT, "ev_other"]
    found = [
        Discovery(book, EventId(event), device_name(number))
        for number, (book, event) in enumerate(zip(books, events, strict=True))
    ]
    try:
        for number, discovery in enumerate(found):
            await discovery.start([LOOPBACK], 4810 + number)
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
    book = AddressBook()
    gates = [
        Discovery(one, EVENT, device_name(number))
        for number, one in enumerate([book, AddressBook()])
    ]
    try:
        for number, gate in enumerate(gates):
            await gate.start([LOOPBACK], 4810 + number)
        await until(lambda: gates[0]._is_resting)
        assert book.tries(device_name(1)) == []
        monkeypatch.setattr(looking, "DISCOVERY_NAMES_MAX", 100)
        await until(lambda: book.tries(device_name(1)) == [(LOOPBACK, 4811)])
    finally:
        for gate in gates:
            await gate.close()
