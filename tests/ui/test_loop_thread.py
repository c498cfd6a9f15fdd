"""The loop that works beside a window."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gatekeeper.ui.loop_thread import LoopThread


@pytest.mark.parametrize("is_started", [False, True])
def test_a_loop_is_closed_when_its_window_ends_also_if_it_was_never_begun(
    is_started: bool, qtbot: QtBot
) -> None:
    """A window that is closed before it did anything leaves no sockets open."""
    owner = QObject()
    beside = LoopThread("beside", owner)
    if is_started:
        beside.start()
    beside.stop()
    assert beside._loop.is_closed()


def test_what_is_being_opened_as_its_window_ends_closes_itself(qtbot: QtBot) -> None:
    """A gate or till whose window is closed while it opens leaves its folder to the next one."""
    owner = QObject()
    beside = LoopThread("beside", owner)
    begun, closed = threading.Event(), threading.Event()

    async def open_it() -> None:
        begun.set()
        try:
            await asyncio.sleep(3_600)
        finally:
            closed.set()

    beside.start()
    beside._post(open_it, lambda _: None, lambda _: None, opens=True)
    assert begun.wait(10)
    beside.stop()
    assert closed.is_set()


def test_what_is_under_way_as_its_window_ends_closes_its_connections(qtbot: QtBot) -> None:
    """A desk that is closed amid a question to its server leaves no connection open."""
    owner = QObject()
    beside = LoopThread("beside", owner)
    said: list[object] = []

    async def ask() -> None:
        reader, writer = await asyncio.open_connection(*server.getsockname())
        try:
            await reader.read()
        finally:
            writer.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        beside.start()
        beside._post(ask, said.append, said.append)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(10)
            beside.stop()
            assert connection.recv(1) == b""
    assert said == []
