"""Alarms of an office: what gates bring in to raise them, judged when a test says so."""

from __future__ import annotations

from typing import Any

from server.alarms import routes
from server.alarms.raising_and_ending_alarms import AlarmWatch
from shared.kernel.instant import Duration, Instant, format_instant
from tests.factories.journal_writing import GateDevice
from tests.factories.ledger_office import LedgerOffice


def watch_of(ledger_office: LedgerOffice) -> AlarmWatch:
    """Return the watch that judges as a server does."""
    return routes.make_watch(ledger_office.office.framework.state)


async def look(ledger_office: LedgerOffice) -> list[Any]:
    """Judge once, and list what stands."""
    await watch_of(ledger_office).look()
    return await standing(ledger_office)


async def standing(ledger_office: LedgerOffice) -> list[Any]:
    """List the alarms that stand."""
    path = f"{ledger_office.owner.path}/alarms"
    found: list[Any] = await ledger_office.office.ok("GET", path, ledger_office.owner)
    return found


def deny(
    ledger_office: LedgerOffice,
    gate: GateDevice,
    count: int,
    *,
    reason: str = "cancelled",
    ago: Duration = Duration(0),
) -> None:
    """Write scans that let nobody in."""
    for _ in range(count):
        ledger_office.scan(
            gate,
            0,
            wall=ledger_office.now - ago,
            verdict="deny",
            reason=reason,
            mode="offline",
            seen=b"",
        )


async def upload(ledger_office: LedgerOffice, gate: GateDevice) -> None:
    """Bring what a gate has written."""
    await ledger_office.exchanged(gate, gate.journal.entries[-200:])


def datetime_after(ledger_office: LedgerOffice, later: Duration) -> str:
    """Spell an instant so much later than now."""
    return format_instant(Instant(ledger_office.now + later))
