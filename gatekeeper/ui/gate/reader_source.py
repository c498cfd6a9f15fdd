"""Readers that are no keyboard and no camera, between the engine's thread and the window's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.lane_readers import LaneReaders, ReaderNews, WatchedReader
from gatekeeper.readers.nfc.tag_scan import SilentPhone, TagScan, TagTorn
from gatekeeper.readers.ports import ReaderHealth
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.wording.texts import TEXTS
from shared.kernel.languages import ENGLISH

_POLL_SECONDS: Final = 0.01


class ReaderSource(QObject):
    """Serial imagers and NFC readers of a kiosk.

    They are asked in the engine's thread; its signals arrive in the window's.

    Args:
        readers: Started already; closed by this.
        debounce: Of the lane.
        parent: Owner.

    Attributes:
        problem: What is wrong with readers now, in words for a person, or "".
    """

    scanned = Signal(str)
    tagged = Signal(object)  # TagScan
    torn = Signal()
    silent_phone = Signal()
    problem_changed = Signal()

    def __init__(
        self,
        readers: Sequence[WatchedReader],
        debounce: Debounce,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.problem = ""
        self._lane_readers = LaneReaders(readers, debounce)
        self._has_readers = bool(readers)

    def start(self, engine: EngineThread) -> None:
        """Listen from now on."""
        if self._has_readers:
            engine.repeat(self._poll, _POLL_SECONDS)

    def close(self) -> None:
        """Let the readers go; once the engine's thread has ended."""
        self._lane_readers.close()

    def _poll(self) -> None:
        for reading in self._lane_readers.poll():
            if isinstance(reading, TagTorn):
                self.torn.emit()
            elif isinstance(reading, SilentPhone):
                self.silent_phone.emit()
            elif isinstance(reading, TagScan):
                self.tagged.emit(reading)
            else:
                self.scanned.emit(reading.text)
        problem = " · ".join(_spell(trouble) for trouble in self._lane_readers.troubles)
        if problem != self.problem:
            self.problem = problem
            self.problem_changed.emit()


def _spell(trouble: ReaderNews) -> str:
    """Say what to do about a reader; drivers explain themselves in English only."""
    if TEXTS.language == ENGLISH:
        return f"{trouble.name}: {trouble.fault}"
    is_broken = trouble.health is ReaderHealth.BROKEN
    return TEXTS.say("reader.broken" if is_broken else "reader.absent", name=trouble.name)
