"""Lines that a host writes to a lane, a till or the list on paper: each is one line."""

from __future__ import annotations

import io

import pytest

from gatekeeper.this_machine import read_lines


async def read(text: bytes) -> list[bytes]:
    """Read lines of 8 bytes at most."""
    return [line async for line in read_lines(io.BytesIO(text), 8)]


@pytest.mark.parametrize("long", [b"x" * 9, b"x" * 16, b"x" * 17, b"x" * 40])
async def test_line_that_is_too_long_is_one_line(long: bytes) -> None:
    """Else a host that counts answers takes that of each later line for the next one's."""
    assert await read(b"one\n" + long + b"\ntwo\n") == [b"one\n", b"x" * 8, b"two\n"]
    assert await read(long) == [b"x" * 8]


async def test_line_that_just_fits_stays_whole() -> None:
    """With its end, or as the last one without."""
    assert await read(b"seven..\nend") == [b"seven..\n", b"end"]
    assert await read(b"eight...\nend") == [b"eight...", b"end"]
    assert await read(b"eight...") == [b"eight..."]


async def test_mark_at_the_head_of_a_text_is_no_part_of_its_first_line() -> None:
    """A host on Windows writes one before the first code of the night: its holder is let in."""
    assert await read(b"\xef\xbb\xbfone\ntwo\n") == [b"one\n", b"two\n"]
