"""The service manager hears of a gate that lives, and no more of one that hangs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.ui.gate.heartbeat import begin_heartbeat
from gatekeeper.ui.gate.kiosk import Kiosk

BEAT = b"WATCHDOG=1"


class Manager:
    """What systemd does with the socket that it names."""

    def __init__(self, path: Path) -> None:
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "60000"}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def heard(self) -> list[bytes]:
        """Return what has come since it was last asked."""
        come: list[bytes] = []
        while True:
            try:
                come.append(self._socket.recv(64))
            except BlockingIOError:
                return come

    def close(self) -> None:
        """Be gone."""
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def test_a_gate_that_lives_is_heard_again_and_again(
    kiosk: Kiosk, manager: Manager, qtbot: QtBot
) -> None:
    """Each beat has been through the engine's thread and the window's."""
    heartbeat = begin_heartbeat(kiosk.engine, manager.environment)
    assert heartbeat is not None
    for _ in range(3):
        qtbot.waitUntil(lambda: set(manager.heard()) == {BEAT})
    heartbeat.close()


def test_an_engine_that_hangs_is_heard_no_more(
    kiosk: Kiosk, manager: Manager, qtbot: QtBot
) -> None:
    """The window still turns, but a gate that cannot answer a scan does not live."""
    heartbeat = begin_heartbeat(kiosk.engine, manager.environment)
    assert heartbeat is not None
    qtbot.waitUntil(lambda: bool(manager.heard()))
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(_session: object) -> None:
        hangs.set()
        goes_on.wait(60)

    kiosk.engine.ask(hang, lambda _: None)
    qtbot.waitUntil(hangs.is_set)
    qtbot.wait(60)
    manager.heard()
    qtbot.wait(120)
    silence = manager.heard()
    goes_on.set()
    assert silence == []
    qtbot.waitUntil(lambda: bool(manager.heard()))
    heartbeat.close()


def test_a_manager_that_is_gone_stops_nothing(
    kiosk: Kiosk, manager: Manager, qtbot: QtBot
) -> None:
    """Beats go nowhere, and nothing is raised."""
    heartbeat = begin_heartbeat(kiosk.engine, manager.environment)
    assert heartbeat is not None
    manager.close()
    qtbot.wait(80)
    heartbeat.close()


def test_without_a_watchdog_nothing_beats(kiosk: Kiosk) -> None:
    """As when the program is started by hand, or the manager's words cannot be read."""
    environments: list[dict[str, str]] = [
        {},
        {"NOTIFY_SOCKET": "/x"},
        {"WATCHDOG_USEC": "1"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"},
    ]
    assert [begin_heartbeat(kiosk.engine, one) for one in environments] == [None] * 4
