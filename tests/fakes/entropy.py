"""Bytes that look random and are the same for the same seed."""

from __future__ import annotations

import hashlib


class SeededEntropy:
    """SHAKE-256 over a seed and a counter.

    Fulfils `shared.kernel.ports.Entropy`. Two with different seeds share no bytes; two with the
    same seed give the same bytes for the same calls, on every platform and Python.
    """

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = f"{type(seed).__name__}:{seed}".encode()
        self._calls = 0

    def random_bytes(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        self._calls += 1
        return hashlib.shake_256(self._seed + b"\0" + self._calls.to_bytes(8, "big")).digest(size)
