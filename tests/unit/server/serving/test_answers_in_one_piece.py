"""An answer's head and body leave in one piece, and nothing is kept back."""

from __future__ import annotations

import asyncio

from server.serving.answers_in_one_piece import JOINED_MAX, JoinedAnswer


class Wire(asyncio.Transport):
    """Notes what is written, and when it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"closed")


def answer() -> tuple[Wire, JoinedAnswer]:
    """Begin an answer."""
    wire = Wire()
    return wire, JoinedAnswer(wire, asyncio.get_running_loop())


async def test_head_and_body_are_one_piece() -> None:
    """What follows goes out as it comes."""
    wire, joined = answer()
    for part in (b"head ", b"body", b"more"):
        joined.write(part)
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"more"]


async def test_a_head_without_a_body_waits_for_nobody() -> None:
    """An answer to HEAD, or one that is streamed."""
    wire, joined = answer()
    joined.write(b"head")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"head"]
    joined.write(b"late")
    assert wire.sent == [b"head", b"late"]


async def test_a_connection_is_closed_after_its_last_answer() -> None:
    """What is kept goes out before."""
    wire, joined = answer()
    joined.write(b"head")
    joined.close()
    await asyncio.sleep(0)
    assert wire.sent == [b"head", b"closed"]


async def test_a_long_body_is_not_copied() -> None:
    """It follows its head."""
    wire, joined = answer()
    body = bytes(JOINED_MAX + 1)
    joined.write(b"head")
    joined.write(body)
    assert wire.sent == [b"head", body]
