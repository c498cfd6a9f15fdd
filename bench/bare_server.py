"""Serves the bare handler: `python -m bench.bare_server PORT WORKERS`.

uvicorn's own verb makes a socket of which asyncio does not know that it is TCP, and leaves Nagle's
algorithm on: answers wait 40 ms for the other side's acknowledgement. Several workers share that
one socket besides: whichever wakes first takes most connections, and how many is drawn by lot at
each start. So each worker listens on a socket of its own here, as the product's do.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

import uvicorn


def main(port: int, workers: int) -> None:
    """Serve on the loopback until a signal ends it."""
    if workers == 1:
        _serve(port)
        return
    children = []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            _serve(port)
            return
        children.append(child)

    def end(_number: int, _frame: FrameType | None) -> None:
        for one in children:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    for one in children:
        os.waitpid(one, 0)


def _serve(port: int) -> None:
    config = uvicorn.Config(
        "bench.bare_app:app",
        loop="asyncio",
        http="httptools",
        access_log=False,
        log_level="error",
    )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind(("127.0.0.1", port))
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
