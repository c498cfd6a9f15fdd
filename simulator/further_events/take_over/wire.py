"""How devices reach one server or the other: by the address that their profile says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gatekeeper.store.profile import Profile
from gatekeeper.sync import moved_server
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import JSON
from gatekeeper.sync.transport import explain_refusal
from shared.kernel.errors import ServerFault
from shared.kernel.instant import SECOND
from simulator.kernel.loop import Process, current_process
from simulator.kernel.network import Network, Refused, Request
from simulator.nodes.wired_server import PATIENCE, WiredServer
from simulator.planted_bugs.planted_bug import Replacement

FORMER: Final = "former"
SECOND_SERVER: Final = "second"
URLS: Final = {f"https://{name}.example": name for name in (FORMER, SECOND_SERVER)}
"""Nodes by address."""
OnAnswer = Callable[[str, str], None]
"""Told which node has taken what was sent by which method, without a device's proof."""


class MovableServer(WiredServer):
    """A device's end of the wires, which may go to the other server.

    Args:
        network: The network.
        process: The device's program.
        profile: Its profile, which says where the server is.
        channel: What proves requests and answers.
        on_moved: Called when it has.
    """

    def __init__(
        self,
        network: Network,
        process: Process,
        profile: Profile,
        channel: DeviceChannel,
        on_moved: Callable[[], None],
    ) -> None:
        super().__init__(network, process, profile, channel, place=URLS[profile.server_url])
        self._on_moved = on_moved

    async def move(self, url: str) -> None:
        """See `Movable.move`."""
        self._place = URLS[url]
        self._on_moved()


class _Here:
    """The one world that runs.

    Attributes:
        network: Its network.
        on_answer: Told what servers have taken.
    """

    network: Network
    on_answer: OnAnswer


def lay(network: Network, on_answer: OnAnswer) -> None:
    """Let what needs no device's proof go over a world's network."""
    _Here.network, _Here.on_answer = network, on_answer


class BareWire:
    """Asks a server without a device's proof; stands for TLS by the pinned authority."""

    def __init__(self, url: str, *, authority_pem: str | None) -> None:
        assert authority_pem is not None
        self._node = URLS[url]

    async def send(
        self, method: str, path: str, content: bytes | None = None, *, size_max: int
    ) -> bytes:
        """See `Transport.send`."""
        process = current_process()
        assert process is not None
        assert size_max
        return await ask(process, self._node, method, path, content)

    async def close(self) -> None:
        """See `Transport.close`."""


async def ask(process: Process, node: str, method: str, path: str, content: bytes | None) -> bytes:
    """Ask a server something that needs no device's proof.

    Raises:
        ServerFault: if no answer came.
        Rejected: if it refuses.
    """
    headers = (("content-type", JSON),) if content else ()
    request = Request(method, path, headers, content or b"")
    try:
        async with asyncio.timeout(PATIENCE / SECOND):
            response = await _Here.network.request(process, node, request)
    except (TimeoutError, Refused) as fault:
        raise ServerFault(str(fault)) from None
    if response.status >= 400:
        raise explain_refusal(response.status, response.body)
    _Here.on_answer(node, method)
    return response.body


BARE_WIRES: Final = Replacement(moved_server, "Transport", lambda _original: BareWire)
"""TLS is replaced, and what it carries is not; see `Planted`."""
