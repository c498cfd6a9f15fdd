"""What the judges of a further event are shown of it, when it is quiet, and what many judge."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

from simulator.further_events.further_event import FurtherEvent
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerView, view_ledger
from simulator.judging.seen_visits import CardT, Visit, entries_of, may_be_granted

EveningT = TypeVar("EveningT", bound=FurtherEvent)


class EveningEvidence(Generic[EveningT, CardT]):
    """All of it: what its evening has noted, what its devices have on record, and the ledger.

    Attributes:
        evening: Who played it.
        visits: Presentations at its gates, in order of beginning.
        ledger: The ledger.
        hears: Within so much time a device in reach has heard.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    def __init__(self, evening: EveningT, ledger: LedgerView) -> None:
        self.evening, self.ledger = evening, ledger
        self.visits: list[Visit[CardT]] = evening.visits
        self.hears = evening.scenario.hears
        self.wrong = evening.owner.refused
        self.has_true_server = evening.scenario.has_true_server

    @classmethod
    async def gather(cls, evening: EveningT) -> Self:
        """Read everything."""
        return cls(evening, await view_ledger(evening.server, evening.told.event_id))

    @cached_property
    def held(self) -> dict[tuple[str, int], HeldEntry]:
        """What its devices have on record, by node and number."""
        return self.evening.read_journals()

    @cached_property
    def entries(self) -> dict[int, HeldEntry]:
        """What gates have on record of presentations, by their numbers."""
        return entries_of(self.visits, self.held)

    def may_be_granted(self, visit: Visit[CardT]) -> bool:
        """Tell whether the ledger may have had a grant of a ticket that nobody came in by yet."""
        uses = self.ledger.uses.values()
        return may_be_granted(uses, visit, has_true_server=self.has_true_server)


def check_ledger(evidence: EveningEvidence[Any, Any]) -> Iterator[str]:
    """Yield each whom gates have let in who is not in the ledger."""
    live = {one.claim_id for one in evidence.ledger.uses.values() if not one.is_annulled}
    came = {one.answer.claim_id for one in evidence.visits if one.is_entry and one.answer}
    for claim in sorted(came - live):
        yield f"claim {claim}: let in, and the ledger does not have it"


def check_known(evidence: EveningEvidence[Any, Any]) -> Iterator[str]:
    """Yield each who was let in on a ticket of whose use the gate had heard, or had it itself."""
    heard = evidence.ledger.told_first()
    came = [one for one in evidence.visits if one.is_entry and one.number in evidence.entries]
    for one in came:
        entry = evidence.entries[one.number].entry
        for other in came:
            assert other.answer is not None
            if other.card.ticket_id != one.card.ticket_id or other is one:
                continue
            before = evidence.entries[other.number].entry
            is_own = other.node == one.node and before.seq < entry.seq
            if is_own or heard.get(other.answer.claim_id, entry.cursor + 1) <= entry.cursor:
                yield f"{one}: let in, and {other} was known there"
