"""What was seen where a server was taken over, with true times."""

from __future__ import annotations

from shared.kernel.instant import Instant
from simulator.judging.seen_visits import Card, Visit


class TakeOverRecord:
    """Everything that was seen there.

    Attributes:
        visits: Presentations at gates, in order of beginning.
        copied: When the copy was made that the second server began with; None before.
        opened: When the second server began.
        told: By when the former had been told; None while it was not.
        moved: By when each gate had gone to the second, by node.
        absent: From when on the second waits for a gate no longer, by node.
        changed: What people at the former have changed there, with when they asked for it.
        granted: How many tickets the former had ever given tills when it had been told.
        late: Machines that became devices of the former, with when they asked for that.
    """

    def __init__(self) -> None:
        self.visits: list[Visit[Card]] = []
        self.copied: Instant | None = None
        self.opened: Instant | None = None
        self.told: Instant | None = None
        self.moved: dict[str, Instant] = {}
        self.absent: dict[str, Instant] = {}
        self.changed: list[tuple[str, Instant]] = []
        self.granted: int | None = None
        self.late: list[tuple[str, Instant]] = []
