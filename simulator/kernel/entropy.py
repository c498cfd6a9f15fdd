"""A node's randomness, drawn from the seed."""

from __future__ import annotations

from simulator.kernel.dice import Dice


class SimEntropy:
    """Bytes that nobody in the world can guess, and that every run repeats.

    Fulfils `shared.kernel.ports.Entropy`.
    """

    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    def random_bytes(self, size: int) -> bytes:
        """Return the next `size` bytes of the node's stream."""
        return self._dice.bytes(size)
