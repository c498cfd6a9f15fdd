"""Clocks: the corrected time of an entry lies within the bound that the device itself states.

What a device says of its clock is used to judge windows and to order passages, so it must be
true whatever its wall clock does. Windows themselves are judged by true time, give or take what
the device could not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.kernel.instant import MILLISECOND, Duration
from simulator.evidence import Evidence
from simulator.history import Scan

SLACK: Final[Duration] = 2 * MILLISECOND
"""The server's own clock, which is true here, is read a moment before it is sent."""


def check_clocks(evidence: Evidence) -> Iterator[str]:
    """Yield each entry whose time is off by more than its device claims."""
    shown: dict[tuple[str, int], Scan] = {
        (scan.node, scan.answer.seq): scan
        for scan in evidence.history.scans
        if scan.answer is not None and not scan.answer.is_repeat
    }
    for device in evidence.devices:
        for held in device.entries:
            entry = held.entry
            scan = shown.get((device.node, entry.seq))
            if scan is None or scan.ended is None:
                continue
            if entry.offset is None or entry.offset_error is None:
                continue
            off = entry.wall + entry.offset - scan.ended
            if abs(off) > entry.offset_error + SLACK:
                yield (
                    f"{device.node} seq {entry.seq}: off by {off} µs, says at most"
                    f" {entry.offset_error}"
                )
