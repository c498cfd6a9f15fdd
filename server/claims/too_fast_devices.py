"""How many admissions each device of one worker has left, and the alarm where there are none.

Counted in memory, so that a claim costs no query. Where several workers, or machines, may serve
one database, each tells the others of every `SHARED_EVERY` admissions of a device, and hears of
theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from server.db.hot_path_connections import Driver, Transaction
from server.db.rate_limit_over_workers import COUNT
from server.db.tenancy import SYSTEM
from server.devices.device_of_request import DeviceIdentity
from server.ledger.conflicts_named_lately import AlarmTimes
from server.reconciliation.conflict_recorder import name_findings
from server.reconciliation.findings import ConflictKind, Finding, FindingSide
from shared.admission.pace import BURST, NO_LIMIT, PaceLimit
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId
from shared.kernel.instant import HOUR, Duration, Instant
from shared.kernel.ports import Clock, Entropy

DEVICES_MAX: Final = 20_000
SHARED_EVERY: Final = 30
"""Admissions of a device that one worker counts alone at most. So many more than one burst does
each worker let in besides, where a device turns to all of them."""
_LIVE: Final = "live"
_NEVER: Final = Duration(0)


class Paces:
    """The paces of one worker's devices."""

    def __init__(self) -> None:
        self._marks: dict[DeviceId, Duration] = {}
        self._unshared: dict[DeviceId, int] = {}
        self._alarms = AlarmTimes()

    def left(self, devices: Iterable[DeviceIdentity], now: Duration) -> dict[DeviceId, int]:
        """Tell how many admissions devices have left; those without a limit are not named."""
        found: dict[DeviceId, int] = {}
        for device in devices:
            left = _limit(device).left(self._marks.get(device.id, _NEVER), now)
            if left is not None:
                found[device.id] = left
        return found

    def count(self, device: DeviceIdentity, now: Duration) -> None:
        """Count an admission."""
        if len(self._marks) >= DEVICES_MAX:
            self._marks = {one: mark for one, mark in self._marks.items() if mark > now}
            self._unshared.clear()
        self._unshared[device.id] = self._unshared.get(device.id, 0) + 1
        self._marks[device.id] = _limit(device).passed(self._marks.get(device.id, _NEVER), now)

    async def share(self, driver: Driver, devices: Iterable[DeviceIdentity], clock: Clock) -> None:
        """Tell other workers of devices' admissions, where there are many, and hear of theirs.

        Raises:
            StoreFault: if the database cannot be used; nothing is forgotten by that.
        """
        telling = {
            device.id: device
            for device in devices
            if self._unshared.get(device.id, 0) >= SHARED_EVERY
            and _limit(device).per_minute != NO_LIMIT
        }
        if not telling:
            return
        counts = {one: self._unshared.pop(one) for one in telling}
        now = clock.wall()
        heard = {}
        try:
            async with driver.write(SYSTEM) as transaction:
                for one, device in sorted(telling.items()):  # one order of locks
                    moved = _limit(device).passed(_NEVER, _NEVER, counts[one])
                    window = _limit(device).passed(_NEVER, _NEVER, 2 * BURST)
                    rows = await transaction.fetch(COUNT, f"pace:{one}", now, moved, window, now)
                    heard[one] = Instant(rows[0][0])
        except BaseException:
            for one, count in counts.items():
                self._unshared[one] = self._unshared.get(one, 0) + count
            raise
        for one, tat in heard.items():
            mark = clock.monotonic() + (tat - now)
            self._marks[one] = max(self._marks.get(one, _NEVER), mark)

    def is_new(self, device: DeviceIdentity, now: Duration) -> bool:
        """Tell whether a device that is too fast has to be named, once in a while."""
        if not self._alarms.is_due(device.id, now):
            return False
        self._alarms.note([device.id], now)
        return True

    def forget_alarms(self, device_ids: Iterable[DeviceId]) -> None:
        """Let devices be named at their next try; what was to name them was not kept."""
        self._alarms.forget(device_ids)


def _limit(device: DeviceIdentity) -> PaceLimit:
    """Return a device's limit; none where times are the caller's, so that pace says nothing."""
    return PaceLimit(device.admissions_per_minute if device.profile == _LIVE else NO_LIMIT)


async def name_too_fast(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    devices: Mapping[DeviceId, tuple[DeviceIdentity, str]],
    now: Instant,
    entropy: Entropy,
) -> int | None:
    """Open a conflict for each device that lets in faster than a lane does.

    Args:
        transaction: Of the organization.
        organization_id: Whose event.
        event_id: Where.
        devices: Each by its id, with the gate at which it claims.
        now: By the server's clock.
        entropy: For the conflicts' ids.

    Returns:
        The feed's head, if gates are told.
    """
    findings = [
        _finding(device, GateId(gate_id), now, f"pace/{now}", "lets in")
        for device, gate_id in devices.values()
    ]
    return await name_findings(
        transaction, organization_id, event_id, findings, now=now, entropy=entropy
    )


async def name_typed_withdrawals(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    device: DeviceIdentity,
    gate_id: GateId,
    now: Instant,
    entropy: Entropy,
) -> None:
    """Open a conflict for a till that ends tickets by more manual codes than anybody types.

    It is told once in an hour.
    """
    side, deed = f"typed/{now // HOUR}", "takes tickets back by their manual codes"
    found = _finding(device, gate_id, now, side, deed)
    await name_findings(transaction, organization_id, event_id, [found], now=now, entropy=entropy)


def _finding(
    device: DeviceIdentity, gate_id: GateId, now: Instant, side_id: str, deed: str
) -> Finding:
    limit = device.admissions_per_minute
    detail = (
        f"{device.name} {deed} faster than {limit} a minute, which is its limit; a supervisor"
        " decides on the rest. If it is not a fast lane, revoke it"
    )
    side = FindingSide(side_id, device.id, gate_id, now, Duration(0), 1, "online", "supervisor")
    return Finding(
        kind=ConflictKind.TOO_FAST,
        subject=device.id,
        sides=[side],
        device_id=device.id,
        detail=detail,
    )
