"""The server over HTTP, as a device reaches it and before this machine is one."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.sync import url_paths
from gatekeeper.sync.proven_requests_and_answers import CodeChannel, DeviceChannel
from gatekeeper.sync.push_channel_and_lost_server import PushClient
from gatekeeper.sync.server_port import JSON, SyncServer, read_json
from gatekeeper.sync.tls_trust import leave_dates
from gatekeeper.sync.transport import ANSWER_SIZE_MAX, Transport
from shared.kernel.id_types import EventId
from shared.manifest.signed_document import SignedDocument
from shared.wire.enrol import EnrolAnswer, EnrolRequest

_PEM_SIZE_MAX: Final = 64 * 1024


class HttpServer(SyncServer):
    """The server as one enrolled device reaches it."""

    def __init__(
        self, url: str, token: str, authority_pem: str | None, channel: DeviceChannel
    ) -> None:
        """Prepare; nothing is opened before the first request.

        Raises:
            BadInput: if the address or the authority's certificate cannot be used.
        """
        self._token, self._authority, self._channel = token, authority_pem, channel
        self._transport, self._push = self._reach(url)

    def _reach(self, url: str) -> tuple[Transport, PushClient]:
        made = Transport(
            url, token=self._token, channel=self._channel, authority_pem=self._authority
        )
        push = PushClient(made.url, made.prove_opening, made.context, made.server_name)
        return made, push

    async def move(self, url: str) -> None:
        """Ask at another address from now on; who answers there proves itself as before.

        Raises:
            BadInput: if it is no address.
        """
        former = self._transport, self._push
        self._transport, self._push = self._reach(url)
        for one in former:
            await one.close()

    async def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        media_type: str = JSON,
        size_max: int = ANSWER_SIZE_MAX,
    ) -> bytes:
        """See `Transport.send`."""
        return await self._transport.send(
            method, path, content, media_type=media_type, size_max=size_max
        )

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        """Wait for the push channel; see `SyncServer`."""
        return await self._push.wait(event_id)

    async def close(self) -> None:
        """Close all connections."""
        await self._push.close()
        await self._transport.close()


class HttpEnrolment:
    """The server before this machine is a device."""

    def __init__(self, url: str, authority_pem: str | None) -> None:
        """Prepare; nothing is opened before the first request.

        Raises:
            BadInput: if the address or the authority's certificate cannot be used.
        """
        self._transport = Transport(url, authority_pem=authority_pem)
        if self._transport.context is not None and authority_pem is not None:
            # Only the server that knows the code can answer, whatever this machine's clock says.
            leave_dates(self._transport.context)

    async def enrol(self, request: EnrolRequest, channel: CodeChannel) -> EnrolAnswer:
        """Trade a code for a device; see `EnrolmentServer`."""
        content = msgspec.json.encode(request)
        body = await self._transport.enrol(content, channel.prove(content))
        return read_json(body, EnrolAnswer, "answer to the enrolment")

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()


async def fetch_authority(url: str) -> str:
    """Fetch the certificate authority's PEM from a server that is not trusted yet.

    Nothing else is asked of it; the caller compares the fingerprint.

    Raises:
        ServerFault: if the server cannot be reached.
        Rejected: if it has none.
    """
    transport = Transport(url, trusts_anybody=True)
    try:
        body = await transport.send("GET", url_paths.AUTHORITY, size_max=_PEM_SIZE_MAX)
    finally:
        await transport.close()
    return body.decode("ascii", "replace")
