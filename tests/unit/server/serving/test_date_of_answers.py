"""Answers bear the server's time, by which the desk reckons how long ago things were."""

from __future__ import annotations

from uvicorn.config import Config

from server.serving.connection_limits_and_deadlines import Sockets
from server.serving.worker import WorkerServer
from server.steady_clock import SteadyClock
from shared.kernel.instant import DAY, HOUR
from tests.fakes.clock import ManualClock


async def test_answers_bear_the_servers_time_while_its_machines_clock_is_stepped() -> None:
    """The desk would call each gate silent whose server goes on by the time of before."""
    clock = ManualClock()
    clock.advance(DAY)
    config = Config("no:app", date_header=False)
    server = WorkerServer(config, Sockets(frozenset()), pulse=0, clock=SteadyClock(clock))
    clock.step_wall(3 * HOUR)
    await server.on_tick(0)
    assert server.server_state.default_headers == [(b"date", b"Sun, 05 Jul 2026 17:00:00 GMT")]
