"""The passages of one ticket, in the order in which they count. Pure.

The order is proven where it can be, and read off clocks only where nothing proves it: what the
ledger grants follows all that it holds; what a device records follows its own journal and all that
the feed had told it. A passage's `at` says its place, so that whoever folds by `at`, gates among
them, comes to the same.

Source:
    docs/decisions/0027-order-is-proven.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from server.ledger.arrivals_after_evacuations import Returns
from server.ledger.uses import AWAITED, CLAIM, GIFT, PAPER, UseRecord
from shared.admission.evacuation import is_evacuation_exit
from shared.admission.facts import UseFact
from shared.evacuations.implied_exits import Places, Window, places_of
from shared.journal.bounds import NUMBER_MAX
from shared.journal.entry import Entry
from shared.kernel.id_types import DeviceId, ZoneId
from shared.kernel.instant import MILLISECOND, Duration, Instant

PLACES_MAX: Final = 64
"""Places that are weighed for one passage; of more it has the one next to its time."""

STEP: Final[Duration] = MILLISECOND
"""How far from another passage one is put that a clock puts on the wrong side of it: what arrives
later finds a place between the two."""


class PassageAuthor(msgspec.Struct, frozen=True):
    """Who signed the entry that a passage comes from, and what that proves of its place.

    Attributes:
        device_id: Whose journal holds the entry.
        knew: The number in the ledger's feed up to which that device knew all; 0 if unknown.
        is_home: It is the ticket's home: whatever a home gave away stands in its own journal.
        emptied_at: When everybody had left the zone by a return that its own journal tells before
            the entry, or that it had been told of, by the ledger or by other gates, as the entry
            says; since when it was being emptied, where it says that. 0 if it knew of none.
    """

    device_id: DeviceId
    knew: int = 0
    is_home: bool = False
    emptied_at: Instant = Instant(0)


NOBODY: Final = PassageAuthor(DeviceId(""))
"""Who keys in from paper: neither their journal nor the feed says when the passage was."""


def author_of(
    entry: Entry, epoch: int, *, is_home: bool, returns: Returns, said: Instant
) -> PassageAuthor:
    """Say what an entry proves; numbers of another epoch cannot be compared.

    Args:
        entry: The entry.
        epoch: The ledger's.
        is_home: See `PassageAuthor`.
        returns: Of the zone that the passage leads into, or out of.
        said: From `passed_after`.
    """
    knew = known_by(entry, epoch)
    emptied_at = max(said, returns.known_to(entry.device_id, knew))
    return PassageAuthor(entry.device_id, knew, is_home, emptied_at)


def known_by(entry: Entry, epoch: int) -> int:
    """Return the number in the feed up to which an entry's device knew all when it made it."""
    return entry.cursor if entry.epoch == epoch else 0


def follow_all(
    at: Instant, zone_id: ZoneId, others: Iterable[UseRecord], emptied_at: Instant | None = None
) -> Instant:
    """Return as of when a passage counts that the ledger grants now, if its clock says `at`.

    It follows all that counts of its ticket in its zone, and the zone's last emptying, whatever
    clocks said then: by one that was set back, or by another worker's, a copy would get in behind
    an exit that seems later, or whoever came after the emptying would have left by it.

    Args:
        at: By the ledger's clock.
        zone_id: Where the passage leads.
        others: Passages on the same ticket, read while its row is locked.
        emptied_at: When everybody had left the zone, as far as the ledger knows.
    """
    known = at - 1 if emptied_at is None else emptied_at
    latest = max((one.at for one in others if _counts_in(zone_id, one)), default=known)
    latest = max(latest, known)
    return Instant(at if at > latest else latest + STEP)


