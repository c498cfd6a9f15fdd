"""Somebody between a gate and its server who may change what the server says."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Change = Callable[[str, bytes], bytes]
"""Given a path and the server's answer, returns what the gate shall see."""

ChangeProof = Callable[[str, str], str]
"""The same for the proof that the answer bears."""
PROOF = "gatekeeper-proof"


def honest(_path: str, body: bytes) -> bytes:
    """Change nothing."""
    return body


class Middleman:
    """A relay of HTTP requests.

    Attributes:
        change: What is done to good answers.
        change_proof: What is done to their proofs.
        seen: The latest answer for each path.
        proofs: And its proof.
        requests: Method, address, headers and body of the latest request for each path.
        port: Where it listens.
    """

    def __init__(self, server_port: int, context: ssl.SSLContext | None = None) -> None:
        """Prepare to relay to a port; with a context, by a TLS of his own."""
        self.server_port = server_port
        self.change: Change = honest
        self.change_proof: ChangeProof = lambda _path, proof: proof
        self.seen: dict[str, bytes] = {}
        self.proofs: dict[str, str] = {}
        self.requests: dict[str, tuple[str, str, dict[str, str], bytes]] = {}
        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = int(self._listener.server_address[1])
        if context is not None:
            plain = self._listener.socket
            self._listener.socket = context.wrap_socket(plain, server_side=True)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        man = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                man.relay(self)

            def do_POST(self) -> None:
                man.relay(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                return

        return Handler

    def relay(self, request: BaseHTTPRequestHandler) -> None:
        """Ask the server, and answer with what is left of its word."""
        size = int(request.headers.get("content-length") or 0)
        names = ("authorization", "content-type", PROOF)
        headers = {name: request.headers[name] for name in names if name in request.headers}
        server = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        try:
            asked = request.rfile.read(size)
            server.request(request.command, request.path, asked, headers)
            answer = server.getresponse()
            body = answer.read()
            proof = answer.headers.get(PROOF, "")
        finally:
            server.close()
        path = request.path.partition("?")[0]
        self.seen[path] = body
        self.requests[path] = (request.command, request.path, headers, asked)
        self.proofs[path] = proof
        if answer.status in {200, 201}:
            body = self.change(path, body)
            proof = self.change_proof(path, proof)
        request.send_response(answer.status)
        if proof:
            request.send_header(PROOF, proof)
        request.send_header("content-type", answer.headers.get("content-type", ""))
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    @contextmanager
    def running(self) -> Iterator[Middleman]:
        """Relay until the block ends."""
        thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown()
            self._listener.server_close()
            thread.join()
