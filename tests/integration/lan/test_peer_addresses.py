"""Where peers are: spelled, listed, found and proven."""

from __future__ import annotations

import pytest

from gatekeeper.lan.peer_addresses import PeerAddresses, format_address, parse_address
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId
from tests.unit.shared.lan.venue import device_name, make_roster

HERE = ("192.0.2.1", 1)


@pytest.mark.parametrize(
    ("text", "address"),
    [("192.0.2.7:4810", ("192.0.2.7", 4810)), ("[2001:db8::1]:65535", ("2001:db8::1", 65535))],
)
def test_address_comes_back_as_it_was_spelled(text: str, address: tuple[str, int]) -> None:
    """Both families."""
    assert parse_address(text) == address
    assert format_address(address) == text


@pytest.mark.parametrize(
    "text", ["", "192.0.2.7", "192.0.2.7:0", "192.0.2.7:65536", "gate.example:1", "1.2.3.4:x"]
)
def test_address_is_refused_when_it_is_none(text: str) -> None:
    """No names: nothing at a gate waits for a name server."""
    with pytest.raises(Malformed, match="not an address"):
        parse_address(text)


def test_proven_address_comes_first_and_guesses_stay() -> None:
    """A gate that moved is still looked for where it was."""
    book = PeerAddresses()
    book.set_roster(make_roster(2, addresses=["192.0.2.1:1", "spoilt"]))
    assert book.tries(device_name(0)) == [HERE]
    assert book.tries(device_name(1)) == []
    assert book.proven(device_name(0)) is None
    book.find(device_name(0), ("192.0.2.2", 2))
    book.find(device_name(0), ("192.0.2.2", 2))
    book.prove(device_name(0), ("192.0.2.3", 3))
    assert book.tries(device_name(0)) == [("192.0.2.3", 3), HERE, ("192.0.2.2", 2)]


def test_found_addresses_have_a_bound() -> None:
    """Anybody may announce anything."""
    book = PeerAddresses()
    for number in range(1, 100):
        book.find(DeviceId("dv"), ("192.0.2.1", number))
    assert book.tries(DeviceId("dv")) == [("192.0.2.1", number) for number in range(92, 100)]


def test_announced_names_have_a_bound_and_listed_devices_keep_their_place() -> None:
    """Whoever floods the network with made-up devices fills no gate's memory."""
    book = PeerAddresses()
    book.set_roster(make_roster(2))
    for number in range(2_000):
        book.find(DeviceId(f"dv_made_up_{number}"), HERE)
    assert len(book._found) == 1_000
    book.find(device_name(1), HERE)
    assert book.tries(device_name(1)) == [HERE]


def test_named_addresses_are_all_tried_a_few_at_a_time() -> None:
    """Every one in turn, for every device, and none is dropped for another."""
    book = PeerAddresses()
    named = [("192.0.2.1", number) for number in range(1, 21)]
    book.name(named[:12])
    book.name(named[10:])
    book.find(DeviceId("dv"), HERE)
    tried = [book.tries(DeviceId("dv")) for _ in range(4)]
    assert [turn[0] for turn in tried] == [HERE] * 4
    assert tried[0][1:] == named[1:8]  # the first of them is the one that was found, too
    assert tried[1][1:] == named[8:16]
    assert tried[2][1:] == named[16:]
    assert tried[3] == tried[0]
    assert book.tries(DeviceId("dv_other")) == named[:8]


def test_device_that_speaks_from_elsewhere_is_looked_for_there_until_it_proves_an_address() -> (
    None
):
    """Whoever was started anew on another port says so before anything proves it."""
    book = PeerAddresses()
    book.prove(DeviceId("dv"), HERE)
    book.find(DeviceId("dv"), ("192.0.2.8", 8))
    book.hear(DeviceId("dv"), HERE)
    assert book.targets(DeviceId("dv"), is_live=True) == [HERE]
    assert book.targets(DeviceId("dv"), is_live=False) == [HERE, ("192.0.2.8", 8)]
    book.hear(DeviceId("dv"), ("192.0.2.9", 9))
    assert book.targets(DeviceId("dv"), is_live=True) == [HERE, ("192.0.2.9", 9), ("192.0.2.8", 8)]
    book.prove(DeviceId("dv"), ("192.0.2.9", 9))
    assert book.targets(DeviceId("dv"), is_live=True) == [("192.0.2.9", 9)]
