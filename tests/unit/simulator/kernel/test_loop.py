"""The loop: virtual time, order from the seed, processes that end, nothing that waits for real."""

from __future__ import annotations

import asyncio
import pydoc
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from shared.kernel.instant import HOUR, SECOND
from simulator.kernel.dice import Dice
from simulator.kernel.loop import PURE_WORK, Deadlock, Livelock, Process, SimLoop, ThreadStarted

_ORDER = """
import asyncio
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process, SimLoop

loop = SimLoop(Dice("7"))
seen = []

async def step(name):
    for _ in range(5):
        await asyncio.sleep(0)
        seen.append(name)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(asyncio.sleep(0.001)) for _ in range(3)]
        done, _ = await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0)) for _ in range(4)])
        seen.append([hash(task) for task in done])

async def main():
    work = [loop.spawn(Process(n), step(n)) for n in "abcdef"]
    await asyncio.gather(*work)

loop.run(main())
print(seen, loop.now_us, loop.steps)
"""


_POWER_CUT = """
import atexit, asyncio, gc

@atexit.register
def take_apart():  # registered first, so it is the last to run, as the interpreter's own work is
    simulator.kernel.loop._GRAVES = None
    gc.collect()

import simulator.kernel.loop
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process, SimLoop

def cut_power():
    loop, process = SimLoop(Dice("1")), Process("gate")

    async def work():
        me = asyncio.current_task()
        try:
            await asyncio.Queue().get()
        finally:
            print("woken")

    async def main():
        loop.start(process, work())
        await asyncio.sleep(1)
        process.end()

    loop.run(main())

cut_power()
"""


def _run_script(script: str, hash_seed: str = "0") -> str:
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


async def _begin(step: Callable[[], None]) -> None:
    step()
    await asyncio.sleep(1)


def test_time_jumps_to_the_next_timer() -> None:
    """Sleeping for hours takes no time, and the clock has moved by exactly that much."""
    loop = SimLoop(Dice("1"))

    async def main() -> None:
        await asyncio.sleep(2 * 3600)
        async with asyncio.timeout(60):
            await asyncio.sleep(1)

    loop.run(main())
    assert loop.now_us == 2 * HOUR + SECOND


def test_the_same_seed_gives_the_same_order_whatever_the_hash_seed() -> None:
    """Steps come in the same order in other processes, with other hashes and addresses."""
    first, second = _run_script(_ORDER, "1"), _run_script(_ORDER, "2")
    assert first == second
    assert first


def test_steps_of_one_process_keep_their_order() -> None:
    """Interleaving is between processes only: within one, first come is first served."""
    loop = SimLoop(Dice("3"))
    seen: dict[str, list[int]] = {"a": [], "b": []}
    mixed: list[str] = []

    async def main() -> None:
        for node, numbers in seen.items():
            process = Process(node)
            for number in range(20):

                def note(
                    node: str = node, numbers: list[int] = numbers, number: int = number
                ) -> None:
                    numbers.append(number)
                    mixed.append(node)

                loop.call_soon(note, context=process.context())
        await asyncio.sleep(1)

    loop.run(main())
    assert seen == {"a": list(range(20)), "b": list(range(20))}
    assert mixed != sorted(mixed)


def test_a_dead_process_runs_no_further_step_not_even_finally() -> None:
    """What the power takes is gone at once: no cancellation, no clean-up."""
    loop = SimLoop(Dice("1"))
    seen: list[str] = []
    process = Process("gate")

    async def work() -> None:
        try:
            seen.append("began")
            await asyncio.sleep(10)
            seen.append("went on")
        finally:
            seen.append("cleaned up")

    async def main() -> None:
        loop.start(process, work())
        await asyncio.sleep(1)
        process.end()
        await asyncio.sleep(100)

    loop.run(main())
    assert seen == ["began"]


def test_the_end_of_the_interpreter_wakes_no_dead_process() -> None:
    """Its last collections leave them alone; they have crashed the interpreter."""
    assert _run_script(_POWER_CUT) == ""


def test_a_world_where_all_wait_is_a_deadlock() -> None:
    """Waiting for what nobody will do is said at once, with who waits."""
    loop = SimLoop(Dice("1"))

    async def main() -> None:
        await loop.create_future()

    with pytest.raises(Deadlock, match="main"):
        loop.run(main())


def test_endless_steps_without_time_are_a_livelock() -> None:
    """A loop that never waits is found."""
    loop = SimLoop(Dice("1"))

    def again() -> None:
        loop.call_soon(again)

    with pytest.raises(Livelock):
        loop.run(_begin(again))


def test_threads_are_refused() -> None:
    """Neither an executor nor a thread of one's own can be had."""
    loop = SimLoop(Dice("1"))

    async def main() -> None:
        with pytest.raises(ThreadStarted):
            await asyncio.to_thread(len, "")
        with pytest.raises(ThreadStarted):
            threading.Thread(target=len).start()

    loop.run(main())
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def test_a_fault_of_a_task_that_nobody_awaits_is_kept() -> None:
    """What asyncio would only log is a fault of the world."""
    loop = SimLoop(Dice("1"))

    async def main() -> None:
        loop.call_soon(lambda: {1: 1}[0])
        await asyncio.sleep(1)

    loop.run(main())
    assert len(loop.faults) == 1
    assert "KeyError" in loop.faults[0]


def test_what_may_leave_the_thread_is_there() -> None:
    """A function that was moved is refused a thread in whatever world comes to it first."""
    for name in PURE_WORK:
        whole = name.split(".<locals>")[0]
        if not whole.startswith("simulator."):
            assert pydoc.locate(whole) is not None, name


def test_a_process_that_stands_still_goes_on_where_it_was() -> None:
    """Its steps wait in their order, others' do not; one that ends meanwhile is dead."""
    loop, seen = SimLoop(Dice("1")), list[tuple[str, float]]()

    async def step(name: str, *after: float) -> None:
        for seconds in after:
            await asyncio.sleep(seconds)
            seen.append((name, loop.time()))

    async def main() -> None:
        still, other, dead = Process("still"), Process("other"), Process("dead")
        loop.start(still, step("still", 1, 1, 1))
        loop.start(other, step("other", 1, 1))
        loop.start(dead, step("dead", 1))
        await asyncio.sleep(0.5)
        loop.stand_still(still, 1 * SECOND)
        loop.stand_still(still, 1 * SECOND)
        loop.stand_still(dead, 1 * SECOND)
        loop.when_it_goes_on(still, lambda: seen.append(("told", loop.time())))
        loop.when_it_goes_on(other, lambda: seen.append(("told", loop.time())))
        await asyncio.sleep(0.7)
        dead.end()
        await asyncio.sleep(5)

    loop.run(main())
    assert seen == [
        ("told", 0.5),
        ("other", 1),
        ("other", 2),
        ("told", 2.5),
        ("still", 2.5),
        ("still", 3.5),
        ("still", 4.5),
    ]
