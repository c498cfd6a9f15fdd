"""What this device tells the organizer of itself, with the exchanges that it makes anyway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.gate.clock import GateClock
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.store.store import Store
from gatekeeper.version import PROGRAM
from shared.kernel.instant import SECOND, Duration
from shared.wire.device_report import (
    PARTS_MAX,
    PAUSES_MAX,
    REPORT_VERSION,
    WORD_SIZE_MAX,
    DeviceReport,
    PartReport,
    encode_report,
)

REPORT_EVERY: Final[Duration] = 60 * SECOND
"""How often a device tells how it stands where nothing lasting has changed."""
CLOCK_MOVED: Final[Duration] = 5 * SECOND
"""A device's clock that was set by more is told at once."""

Parts = Callable[[], tuple[PartReport, ...]]


def no_parts() -> tuple[PartReport, ...]:
    """Tell of nothing."""
    return ()


def no_battery() -> int | None:
    """Tell of no battery."""
    return None


class DeviceReports:
    """Says how a device stands, when that has changed and now and then.

    Attributes:
        is_pushed: Whether the server's pushes reach it; None until that is known.
    """

    def __init__(
        self,
        store: Store,
        knowledge: Knowledge,
        clock: GateClock,
        read_battery: Callable[[], int | None] = no_battery,
        read_readers: Parts = no_parts,
    ) -> None:
        """Read of these; nothing is read yet."""
        self._store, self._knowledge, self._clock = store, knowledge, clock
        self._read_battery, self._read_readers = read_battery, read_readers
        self._said: tuple[object, ...] = ()
        self._said_at: Duration | None = None
        self._keys: tuple[object, str] = (None, "")
        self._said_offset: Duration | None = None
        self._is_leaving = self._said_behind = False
        self.is_pushed: bool | None = None

    def leave(self) -> None:
        """Say with the next exchange that this device closes, so that nobody misses it."""
        self._is_leaving = True

    def due(self) -> bytes:
        """Return the report to send with the next exchange; empty where none is due.

        What moves with every scan makes none due by itself. Whoever has more of the feed to read
        than one page says so, and when they have read it: nobody waits a minute for the board.
        """
        report, now = self._report(), self._clock.elapsed()
        lasting = (
            report.program,
            report.epoch,
            report.plan,
            report.keyring,
            report.manifest_sequence,
            report.is_clock_trusted,
            report.clock_offset is None,
            report.readers,
            report.printers,
            report.is_leaving,
            report.is_pushed,
            self._evacuations(),
        )
        is_fresh = self._said_at is not None and now - self._said_at < REPORT_EVERY
        is_behind = report.cursor < report.head
        offset = self._clock.offset()
        has_news = is_behind != self._said_behind or self._has_moved(offset)
        if lasting == self._said and is_fresh and not has_news:
            return b""
        self._said_offset = offset
        self._said, self._said_at, self._said_behind = lasting, now, is_behind
        return encode_report(report)

    def _has_moved(self, offset: Duration | None) -> bool:
        """Whether the clock was set, right or wrong, since this was told."""
        said = self._said_offset
        return offset is not None and said is not None and abs(offset - said) > CLOCK_MOVED

    def _report(self) -> DeviceReport:
        state, event = self._knowledge.state, self._knowledge.event
        return DeviceReport(
            v=REPORT_VERSION,
            program=PROGRAM[:WORD_SIZE_MAX],
            epoch=state.epoch,
            cursor=state.cursor,
            head=state.head,
            plan=0 if event is None else event.config.sequence,
            keyring=self._keyring(),
            manifest_epoch=0 if event is None else state.manifest_epoch,
            manifest_sequence=0 if event is None else state.manifest_sequence,
            pending=self._store.journal.pending,
            clock_offset=self._clock.offset(),
            clock_error=self._clock.offset_error(),
            is_clock_trusted=self._clock.is_trusted,
            battery=self._read_battery(),
            readers=self._read_readers()[:PARTS_MAX],
            printers=self._printers(),
            is_leaving=self._is_leaving,
            pauses=self._pauses(),
            is_pushed=self.is_pushed,
        )

    def _pauses(self) -> tuple[str, ...] | None:
        event = self._knowledge.event
        if event is None:
            return None
        return tuple(pause.place_id for pause in event.config.pauses[:PAUSES_MAX])

    def _keyring(self) -> str:
        """Name the ticket keys that are known; reckoned once for each keyring."""
        event = self._knowledge.event
        if event is None:
            return ""
        if self._keys[0] is not event.keyring:
            self._keys = (event.keyring, event.keyring.name_for(event.config.event_id))
        return self._keys[1]

    def _evacuations(self) -> tuple[object, ...]:
        """Return what is known of evacuations: the server lists who has not heard it."""
        event = self._knowledge.event
        return () if event is None else self._store.uses.evacuations.list_all(event.event_id)

    def _printers(self) -> tuple[PartReport, ...]:
        if self._store.prints.read_setup() is None:
            return ()
        waiting = len(self._store.prints.list_open())
        return (PartReport("printer", f"waiting {waiting}" if waiting else "ready"),)
