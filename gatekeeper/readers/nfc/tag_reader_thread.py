"""One tag reader on a thread of its own: finds it, reads tags, writes them, finds it again.

Nothing here waits for the lane and the lane never waits for the reader: readings queue up, the
oldest is dropped if nobody fetches them, and `poll` returns at once.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from gatekeeper.readers.debounce import TAG_ABSENCE
from gatekeeper.readers.nfc.ports import TagReader, is_random_uid
from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagLost
from gatekeeper.readers.nfc.tag_scan import SilentPhone, TagEvent, TagTorn
from gatekeeper.readers.nfc.writing import MakeCredential, TagWritten, WritingRule, write_tag
from gatekeeper.readers.ports import ReaderHealth
from shared.credential.tag_originality import NXP_PUBLIC_KEYS
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.ports import Clock

PHONE_ASKED_EVERY: Final[Duration] = 500 * MILLISECOND
"""A phone on the tag reader gives its ticket once it is unlocked, or its wallet open."""

_log: Final = logging.getLogger(__name__)

_EVENTS_MAX: Final = 64
_ANY_PHONE: Final = b"\x08"


@dataclass(frozen=True, slots=True)
class SourceTiming:
    """How often a reader is asked.

    Attributes:
        pace: Between two looks into the field.
        absence: After this long out of the field the same tag is a new scan.
        ask_again: Between two questions to a phone that gives no ticket yet.
        retry: Between two attempts to find a reader that is gone.
        faults_max: A reader that is lost so often in a row, each time right after it was opened,
            is shown as broken.
    """

    pace: Duration = 50 * MILLISECOND
    absence: Duration = TAG_ABSENCE
    ask_again: Duration = PHONE_ASKED_EVERY
    retry: Duration = SECOND
    faults_max: int = 3


@dataclass(frozen=True, slots=True)
class _WriteJob:
    make_credential: MakeCredential
    rule: WritingRule
    written: Future[TagWritten]


class NfcSource:
    """A running reader, of the shape that `gatekeeper.readers.serial.serial_imager_thread` has.

    Attributes:
        fault: What a person can do about a reader that is not ready, or an empty text.
    """

    def __init__(
        self,
        reader: TagReader,
        clock: Clock,
        *,
        timing: SourceTiming | None = None,
        maker_keys: tuple[bytes, ...] = NXP_PUBLIC_KEYS,
    ) -> None:
        """Start reading at once; the reader may come later."""
        self.fault = ""
        self._reader = reader
        self._clock = clock
        self._timing = timing or SourceTiming()
        self._maker_keys = maker_keys
        self._events: deque[TagEvent] = deque(maxlen=_EVENTS_MAX)
        self._jobs: deque[_WriteJob] = deque()
        self._health = ReaderHealth.ABSENT
        self._faults = 0
        self._present: dict[bytes, Duration] = {}  # tags that lie there: when last met
        self._torn: bytes | None = None
        self._silent_at: Duration | None = None  # when the phone that lies there was asked in vain
        self._seen_at: Duration = Duration(0)
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"nfc {reader.name}", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self._reader.name

    @property
    def health(self) -> ReaderHealth:
        """How it is now."""
        return self._health

    def poll(self) -> list[TagEvent]:
        """Return what happened since the last call, oldest first."""
        events: list[TagEvent] = []
        while self._events:
            events.append(self._events.popleft())
        return events

    def request_write(
        self, make_credential: MakeCredential, rule: WritingRule | None = None
    ) -> Future[TagWritten]:
        """Ask for the next tag that is put on the reader to be written, not read.

        Args:
            make_credential: Called on the reader's thread with the UID; signs the ticket.
            rule: Which tags are accepted.

        Returns:
            A future: `TagWritten`, or `TagUnusable` (take another tag, ask again), or `TagLost`
            (the same tag may be put on again, ask again), or what `make_credential` raised.
            Cancel it when the person gives up; the reader then reads on.
        """
        job = _WriteJob(
            make_credential, rule or WritingRule(maker_keys=self._maker_keys), Future()
        )
        self._jobs.append(job)
        return job.written

    def close(self) -> None:
        """Let the reader go; may be called twice. Waits for at most the driver's last answer."""
        self._quit.set()
        self._thread.join(timeout=5)
        while self._jobs:
            self._jobs.popleft().written.cancel()

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._quit.is_set():
            is_open = False
            try:
                self._reader.open()
                is_open = True
                self._serve()
            except ReaderLost as fault:
                self._note_fault(str(fault), is_open=is_open)
            # The thread's edge: a driver may raise anything, and a reader whose thread has died
            # would look like one that nobody uses.
            except Exception as fault:  # noqa: BLE001 - see above
                _log.warning("%s: %s", self.name, type(fault).__name__, exc_info=fault)
                text = f"its driver failed ({type(fault).__name__}); unplug it and plug it in"
                self._note_fault(text, is_open=is_open)
            self._reader.close()
            if not self._quit.is_set():
                self._quit.wait(self._timing.retry / SECOND)

    def _note_fault(self, fault: str, *, is_open: bool) -> None:
        self._faults += is_open
        is_broken = is_open and self._faults >= self._timing.faults_max
        self._health = ReaderHealth.BROKEN if is_broken else ReaderHealth.ABSENT
        self.fault = fault
        self._present, self._torn, self._silent_at = {}, None, None

    def _serve(self) -> None:
        pace = self._timing.pace
        while not self._quit.is_set():
            uid = self._reader.sense(pace)
            self._faults, self._health, self.fault = 0, ReaderHealth.READY, ""
            now = self._clock.monotonic()
            # A phone's UID is another one at each look; it is still the same phone.
            who = _ANY_PHONE if uid and is_random_uid(uid) else uid
            # Of several tags that lie there readers meet now this one, now that one.
            self._present = {
                one: now if one == who else at
                for one, at in self._present.items()
                if one == who or now - at <= self._timing.absence
            }
            if _ANY_PHONE not in self._present:
                self._silent_at = None
            if who is None:
                if now - self._seen_at > self._timing.absence:
                    self._torn = None
                continue
            self._seen_at = now
            if self._write_if_asked(who) or self._is_known(who, now) or not self._read(who):
                self._quit.wait(pace / SECOND)

    def _is_known(self, who: bytes, now: Duration) -> bool:
        """Tell whether a tag was read since it was laid there, or a phone asked just now."""
        asked_at = self._silent_at if who == _ANY_PHONE else None
        is_due = asked_at is not None and now - asked_at >= self._timing.ask_again
        return who in self._present and not is_due

    def _read(self, who: bytes) -> bool:
        """Read a tag; False if it has left, or is a thing that lets nobody speak to it."""
        now = self._clock.monotonic()
        try:
            link = self._reader.activate()
            if link is None:
                raise TagLost
            scan = read_tag(link, source=self.name, at_monotonic=now, maker_keys=self._maker_keys)
        except TagLost:
            # Not remembered: if it comes back within reach it is read again at once.
            if self._torn != who and not (who == _ANY_PHONE and self._silent_at is not None):
                self._torn = who
                self._events.append(TagTorn(self.name, now))
            return False
        self._present[who] = now
        is_silent = who == _ANY_PHONE and scan.credential is None and scan.text is None
        if not is_silent:
            self._events.append(scan)
        elif self._silent_at is None:
            # Held there for the code on its screen: it is no ticket that could be refused.
            self._events.append(SilentPhone(self.name, now))
        if who == _ANY_PHONE:
            self._silent_at = now if is_silent else None
        return True

    def _write_if_asked(self, who: bytes) -> bool:
        while self._jobs:
            job = self._jobs.popleft()
            if job.written.set_running_or_notify_cancel():
                self._write(who, job)
                return True
        return False

    def _write(self, who: bytes, job: _WriteJob) -> None:
        self._present[who] = self._clock.monotonic()  # what was just written is not a scan
        link = self._reader.activate()
        try:
            if link is None:
                raise TagLost("hold the tag still until it is written")
            job.written.set_result(write_tag(link, job.make_credential, job.rule))
        except ReaderLost as fault:
            job.written.set_exception(fault)
            raise
        # The signer is the caller's, and so is what it raises.
        except Exception as fault:  # noqa: BLE001 - handed to the caller, on whose thread it counts
            job.written.set_exception(fault)
