"""A server of the laptop's own that ended while a desk is open, and found its port taken."""

from __future__ import annotations

import asyncio
import socket

import pytest
from PySide6.QtWidgets import QLineEdit

from gatekeeper.organizer import own_server
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
