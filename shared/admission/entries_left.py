"""Fold a ticket's accepted scans into what they leave: who is inside, what is still allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from shared.admission.evacuation import is_evacuation_exit
from shared.admission.facts import Direction, TicketFacts, UseFact, ZoneRules
from shared.kernel.instant import Instant


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What the accepted scans in this zone come to.

    Attributes:
        entered: Persons let in, over all entries.
        inside: Persons inside now, 0 to the ticket's persons (no upper end where a zone has no
            limit on entries): what the ticket's allowance is counted by.
        present: Persons inside now, also those who were let in beyond what the ticket allows:
            whom exits are counted by.
        latest: Which way the latest scan went; None without one.
        evacuated: Persons who had to leave, and whose entries count no more.
        scans: They themselves, oldest first.
    """

    entered: int = 0
    inside: int = 0
    present: int = 0
    latest: Direction | None = None
    evacuated: int = 0
    scans: Sequence[UseFact] = ()


_NOTHING_YET = History()


def scans_here(zone: ZoneRules, prior_scans: Iterable[UseFact]) -> list[UseFact]:
    """Give the scans that count: same zone, not annulled, in order of their instants.

    Scans of the same instant keep the order in which they were given.
    """
    here = zone.zone_id
    scans = [scan for scan in prior_scans if scan.zone_id == here and not scan.annulled]
    if len(scans) > 1:
        scans.sort(key=_instant_of)
    return scans


def _instant_of(scan: UseFact) -> Instant:
    return scan.at


def fold_history(scans: Sequence[UseFact], inside_max: int | None) -> History:
    """Fold scans, oldest first.

    Args:
        scans: As `scans_here` gives them.
        inside_max: Persons of the ticket; None for no limit. By the allowance nobody counts above
            it or below 0, so that a double entry takes one exit to mend, not two, and a forgotten
            entry scan gives nobody a second one.
    """
    if not scans:
        return _NOTHING_YET
    entered = inside = present = evacuated = 0
    for scan in scans:
        if scan.direction is Direction.IN:
            entered += scan.count
            inside += scan.count
            present += scan.count
            if inside_max is not None and inside > inside_max:
                inside = inside_max
        else:
            inside = max(0, inside - scan.count)
            present = max(0, present - scan.count)
            if is_evacuation_exit(scan.claim_id):
                evacuated += scan.count
    return History(
        entered=entered,
        inside=inside,
        present=present,
        latest=scans[-1].direction,
        evacuated=evacuated,
        scans=scans,
    )


def left_to_enter(ticket: TicketFacts, zone: ZoneRules, history: History) -> int | None:
    """Tell how many persons may still enter the zone on this ticket; None: no limit."""
    if zone.multiple_entries:
        return None
    if zone.reentry_after_exit:
        return ticket.persons - history.inside
    return max(0, ticket.persons - max(0, history.entered - history.evacuated))
