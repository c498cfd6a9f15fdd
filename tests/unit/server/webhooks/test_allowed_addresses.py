"""Where messages may go: the internet, and what the operator names."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from server.webhooks.allowed_addresses import is_public, may_reach, parse_networks, parse_target
from shared.kernel.errors import BadInput

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "168.63.129.16",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "3fff::1",
    "ff02::1",
    "2606:4700::1%eth0",
]
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("text", INSIDE)
def test_no_address_of_a_network_of_its_own_is_one_of_the_internet(text: str) -> None:
    """Loopback, private, link-local, multicast, metadata, and each way to write them in IPv6."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_addresses_of_the_internet_are_taken(text: str) -> None:
    """Those that nobody has for a network of his own."""
    assert is_public(ip_address(text))


def test_the_operator_lets_messages_into_networks_by_name() -> None:
    """And into no others."""
    networks = parse_networks(["192.168.8.0/24", "fd00::/8"])
    assert may_reach(ip_address("192.168.8.7"), networks)
    assert may_reach(ip_address("::ffff:192.168.8.7"), networks)
    assert may_reach(ip_address("fd00::7"), networks)
    assert not may_reach(ip_address("192.168.9.7"), networks)
    with pytest.raises(BadInput, match="GATEKEEPER_WEBHOOK_NETWORKS"):
        parse_networks(["192.168.8.7/24"])


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/in",
        "https://example.org:8443/in",
        "ftp://example.org/in",
        "https:///in",
        "https://user:word@example.org/",
        "https://example.org/#part",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://exa mple.org/",
        "https://example.org/\r\nX-Other: 1",
        "https://exämple.org/",
        "https://example.org:port/",
        "https://[fe80::1/",
        "https://-example.org/",
        "https://" + "a" * 2_000,
    ],
)
def test_an_address_that_leads_elsewhere_is_refused_when_it_is_said(url: str) -> None:
    """And not repeated: it may hold a password."""
    with pytest.raises(BadInput) as refused:
        parse_target(url, ())
    assert url not in str(refused.value)


def test_an_address_is_taken_apart_as_it_is_sent() -> None:
    """Host, port and path with its query."""
    target = parse_target("https://Example.org/in?token=1", ())
    assert (target.is_tls, target.host, target.port) == (True, "example.org", 443)
    assert (target.authority, target.path) == ("example.org", "/in?token=1")
    local = parse_target("http://[::1]:8080", parse_networks(["::1/128"]))
    assert (local.is_tls, local.authority, local.path) == (False, "[::1]:8080", "/")
