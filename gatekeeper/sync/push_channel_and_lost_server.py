"""The push channel: a WebSocket on which the server says that there is something to fetch.

Where the next page of the feed follows what the server told last, it sends the page itself. The
opening is proven as requests are; what comes is not, for it decides nothing: a message only says
that there is something to fetch, and a page is signed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from gatekeeper.sync import url_paths
from gatekeeper.sync.http_connections import CONNECT_SECONDS
from gatekeeper.sync.listening_websocket import ListeningWebSocket
from gatekeeper.sync.server_port import ServerSilent
from shared.kernel.errors import Malformed, ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.signed_document import SignedDocument, decode_document
from shared.wire.push_message import PushMessage

PING_EVERY_SECONDS: Final = 2.0
"""Between two signs of life on the push channel: a gate without traffic says within about five
seconds that its cable was pulled. A sign takes the server 0.06 ms: 100 gates 0.3 % of a core."""
PING_SECONDS: Final = 2.0
"""For the answer to a sign of life."""
PROBE_SECONDS: Final = 1.0
"""For the server's answer once the push channel has broken; after that the gate is alone."""

_CLOSE_SECONDS: Final = 0.25
"""What is to be closed does not answer any more, as a rule."""
_MESSAGE_SIZE_MAX: Final = 2 * 1024 * 1024

HeadersOf = Callable[[str], dict[str, str]]
"""Gives the headers with which a WebSocket at a path is opened."""


class PushClient:
    """One connection, opened when first waited on, and opened anew after it broke."""

    def __init__(
        self,
        url: str,
        headers_of: HeadersOf,
        context: ssl.SSLContext | None,
        server_name: str | None,
    ) -> None:
        """Prepare for a server's address; `headers_of` proves each opening."""
        self._url = "ws" + url.removeprefix("http")
        self._headers_of = headers_of
        self._context = context
        self._more: dict[str, Any] = {}
        if server_name is not None:
            self._more["server_hostname"] = server_name
        self._connection: ClientConnection | None = None
        self._event_id = ""
        self._is_closed = False

    async def wait(self, event_id: EventId) -> SignedDocument | None:
        """Return when the server says that an event has something new.

        Returns:
            The feed's next page, not yet verified, or None where it is to be fetched.

        Raises:
            ServerFault: if there is no such channel now.
            ServerSilent: if there was one, and the server does not answer any more.
        """
        try:
            connection = await self._connect(event_id)
            while True:
                news = read_news(await connection.recv(), event_id)
                if news is not None:
                    return news if isinstance(news, SignedDocument) else None
        except (OSError, WebSocketException, TimeoutError) as fault:
            was_open = self._connection is not None
            await self._drop()
            if was_open and not await self._answers(event_id):
                message = "the server has stopped answering; check cable and Wi-Fi"
                raise ServerSilent(message, kind=TroubleKind.UNREACHABLE) from fault
            message = "the push channel is closed; the gate polls instead"
            raise ServerFault(message, kind=TroubleKind.BROKE_OFF) from fault

    async def _answers(self, event_id: EventId) -> bool:
        """Tell whether the server still answers when the channel broke; it is open again then."""
        try:
            await self._connect(event_id, PROBE_SECONDS)
        except WebSocketException:  # an answer, if not the one that was hoped for
            return True
        except (OSError, TimeoutError):
            return False
        return True

    async def _connect(
        self, event_id: EventId, open_seconds: float = CONNECT_SECONDS
    ) -> ClientConnection:
        if self._connection is not None and self._event_id == event_id:
            return self._connection
        await self._drop()
        target = f"{url_paths.PUSH}?{urlencode({'event_id': event_id, 'pages': 1})}"
        connection = await ListeningWebSocket(
            self._url + target,
            additional_headers=self._headers_of(target),
            ssl=self._context,
            proxy=None,
            open_timeout=open_seconds,
            close_timeout=_CLOSE_SECONDS,
            ping_interval=PING_EVERY_SECONDS,
            ping_timeout=PING_SECONDS,
            max_size=_MESSAGE_SIZE_MAX,
            **self._more,
        )
        if self._is_closed:  # while it was opened: the gate has moved to another server
            await connection.close()
            raise OSError("the push channel was closed")
        self._connection, self._event_id = connection, event_id
        return connection

    async def close(self) -> None:
        """Close the connection, if there is one, and one that is being opened; for good."""
        self._is_closed = True
        await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def read_news(frame: str | bytes, event_id: EventId) -> SignedDocument | PushMessage | None:
    """Read a message of the channel; None if it says nothing about the event."""
    try:
        if isinstance(frame, bytes) and not frame.startswith(b"{"):
            return decode_document(frame)
        message = msgspec.json.decode(frame, type=PushMessage)
    except (Malformed, *UNDECODABLE):
        return None
    return message if message.event_id == event_id else None
