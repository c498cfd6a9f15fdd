"""Who was inside a zone, whom an evacuation has sent out, and the exits that nobody scanned."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

import msgspec

from shared.admission.evacuation import EvacuationPhase, exit_claim_id, is_evacuation_exit
from shared.admission.facts import Direction, UseFact
from shared.evacuations.standing_words import take_notice
from shared.kernel.id_types import ClaimId, TicketId, ZoneId
from shared.kernel.instant import INSTANT_MAX, Instant
from shared.wire.feed import EvacuationNotice


def persons_inside(uses: Iterable[UseFact], zone_id: ZoneId, at: Instant) -> int:
    """Count the persons inside a zone on one ticket at an instant, that instant included.

    Doubles are counted as often as they were let in: each of them has left.
    """
    passages = [
        use for use in uses if use.zone_id == zone_id and not use.annulled and use.at <= at
    ]
    passages.sort(key=lambda use: use.at)
    inside = 0
    for use in passages:
        inside = max(0, inside + (use.count if use.direction is Direction.IN else -use.count))
    return inside


def persons_emptied(
    uses: Iterable[UseFact], notice: EvacuationNotice, notices: Iterable[EvacuationNotice]
) -> int:
    """Count the persons of one ticket whom an evacuation sent out of its zone.

    That is who was inside when everybody was outside, and who was scanned out on the way: an exit
    between the alarm and that moment is how people leave an emptied house, and no reason to be
    turned away afterwards. The alarm is any whose return was not before this one's: gates that do
    not hear each other begin one each, and whoever left for one comes back where another is over.

    Args:
        uses: The ticket's passages, the exits by this evacuation apart.
        notice: With its `emptied_at`.
        notices: The newest word on each evacuation, this one's among them.
    """
    emptied_at = notice.emptied_at or Instant(0)
    began_at = min(
        one.begun_at
        for one in (notice, *notices)
        if one.zone_id == notice.zone_id
        and not one.annulled
        and one.emptied_at is not None
        and one.emptied_at >= emptied_at
    )
    passages = [
        use
        for use in uses
        if use.zone_id == notice.zone_id and not use.annulled and use.at <= emptied_at
    ]
    passages.sort(key=lambda use: use.at)
    inside = scanned_out = 0
    for use in passages:
        if use.direction is Direction.IN:
            inside += use.count
            scanned_out = max(0, scanned_out - use.count)
            continue
        left = min(inside, use.count)
        inside -= left
        if is_evacuation_exit(use.claim_id):
            # Another one's, which has named some who were scanned out: they come back by that.
            scanned_out = max(0, scanned_out - (use.count - left))
        elif use.at >= began_at:
            scanned_out += left
    return inside + scanned_out


class Places(msgspec.Struct, frozen=True):
    """The places that the holders of one ticket take in a zone.

    Attributes:
        inside: Persons inside.
        away: Persons whom an evacuation has sent out, and who have not come back: nobody else is
            let in on their places, and they return to them at no cost.
    """

    inside: int = 0
    away: int = 0

    @property
    def taken(self) -> int:
        """Return how many persons' room they take."""
        return self.inside + self.away


Window = tuple[Instant, Instant]
"""From when to when, both included, whoever is scanned out of a zone leaves it for an alarm."""


def windows_of(notices: Iterable[EvacuationNotice], zone_id: ZoneId) -> list[Window]:
    """Return when exits from a zone were, or are, the way out of an evacuation.

    Args:
        notices: Any words, in any order.
        zone_id: Which zone.
    """
    newest: tuple[EvacuationNotice, ...] = ()
    for notice in notices:
        newest = take_notice(newest, notice)
    found = []
    for notice in newest:
        if notice.zone_id != zone_id or notice.annulled:
            continue
        if notice.emptied_at is not None:
            found.append((notice.begun_at, notice.emptied_at))
        elif notice.phase == EvacuationPhase.STOP:
            found.append((notice.begun_at, INSTANT_MAX))
    return found


def places_of(
    uses: Iterable[UseFact],
    zone_id: ZoneId,
    windows: Sequence[Window] = (),
    credited: Container[str] = (),
) -> Places:
    """Count the places that the holders of one ticket take in a zone, after all its passages.

    Args:
        uses: Of one instant in the order in which they count.
        zone_id: Which zone.
        windows: From `windows_of`; none, where they are not known, or there are none.
        credited: Exits whose place their gate has put into its own share.
    """
    passages = [use for use in uses if use.zone_id == zone_id and not use.annulled]
    passages.sort(key=lambda use: use.at)
    inside = away = given = 0  # `given`: of those who have gone out, whose place is another's
    for use in passages:
        if use.direction is Direction.IN:
            inside += use.count
            away, given = max(0, away - use.count), max(0, given - use.count)
            continue
        left = min(inside, use.count)
        inside -= left
        if is_evacuation_exit(use.claim_id):
            # It names whoever was scanned out before as well; without windows nothing else does.
            away = away + left if windows else max(away + left, use.count - given)
        elif use.claim_id in credited:
            given += left
        elif any(a <= use.at <= b for a, b in windows):
            away += left
    return Places(inside, away)


def implied_exits(
    uses: Sequence[UseFact],
    notices: Sequence[EvacuationNotice],
    zone_id: ZoneId,
    ticket_id: TicketId,
) -> tuple[UseFact, ...]:
    """Return the exits by evacuation of a ticket's holders that are not recorded.

    Args:
        uses: What is recorded of the ticket.
        notices: The evacuations known.
        zone_id: Which zone is asked about.
        ticket_id: Which ticket.
    """
    found: list[UseFact] = []
    # In the ledger's order: who left by one return is not there at the next.
    for notice in sorted(notices, key=lambda one: (one.emptied_at or 0, one.evacuation_id)):
        if notice.zone_id != zone_id or notice.emptied_at is None or notice.annulled:
            continue
        name = exit_claim_id(notice.evacuation_id, zone_id, ticket_id)
        if any(use.claim_id.endswith(name) for use in uses):
            continue
        persons = persons_emptied([*uses, *found], notice, notices)
        if persons:
            found.append(
                UseFact(
                    claim_id=ClaimId(name),
                    zone_id=zone_id,
                    direction=Direction.OUT,
                    at=notice.emptied_at,
                    count=persons,
                )
            )
    return tuple(found)
