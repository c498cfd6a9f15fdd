"""Tap counters in memory, as the gate's store keeps them on disk."""

from __future__ import annotations


class FakeSunCounters:
    """Fulfils `gatekeeper.readers.nfc.tag_presenting.SunCounters`."""

    def __init__(self) -> None:
        self._highest: dict[bytes, int] = {}

    def highest(self, uid: bytes) -> int | None:
        """Return the highest counter seen, or None."""
        return self._highest.get(uid)

    def remember(self, uid: bytes, counter: int) -> None:
        """Remember a counter; one below the highest changes nothing."""
        self._highest[uid] = max(counter, self._highest.get(uid, counter))
