"""Ports on which a test's own programs listen.

The kernel gives the ports of its range for outgoing connections to any program at any moment, so
one that was free there may belong to another test's request when the program comes up. These
stand below that range, where nobody gets one without having asked for it.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

_LOWEST: Final = 15_000
_RANGE_PATH: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_chance = random.SystemRandom()


def free_port(*, and_next: bool = False) -> int:
    """Return a port of the loopback that nobody has.

    Args:
        and_next: Whether the next one must be free too.
    """
    while True:
        port = _chance.randrange(_LOWEST, _lowest_outgoing() - 1)
        if _is_free(port) and (not and_next or _is_free(port + 1)):
            return port


def _lowest_outgoing() -> int:
    try:
        lowest = int(_RANGE_PATH.read_text().split()[0])
    except OSError:  # not Linux
        lowest = 32_768
    return lowest if lowest > 2 * _LOWEST else 65_536


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
