"""A worker cuts any connection, whatever its TLS has been told before."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from command_line.clock_and_randomness import SystemClock
from server.serving.connections import abort
from server.serving.own_tls import keep_own_tls
from shared.wire.enrol import LEDGER_NAME
from tests.fakes.entropy import SeededEntropy


async def test_tls_that_was_closed_before_is_cut_without_an_error(tmp_path: Path) -> None:
    """An answer, a deadline and a stopping server may each close it; then a full server cuts."""
    own = keep_own_tls(tmp_path, SystemClock().wall(), SeededEntropy())
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(own.certificate)
    trust = ssl.create_default_context(cadata=own.authority_pem)
    connected: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(
        lambda _, writer: connected.put_nowait(writer), "127.0.0.1", 0, ssl=theirs
    )
    port = server.sockets[0].getsockname()[1]
    try:
        for closed in range(3):
            _, client = await asyncio.open_connection(
                "127.0.0.1", port, ssl=trust, server_hostname=LEDGER_NAME
            )
            transport = (await connected.get()).transport
            for _ in range(closed):
                transport.close()
            abort(transport)
            assert transport.is_closing()
            client.transport.abort()
    finally:
        server.close()
