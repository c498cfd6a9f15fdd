"""Serves the bare handler: `python -m bench.bare_server PORT WORKERS`.

uvicorn's own verb makes a socket of which asyncio does not know that it is TCP, and leaves Nagle's
algorithm on: answers wait 40 ms for the other side's acknowledgement.
"""

from __future__ import annotations

import socket
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess


def main(port: int, workers: int) -> None:
    """Serve on the loopback until a signal ends it."""
    config = uvicorn.Config(
        "bench.bare_app:app",
        loop="asyncio",
        http="httptools",
        access_log=False,
        log_level="error",
        workers=workers,
    )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        if workers == 1:
            uvicorn.Server(config).run(sockets=[listening])
        else:
            Multiprocess(config, sockets=[listening]).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
