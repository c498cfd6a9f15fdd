"""Relays whose answer comes in drops, and has no end."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.turnstile.arm_and_relay_times import RELAY_TIMEOUT
from gatekeeper.turnstile.http_relay import HttpRelay
from gatekeeper.turnstile.ports import ArmUnsure
from shared.kernel.instant import SECOND


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\na: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_an_answer_that_comes_drop_by_drop_holds_no_gate(begin: bytes, drop: bytes) -> None:
    """Whoever is on the venue's network can give one without end: nobody else would pass."""
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip() -> None:
            line, _ = dripping.accept()
            with line, contextlib.suppress(OSError):
                line.recv(4_096)
                line.sendall(begin)
                while not has_ended.wait(0.05):
                    line.sendall(drop)

        has_ended = threading.Event()
        board = threading.Thread(target=drip)
        end = threading.Timer(4 * RELAY_TIMEOUT / SECOND, has_ended.set)
        board.start()
        end.start()
        url = f"http://127.0.0.1:{dripping.getsockname()[1]}/open"
        relay = HttpRelay(url, elapsed=SystemClock().monotonic)
        with pytest.raises(ArmUnsure, match="does not answer"):
            relay.open_once()
        was_in_time = not has_ended.is_set()
        end.cancel()
        has_ended.set()
        end.join()
        board.join()
    assert was_in_time
