"""Tells the service manager that the gate is alive: window and engine both turned just now.

A program that hangs is worse than one that ends: nobody restarts it. Under systemd a watchdog
does, if these messages stop. The protocol is sd_notify(3): a datagram to a socket that is named
in the environment.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, QTimer

from gatekeeper.ui.gate.engine_thread import EngineThread

_BEATS_A_LIMIT: Final = 3
_US_PER_MS: Final = 1_000


class Heartbeat(QObject):
    """Beats for as long as both threads answer.

    Args:
        engine: Asked before each beat.
        address: Of the service manager's socket; `@` begins an abstract name.
        limit_ms: How long may pass between two beats.
    """

    def __init__(self, engine: EngineThread, address: str, limit_ms: int) -> None:
        super().__init__(engine)
        self._engine = engine
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        self._beat = QTimer(self, interval=max(1, limit_ms // _BEATS_A_LIMIT))
        self._beat.timeout.connect(self._ask)
        self._beat.start()
        self._ask()

    def close(self) -> None:
        """Stop beating."""
        self._beat.stop()
        self._socket.close()

    def _ask(self) -> None:
        self._engine.ping(self._tell)

    def _tell(self, _: None) -> None:
        # A service manager that does not listen is no reason to stop admitting people.
        with contextlib.suppress(OSError):
            self._socket.sendto(b"WATCHDOG=1", self._address)


def begin_heartbeat(engine: EngineThread, environment: Mapping[str, str]) -> Heartbeat | None:
    """Beat if a service manager asks for it.

    Args:
        engine: The gate's.
        environment: This process's; `NOTIFY_SOCKET` and `WATCHDOG_USEC` are looked at.
    """
    address, limit = environment.get("NOTIFY_SOCKET", ""), environment.get("WATCHDOG_USEC", "")
    if not address or not limit.isdigit():
        return None
    return Heartbeat(engine, address, int(limit) // _US_PER_MS)