def place_in_time(
    use: UseRecord, others: Iterable[UseRecord], author: PassageAuthor, persons: int = 1
) -> UseRecord:
    """Give a passage from a journal its place among those on record.

    It follows what its device had recorded of the ticket before it, what that device had been
    told, the emptying of the zone that it knew of, and what was surely earlier by time. Of the
    places that this leaves it is given the one after which fewest may still enter, then the one
    that makes the fewest entries too many, then the one next to its time. By how much it is moved,
    its instant may be off besides.

    Args:
        use: The passage.
        others: Passages on the same ticket.
        author: Who signed it.
        persons: How many the ticket is for.
    """
    if use.at <= author.emptied_at:
        use = _moved(use, author.emptied_at + STEP)
    ways = [one for one in others if _counts_in(use.zone_id, one)]
    ways.sort(key=lambda one: (one.at, one.seq or NUMBER_MAX))
    first, last = _open_places(use, ways, author)
    if last - first > PLACES_MAX:
        next_to_it = sum(one.at <= use.at for one in ways)
        first = last = min(max(first, next_to_it), last)
    floor = author.emptied_at
    found = [(place, _instant_at(use.at, ways, place, floor)) for place in range(first, last + 1)]
    if len(found) > 1:
        found.sort(key=lambda one: (*_weigh(use, ways, one[0], persons), abs(one[1] - use.at)))
    return _moved(use, found[0][1])


def date_back(known: UseRecord, own: UseRecord) -> bool:
    """Put a grant where its device let the holder pass without having heard of it.

    A claim that hung on its way is granted when it arrives, behind all that came meanwhile: so
    who has left since would be inside, and a copy come in behind an exit that is over. Where its
    gate leads elsewhere by then, it is granted into a zone in which nobody has come in by it,
    however short it has hung: a copy would come into the one that they are in, and the place
    there, which their gate has charged to its share, be counted as free at it for ever.

    Args:
        known: The grant; it is changed.
        own: The same passage in its place as its device's journal alone tells it.

    Returns:
        Whether it was put there.
    """
    said, error = own.said
    is_late = error is not None and said + error < known.at - (known.at_error or 0)
    if not known.is_grant or not (is_late or known.zone_id != own.zone_id):
        return False
    known.at, known.at_error, known.moved = own.at, own.at_error, own.moved
    known.mode, known.source, known.knew = own.mode, own.source, own.knew
    known.zone_id, known.occurrence_id = own.zone_id, own.occurrence_id
    return True


def _moved(use: UseRecord, at: Instant) -> UseRecord:
    """Give a passage another instant, which may be off by as much besides."""
    if at == use.at:
        return use
    said, error = use.said
    moved = at - said
    at_error = None if error is None else error + abs(moved)
    return msgspec.structs.replace(use, at=at, at_error=at_error, moved=moved)


def _counts_in(zone_id: ZoneId, one: UseRecord) -> bool:
    return one.zone_id == zone_id and not one.is_annulled


def _open_places(
    use: UseRecord, ways: Sequence[UseRecord], author: PassageAuthor
) -> tuple[int, int]:
    """Return between which numbers of passages before it a passage may have its place."""
    first, last = 0, len(ways)
    for place, one in enumerate(ways):
        is_emptied = one.at <= author.emptied_at  # and so it has come before that
        if is_emptied or _is_proven_before(one, use, author) or is_surely_earlier(one, use):
            first = place + 1
        elif last > place and is_surely_earlier(use, one):
            last = place
    return first, max(first, last)


def _is_proven_before(one: UseRecord, use: UseRecord, author: PassageAuthor) -> bool:
    """Whether the author's journal, or what it had been told, says that a passage came first."""
    if 0 < one.seq <= author.knew or (author.is_home and one.source == GIFT):
        return True
    if one.device_id != author.device_id or one.boot is None:
        return False
    # A boot arrives after the one that it continues; of a revoked device people choose the order.
    return one.boot != use.boot or (one.dseq or 0) < (use.dseq or 0)


def is_surely_earlier(one: UseRecord, other: UseRecord) -> bool:
    """Tell whether a passage was before another by their times and bounds.

    When a zone was emptied is no estimate: who came in by then has left, however well it is known.
    """
    if is_evacuation_exit(one.claim_id) or is_evacuation_exit(other.claim_id):
        return one.at < other.at
    if one.at_error is None or other.at_error is None:
        return False
    return one.at + one.at_error < other.at - other.at_error


