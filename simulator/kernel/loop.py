"""An event loop with virtual time: it never waits, never looks at a real clock, has no threads.

Each node of a world (a gate, the server) runs in a `Process`, which its tasks carry in a context
variable. Steps of one process keep the order in which asyncio would run them; steps of different
processes are interleaved by the seed. A process that has ended runs no further step, not even a
`finally`: that is what a power cut does to a program.

The same seed gives the same order on every run, whatever PYTHONHASHSEED and the addresses of
objects are.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import functools
import gc
import heapq
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from typing import Any, Final, Protocol, TypeVar

from shared.kernel.instant import SECOND, Duration
from simulator.kernel.dice import Dice

STEPS_AT_ONE_INSTANT_MAX: Final = 200_000
CANCELLED_TIMERS_MAX: Final = 256

Result = TypeVar("Result")


PURE_WORK: Final = frozenset(
    {
        "argon2._password_hasher.PasswordHasher.verify",
        "server.mail.order_mail.compose",
        "server.imports.import_job._Lines.next_batch",
        "server.imports.import_acts.open_list",
        "server.persons.finding._is_in",
        "server.report_schedules.report_mail.write_form",
        "server.ticket_files.ticket_file_job.FileWriter._make",
        "server.publishing.chunks.cut_tickets",
        "server.publishing.sealing_names.add_names.<locals>.seal",
        "server.ticketing.importing_foreign_codes.read_codes",
        "server.ticketing.seat_choice.KnownSeatMaps.read",
        "server.venues_and_gates.seat_templates.describe",
        "server.venues_and_gates.seat_templates.read_map.<locals>.read",
        "shared.manifest.seats.cut_seats",
        "simulator.further_events.erased_guests.kept_list.ListInMemory.add",
        "simulator.further_events.mails.mail_server.own_name",
        "simulator.further_events.take_over.signs.put_up",
        "simulator.further_events.take_over.signs.read",
    }
)
"""Functions that the product moves to a thread only because they take long: no I/O, no clock.

And what stands for its folder where two servers have one each, and for its machine's name."""


class Deadlock(AssertionError):
    """Everybody waits and no timer is left."""


class Livelock(AssertionError):
    """Steps follow each other without end and time stands still."""


class ThreadStarted(AssertionError):
    """Code under simulation wanted a thread: what it does could not be repeated."""


class Streams(Protocol):
    """Where the loop opens streams; `simulator.kernel.sockets` fulfils it."""

    def listen(self, factory: Any, port: int) -> Any:
        """Take connections at a port of the running process's node."""

    async def connect(self, factory: Any, host: str, port: int) -> Any:
        """Connect to a port."""


class Process:
    """One run of one node's program.

    Attributes:
        node: The node's name.
        is_alive: Its steps are run. Once False, for ever.
        tasks: Those that have not ended.
        still_until: Until when none is run, in virtual seconds.
        put_off: Those that wait for it.
    """

    __slots__ = ("_watchers", "is_alive", "node", "put_off", "still_until", "tasks")

    def __init__(self, node: str) -> None:
        self.node = node
        self.is_alive = True
        self.tasks: set[SimTask] = set()
        self.still_until = 0.0
        self.put_off: list[asyncio.Handle] = []
        self._watchers: dict[int, asyncio.Future[None]] = {}

    def end(self) -> None:
        """Run no further step of it."""
        assert self.is_alive
        self.is_alive = False
        _GRAVES.append(self)
        for watcher in self._watchers.values():
            if not watcher.done():
                watcher.set_result(None)
        self._watchers.clear()

    def watch(self, ended: asyncio.Future[None]) -> None:
        """Have a future told of the end."""
        if self.is_alive:
            self._watchers[id(ended)] = ended
        else:
            ended.set_result(None)

    def unwatch(self, ended: asyncio.Future[None]) -> None:
        """Take a watch back."""
        self._watchers.pop(id(ended), None)

    def context(self) -> Context:
        """Make a context whose steps belong to this process."""
        context = copy_context()
        context.run(_PROCESS.set, self)
        return context


_GRAVES: Final[list[Process]] = []
"""Dead processes. Their coroutines are kept as they are, because coroutines that are collected as
garbage run their `finally`, in the middle of another node's step."""


@atexit.register
def _rest_in_peace() -> None:
    """Let the interpreter end without waking anybody who is dead.

    Its last collections would run their `finally` while modules are taken apart, which has ended
    in a segmentation fault. So they belong to no collection, and a reference to them stays.
    """
    if _GRAVES:
        gc.freeze()
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(_GRAVES))


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


def current_process() -> Process | None:
    """Return the process that the running step belongs to; None for the world itself."""
    return _PROCESS.get()


