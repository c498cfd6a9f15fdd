"""Conflicts of kind `clock`: who is accused had a wrong clock, and whose clock jumped is accused.

A device is accused of a jump only if its wall clock was stepped by as much between two entries of
one start; of anything else only while it states no bound, and its clock was set wrong or stepped
by more than the ledger allows. Skew and drift within the stated bounds never accuse anybody, nor
does one jump twice. An honest device that records a scan or a sale after a jump is accused by what
it records, whatever was uploaded together. The hostile device is accused if it has lied about the
time, and not otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from server.reconciliation.clock_checks import CLOCK, CLOCK_EVIDENCE_MAX
from shared.journal.entry import CLOCK_STEP_MAX, ScanBody
from shared.journal.sale_body import SaleBody
from shared.kernel.instant import MILLISECOND, Duration, Instant
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView, HeldEntry, LedgerConflict

SLACK = MILLISECOND
Place = tuple[bytes, int]


def check_accused_clocks(evidence: Evidence) -> Iterator[str]:
    """Yield each accusation without a reason, and each wrong clock that nobody is told of.

    A server whose own clock is wrong takes right ones for wrong, and the reverse.
    """
    if not evidence.scenario.has_true_server:
        return
    accused: dict[str, list[LedgerConflict]] = {}
    for conflict in evidence.ledger.conflicts:
        if conflict.kind == CLOCK:
            accused.setdefault(conflict.device_id, []).append(conflict)
    yield from _judge_hostile(evidence, bool(accused.pop(evidence.hostile_id, [])))
    for device in evidence.devices:
        places = sorted(_place(one) for one in accused.pop(device.device_id, []))
        yield from _accusations(device, places)
        if len(places) < CLOCK_EVIDENCE_MAX:
            yield from _unnoticed(device, places)
    for device_id in accused:
        yield f"{device_id} is accused of a wrong clock, and is none of the venue's"


def _judge_hostile(evidence: Evidence, is_accused: bool) -> Iterator[str]:  # noqa: FBT001 - one use
    held = evidence.ledger.entries.get(evidence.hostile_id, {})
    lies = {one.signed.hash for one in held.values()} & evidence.history.false_times
    if lies and not is_accused:
        yield f"the hostile device lied about the time {len(lies)} times, and is not accused"
    if is_accused and not evidence.history.false_times:
        yield "the hostile device is accused of a wrong clock, and has not lied about the time"


def _place(conflict: LedgerConflict) -> Place:
    _, boot, dseq = conflict.subject.split("/")
    return bytes.fromhex(boot), int(dseq)


def _base(held: HeldEntry) -> Instant:
    """Return what the wall clock said, as of the entry, when its boot's monotonic clock began."""
    return held.entry.wall - held.entry.monotonic


def _accusations(device: DeviceView, places: list[Place]) -> Iterator[str]:
    entries = {(held.entry.boot, held.entry.dseq): held for held in device.entries}
    before: HeldEntry | None = None
    for place in places:
        held = entries.get(place)
        if held is None:
            yield f"{device.node}: accused by an entry {place[0].hex()}/{place[1]} it never made"
            continue
        name = f"{device.node} seq {held.entry.seq}"
        if not _has_jumped(device, held) and not _was_unbounded(device, held):
            yield f"{name}: accused of a wrong clock that was right"
        is_same = before is not None and before.entry.boot == held.entry.boot
        if is_same and before and abs(_base(before) - _base(held)) < CLOCK_STEP_MAX:
            yield f"{name}: accused twice of one jump"
        before = held


def _has_jumped(device: DeviceView, held: HeldEntry) -> bool:
    """Tell whether the clock was stepped between an earlier entry of the boot and this one."""
    moved = {
        _base(held) - _base(one)
        for one in device.entries
        if one.entry.boot == held.entry.boot and one.entry.dseq < held.entry.dseq
    }
    return any(
        abs(by) >= CLOCK_STEP_MAX - SLACK
        and any(abs(by - step) <= SLACK for step in _sums(device))
        for by in moved
    )


def _was_unbounded(device: DeviceView, held: HeldEntry) -> bool:
    """Tell whether a device that stated no bound had a clock that was set wrong or stepped."""
    worst = max((abs(step) for step in _sums(device)), default=0)
    is_wrong = max(worst, abs(device.skew)) >= CLOCK_STEP_MAX - SLACK
    return held.entry.offset_error is None and is_wrong


def _sums(device: DeviceView) -> Iterator[Duration]:
    """Yield by how much the clock was off after any steps in a row."""
    for first in range(len(device.steps)):
        yield from accumulate(device.steps[first:])


def _unnoticed(device: DeviceView, places: list[Place]) -> Iterator[str]:
    bases = {(held.entry.boot, held.entry.dseq): _base(held) for held in device.entries}
    boot, known = b"", 0
    for held in device.entries:
        if held.entry.boot != boot:
            boot, known = held.entry.boot, _base(held)
        here = _base(held)
        is_noted = isinstance(held.body, ScanBody | SaleBody)
        if not is_noted or abs(here - known) < CLOCK_STEP_MAX:
            continue
        known = here
        witnesses = [
            bases[place]
            for place in places
            if place[0] == boot and place[1] <= held.entry.dseq and place in bases
        ]
        if not any(abs(base - here) < CLOCK_STEP_MAX for base in witnesses):
            yield f"{device.node} seq {held.entry.seq}: its clock has jumped, and nobody is told"
