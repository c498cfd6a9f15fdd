"""Addresses by mDNS (RFC 6762, RFC 6763): a hint where to say hello, never a proof of anything.

Everything works without it, by the roster's addresses. It helps where a venue hands out other
addresses than last time. The service's name is the device id; the record carries a port and a
hash of the event id.
"""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import Final

import ifaddr
from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from gatekeeper.lan.peer_addresses import Address, PeerAddresses
from gatekeeper.lan.tasks import TaskSet
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.os_errors import words_of_system

DISCOVERY_REQUEST_MS: Final = 3_000
"""For the address behind a name that a gate has announced on the venue's network."""
DISCOVERY_NAMES_MAX: Final = 20_000
"""Anybody can announce names without end, and the library notes when to ask for each again: after
so many that is forgotten, and nobody is looked for until the rest is over."""
DISCOVERY_REST_SECONDS: Final = 60.0
"""How long nobody is looked for then."""
DISCOVERY_LOOK_SECONDS: Final = 5.0
"""How often a gate looks whether it is on a network, and at which addresses."""

SERVICE: Final = "_gatekeeper._udp.local."
_EVENT: Final = b"event"
_UNNAMED: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - the words for it


def tag_event(event_id: EventId) -> bytes:
    """Return what the record says instead of the event id."""
    return sha256(event_id.encode())[:8].hex().encode()


def own_addresses(host: str) -> list[str]:
    """List the numeric addresses at which a gate is met that listens at a host.

    An unnamed one is each IPv4 address that this machine has: between two gates and a switch
    nothing is routed, and what is routed may leave by another network than the venue's.

    Raises:
        OSError: if this machine is on no network.
    """
    if host not in _UNNAMED:
        return [host]
    ips = [one.ip for adapter in ifaddr.get_adapters() for one in adapter.ips]
    found = {ip for ip in ips if isinstance(ip, str) and not ip_address(ip).is_loopback}
    if not found:
        raise OSError("this machine is on no network")
    return sorted(found)


class Discovery:
    """Announces this gate on the venue's network, and adds what it finds to an address book."""

    def __init__(self, addresses: PeerAddresses, event_id: EventId, device_id: DeviceId) -> None:
        self._addresses, self._device_id = addresses, device_id
        self._tag = tag_event(event_id)
        self._tasks = TaskSet()
        self._zeroconf: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None
        self._names = 0
        self._is_resting = False
        self._host, self._hosts = "", [""]

    async def start(self, host: str, port: int) -> None:
        """Announce a port at the addresses of a host, and listen on them.

        Raises:
            OSError: if there is no network, or it has no multicast here.
        """
        self._host, self._hosts = host, own_addresses(host)
        self._zeroconf = AsyncZeroconf(interfaces=self._hosts)
        info = AsyncServiceInfo(
            SERVICE,
            f"{self._device_id}.{SERVICE}",
            port=port,
            properties={_EVENT: self._tag},
            parsed_addresses=self._hosts,
            server=f"{self._device_id.replace('_', '-')}.local.",
        )
        try:
            # Whoever else bears this name proves nothing by it, so nobody is asked for it first.
            announcing = await self._zeroconf.async_register_service(
                info, cooperating_responders=True
            )
        except ZeroconfError as fault:
            raise OSError(words_of_system(fault)) from fault
        self._browse(self._zeroconf.zeroconf)
        await announcing

    async def until_moved(self) -> None:
        """Wait until this gate is met elsewhere than it has announced.

        Raises:
            OSError: if this machine is on no network any more.
        """
        while own_addresses(self._host) == self._hosts:  # noqa: ASYNC110 - no system tells alike
            await asyncio.sleep(DISCOVERY_LOOK_SECONDS)

    def _browse(self, zeroconf: Zeroconf) -> None:
        self._names = 0
        self._browser = AsyncServiceBrowser(zeroconf, [SERVICE], handlers=[self._on_change])

    async def _rest(self, zeroconf: Zeroconf) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            await browser.async_cancel()
        await asyncio.sleep(DISCOVERY_REST_SECONDS)
        self._is_resting = False
        self._browse(zeroconf)

    async def close(self) -> None:
        """Take the announcement back, and stop."""
        await self._tasks.close()
        if self._browser is not None:
            await self._browser.async_cancel()
            self._browser = None
        await self._tasks.close()  # of what it told meanwhile
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()
            self._zeroconf = None

    def _on_change(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        self._names += 1
        if self._names > DISCOVERY_NAMES_MAX:
            if not self._is_resting:
                self._is_resting = True
                self._tasks.spawn(self._rest(zeroconf))
            return
        device_id = name.removesuffix(f".{service_type}")
        if state_change is not ServiceStateChange.Removed and device_id != self._device_id:
            self._tasks.spawn(self._resolve(zeroconf, name, DeviceId(device_id)))

    async def _resolve(self, zeroconf: Zeroconf, name: str, device_id: DeviceId) -> None:
        info = AsyncServiceInfo(SERVICE, name)
        if not await info.async_request(zeroconf, DISCOVERY_REQUEST_MS):
            return
        if info.properties.get(_EVENT) != self._tag or not info.port:
            return
        for host in info.parsed_addresses(IPVersion.All):
            address: Address = (host, info.port)
            self._addresses.find(device_id, address)
