"""For which of an event's occurrences a ticket is, told by the window that its credential signs.

Source:
    docs/specs/credential.md, section 7
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.credential.credential_fields import window_step_ceiling, window_step_floor
from shared.credential.sizes_and_bounds import WINDOW_EPOCH, WINDOW_STEP, WINDOW_STEPS_MAX
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import HOUR, Duration, Instant
from shared.manifest.event_config import DateTimes, OccurrenceConfig
from shared.manifest.times_of_dates import EARLY_ARRIVAL, end_of

SIGNED_EARLY: Final[Duration] = HOUR
"""How long before its doors a signed window opens: queues are let in before time."""

SEVERAL: Final = 2
"""From so many occurrences on a ticket has to say for which it is."""

_LOWEST: Final = Instant(WINDOW_EPOCH + WINDOW_STEP)
_HIGHEST: Final = Instant(WINDOW_EPOCH + WINDOW_STEPS_MAX * WINDOW_STEP)


Window = tuple[Instant | None, Instant | None]
"""First and last instant at which a ticket admits; None is no bound."""


def sign_window(
    occurrences: Sequence[OccurrenceConfig], occurrence_id: OccurrenceId | None, own: Window
) -> Window:
    """Return the window for a ticket's credential: its own, within that of its occurrence.

    It follows from the arguments alone, so that each print of a ticket has the same bytes. Bounds
    of its own that no credential can say are left out where that changes nothing before 2049.
    Hours of its own that begin before the occurrence's window are signed from there, as far as
    that still says for which occurrence the ticket is.

    Args:
        occurrences: All of the event's.
        occurrence_id: The ticket's, or None for any.
        own: The ticket's own window.
    """
    own = signable(own)
    one = next((one for one in occurrences if one.id == occurrence_id), None)
    if one is None or len(occurrences) < SEVERAL:
        return own
    opens, closes = _signed_window_of(one)
    last = closes if own[1] is None else min(own[1], closes)
    if own[0] is None or own[0] >= opens:
        first = opens if own[0] is None else own[0]
    else:
        early = max(_step_before(own[0]), _step_after(_span_of(one)[0]))
        is_told = find_occurrence(occurrences, (early, _step_after(last))) == one.id
        first = early if is_told else opens
    return (first, last) if _LOWEST <= first <= last <= _HIGHEST else own


def signable(own: Window) -> Window:
    """Return a window as far as a credential can say it: good for ever has no end."""
    first, last = own
    if first is not None:
        first = None if first < _LOWEST else min(first, _HIGHEST)
    if last is not None:
        last = None if last > _HIGHEST else max(last, _LOWEST)
    return first, last


def find_occurrence(
    occurrences: Sequence[OccurrenceConfig], window: Window
) -> OccurrenceId | None:
    """Return the one occurrence within which a signed window lies; None if that is not sure.

    What was signed for a date before it was moved is for that date still.
    """
    first, last = window
    if first is None or last is None:
        return None
    for spans in (_signed_window_of, _span_of):
        found = {
            one.id
            for one in occurrences
            for times in _all_times(one)
            if spans(times)[0] <= first and last <= spans(times)[1]
        }
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def follow_move(
    occurrences: Sequence[OccurrenceConfig], occurrence_id: OccurrenceId | None, window: Window
) -> Window:
    """Return when a signed window holds, of a ticket for a date that may have been moved since.

    A window that was the whole date's is the whole date's again, and so is a bound of one that was
    narrower at its other end; any other bound moves with the start. Where the window fits the date
    at several of its times, nobody knows for which it was signed: it holds from the first until
    the last moment that any of them gives, since a holder who was sold it must not be turned away,
    and it is for this date in any case.

    Args:
        occurrences: All of the event's.
        occurrence_id: The ticket's; None for the only one there is.
        window: As it is signed.
    """
    one = _only(occurrences) if occurrence_id is None else _find(occurrences, occurrence_id)
    if one is None or window == (None, None):
        return window
    if any(window == _signed_window_of(times) for times in _all_times(one)):
        return _signed_window_of(one)
    times = _all_times(one)
    fitting = [
        [was for was in times if _fits(window, spans(was))]
        for spans in (_signed_window_of, _span_of)
    ]
    if len(occurrences) == 1:
        # An only date is what its tickets are for, however early or late they are good.
        fitting += [[was for was in times if _touches(window, _signed_window_of(was))], [*times]]
    moved = [_move(window, was, one) for was in next(filter(None, fitting), ())]
    firsts = [first for first, _ in moved if first is not None]
    lasts = [last for _, last in moved if last is not None]
    return (min(firsts, default=None), max(lasts, default=None)) if moved else window


def says_the_same(window: Window, other: Window) -> bool:
    """Tell whether two windows are signed alike."""
    return all(
        step(one) == step(another)
        for step, one, another in zip(
            (window_step_floor, window_step_ceiling),
            signable(window),
            signable(other),
            strict=True,
        )
    )


def _fits(window: Window, span: tuple[Instant, Instant]) -> bool:
    return all(bound is None or span[0] <= bound <= span[1] for bound in window)


def _touches(window: Window, span: tuple[Instant, Instant]) -> bool:
    return any(bound is not None and span[0] <= bound <= span[1] for bound in window)


def _move(window: Window, was: DateTimes | OccurrenceConfig, one: OccurrenceConfig) -> Window:
    """Return a window that was signed at a date's earlier times as it is at its present ones.

    A bound that was the date's may as well have been the ticket's own.
    """
    first, last = window
    shift = one.starts_at - was.starts_at
    (opened, closed), (opens, closes) = _signed_window_of(was), _signed_window_of(one)
    if first is not None:
        shifted = Instant(first + shift)
        first = min(shifted, opens) if first == opened else shifted
    if last is not None:
        shifted = Instant(last + shift)
        last = max(shifted, closes) if last == closed else shifted
    return first, last


def _all_times(one: OccurrenceConfig) -> tuple[DateTimes | OccurrenceConfig, ...]:
    return (*one.earlier, one)


def _find(
    occurrences: Sequence[OccurrenceConfig], occurrence_id: OccurrenceId
) -> OccurrenceConfig | None:
    return next((one for one in occurrences if one.id == occurrence_id), None)


def _only(occurrences: Sequence[OccurrenceConfig]) -> OccurrenceConfig | None:
    return occurrences[0] if len(occurrences) == 1 else None


def _signed_window_of(one: DateTimes | OccurrenceConfig) -> tuple[Instant, Instant]:
    """Return what is signed for an occurrence, to the steps of a credential, outwards."""
    opens = Instant((one.doors_at or one.starts_at) - SIGNED_EARLY)
    return _step_before(opens), _step_after(end_of(one))


def _span_of(one: DateTimes | OccurrenceConfig) -> tuple[Instant, Instant]:
    """Return from when until when the holders of an occurrence's tickets come.

    The end is that of what is signed: else a date that ends between two steps is not told by it.
    """
    return Instant((one.doors_at or one.starts_at) - EARLY_ARRIVAL), _step_after(end_of(one))


def _step_before(at: Instant) -> Instant:
    """Return the latest instant that a credential can say, at or before one."""
    return Instant(WINDOW_EPOCH + (at - WINDOW_EPOCH) // WINDOW_STEP * WINDOW_STEP)


def _step_after(at: Instant) -> Instant:
    """Return the earliest instant that a credential can say, at or after one."""
    return Instant(WINDOW_EPOCH - (WINDOW_EPOCH - at) // WINDOW_STEP * WINDOW_STEP)