class SimTask(asyncio.Task[Any]):
    """A task whose hash is its number, so that sets of tasks have the same order in every run."""

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        number: int,
        process: Process | None,
        **options: Any,
    ) -> None:
        self._number = number
        self.process = process
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class SimLoop(asyncio.BaseEventLoop):
    """The loop.

    Attributes:
        steps: How many steps it has run.
        faults: What the default exception handler would have logged.
        sockets: The venue's network, for programs that open sockets of their own.
    """

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _timer_cancelled_count: int
    _stopping: bool

    def __init__(self, dice: Dice) -> None:
        super().__init__()
        self._dice = dice
        self._now = 0.0
        self._still = 0
        self._tasks_made = 0
        self._own_tasks: set[SimTask] = set()
        self.steps = 0
        self.faults: list[str] = []
        self.sockets: Streams | None = None
        self.set_task_factory(self._make_task)
        self.set_exception_handler(self._note_fault)

    def __del__(self) -> None:
        """Say nothing of not having been closed: it holds nothing of the machine's."""

    # -- time ----------------------------------------------------------------------------------

    def time(self) -> float:
        """Return virtual seconds since the world began."""
        return self._now

    @property
    def now_us(self) -> Duration:
        """Virtual microseconds since the world began."""
        return Duration(round(self._now * SECOND))

    def call_after(
        self,
        delay_us: Duration,
        callback: Callable[[], object],
        process: Process | None = None,
    ) -> asyncio.TimerHandle:
        """Run a callback after some time, as a step of a process or of the world itself."""
        context = _world_context() if process is None else process.context()
        return self.call_at(self._now + delay_us / SECOND, callback, context=context)

    # -- processes -----------------------------------------------------------------------------

    def spawn(self, process: Process, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Start a task of a process."""
        return self.create_task(work, context=process.context())

    async def outcome(
        self, process: Process, work: Coroutine[Any, Any, Result]
    ) -> tuple[bool, Result | None]:
        """Let a process do some work, and wait for its end or the process's, whichever is first.

        Returns:
            Whether the work was done, and what it gave.

        Raises:
            Exception: what the work raised, while its process lived.
        """
        done: asyncio.Future[None] = self.create_future()
        task = self.spawn(process, work)

        def settle(_task: object) -> None:
            if not done.done():
                done.set_result(None)

        task.add_done_callback(settle, context=_world_context())
        process.watch(done)
        await done
        process.unwatch(done)
        if not process.is_alive:
            return False, None
        return True, task.result()

    def stand_still(self, process: Process, duration: Duration) -> None:
        """Run no step of a process for so long, from now or from when it would have gone on."""
        process.still_until = max(process.still_until, self._now) + duration / SECOND

    def when_it_goes_on(self, process: Process, callback: Callable[[], object]) -> None:
        """Call back at once, or when a process that stands still goes on: then all is read."""
        if process.still_until > self._now:
            self.call_at(process.still_until, callback, context=_world_context())
        else:
            callback()

    def start(self, process: Process, work: Coroutine[Any, Any, object]) -> None:
        """Start a task of a process that nobody waits for."""
        self.spawn(process, work)  # type: ignore[unused-awaitable] # the process keeps it

    def run(self, main: Coroutine[Any, Any, Result]) -> Result:
        """Run until `main` is done, with threads forbidden.

        Raises:
            Deadlock: if nothing can ever happen any more before that.
            Livelock: if time stands still.
            ThreadStarted: if anything starts a thread.
        """
        with _no_threads():
            return self.run_until_complete(main)

    def _make_task(
        self, _loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> SimTask:
        self._tasks_made += 1
        context = options.get("context")
        process = _PROCESS.get() if context is None else context.get(_PROCESS)
        task = SimTask(coroutine, self._tasks_made, process, loop=self, **options)
        tasks = self._own_tasks if process is None else process.tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    def _note_fault(self, _loop: asyncio.AbstractEventLoop, facts: dict[str, Any]) -> None:
        error = facts.get("exception")
        task = facts.get("task") or facts.get("future")
        if isinstance(task, SimTask) and task.process is not None and not task.process.is_alive:
            return  # what a dead program says is not heard
        if not isinstance(error, PowerLost):
            self.faults.append(f"{facts.get('message')}: {type(error).__name__}: {error}")

    # -- the inside of asyncio's loop ------------------------------------------------------------

    def _run_once(self) -> None:
        """Run all steps that are due now, after moving time to the next timer if none is."""
        self._drop_cancelled_timers()
        ready, scheduled = self._ready, self._scheduled
        if not ready and not self._stopping:
            self._jump(scheduled)
        while scheduled and scheduled[0].when() <= self._now:
            timer = heapq.heappop(scheduled)
            timer._scheduled = False  # type: ignore[attr-defined]  # noqa: SLF001 - as asyncio does
            ready.append(timer)
        due = self._interleaved(ready) if len(ready) > 1 else list(ready)
        ready.clear()
        self.steps += len(due)
        self._still += len(due)
        if self._still > STEPS_AT_ONE_INSTANT_MAX:
            message = f"{self._still} steps at one instant; the last: {due[-1]!r}"
            raise Livelock(message)
        for handle in due:
            process = _process_of(handle)
            if process is not None and process.still_until > self._now:
                self._put_off(process, handle)
            elif not handle.cancelled() and (process is None or process.is_alive):
                handle._run()  # noqa: SLF001 - the loop is the one who runs handles

    def _put_off(self, process: Process, handle: asyncio.Handle) -> None:
        if not process.put_off:
            self.call_at(process.still_until, self._go_on, process, context=_world_context())
        process.put_off.append(handle)

    def _go_on(self, process: Process) -> None:
        """Run what was put off, in its order."""
        put_off, process.put_off = process.put_off, []
        self._ready.extend(put_off)  # if it stands still for longer, they are put off again

    def _jump(self, scheduled: list[asyncio.TimerHandle]) -> None:
        if not scheduled:
            waiting = sorted(
                (task for task in asyncio.all_tasks(self) if isinstance(task, SimTask)), key=hash
            )
            message = f"nothing will ever happen; waiting: {waiting[:8]!r}"
            raise Deadlock(message)
        if scheduled[0].when() > self._now:
            self._now = scheduled[0].when()
            self._still = 0

    def _drop_cancelled_timers(self) -> None:
        scheduled = self._scheduled
        if self._timer_cancelled_count > CANCELLED_TIMERS_MAX:
            kept = [timer for timer in scheduled if not timer.cancelled()]
            for timer in scheduled:
                timer._scheduled = not timer.cancelled()  # type: ignore[attr-defined]  # noqa: SLF001 - as asyncio does
            scheduled[:] = kept
            heapq.heapify(scheduled)
            self._timer_cancelled_count = 0
        while scheduled and scheduled[0].cancelled():
            self._timer_cancelled_count -= 1
            timer = heapq.heappop(scheduled)
            timer._scheduled = False  # type: ignore[attr-defined]  # noqa: SLF001 - as asyncio does

    def _interleaved(self, ready: deque[asyncio.Handle]) -> list[asyncio.Handle]:
        queues: dict[Process | None, deque[asyncio.Handle]] = {}
        for handle in ready:
            queues.setdefault(_process_of(handle), deque()).append(handle)
        if len(queues) == 1:
            return list(ready)
        waiting = list(queues.values())
        order: list[asyncio.Handle] = []
        while waiting:
            place = self._dice.below(len(waiting))
            order.append(waiting[place].popleft())
            if not waiting[place]:
                waiting.pop(place)
        return order

    async def create_server(self, protocol_factory: Any, *address: Any, **options: Any) -> Any:
        """Listen on the simulated network."""
        assert self.sockets is not None, "this world has no network for sockets"
        _, port = address
        return self.sockets.listen(protocol_factory, port)

    async def create_connection(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        """Connect over the simulated network."""
        assert self.sockets is not None, "this world has no network for sockets"
        return await self.sockets.connect(protocol_factory, host, port)

    def _process_events(self, event_list: Any) -> None:
        """Do nothing: there is no selector."""

    def _write_to_self(self) -> None:
        """Do nothing: nobody wakes us from another thread."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override] # it refuses most of what comes
        """Do pure work at once; refuse everything else.

        Raises:
            ThreadStarted: if the work is not known to be pure.
        """
        name = _name_of_work(func, args)
        if name not in PURE_WORK:
            raise ThreadStarted(name)
        done = self.create_future()
        with _pure_threads():
            done.set_result(func(*args))
        return done


def _name_of_work(func: Any, args: tuple[Any, ...]) -> str:
    while isinstance(func, functools.partial):
        # asyncio.to_thread: Context.run of the real one.
        is_in_context = isinstance(getattr(func.func, "__self__", None), Context)
        func = (*func.args, *args)[0] if is_in_context else func.func
    return f"{getattr(func, '__module__', '')}.{getattr(func, '__qualname__', '')}"


class PowerLost(BaseException):
    """Ends the running step of a process whose machine has just lost power.

    It is no `Exception`, so that no error handling of the product mistakes it for a fault.
    """


def _process_of(handle: asyncio.Handle) -> Process | None:
    return handle._context.get(_PROCESS)  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001 - asyncio keeps it there


def _world_context() -> Context:
    context = copy_context()
    context.run(_PROCESS.set, None)
    return context


_START_THREAD: Final = threading.Thread.start


def _refuse_thread(thread: threading.Thread) -> None:
    message = f"a thread was started: {thread.name}"
    raise ThreadStarted(message)


@contextmanager
def _no_threads() -> Iterator[None]:
    setattr(threading.Thread, "start", _refuse_thread)  # noqa: B010 - undone below
    try:
        yield
    finally:
        setattr(threading.Thread, "start", _START_THREAD)  # noqa: B010 - what it was


@contextmanager
def _pure_threads() -> Iterator[None]:
    """Let pure work that is under way use threads of its own, whose results come in order."""
    setattr(threading.Thread, "start", _START_THREAD)  # noqa: B010 - undone below
    try:
        yield
    finally:
        setattr(threading.Thread, "start", _refuse_thread)  # noqa: B010 - what it was
