"""What the LAN rung counts of its own work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gatekeeper.lan.peers_answer import LanAnswer
from shared.lan.presence import Drop


class LanMetrics:
    """Counts since the start.

    Attributes:
        answers: Claims by `LanAnswer`.
        dropped: Datagrams ignored, by reason; shared with the protocol.
        waited_us: Sum of the microseconds that claims waited.
        waited_us_max: The longest of them.
        sent: Datagrams sent.
        received: Datagrams received.
        lookup_faults: Datagrams not answered because the store could not be read.
    """

    def __init__(self) -> None:
        self.answers: Counter[LanAnswer] = Counter()
        self.dropped: Mapping[Drop, int] = {}
        self.waited_us = 0
        self.waited_us_max = 0
        self.sent = 0
        self.received = 0
        self.lookup_faults = 0

    def note(self, answer: LanAnswer, waited_us: int) -> None:
        """Count one claim."""
        self.answers[answer] += 1
        self.waited_us += waited_us
        self.waited_us_max = max(self.waited_us_max, waited_us)
