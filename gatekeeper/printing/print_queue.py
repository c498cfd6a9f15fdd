"""Print jobs: durable before anything is sent, sent one after another, and never in a sale's way.

What is known of each job stands in the store, in transactions of its own. What was not sent is
tried again by itself; where a part may be on paper, a person looks and says what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.blocking import RunBlocking
from gatekeeper.printing.documents import (
    KINDS,
    Document,
    NameBadge,
    TicketPaper,
    decode_document,
    encode_document,
)
from gatekeeper.printing.ports import Paper
from gatekeeper.printing.print_outcome import NotSent, Printed, SendResult, Unknown, Why
from gatekeeper.printing.printer_profiles import EscposProfile, PictureProfile
from gatekeeper.printing.printer_setup import PrinterSetup, decode_setup, open_printer
from gatekeeper.printing.rendering import render
from gatekeeper.store.picture_store import PictureStore
from gatekeeper.store.print_job_table import ASKING, WAITING, JobState, PrintJob
from gatekeeper.store.store import Store
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.ports import Clock

PRINT_AGAIN_AFTER: Final[Duration] = 3 * SECOND
"""So long after a printer took nothing, it is tried again."""
PRINT_JOBS_KEPT: Final = 5_000
"""Printed papers that can be had again: some days of a busy till."""

_HALF: Final = frozenset({Why.PAPER_ENDED, Why.CUT_OFF, Why.STOPPED})
_NEVER_AGAIN: Final = frozenset({Why.CANNOT_DRAW})
"""Tried again only if somebody asks."""
DISPLAY: Final = "display"
"""The printer of a till that has none: tickets are shown."""

IsNeeded = Callable[[Document], bool]
"""Tells whether a paper that waits is still worth printing."""


def need_all(_document: Document) -> bool:
    """Print whatever waits."""
    return True


_WARMING: Final = TicketPaper(digits="0" * 200, manual_code="", event="", ticket_type="")


def advice_key(job: PrintJob) -> str:
    """Return the catalogue's key of what is to be done about a job, or of how it is."""
    return f"print.{job.reason or job.state.value}"


