"""The live board: what the server says of an event twice a second, or when asked.

The figures come over a channel that the server keeps fresh. Where that is cut they are asked for
every few seconds, and the channel is tried again; whoever shows them says which it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec
from websockets.exceptions import WebSocketException

from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.sync.http_connections import CONNECT_SECONDS
from gatekeeper.sync.listening_websocket import ListeningWebSocket
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.live_board import LiveBoard

LIVE_POLL_S: Final = 2.0
"""Between two questions while there is no channel."""
LIVE_SILENT_S: Final = 5.0
"""A channel on which nothing came for so long is given up: the server speaks twice a second."""
LIVE_OLD_S: Final = 3.0
"""From when on figures are called old."""

_FINAL: Final = frozenset((401, 403, 404))
_CLOSE_S: Final = 0.25
_SIZE_MAX: Final = 8 * 1024 * 1024


class LiveView(msgspec.Struct, frozen=True):
    """A board, and how it came.

    Attributes:
        is_pushed: The channel brought it; else it was asked for.
    """

    board: LiveBoard
    is_pushed: bool


_DECODE: Final = msgspec.json.Decoder(LiveBoard).decode


async def read_live(api: ServerApi, site: EventSite) -> LiveBoard:
    """Ask once how an event stands."""
    return _DECODE(await api.get_bytes(f"{site.path}/live"))


async def watch(api: ServerApi, site: EventSite) -> AsyncIterator[LiveBoard]:
    """Give each board that the server sends, until the channel is cut.

    Raises:
        ServerFault: when it is, and where there is none.
    """
    terms = api.channel_to(f"{site.path}/live/push")
    try:
        async with ListeningWebSocket(
            terms.address,
            additional_headers=terms.headers,
            ssl=terms.context,
            proxy=None,
            open_timeout=CONNECT_SECONDS,
            close_timeout=_CLOSE_S,
            max_size=_SIZE_MAX,
            max_queue=2,
            **terms.more,
        ) as channel:
            while True:
                async with asyncio.timeout(LIVE_SILENT_S):
                    frame = await channel.recv(decode=False)
                yield _DECODE(frame)
    except (OSError, WebSocketException, TimeoutError, *UNDECODABLE) as fault:
        raise ServerFault(
            "the live connection is lost; the figures are fetched at intervals instead"
        ) from fault


async def follow(
    api: ServerApi,
    site: EventSite,
    show: Callable[[LiveView], None],
    cannot: Callable[[ServerFault], None],
) -> None:
    """Show each board until cancelled, by the channel where there is one.

    Args:
        api: Somebody signed in.
        site: Which event.
        show: Called with each board.
        cannot: Called when there is neither a channel nor an answer; it goes on all the same.

    Raises:
        Rejected: if the server refuses for good; with status 401 where the person must sign in
            again.
    """
    while True:
        try:
            async for board in watch(api, site):
                show(LiveView(board, is_pushed=True))
        except ServerFault:
            pass  # which the next answer says: it was asked for
        try:
            show(LiveView(await read_live(api, site), is_pushed=False))
        except ServerFault as fault:
            cannot(fault)
        except Rejected as fault:
            if fault.status in _FINAL:
                raise
            # A server that is busy, or whose database is away.
            cannot(ServerFault(str(fault), kind=TroubleKind.SERVER_FAILED))
        except UNDECODABLE:
            said = "the server's figures cannot be read; update this program"
            cannot(ServerFault(said, kind=TroubleKind.UNREADABLE))
        await asyncio.sleep(LIVE_POLL_S)
