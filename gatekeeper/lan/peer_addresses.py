"""Where peers can be reached: what they proved, what the roster says, what was discovered."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final, TypeAlias

from shared.kernel.errors import Malformed
from shared.kernel.hosts import is_port
from shared.kernel.id_types import DeviceId
from shared.lan.roster import Roster

ADDRESSES_TRIED_AT_ONCE: Final = 8
"""Of the addresses that somebody typed for gates, at each try; the others in turn."""

Address: TypeAlias = tuple[str, int]
_FOUND_MAX = 8
_UNLISTED_MAX = 1_000


def parse_address(text: str) -> Address:
    """Read `host:port` with a numeric host, IPv6 in brackets.

    Raises:
        Malformed: if it is not one.
    """
    host, _, port = text.rpartition(":")
    try:
        number = int(port)
        numeric = str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        number, numeric = 0, ""
    if not is_port(number):
        raise Malformed(f"not an address: {text[:60]!r}; write it like 192.0.2.7:4810")
    return numeric, number


def format_address(address: Address) -> str:
    """Spell an address as the roster does."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class PeerAddresses:
    """Addresses by device. Only a proven one replaces guesses; guesses are all tried.

    A device that has started anew says so from its new address, which nothing proves until it has
    answered there. From that hello on the proven address is no longer relied on alone.

    Addresses that a person named belong to nobody until somebody answers there: they are tried
    for every device, a few at a time in turn, so that many gates and many addresses do not make a
    flood.
    """

    def __init__(self) -> None:
        self._named: list[Address] = []
        self._turns: dict[str, int] = {}
        self._proven: dict[str, Address] = {}
        self._listed: dict[str, list[Address]] = {}
        self._found: dict[str, list[Address]] = {}
        self._heard: dict[str, Address] = {}

    def set_roster(self, roster: Roster) -> None:
        """Take the addresses of a roster; spoilt ones are left out."""
        self._listed = {}
        for device in roster.devices:
            listed = self._listed.setdefault(device.device_id, [])
            for text in device.addresses:
                try:
                    listed.append(parse_address(text))
                except Malformed:
                    continue

    def find(self, device_id: DeviceId, address: Address) -> None:
        """Add an address that somebody named; the newest few are kept.

        Of devices that no roster here lists yet, so many at most: anybody can announce more.
        """
        is_known = device_id in self._found or device_id in self._listed
        if not is_known and len(self._found) >= _UNLISTED_MAX:
            return
        found = self._found.setdefault(device_id, [])
        if address not in found:
            found.append(address)
            del found[:-_FOUND_MAX]

    def hear(self, device_id: DeviceId, address: Address) -> None:
        """Take the source of a device's newest signed message that is not proven fresh."""
        self._heard[device_id] = address

    def name(self, addresses: Iterable[Address]) -> None:
        """Add addresses at which any device may be; all of them are kept."""
        self._named = list(dict.fromkeys([*self._named, *addresses]))

    def prove(self, device_id: DeviceId, address: Address) -> None:
        """Take the source of a fresh, signed message."""
        self._proven[device_id] = address
        self._heard.pop(device_id, None)

    def targets(self, device_id: DeviceId, *, is_live: bool) -> list[Address]:
        """List where to send: one address while a device is live there, else all that may be its.

        A device that falls silent, or speaks from elsewhere, may have been started anew on
        another port: it is looked for everywhere again.
        """
        proven = self._proven.get(device_id)
        has_moved = self._heard.get(device_id, proven) != proven
        if proven is not None and is_live and not has_moved:
            return [proven]
        return self.tries(device_id)

    def proven(self, device_id: DeviceId) -> Address | None:
        """Return the address that a device last proved."""
        return self._proven.get(device_id)

    def tries(self, device_id: DeviceId) -> list[Address]:
        """List where to look for a device this time, the proven address first."""
        turn = self._turns.get(device_id, 0)
        named = self._named[turn : turn + ADDRESSES_TRIED_AT_ONCE]
        after = turn + ADDRESSES_TRIED_AT_ONCE
        self._turns[device_id] = after if after < len(self._named) else 0
        first = [self._proven.get(device_id), self._heard.get(device_id)]
        known = [address for address in first if address is not None]
        listed, found = self._listed.get(device_id, []), self._found.get(device_id, [])
        return list(dict.fromkeys([*known, *listed, *found, *named]))
