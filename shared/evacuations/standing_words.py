"""Which words on evacuations stand, in whatever order they come, and what they say of a zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from shared.admission.evacuation import EvacuationPhase, place_of
from shared.journal.entry import EvacuationKnown
from shared.kernel.id_types import ZoneId
from shared.kernel.instant import Instant
from shared.wire.feed import EvacuationNotice

_UNDER_WAY: Final = frozenset({EvacuationPhase.STOP.value, EvacuationPhase.RETURN.value})


def take_notice(
    held: Sequence[EvacuationNotice], notice: EvacuationNotice
) -> tuple[EvacuationNotice, ...]:
    """Return what is known after a word on an evacuation; an older word changes nothing.

    The words may come in any order and more than once; the result is the same. Each zone stands by
    itself: whoever writes another zone's evacuation says nothing of this one's.
    """
    known = next((one for one in held if _subject(one) == _subject(notice)), None)
    if known is not None and _rank(known) >= _rank(notice):
        return tuple(held)
    others = [one for one in held if _subject(one) != _subject(notice)]
    return tuple(sorted([*others, notice], key=lambda one: (one.begun_at, *_subject(one))))


def join_words(
    told: Sequence[EvacuationNotice], said: Sequence[EvacuationNotice]
) -> tuple[EvacuationNotice, ...]:
    """Return what a device knows that has heard the ledger, and has said words itself.

    Of a return the ledger's times hold once they are told. They are others than were said where
    the device's clock is ahead of the ledger's, which places passages behind its own: by a return
    that is said to be later, whoever has come back would have left once more.

    Args:
        told: By the ledger, as `take_notice` keeps them.
        said: By the device, likewise.
    """
    returns = {_subject(one): one for one in told if one.emptied_at is not None}
    held: tuple[EvacuationNotice, ...] = ()
    for own in said:
        known = returns.get(_subject(own))
        if known is not None and own.emptied_at is not None:
            times = {"begun_at": known.begun_at, "emptied_at": known.emptied_at}
            held = take_notice(held, msgspec.structs.replace(own, **times))
        else:
            held = take_notice(held, own)
    for notice in told:
        held = take_notice(held, notice)
    return held


def _subject(notice: EvacuationNotice) -> tuple[str, str]:
    return notice.evacuation_id, notice.zone_id


def _rank(notice: EvacuationNotice) -> tuple[bool, int, bool, Instant]:
    # Where two gates began the return at once, everybody was outside by the later one.
    emptied_at = notice.emptied_at
    return (
        notice.annulled,
        place_of(notice.phase),
        emptied_at is not None,
        emptied_at or Instant(0),
    )


def current_of(notices: Sequence[EvacuationNotice], zone_id: ZoneId) -> EvacuationNotice | None:
    """Return the evacuation of a zone that is not over, or None.

    Of several it is one by which nobody is let in: a stop ends by its own return and by no other
    one's, whichever clock says that it was begun later. Else it is the latest.

    Args:
        notices: The newest word on each evacuation, oldest first, as `take_notice` keeps them.
        zone_id: Which zone.
    """
    found = [one for one in notices if one.zone_id == zone_id and one.phase in _UNDER_WAY]
    stopped = [one for one in found if one.phase == EvacuationPhase.STOP]
    return next(reversed(stopped or found), None)


def is_stopped(notices: Sequence[EvacuationNotice], zone_id: ZoneId) -> bool:
    """Tell whether nobody is let into a zone now."""
    return bool(stopped_by(notices, zone_id))


def stopped_by(notices: Iterable[EvacuationNotice], zone_id: ZoneId) -> tuple[str, ...]:
    """Name the evacuations by which nobody is let into a zone, in order."""
    return tuple(
        sorted(
            one.evacuation_id
            for one in notices
            if one.zone_id == zone_id and one.phase == EvacuationPhase.STOP and not one.annulled
        )
    )


def emptied_by(notices: Iterable[EvacuationNotice], zone_id: ZoneId) -> Instant | None:
    """Return when everybody had left a zone by the latest return known, or None.

    Whoever passes once that is known passes later than that, whatever a clock says.

    Args:
        notices: Any words, those that were annulled later not among them.
        zone_id: Which zone.
    """
    found = [one.emptied_at for one in notices if one.zone_id == zone_id and not one.annulled]
    return max((at for at in found if at is not None), default=None)


def known_of(notices: Sequence[EvacuationNotice], zone_id: ZoneId) -> EvacuationKnown | None:
    """Return what a passage says that its gate knew of a zone's evacuations; None for nothing.

    Args:
        notices: The newest word on each evacuation, as `take_notice` keeps them.
        zone_id: Which zone.
    """
    current = current_of(notices, zone_id)
    if current is not None and current.phase == EvacuationPhase.STOP:
        return EvacuationKnown(current.evacuation_id, EvacuationPhase.STOP.value)
    found = [one for one in notices if one.zone_id == zone_id and not one.annulled]
    last = max(found, key=lambda one: one.emptied_at or 0, default=None)
    if last is None or last.emptied_at is None:
        return None
    return EvacuationKnown(last.evacuation_id, EvacuationPhase.RETURN.value)


def passed_after(
    known: EvacuationKnown | None, notices: Iterable[EvacuationNotice], zone_id: ZoneId
) -> Instant:
    """Return after which instant somebody passed, by what their gate knew; 0 where that is open.

    Args:
        known: As the passage's entry says it.
        notices: Words on the evacuations known here, in any order.
        zone_id: The passage's.
    """
    if known is None:
        return Instant(0)
    newest: tuple[EvacuationNotice, ...] = ()
    for notice in notices:
        if _subject(notice) == (known.evacuation_id, zone_id):
            newest = take_notice(newest, notice)
    if not newest or newest[0].annulled:
        return Instant(0)
    if known.phase == EvacuationPhase.STOP:
        return Instant(newest[0].begun_at - 1)
    return newest[0].emptied_at or Instant(0)
