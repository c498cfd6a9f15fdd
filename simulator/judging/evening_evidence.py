"""What the judges of a further event are shown of it, when it is quiet."""

from __future__ import annotations

from functools import cached_property
from typing import Generic, TypeVar

from shared.kernel.instant import INSTANT_MAX
from simulator.further_events.further_event import FurtherEvent
from simulator.judging.seen_visits import CardT, Visit, entries_of
from simulator.judging.views import HeldEntry, LedgerView

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

    @cached_property
    def held(self) -> dict[tuple[str, int], HeldEntry]:
        """What its devices have on record, by node and number."""
        return self.evening.read_journals()

    @cached_property
    def entries(self) -> dict[int, HeldEntry]:
        """What gates have on record of presentations, by their numbers."""
        return entries_of(self.visits, self.held)

    def may_be_granted(self, visit: Visit[CardT]) -> bool:
        """Tell whether the ledger may have had a grant of a ticket that nobody came in by yet.

        A gate that does not hear the answer to its claim lets nobody in, and says so when it is
        back.
        """
        until = visit.ended if self.has_true_server and visit.ended is not None else INSTANT_MAX
        return any(
            one.ticket_id == visit.card.ticket_id and one.at <= until
            for one in self.ledger.uses.values()
        )
