"""Where peers can be reached: what they proved, what the roster says, what was discovered."""

from __future__ import annotations

import ipaddress
from typing import TypeAlias

from shared.kernel.errors import Malformed
from shared.lan.roster import Roster

Address: TypeAlias = tuple[str, int]
_PORT_MAX = 65_535
_FOUND_MAX = 8


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
    if not 0 < number <= _PORT_MAX:
        message = f"not an address: {text[:60]!r}; write it like 192.0.2.7:4810"
        raise Malformed(message)
    return numeric, number


def format_address(address: Address) -> str:
    """Spell an address as the roster does."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class AddressBook:
    """Addresses by device. Only a proven one replaces guesses; guesses are all tried."""

    def __init__(self) -> None:
        self._proven: dict[str, Address] = {}
        self._listed: dict[str, list[Address]] = {}
        self._found: dict[str, list[Address]] = {}

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

    def find(self, device_id: str, address: Address) -> None:
        """Add an address that somebody named; the newest few are kept."""
        found = self._found.setdefault(device_id, [])
        if address not in found:
            found.append(address)
            del found[:-_FOUND_MAX]

    def prove(self, device_id: str, address: Address) -> None:
        """Take the source of a fresh, signed message."""
        self._proven[device_id] = address

    def proven(self, device_id: str) -> Address | None:
        """Return the address that a device last proved."""
        return self._proven.get(device_id)

    def all(self, device_id: str) -> list[Address]:
        """List every address that may be right, the proven one first."""
        guesses = self._listed.get(device_id, []) + self._found.get(device_id, [])
        proven = self._proven.get(device_id)
        addresses = guesses if proven is None else [proven, *guesses]
        return list(dict.fromkeys(addresses))