class PrintQueue:
    """The jobs of one till; used by the loop that owns the store.

    Args:
        store: Where jobs stand.
        clock: When they were made.
        run_blocking: Runs what waits for printers.
        again_after: How long after a printer took nothing it is tried again.

    Attributes:
        is_needed: Asked of each paper right before it is printed.
        on_copy: Told of each paper that is printed or shown again and may be out, before it is;
            what it raises prints nothing.
        is_drawer_shut: The drawer was to open last, and the printer could not be told.
        is_roll_low: The roll that printed last is near its end.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        run_blocking: RunBlocking = asyncio.to_thread,
        again_after: Duration = PRINT_AGAIN_AFTER,
    ) -> None:
        self._store, self._clock = store, clock
        self._run_blocking, self._again_after = run_blocking, again_after
        self._find_picture = PictureStore(store.disk).read
        self._wake = asyncio.Event()
        self._drawer = asyncio.Lock()
        kept = store.prints.read_setup()
        self._setup = None if kept is None else decode_setup(kept)
        self.is_drawer_shut = self.is_roll_low = False
        self.is_needed: IsNeeded = need_all
        self.on_copy: Callable[[PrintJob], None] = lambda _: None
        self._leave_unsure(Why.TILL_STOPPED)
        # How far the printer came with them nobody has told this program.
        self._is_amid = any(job.state in ASKING for job in store.prints.list_open())

    # -- set-up --------------------------------------------------------------------------------

    @property
    def setup(self) -> PrinterSetup | None:
        """The printer, or None where tickets are shown on the display."""
        return self._setup

    def use(self, setup: PrinterSetup) -> None:
        """Print by another printer from now on; jobs that were not sent go there.

        Raises:
            BadInput: if it is none.
            StoreFault: if the disk refuses.
        """
        open_printer(setup, self._clock)
        with self._store.transaction("printer_setup"):
            self._store.prints.write_setup(setup.encode())
        self._setup = setup
        self._wake.set()

    # -- jobs ----------------------------------------------------------------------------------

    def enqueue(self, document: Document, about: str, copy: int = 0) -> PrintJob:
        """Take a document on; when this returns, its job is on disk and will be printed.

        Args:
            document: What.
            about: The sale, shift or ticket that it belongs to.
            copy: Which copy of a paper that is out it is; 0 for none.

        Raises:
            StoreFault: if the disk refuses; nothing is printed then, and the sale stands.
        """
        return self.enqueue_all([document], about, copy)[0]

    def enqueue_all(self, documents: list[Document], about: str, copy: int = 0) -> list[PrintJob]:
        """Take several documents on at once, each a job of its own, so that each is had again.

        Raises:
            StoreFault: if the disk refuses.
        """
        with self._store.transaction("print_job"):
            numbers = self.put_in(documents, about, copy)
        return [self.get(number) for number in numbers]

    def put_in(self, documents: list[Document], about: str, copy: int = 0) -> list[int]:
        """Take several documents on inside a transaction of the store; return their jobs' numbers.

        They are printed once it is committed: nothing here waits meanwhile.

        Raises:
            StoreFault: if the disk refuses.
        """
        at = self._clock.wall()
        printer = DISPLAY if self._setup is None else self._setup.address
        self._store.prints.forget(keep=PRINT_JOBS_KEPT)
        self._wake.set()
        return [
            self._store.prints.add(
                about=about,
                kind=KINDS[type(document)],
                document=encode_document(document),
                printer=printer,
                at=at,
                copy=copy,
            )
            for document in documents
        ]

    def get(self, number: int) -> PrintJob:
        """Return a job.

        Raises:
            BadInput: if there is none of that number.
        """
        job = self._store.prints.get(number)
        if job is None:
            raise BadInput(f"there is no print job {number}")
        return job

    def list_open(self) -> list[PrintJob]:
        """Return the jobs about which something is to be done, oldest first."""
        return self._store.prints.list_open()

    def list_about(self, about: str) -> list[PrintJob]:
        """Return the jobs of a sale, a shift or a ticket."""
        return self._store.prints.list_about(about)

    def copy_made_anew(self, at: Instant) -> int:
        """Say which copy a paper is of which no job is known; 0 if it is surely the first.

        A job may be forgotten, as the oldest ones are; its paper is out all the same.

        Args:
            at: When what it tells was done, by the clock here.
        """
        return int(self._store.prints.may_have_forgotten(at, keep=PRINT_JOBS_KEPT))

    def again(self, number: int) -> PrintJob:
        """Print a job once more; it is marked as a copy if any of it may be on paper already.

        Raises:
            BadInput: if there is none, it is being printed, or it is forgotten, as badges are.
            StoreFault: if the disk refuses.
        """
        job = self.get(number)
        if job.state is JobState.PRINTING:
            raise BadInput("it is being printed; wait for the printer")
        if not job.document:
            message = "it named its holder and has been deleted; make it again from the guest list"
            raise BadInput(message)
        return self._put(
            self._as_further_copy(job), state=JobState.QUEUED, reason="", confirmed_by=""
        )

    def _as_further_copy(self, job: PrintJob) -> PrintJob:
        """Count what is made of a paper that may be out as one more, and tell of it."""
        if job.sends > 0 and job.state not in WAITING:
            job = msgspec.structs.replace(job, copy=job.copy + 1)
            self.on_copy(job)
        return job

    def confirm(self, number: int) -> PrintJob:
        """Take note that somebody has looked: the paper is there, whole and readable.

        Raises:
            BadInput: if nobody has to look.
            StoreFault: if the disk refuses.
        """
        job = self.get(number)
        if job.state not in ASKING:
            raise BadInput(f"job {number} is {job.state.value}; there is nothing to confirm")
        return self._put(job, state=JobState.PRINTED, reason="", confirmed_by="cashier")

    def drop(self, number: int) -> PrintJob:
        """Take note that a job is not needed any more, such as a ticket that was shown.

        Raises:
            BadInput: if there is none, or it is being printed.
            StoreFault: if the disk refuses.
        """
        job = self.get(number)
        if job.state is JobState.PRINTING:
            raise BadInput("it is being printed; wait for the printer")
        return self._put(job, state=JobState.DROPPED, reason="", confirmed_by="cashier")

    async def show(self, number: int, profile: PictureProfile) -> bytes:
        """Return a job as a PNG picture: its QR code and manual code for the display.

        Of a paper that may be out it is one more, marked and on record as a copy. Of one that was
        not sent it is the first: what is printed or shown of it from then on is a copy.

        Raises:
            BadInput: if there is none, or it is forgotten.
            StoreFault: if the disk refuses.
        """
        job = self.get(number)
        if not job.document:
            message = "it named its holder and has been deleted; make it again from the guest list"
            raise BadInput(message)
        document, job = decode_document(job.document), self._as_further_copy(job)
        picture = await self._run_blocking(
            lambda: render(document, profile, copy=job.copy, find_picture=self._find_picture)
        )
        paper: dict[str, object] = {"sends": job.sends + 1}
        if job.state in WAITING:
            paper |= {"state": JobState.PRINTED, "reason": "", "confirmed_by": "picture"}
        self._put(job, **paper)
        return picture

    async def kick_drawer(self) -> NotSent | None:
        """Open the drawer; None once the printer was told, else why it was not."""
        if self._setup is None:
            return NotSent(Why.UNREACHABLE)
        printer = open_printer(self._setup, self._clock)
        async with self._drawer:
            refused = await self._run_blocking(lambda: printer.kick_drawer(at_once=self._is_amid))
        profile = self._setup.profile
        has_drawer = isinstance(profile, EscposProfile) and bool(profile.drawer_pin)
        self.is_drawer_shut = has_drawer and refused is not None
        return refused

    # -- printing ------------------------------------------------------------------------------

    async def work(self) -> None:
        """Print what waits, for as long as the till runs."""
        await self._warm_up()
        while True:
            self._wake.clear()
            rests = await self.print_waiting()
            try:
                seconds = self._again_after / SECOND if rests else None
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _warm_up(self) -> None:
        """Read libraries and fonts, so that the first guest's paper does not wait for them."""
        if self._setup is not None:
            profile = self._setup.profile
            await self._run_blocking(lambda: render(_WARMING, profile))

    async def print_waiting(self) -> bool:
        """Print jobs in their order until none waits or the printer takes none.

        Returns:
            Whether some still wait.
        """
        while (setup := self._setup) is not None:
            try:
                self._leave_unsure(Why.NO_ANSWER)
                job = self._first_waiting()
                if job is None:
                    return False
                done = await self._print(job, setup)
            except StoreFault:
                return True  # the job stays as it was; the disk's fault is shown elsewhere
            if done.state in WAITING and done.reason not in _NEVER_AGAIN:
                return True
        return False

    def _first_waiting(self) -> PrintJob | None:
        for job in self._store.prints.list_open():
            if job.state in WAITING and job.reason not in _NEVER_AGAIN:
                return job
        return None

    async def _print(self, job: PrintJob, setup: PrinterSetup) -> PrintJob:
        printer = open_printer(setup, self._clock)
        try:
            document, copy = decode_document(job.document), job.copy
            data = await self._run_blocking(
                lambda: render(
                    document, printer.profile, copy=copy, find_picture=self._find_picture
                )
            )
        except Exception:  # noqa: BLE001 - whatever a library finds wrong with a name, the till goes on
            return self._put(job, state=JobState.GONE, reason=Why.CANNOT_DRAW.value)
        job = self.get(job.number)  # somebody may have dropped it meanwhile
        if job.state not in WAITING or not self.is_needed(document):
            return self._put(job, state=JobState.DROPPED, reason="")
        clears = job.sends > 0 or self._is_amid
        job = self._put(
            job,
            state=JobState.PRINTING,
            reason="",
            sends=job.sends + 1,
            printer=setup.address,
        )
        name = f"{job.kind}-{job.number}" + (f"-copy-{job.copy}" if job.copy else "")
        # Every try has a token of its own: a late answer confirms nothing but its own try.
        paper = Paper(name, data, (job.number * 7 + job.sends) % 10_000, clears)
        async with self._drawer:
            result = await self._run_blocking(lambda: printer.send(paper))
        return self._settle(job, result)

    def _settle(self, job: PrintJob, result: SendResult) -> PrintJob:
        if not isinstance(result, NotSent):
            self._is_amid = isinstance(result, Unknown) and result.is_cut
        match result:
            case Printed():
                self.is_roll_low = result.is_roll_low
                is_badge = job.kind == KINDS[NameBadge]
                return self._put(
                    job,
                    state=JobState.PRINTED,
                    reason="",
                    confirmed_by="printer",
                    document=b"" if is_badge else job.document,
                )
            case Unknown():
                half = result.why in _HALF
                state = JobState.HALF_PRINTED if half else JobState.UNKNOWN
                return self._put(job, state=state, reason=result.why.value)
            case NotSent():
                # Nothing of this try is on paper, so the next one is no copy.
                is_empty = result.why is Why.NO_PAPER
                state = JobState.OUT_OF_PAPER if is_empty else JobState.GONE
                return self._put(job, state=state, reason=result.why.value, sends=job.sends - 1)

    def _leave_unsure(self, why: Why) -> None:
        """Let somebody look at what was being printed when till, worker or disk failed."""
        for job in self._store.prints.list_open():
            if job.state is JobState.PRINTING:
                self._put(job, state=JobState.UNKNOWN, reason=why.value)

    def _put(self, job: PrintJob, **changes: object) -> PrintJob:
        changed: PrintJob = msgspec.structs.replace(job, changed_at=self._clock.wall(), **changes)
        with self._store.transaction("print_job"):
            self._store.prints.put(changed)
        if changed.state is JobState.QUEUED:
            self._wake.set()
        return changed
