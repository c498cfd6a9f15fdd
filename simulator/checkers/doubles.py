"""How double uses and the conflicts that name them go together, so that their numbers add up."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from simulator.checkers.alone import DOUBLE_USE, HOME_LOST
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import LedgerConflict
from simulator.judging.truth import Excess, find_excesses


class Doubles(msgspec.Struct, frozen=True):
    """What was used twice, and what is said of it.

    Which of them must be named, and which may, `check_alone` judges; this only counts.

    Attributes:
        used: Tickets used beyond their persons, by true time.
        conflicts: Conflicts of the kind `double_use` that stand.
        of_lost_homes: Of the tickets, those named as `home_lost` instead.
        unnamed: Of the tickets, those that nothing names: some order in which all was right is
            left open by journals and clocks, and the ledger accuses nobody by a mere clock.
        by_clocks: Of the conflicts, those of tickets whose holders came in rightly by true time:
            what the ledger knows of the order says otherwise.
    """

    used: int = 0
    conflicts: int = 0
    of_lost_homes: int = 0
    unnamed: int = 0
    by_clocks: int = 0

    def plus(self, other: Doubles) -> Doubles:
        """Add another world's."""
        both = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Doubles(*(mine + theirs for mine, theirs in both))

    def explain(self) -> str:
        """Say why there are not as many conflicts as double uses, for a person."""
        return (
            f"{self.used} double uses, {self.unnamed} of them in an order that nothing proves and"
            f" {self.of_lost_homes} of a lost home; {self.conflicts} conflicts,"
            f" {self.by_clocks} of them by clocks alone"
        )


def count_doubles(evidence: Evidence) -> Doubles:
    """Count a world's."""
    return pair_doubles(find_excesses(evidence), evidence.ledger.conflicts)


def pair_doubles(excesses: Iterable[Excess], conflicts: Iterable[LedgerConflict]) -> Doubles:
    """Put each ticket used twice beside what names it."""
    real = {(one.ticket_id, one.zone_id) for one in excesses if one.is_real}
    standing = [one for one in conflicts if one.disposition != "withdrawn"]
    named = [(one.ticket_id, one.zone_id) for one in standing if one.kind == DOUBLE_USE]
    lost = {(one.ticket_id, one.zone_id) for one in standing if one.kind == HOME_LOST}
    return Doubles(
        used=len(real),
        conflicts=len(named),
        of_lost_homes=len(real & lost - set(named)),
        unnamed=len(real - lost - set(named)),
        by_clocks=sum(one not in real for one in named),
    )
