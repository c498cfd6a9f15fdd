"""Hosts over one PostgreSQL begin with its clock, whatever theirs say."""

from __future__ import annotations

from server.db.database_time import database_ahead
from server.steady_clock import SteadyClock
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from tests.factories.ledger_office import LedgerOffice
from tests.fakes.clock import ManualClock


async def test_hosts_whose_clocks_differ_tell_the_same_time(ledger_office: LedgerOffice) -> None:
    """By minutes, hours or years; over SQLite there is one machine, whose clock is right."""
    database = ledger_office.office.database
    told = []
    for off in (-7 * MINUTE, Duration(0), 2 * HOUR, -20 * 365 * DAY):
        machine = ManualClock(ledger_office.now + off)
        ahead = await database_ahead(database, machine)
        assert not (ahead and database.is_sqlite)
        told.append(SteadyClock(machine, ahead=ahead).wall())
    if not database.is_sqlite:
        assert max(told) - min(told) < 10 * SECOND
