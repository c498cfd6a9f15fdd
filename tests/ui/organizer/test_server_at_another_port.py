"""A server of the laptop's own that ended while a desk is open, and found its port taken."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gatekeeper.device.composition_root import machine_system
from gatekeeper.organizer import own_server
from gatekeeper.organizer.remembered_server import load_memory
from gatekeeper.store.disk import FolderDisk
from gatekeeper.ui.organizer.app import OrganizerDesk
from tests.factories.free_ports import free_port
from tests.ui.organizer import test_organizer_desk as desk

pytestmark = pytest.mark.integration

hand = desk.hand


def test_the_desk_goes_on_at_the_other_port_and_names_it(
    hand: desk.Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asked at the former one for ever, and said that the server was being started again."""
    desk.begin(hand)
    desk.draft_an_evening(hand)
    server, flow = hand.desk.first.server, hand.desk.flow
    assert server is not None
    assert flow is not None
    hand.enter("server")
    line = hand.find("server_address")
    assert isinstance(line, QLineEdit)
    assert line.text().endswith(f":{server.port}")
    asyncio.run(server.stop())
    former, other = server.port, free_port()
    monkeypatch.setattr(own_server, "_PORTS", range(other, other + 1))
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("0.0.0.0", former))
        flow.look()
        hand.until(lambda: line.text().endswith(f":{other}"))
    hand.enter("doors_ready")
    hand.until(lambda: any("not published" in said for said in hand.work.doors_ready.said))


def test_a_joined_desk_is_led_there_where_it_sits(
    hand: desk.Hand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    """It had to be closed, whatever was typed there, and opened anew by a command.

    Who answers at a wrong address is told of no session, and the desk stays where it was.
    """
    desk.begin(hand)
    desk.draft_an_evening(hand)
    server, flow = hand.desk.first.server, hand.desk.flow
    assert server is not None
    assert flow is not None
    folder = tmp_path / "other"
    other = desk.opened(qtbot, OrganizerDesk(folder, machine_system(), server.url))
    try:
        other.wait("deskCompare")
        other.click("compareGo")
        other.wait("deskSignIn")
        other.fill("deskSignIn_email", desk.EMAIL)
        other.fill("deskSignIn_password", desk.PASSWORD)
        other.click("formGo")
        other.wait("deskWorkspace")
        asyncio.run(server.stop())
        port = free_port()
        monkeypatch.setattr(own_server, "_PORTS", range(port, port + 1))
        monkeypatch.setattr(server, "port", port)
        flow.look()
        hand.until(lambda: asyncio.run(server.is_answering()))
        other.enter("server")
        line = other.find("server_address")
        assert isinstance(line, QLineEdit)
        former = line.text()
        for wrong in ("https://127.0.0.1:1", "http://127.0.0.1:1"):
            other.fill("server_address", wrong)
            other.click("serverMoved")
            other.until(lambda: bool(other.work.note))
            assert other.desk.thread.api is not None
            assert other.desk.thread.api.url == former
            other.work.say("")
        assert server.url != former
        other.fill("server_address", server.url)
        other.click("serverMoved")
        other.until(lambda: other.work.note == f"Saved: {server.url}")
        other.enter("doors_ready")
        other.until(lambda: any("not published" in said for said in other.work.doors_ready.said))
        memory = load_memory(FolderDisk(folder))
        assert memory is not None
        assert memory.url == server.url
    finally:
        other.desk.stop()
