"""The ports: the fakes fulfil them."""

from __future__ import annotations

from shared.kernel.ports import Clock, Entropy
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy


def test_the_fakes_fulfil_the_ports() -> None:
    """The type checker reads this test as well."""
    clock: Clock = ManualClock()
    entropy: Entropy = SeededEntropy()
    assert clock.monotonic() == 0
    assert clock.wall() > 0
    assert len(entropy.random_bytes(5)) == 5