def _instant_at(at: Instant, ways: Sequence[UseRecord], place: int, floor: Instant) -> Instant:
    """Return an instant near `at` that puts a passage behind the first `place` others.

    It is later than the floor, and leaves room for what is heard of later. Where there is no
    instant between two others, it shares that of the first: what is recorded later counts later.
    """
    low = max(ways[place - 1].at, floor) if place else floor or None
    high = ways[place].at if place < len(ways) else None
    if low is not None and at <= low:
        at = low + STEP
    elif high is not None and at >= high:
        at = high - STEP
    if low is not None and high is not None and not low < at < high:
        at = low + (high - low) // 2
    return Instant(max(at, floor + 1) if floor else at)


def _weigh(use: UseRecord, ways: Sequence[UseRecord], place: int, persons: int) -> tuple[int, int]:
    """Return how many may still enter if a passage has a place, and the entries too many then."""
    inside = too_many = 0
    for one in (*ways[:place], use, *ways[place:]):
        if one.direction == "in":
            inside += one.count
            too_many += inside > persons
            inside = min(inside, persons)
        else:
            inside = max(0, inside - one.count)
    return persons - inside, too_many


def in_fairest_order(uses: Sequence[UseRecord], persons: int) -> list[UseRecord]:
    """Order passages so that as few as may be seem wrong; nobody is accused by a mere clock.

    What the ledger has granted follows what it had on record, a device's own follow each other and
    all that it had been told, and what was surely earlier comes first. All else may have been the
    other way round.

    Args:
        uses: Passages on one ticket through one zone, in the order of their instants.
        persons: How many the ticket is for.
    """
    if all(use.direction == "in" for use in uses):
        return list(uses)
    waiting, ordered, inside = list(uses), list[UseRecord](), 0
    while waiting:
        seen: list[UseRecord] = []
        found = waiting[0]
        for one in waiting[:PLACES_MAX]:
            if _fits(one, inside, persons) and not any(_precedes(other, one) for other in seen):
                found = one
                break
            seen.append(one)
        waiting.remove(found)
        ordered.append(found)
        change = found.count if found.direction == "in" else -found.count
        inside = min(max(0, inside + change), persons)
    return ordered


def _fits(use: UseRecord, inside: int, persons: int) -> bool:
    """Whether a passage is in order with so many inside."""
    return inside + use.count <= persons if use.direction == "in" else inside > 0


def _precedes(one: UseRecord, other: UseRecord) -> bool:
    """Whether of two recorded passages the one with the earlier place was surely first."""
    # What is new has no number yet: it comes behind what has one.
    was_on_record = one.seq > 0 and (one.seq < other.seq or not other.seq)
    if was_on_record and (other.source in {CLAIM, AWAITED} or one.seq <= other.knew):
        return True
    # A passage by paper was at some time before it was keyed in.
    is_own = one.device_id == other.device_id and PAPER not in {one.source, other.source}
    return is_own or is_surely_earlier(one, other)


def ways_of(uses: Iterable[UseRecord]) -> list[UseFact]:
    """Give the passages that count inside zones, in order, whatever order they came in.

    Of one instant the entries come first: who goes out was inside.
    """
    ways = sorted(uses, key=lambda use: (use.at, use.direction == "out"))
    return [use.fact() for use in ways if use.persons]


def places_in(
    uses: Sequence[UseRecord], zone_id: ZoneId, windows: Sequence[Window] = ()
) -> Places:
    """Count the places that one ticket's holders take in a zone, after all of its passages.

    Args:
        uses: The ticket's.
        zone_id: Which zone.
        windows: When exits were the way out of an evacuation.
    """
    credited = {use.claim_id for use in uses if use.allotted < 0}
    return places_of(ways_of(uses), zone_id, windows, credited)
