"""A shift at a gate, compressed: scans without a pause through the real window program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from tests.factories.kiosk_process import KioskProcess
from tests.factories.x_typist import XTypist

_RUN: Final = 16
"""Scans that are handed over at once; the window keeps up to 32 waiting."""
_TYPED_EVERY: Final = 20  # runs
_AGAIN_EVERY: Final = 8
"""One code in so many is a ticket that was used before."""
_OLD: Final = 150
"""How many scans ago that was."""
FIRST_HUNDRED: Final = 100


class Shift(NamedTuple):
    """What a shift cost.

    Attributes:
        scans: How many were answered.
        admitted: How many of them let somebody in.
        grown_mb: Memory at the end, less that after the warm-up.
        memory_mb: At the end.
        files_early: Open files after the first hundred scans, at rest.
        files_end: At the end, at rest.
    """

    scans: int
    admitted: int
    grown_mb: float
    memory_mb: float
    files_early: int
    files_end: int


def work_shift(
    kiosk: KioskProcess,
    typist: XTypist,
    codes: Sequence[str],
    *,
    scans: int,
    warm_up: int,
    between: Callable[[int], None] = lambda _: None,
) -> Shift:
    """Scan until so many verdicts have been painted; one run in twenty is typed by keys.

    Args:
        kiosk: Open.
        typist: At the window's X server.
        codes: Tickets that nobody used yet; must be 7/8 of the scans at least.
        scans: How many.
        warm_up: After how many the memory is first looked at.
        between: Called after each run with the number of scans so far.
    """
    work, done = _mixed(codes), 0
    early_mb, files_early, typed = 0.0, 0, 0
    while done < scans:
        run = [next(work) for _ in range(_RUN)]
        is_typed = (done // _RUN) % _TYPED_EVERY == 0
        for code in run:
            done += 1
            if is_typed:
                # A person changes the ticket in front of a scanner; keys of two never mix.
                typist.type(code + "\r")
                kiosk.wait_answers(done)
                typed += 1
            else:
                kiosk.submit(code)
        kiosk.wait_answers(done)
        if files_early == 0 and done >= FIRST_HUNDRED:
            files_early = _files_at_rest(kiosk)
        if early_mb == 0.0 and done >= warm_up:
            early_mb = kiosk.memory_mb()
        between(done)
    assert typed
    memory_mb = kiosk.memory_mb()
    return Shift(
        scans=done,
        admitted=sum(answer["verdict"] == "admit" for answer in kiosk.answers),
        grown_mb=memory_mb - early_mb,
        memory_mb=memory_mb,
        files_early=files_early,
        files_end=_files_at_rest(kiosk),
    )


def _files_at_rest(kiosk: KioskProcess) -> int:
    """Return the fewest files that are open within a second: requests come and go."""
    pause, counts = threading.Event(), []
    for _ in range(20):
        counts.append(kiosk.open_files())
        pause.wait(0.05)
    return min(counts)


def _mixed(codes: Sequence[str]) -> Iterator[str]:
    """Give the codes in order, with an old one now and then; never one twice within a second."""
    for number, code in enumerate(codes):
        yield code
        if number % _AGAIN_EVERY == _AGAIN_EVERY - 2 and number > _OLD:
            yield codes[number - _OLD]
