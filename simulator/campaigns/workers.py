"""Worlds at once: processes that run them, each replaced after a while."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from server.settings import Settings
from shared.kernel.errors import EnvironmentFault
from simulator.nodes.server_image import ServerImage, prepared_image

WORLDS_PER_PROCESS: Final = 12
"""After so many a process is replaced, because it never forgets."""

LOCK_WAIT_S: Final = 3
"""A process that was interrupted may have kept the others' way to this one: so long that is waited
for; the library's own minute would be waited at Ctrl-C."""

LOOKS_AGAIN_S: Final = 1
"""So often whoever waits for a world looks whether there is still anybody who runs worlds."""

Asked = TypeVar("Asked")
Done = TypeVar("Done")

_IMAGE: list[ServerImage] = []


class Workers:
    """Processes that work for this one."""

    def __init__(self, pool: ProcessPool) -> None:
        self._pool = pool

    def do(self, work: Callable[[Asked], Done], asked: Iterable[Asked]) -> Iterator[Done]:
        """Do a piece of work for each thing asked; yield what comes of it, what is ready first.

        It is begun at once, behind what was asked before, so that no process waits for another's
        last world; what it gives may be looked at later.

        Raises:
            EnvironmentFault: A process was killed.
        """
        # Not `as_completed`: it takes the locks of all at once, and Ctrl-C amid that leaves some
        # taken for ever, for which the pool's end waits.
        done = SimpleQueue[Future[Done]]()
        try:
            begun = [self._pool.schedule(work, args=(one,)) for one in asked]
        except RuntimeError as lost:  # the pool takes no more
            raise _all_lost(lost) from lost
        for one in begun:
            one.add_done_callback(done.put)
        return self._results(done, begun)

    def _results(
        self, done: SimpleQueue[Future[Done]], begun: Sequence[Future[Done]]
    ) -> Iterator[Done]:
        try:
            for _ in begun:
                yield self._next(done, begun).result()
        except (ProcessExpired, BrokenProcessPool) as lost:  # the latter where none was left
            raise _all_lost(lost) from lost

    def _next(
        self, done: SimpleQueue[Future[Done]], begun: Sequence[Future[Done]]
    ) -> Future[Done]:
        """Wait for what is ready next, for as long as it can come."""
        behind: list[Future[None]] = []
        while True:
            try:
                return done.get(timeout=LOOKS_AGAIN_S)
            except Empty:
                # What was asked just as the last process ended nobody has taken: the pool ends
                # what it has handed over, and forgets what it had not.
                if not self._pool.active:
                    raise BrokenProcessPool("none is left") from None
                if all(one.running() or one.done() for one in begun):
                    continue
                # What a process had taken, and not yet said so when it ended, is forgotten too:
                # what is asked now is taken after it. Who has just taken it may say so late, once.
                if sum(one.done() for one in behind) > 1:
                    raise BrokenProcessPool("one had just taken a world") from None
                if all(one.done() for one in behind):
                    behind.append(self._ask_for_nothing())

    def _ask_for_nothing(self) -> Future[None]:
        try:
            return self._pool.schedule(_do_nothing)
        except RuntimeError as lost:  # the pool takes no more
            raise BrokenProcessPool(str(lost)) from lost


def _do_nothing() -> None:
    pass


def _all_lost(lost: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"a process that ran a world ended of itself or was killed ({lost});"
        " if memory was short, run again with fewer at once: --jobs 1 or make JOBS=1"
    )


@contextmanager
def workers(jobs: int) -> Iterator[Workers]:
    """Give as many processes, for as long as the block lasts."""
    context = multiprocessing.get_context("spawn")
    CONSTS.channel_lock_timeout = LOCK_WAIT_S
    with prepared_image() as image, tempfile.NamedTemporaryFile() as database:
        # By its name: beyond what a pipe holds, whoever gives it waits until it is taken, also by
        # a process that has ended.
        database.write(image.database)
        database.flush()
        asked = (image.settings, Path(database.name))
        pool = ProcessPool(
            jobs, WORLDS_PER_PROCESS, initializer=_take_image, initargs=asked, context=context
        )
        try:
            yield Workers(pool)
        finally:
            pool.stop()  # type: ignore[no-untyped-call] # pebble says nothing of its types here
            pool.join()


def _take_image(settings: Settings, database: Path) -> None:
    _IMAGE.append(ServerImage(settings, database.read_bytes()))


def image_here() -> ServerImage:
    """Return what this process's servers start from."""
    return _IMAGE[0]
