"""Who hears whom on the venue's network, by what the wires really delivered.

A second opinion on which gates are live to each other: it knows nothing of hellos, boots or
windows, only that datagrams of one program kept arriving at another, both ways.
"""

from __future__ import annotations

from shared.kernel.instant import Duration
from simulator.kernel.loop import Process


class Reachability:
    """Deliveries between programs."""

    def __init__(self) -> None:
        self._gap: Duration = Duration(0)
        self._steady: Duration = Duration(0)
        self._heard: dict[tuple[Process, Process], tuple[Duration, Duration]] = {}

    def expect(self, gap: Duration, steady: Duration) -> None:
        """Say what being in touch means.

        Args:
            gap: Nothing for longer than this ends it.
            steady: It must have lasted so long.
        """
        self._gap, self._steady = gap, steady

    def note(self, sender: Process, receiver: Process, now: Duration) -> None:
        """Take down a datagram that arrived."""
        since, last = self._heard.get((sender, receiver), (now, now))
        self._heard[sender, receiver] = (now if now - last > self._gap else since, now)

    def are_in_touch(
        self, one: Process, other: Process, now: Duration, since: Duration = Duration(0)
    ) -> bool:
        """Tell whether two programs have heard each other for a while, without a gap.

        Args:
            one: The one.
            other: The other.
            now: When.
            since: Since when they have had the same to say; what came before does not count.
        """
        return all(self._is_steady(pair, now, since) for pair in ((one, other), (other, one)))

    def hear_each_other(
        self, one: Process, other: Process, now: Duration, within: Duration
    ) -> bool:
        """Tell whether each has heard the other lately, whatever was late or missing before."""
        pairs = ((one, other), (other, one))
        return all(pair in self._heard and now - self._heard[pair][1] <= within for pair in pairs)

    def _is_steady(self, pair: tuple[Process, Process], now: Duration, since: Duration) -> bool:
        if pair not in self._heard:
            return False
        first, last = self._heard[pair]
        return now - last <= self._gap and now - max(first, since) >= self._steady
