"""Clocks: the corrected time of an entry lies within the bound that the device itself states.

What a device says of its clock is used to judge windows and to order passages, so it must be
true whatever its wall clock does. Windows themselves are judged by true time, give or take what
the device could not know. The passages of one device stand at the ledger as its journal has them,
however wrong its clock was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.credential.sizes_and_bounds import WINDOW_STEP
from shared.journal.entry import GiveBody, ScanBody
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from simulator.history import ShownScan
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import LedgerUse

SLACK: Final[Duration] = 2 * MILLISECOND
"""The server's own clock, which is true here, is read a moment before it is sent."""

ON_ITS_WAY: Final[Duration] = SECOND


def check_clocks(evidence: Evidence) -> Iterator[str]:
    """Yield each time that is off by more than its device claims, each wrong window and order.

    Devices have their time from the server: of one that is wrong only the order is demanded.
    """
    if evidence.scenario.has_true_server:
        yield from _bounds(evidence)
        yield from _windows(evidence)
    if evidence.scenario.fault_rates.clock_set_right:
        yield from _made_wrong(evidence)
    yield from _order(evidence)


def _windows(evidence: Evidence) -> Iterator[str]:
    """A ticket admits up to its last instant and not after, as far as the device could know."""
    unsure = _answered_without_bound(evidence)
    for device in evidence.devices:
        for held in device.entries:
            entry, body = held.entry, held.body
            if not isinstance(body, ScanBody) or body.ticket_id is None or body.direction != "in":
                continue
            if body.is_by_paper:
                continue  # its entry's clock says nothing of when it was
            end = evidence.ends.get(body.ticket_id)
            if end is None or entry.offset is None or entry.offset_error is None:
                continue
            # The device's own word on the time: that it is true is the other promise here. An
            # answer of the ledger may have been on its way for as long as a claim may take.
            late = entry.wall + entry.offset - end
            allowed = entry.offset_error + ON_ITS_WAY
            if (body.generation or 1) > 1:
                # Of paper that is newer than its feed a device knows what is printed there alone.
                allowed += Duration(-end % WINDOW_STEP)
            if body.verdict == "admit" and late > allowed:
                yield f"{device.node} seq {entry.seq}: admitted {late} µs after its end"
            is_early = late < -entry.offset_error and body.claim_id not in unsure
            if body.reason == "expired" and is_early:
                yield f"{device.node} seq {entry.seq}: expired {-late} µs before its end"


def _answered_without_bound(evidence: Evidence) -> set[str]:
    """Name the claims that a home answered while it had nobody's word on the time."""
    return {
        held.body.claim_id
        for device in evidence.devices
        for held in device.entries
        if isinstance(held.body, GiveBody) and held.entry.offset_error is None
    }


def _shown(evidence: Evidence) -> dict[tuple[str, int], ShownScan]:
    """Give the scans whose answer was shown, by node and entry."""
    return {
        (scan.node, scan.answer.seq): scan
        for scan in evidence.history.scans
        if scan.answer is not None and not scan.answer.is_repeat
    }


def _bounds(evidence: Evidence) -> Iterator[str]:
    shown = _shown(evidence)
    for device in evidence.devices:
        for held in device.entries:
            entry = held.entry
            scan = shown.get((device.node, entry.seq))
            if scan is None or scan.ended is None:
                continue
            if entry.offset is None or entry.offset_error is None:
                continue
            off = entry.wall + entry.offset - scan.ended
            if abs(off) > entry.offset_error + SLACK:
                yield (
                    f"{device.node} seq {entry.seq}: off by {off} µs, says at most"
                    f" {entry.offset_error}"
                )


def _made_wrong(evidence: Evidence) -> Iterator[str]:
    """A clock that was set right is not made wrong by what was learnt of it before."""
    shown = _shown(evidence)
    for device in evidence.devices:
        for held in device.entries:
            entry, scan = held.entry, shown.get((device.node, held.entry.seq))
            if scan is None or scan.ended is None or entry.offset_error is not None:
                continue
            off = entry.wall + (entry.offset or 0) - scan.ended
            if abs(off) > 2 * evidence.scenario.skew_max:
                yield f"{device.node} seq {entry.seq}: off by {off} µs, and its clock is right"


def _order(evidence: Evidence) -> Iterator[str]:
    latest: dict[tuple[str, int | None, str], LedgerUse] = {}
    for passage in evidence.passages:
        use = evidence.ledger.uses.get(passage.body.claim_id)
        if use is None:
            continue
        key = (passage.device_id, passage.body.ticket_id, use.zone_id)
        before = latest.get(key)
        # A claim stands as of the ledger's own time, whatever arrives late of what was before it.
        if before is not None and use.source == "journal" and use.at <= before.at:
            name = f"{passage.node} seq {passage.held.entry.seq}"
            yield f"{name}: counts {before.at - use.at} µs before what its device recorded first"
        if before is None or use.at > before.at:
            latest[key] = use
