"""How a person says where a gate listens, and where the others may be."""

from __future__ import annotations

import pytest

from gatekeeper.device.lan_link import LanOptions, read_lan_options
from shared.kernel.errors import BadInput
from shared.lan.lan_timeouts_and_limits import LAN_BUDGET_MS


@pytest.mark.parametrize(
    ("listen", "options"),
    [
        ("0", LanOptions()),
        ("4810", LanOptions(port=4810)),
        ("192.0.2.7:4810", LanOptions(host="192.0.2.7", port=4810)),
        ("127.0.0.1:0", LanOptions(host="127.0.0.1")),
        ("[::1]:65535", LanOptions(host="::1", port=65_535)),
        ("auto", LanOptions(is_automatic=True)),
    ],
)
def test_listening_address_is_read(listen: str, options: LanOptions) -> None:
    """A port alone means every address of this machine."""
    assert read_lan_options(listen, []) == options


def test_peers_are_all_kept() -> None:
    """However many there are."""
    peers = [f"192.0.2.1:{port}" for port in range(1, 21)]
    options = read_lan_options("0", peers, 80, uses_mdns=True)
    assert options.peers == tuple(("192.0.2.1", port) for port in range(1, 21))
    assert (options.budget_ms, options.uses_mdns) == (80, True)
    assert read_lan_options("0", []).budget_ms == LAN_BUDGET_MS


@pytest.mark.parametrize("listen", ["", "-1", "65536", "gate.example:1", "127.0.0.1:x", "\u0664"])
def test_listening_address_is_refused_when_it_is_none(listen: str) -> None:
    """With an example of one that is."""
    with pytest.raises(BadInput, match="write it like"):
        read_lan_options(listen, [])


def test_peer_or_wait_is_refused_when_it_cannot_be_used() -> None:
    """A name is no numeric address, and nobody waits for no time at all."""
    with pytest.raises(BadInput, match="not an address"):
        read_lan_options("0", ["gate.example:1"])
    for wait in (0, 60_001):
        with pytest.raises(BadInput, match="waited for"):
            read_lan_options("0", [], wait)
