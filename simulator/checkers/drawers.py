"""Drawers add up: every X and Z report, at the till and at the office, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterator

from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from simulator.boxoffice.books import OfficeEvidence
from simulator.boxoffice.drawer import ENDING, Tally, acts_of
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView, HeldEntry


def check_drawers(evidence: Evidence) -> Iterator[str]:
    """Yield each report that says something else than its entries, and each gap of a number."""
    office = evidence.till_office
    if office is None:
        return
    for device in evidence.devices:
        if device.node in office.record.terminals:
            yield from _drawer(office, device)
    for conflict in evidence.ledger.conflicts:
        if conflict.kind in {"shift_missing", "z_differs"}:
            yield f"the office names {conflict.kind} of {conflict.device_id}"


def _drawer(office: OfficeEvidence, device: DeviceView) -> Iterator[str]:
    drawer = _Drawer()
    for held, body in acts_of(device.entries):
        name = f"{device.node} seq {held.entry.seq}"
        if isinstance(body, ShiftBody):
            yield from (f"{name}: {one}" for one in drawer.act(held, body))
        else:
            yield from (f"{name}: {one}" for one in drawer.book(held, body))
    yield from _shown(office, device, drawer.acts)
    yield from _booked(office, device, drawer.closed)


class _Drawer:
    """One till's drawer, entry by entry."""

    def __init__(self) -> None:
        self.acts: dict[int, ShiftBody] = {}
        self.closed: dict[str, tuple[int, int]] = {}
        self._tally: Tally | None = None
        self._z_number = 0

    def act(self, held: HeldEntry, body: ShiftBody) -> Iterator[str]:
        """Take an act of a shift."""
        self.acts[held.entry.seq] = body
        tally = self._tally
        if body.number != len(self.acts):
            yield f"act {body.number} follows act {len(self.acts) - 1}"
        if body.sums is not None and tally is not None:
            for one in tally.differences(body.sums):
                yield f"the report says {one}"
        if body.act == "open":
            if tally is not None:
                yield "a shift is open already"
            self._tally = Tally(held.entry.seq, body)
        elif body.act == "close" and tally is not None:
            self._z_number += 1
            if body.z_number != self._z_number:
                yield f"Z report {body.z_number} follows {self._z_number - 1}"
            self.closed[body.shift_id] = body.amount_minor, tally.expected
            self._tally = None
        elif tally is not None:
            tally.add(held.entry.event_id, body)

    def book(self, held: HeldEntry, body: object) -> Iterator[str]:
        """Take a sale, or what took a right away."""
        tally = self._tally
        is_money = isinstance(body, SaleBody) or _is_payout(body)
        if tally is None:
            if is_money:
                yield "no shift is open"
            return
        shift_id = getattr(body, "shift_id", "")
        if is_money and shift_id != tally.shift_id:
            yield f"of shift {shift_id}, not of {tally.shift_id}"
        tally.add(held.entry.event_id, body)


def _is_payout(body: object) -> bool:
    return isinstance(body, WithdrawalBody) and body.purpose in ENDING and body.amount_minor > 0


def _shown(
    office: OfficeEvidence, device: DeviceView, acts: dict[int, ShiftBody]
) -> Iterator[str]:
    """What a cashier was told is on record."""
    for one in office.record.acts:
        if one.node == device.node:
            kept = acts.get(one.answer.seq)
            if kept is None or kept.number != one.answer.number:
                yield f"{device.node}: act {one.answer.number} was answered, not kept"


def _booked(
    office: OfficeEvidence, device: DeviceView, closed: dict[str, tuple[int, int]]
) -> Iterator[str]:
    """The office lists the same shifts, with the same figures."""
    there = {one.shift_id: one for one in office.books.shifts if one.device_id == device.device_id}
    for shift_id, figures in closed.items():
        row = there.pop(shift_id, None)
        if row is None or row.state != "closed":
            yield f"{device.node}: the office does not know that shift {shift_id} is closed"
        elif (row.counted, row.expected) != figures or row.is_doubted:
            yield f"{device.node}: the office has {row} of shift {shift_id}, not {figures}"
    for row in there.values():
        if row.state == "closed":
            yield f"{device.node}: the office has a close of {row.shift_id} that no journal has"
