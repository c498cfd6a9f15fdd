"""A server whose workers come up late is announced all the same."""

from __future__ import annotations

import http.server
import json
import socket
import threading

import pytest

from server.commands import serve
from tests.factories.waiting import PATIENCE_S, until


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Write nothing."""


def test_workers_that_come_up_after_the_warning_are_announced(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts the server on a slow machine reads that it takes long, then where it is."""
    monkeypatch.setattr(serve, "START_TIMEOUT_S", 2 * serve.POLL_S)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    url, stopped = f"http://127.0.0.1:{port}", threading.Event()
    herald = threading.Thread(target=serve._announce, args=(url, stopped))
    herald.start()
    said: list[str] = []

    def is_said() -> bool:
        said.append(capsys.readouterr().err)
        return "do not answer yet" in "".join(said)

    until(is_said)
    assert "".join(said).count("do not answer yet") == 1
    with http.server.HTTPServer(("127.0.0.1", port), _Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        herald.join(PATIENCE_S)
        server.shutdown()
    assert not herald.is_alive()
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ({"listening": url}, "")
