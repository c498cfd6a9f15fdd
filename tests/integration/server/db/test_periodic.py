"""Work that is due now and then: nothing missed, nothing twice, whatever dies or steps."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

import server.ticketing.hold_routes
from server.db.clock_leaps import REST, TimeNote, note_time
from server.db.periodic_turns import LEASE, in_turn
from server.steady_clock import WAITS, SteadyClock
from shared.kernel.floored_clock import FlooredClock
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant, datetime_from_instant
from tests.factories.office import Office
from tests.factories.racing import rows_of
from tests.factories.waiting import PATIENCE_S

NAME = "probe.counting"
LOOK = 5 * MINUTE


class Counted:
    """Work that counts how often it is done, and may break."""

    def __init__(self) -> None:
        self.count = 0
        self.is_broken = False

    async def __call__(self) -> None:
        """Do it."""
        await asyncio.sleep(0)
        if self.is_broken:
            raise RuntimeError
        self.count += 1


async def look(office: Office, work: Counted, workers: int = 1) -> int:
    """Let so many workers look at once; returns how many of them did it."""
    turns = (in_turn(office.context, NAME, HOUR, work) for _ in range(workers))
    return sum(await asyncio.gather(*turns))


async def test_many_workers_do_it_once_each_time_and_a_new_one_misses_nothing(
    office: Office,
) -> None:
    """When it is due stands in the table: a worker that has just started knows it."""
    work = Counted()
    assert await look(office, work, 8) == 0, "it is first due after one pause"
    for turn in range(1, 4):
        office.clock.advance(59 * MINUTE)
        assert await look(office, work, 8) == 0
        office.clock.advance(MINUTE)
        assert await look(office, work, 8) == 1
        assert work.count == turn
    office.clock.advance(10 * DAY)  # all workers were away
    assert await look(office, work, 8) == 1


async def test_worker_that_dies_in_the_middle_leaves_its_turn_to_another(office: Office) -> None:
    """As soon as its lease has ended; not before."""
    work = Counted()
    await look(office, work)
    office.clock.advance(HOUR)
    work.is_broken = True
    with pytest.raises(RuntimeError):
        await look(office, work)
    work.is_broken = False
    assert await look(office, work, 4) == 0
    office.clock.advance(LEASE + SECOND)
    assert await look(office, work, 4) == 1


async def test_clock_that_is_set_back_stops_nothing(office: Office) -> None:
    """What is due further ahead than one pause was written by a wrong clock."""
    work = Counted()
    office.clock.advance(400 * DAY)
    await look(office, work)
    office.clock.advance(HOUR)
    assert await look(office, work) == 1
    office.clock.step_wall(-400 * DAY)
    assert await look(office, work, 4) == 1
    assert await look(office, work, 4) == 0
    office.clock.advance(HOUR)
    assert await look(office, work, 4) == 1


async def test_a_clock_that_leaps_ahead_is_believed_when_it_was_set_right_or_has_rested(
    office: Office,
) -> None:
    """Another worker's, and one's own after a start: the newest note stands in the database."""

    async def is_believed() -> bool:
        return await note_time(office.context) == TimeNote(office.clock.wall())

    assert await is_believed()
    for _ in range(6):
        office.clock.advance(10 * MINUTE)
        assert await is_believed()
    office.clock.step_wall(DAY)
    assert await note_time(office.context) == TimeNote(None, leapt=DAY)
    office.clock.advance(REST - SECOND)
    assert (await note_time(office.context)).steady_at is None
    office.clock.step_wall(-DAY)
    assert await is_believed()
    office.clock.step_wall(DAY)
    for passed in range(0, REST, 10 * MINUTE):
        assert (await note_time(office.context)).steady_at is None, passed
        office.clock.advance(10 * MINUTE)
    assert await is_believed()


async def test_a_clock_far_ahead_ends_no_hold_for_good(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set right within the hour, the tickets are kept as ever; and it ends when its time comes."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind = await office.ticket_type(ada, event_id)
    ends_at = datetime_from_instant(Instant(office.clock.wall() + HOUR)).isoformat()
    hold = {"name": "Press", "ticket_type_id": kind, "quantity": 1, "ends_at": ends_at}
    await office.ok("POST", f"{ada.path}/events/{event_id}/holds", ada, json=hold)

    async def is_ended() -> bool:
        (kept,) = await rows_of(office, "SELECT ended_at FROM stock_hold")
        return kept[0] is not None

    monkeypatch.setattr(server.ticketing.hold_routes, "DUE_EVERY_S", 0.01)
    await note_time(office.context)
    async with server.ticketing.hold_routes.ending(office.framework):
        office.clock.step_wall(DAY)
        await asyncio.sleep(0.3)  # some rounds: what must not happen has no end to wait for
        assert not await is_ended()
        office.clock.step_wall(-DAY)
        await asyncio.sleep(0.1)
        assert not await is_ended()
        async with asyncio.timeout(PATIENCE_S):
            while not await is_ended():
                office.clock.advance(10 * MINUTE)
                await note_time(office.context)  # as other workers do, however slow this one is
                await asyncio.sleep(0.01)


async def test_nothing_is_ended_by_a_time_that_the_machines_clock_no_longer_tells(
    office: Office,
) -> None:
    """Started in a wrong year and set right soon, the server still tells that year for hours."""
    clock = office.clock
    clock.advance(DAY)
    assert (await note_time(office.context)).steady_at is not None
    clock.step_wall(74 * 365 * DAY)
    context = msgspec.structs.replace(office.context, clock=FlooredClock(SteadyClock(clock)))
    assert (await note_time(context)).steady_at is None
    clock.advance(REST // 2)
    clock.step_wall(-74 * 365 * DAY)
    for _ in range((WAITS + REST) // LOOK):
        assert (await note_time(context)).steady_at in {None, clock.wall()}
        clock.advance(LOOK)
    assert (await note_time(context)).steady_at == clock.wall()


async def test_nothing_is_ended_by_a_clock_that_was_never_set(office: Office) -> None:
    """Of 2019, by which all codes were drawn in the future, and would be ended for that."""
    await note_time(office.context)
    office.clock.step_wall(-7 * 365 * DAY)
    for _ in range(REST // LOOK):
        assert (await note_time(office.context)).steady_at is None
        office.clock.advance(LOOK)
