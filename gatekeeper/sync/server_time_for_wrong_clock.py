"""The server's time for a device whose own clock does not fit the server's certificate.

The time is fetched with the certificate's dates unchecked, from the pinned authority's server
alone, and counts because the server proves its answer to this very request. If the certificate is
good at that time, it is this device's clock that is wrong, and the gate works.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final

import httpx
import msgspec

from gatekeeper.sync import url_paths
from gatekeeper.sync.http_connections import CONNECT_SECONDS, make_connections
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.tls_trust import leave_dates, make_context
from shared.kernel.errors import Malformed
from shared.kernel.instant import SECOND, Instant
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.signed_document import decode_document
from shared.wire.proof import PROOF_HEADER
from shared.wire.server_time import TimeStatement

_ANSWER_SIZE_MAX: Final = 64 * 1024
_STATEMENT: Final = msgspec.msgpack.Decoder(TimeStatement)


async def is_good_by_server(
    url: str,
    authority_pem: str,
    server_name: str | None,
    headers: dict[str, str],
    channel: DeviceChannel,
) -> bool:
    """Tell whether a server's certificate is good at the time that the server itself proves.

    Args:
        url: Its address.
        authority_pem: The pinned authority.
        server_name: See `Transport`.
        headers: The device's token.
        channel: Proves the request; the channel key must be known.

    Returns:
        False also if no such answer came.
    """
    context = make_context(authority_pem)
    leave_dates(context)
    # The nonce of the request's proof is what makes the answer this one's.
    target = f"{url_paths.TIME}?nonce="
    proof = channel.prove("GET", target, b"")
    extensions = {} if server_name is None else {"sni_hostname": server_name}
    try:
        async with (
            asyncio.timeout(CONNECT_SECONDS),
            httpx.AsyncClient(
                transport=make_connections(context), trust_env=False, timeout=CONNECT_SECONDS
            ) as client,
            client.stream(
                "GET",
                url + target,
                headers=headers | {PROOF_HEADER: proof.header},
                extensions=extensions,
            ) as answer,
        ):
            body = b""
            async for part in answer.aiter_raw():
                body += part
                if len(body) > _ANSWER_SIZE_MAX:
                    return False
            said = answer.headers.get(PROOF_HEADER, "")
            if not answer.is_success or not proof.is_answered(answer.status_code, body, said):
                return False
            begins, ends = _dates(answer.extensions["network_stream"])
        told = _STATEMENT.decode(decode_document(body).body)
    except (httpx.HTTPError, TimeoutError, Malformed, *UNDECODABLE):
        return False
    return begins <= told.server_time <= ends


def _dates(stream: Any) -> tuple[Instant, Instant]:
    """Read from when to when the certificate of a connection is good."""
    found = stream.get_extra_info("ssl_object").getpeercert()
    begins, ends = (ssl.cert_time_to_seconds(found[name]) for name in ("notBefore", "notAfter"))
    return Instant(begins * SECOND), Instant(ends * SECOND)
