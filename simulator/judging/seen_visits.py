"""What is seen when somebody comes to a gate of a further event, with true times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import TicketId
from shared.kernel.instant import INSTANT_MAX, Instant
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerUse


class Card(msgspec.Struct, frozen=True):
    """A printed ticket for one person.

    Attributes:
        text: As scanned.
        ticket_id: Which.
        manual_code: As typed; "" where nobody reads it.
    """

    text: str
    ticket_id: TicketId
    manual_code: str = ""


CardT = TypeVar("CardT", bound=Card)


class Visit(msgspec.Struct, Generic[CardT], kw_only=True):
    """One presentation of a card at a gate.

    Attributes:
        number: In order of beginning.
        node: The gate's node.
        start: Which start of its program.
        card: What was shown.
        asked: How.
        began: True time.
        is_in_reach: The gate could ask the server all the while, and for long before.
        ended: True time of the answer; None while there is none.
        answer: What the lane showed.
    """

    number: int
    node: str
    start: int
    card: CardT
    asked: Scan
    began: Instant
    is_in_reach: bool
    ended: Instant | None = None
    answer: ScanAnswer | None = None

    @property
    def direction(self) -> str:
        """Which way: `in` or `out`."""
        return str(self.asked.direction or "in")

    @property
    def is_green(self) -> bool:
        """Whether the holder saw green."""
        return self.answer is not None and self.answer.verdict == "admit"

    @property
    def is_entry(self) -> bool:
        """Whether somebody came in by it who had not been let in by the same claim before."""
        return self.answer is not None and self.is_green and not self.answer.is_repeat

    @property
    def is_of_ledger(self) -> bool:
        """Whether the ledger could be asked: it was in reach, or the gate says that it was."""
        is_online = self.answer is not None and self.answer.mode == "online"
        return self.is_in_reach or is_online

    def __str__(self) -> str:
        """Name it for a finding."""
        said = "no answer"
        if self.answer is not None:
            said = f"{self.answer.mode} {self.answer.reason}"
        return f"scan {self.number} at {self.node} ({self.card.ticket_id:016x}, {said})"


def may_have_come(visits: Sequence[Visit[CardT]], visit: Visit[CardT]) -> bool:
    """Tell whether a ticket may have been used before, by any other presentation of it."""
    return any(
        one.card.ticket_id == visit.card.ticket_id
        and one.number != visit.number
        and one.direction == "in"
        and one.began <= (visit.ended or 0)
        and (one.is_green or one.answer is None or (one.ended or 0) > visit.began)
        for one in visits
    )


def may_be_granted(
    uses: Iterable[LedgerUse], visit: Visit[CardT], *, has_true_server: bool
) -> bool:
    """Tell whether the ledger may have had a grant of a ticket that nobody came in by yet.

    A gate that does not hear the answer to its claim lets nobody in, and says so when it is back.
    """
    until = visit.ended if has_true_server and visit.ended is not None else INSTANT_MAX
    return any(one.ticket_id == visit.card.ticket_id and one.at <= until for one in uses)


def entries_of(
    visits: Sequence[Visit[CardT]], held: Mapping[tuple[str, int], HeldEntry]
) -> dict[int, HeldEntry]:
    """Find what gates have on record of presentations, by their numbers."""
    found = {
        one.number: held.get((one.node, one.answer.seq))
        for one in visits
        if one.answer is not None
    }
    return {number: entry for number, entry in found.items() if entry is not None}
