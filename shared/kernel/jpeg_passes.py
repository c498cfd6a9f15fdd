"""How often a JPEG's decoder goes over all of its dots: some bytes ask for one time more. Pure.

A picture that comes in stages has some ten scans. One of 140 kB can have a thousand, and keeps a
processor at work for half a minute, whatever its size in dots is bounded by.
"""

from __future__ import annotations

import re
from typing import Final

PASSES_MAX: Final = 64
"""Of a picture that is read: several times as many as programs write."""
IN_STAGES: Final = ("JPEG", "MPO")
"""What a picture library calls a JPEG alone, and the first of several in one file."""
_MARK: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""A marker that something stands behind (ITU-T T.81, table B.1)."""
_SCAN: Final = b"\xff\xda"
_END: Final = b"\xff\xd9"


def count_passes(content: bytes) -> int:
    """Return how many scans a JPEG has, up to its end; 0 for what is none."""
    passes = at = 0
    while (mark := _MARK.search(content, at)) and mark[0] != _END:
        passes += mark[0] == _SCAN
        at = mark.end()
        at += int.from_bytes(content[at : at + 2])  # its head, in which what looks so is no mark
    return passes
