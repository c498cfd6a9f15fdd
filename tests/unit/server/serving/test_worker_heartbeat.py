"""A worker's pulse, as its main process hears it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from server.serving.worker_heartbeat import BEAT_S, SILENT_MAX_S, WorkerHeartbeat, beat

LOOK_S = 0.5
LOOKS = int(SILENT_MAX_S / LOOK_S)


@pytest.fixture
def pulse() -> Iterator[WorkerHeartbeat]:
    made = WorkerHeartbeat()
    yield made
    made.close()


def test_a_worker_that_is_silent_for_long_hangs(pulse: WorkerHeartbeat) -> None:
    """It is told once; the one after it begins anew."""
    os.write(pulse.for_worker, b".")
    assert not pulse.hear(LOOK_S)
    heard = [pulse.hear(LOOK_S) for _ in range(2 * LOOKS)]
    assert [number for number, is_hung in enumerate(heard, start=1) if is_hung] == [
        LOOKS,
        2 * LOOKS,
    ]


def test_a_worker_that_is_still_starting_hangs_never(pulse: WorkerHeartbeat) -> None:
    """A slow machine needs minutes for it, in which no loop goes round."""
    assert not any(pulse.hear(LOOK_S) for _ in range(10 * LOOKS))


def test_one_beat_in_time_is_enough(pulse: WorkerHeartbeat) -> None:
    """However many were left out before it."""
    for _ in range(5):
        os.write(pulse.for_worker, b"..")
        assert not any(pulse.hear(LOOK_S) for _ in range(LOOKS))


async def test_a_loop_beats_by_itself_also_into_a_full_pipe(pulse: WorkerHeartbeat) -> None:
    """What goes in no more was said already, and the worker is kept waiting by nothing."""
    os.set_blocking(pulse.for_worker, False)
    while True:
        try:
            os.write(pulse.for_worker, b"." * 4_096)
        except BlockingIOError:
            break
    loop = asyncio.get_running_loop()
    beat(loop, pulse.for_worker)
    assert not pulse.hear(LOOK_S)
    await asyncio.sleep(1.5 * BEAT_S)
    assert not any(pulse.hear(LOOK_S) for _ in range(LOOKS))
