"""All readers of one lane: what they read, each ticket once, and how they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.nfc.tag_scan import SilentPhone, TagScan, TagTorn
from gatekeeper.readers.ports import RawScan, ReaderHealth
from shared.wire.device_report import WORD_SIZE_MAX, PartReport

Reading: TypeAlias = RawScan | TagScan | TagTorn | SilentPhone


class WatchedReader(Protocol):
    """A reader of codes or of tags, with words for a person about what is wrong with it."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def health(self) -> ReaderHealth:
        """How it is now."""

    @property
    def fault(self) -> str:
        """What a person can do about it, or an empty text."""

    def poll(self) -> Sequence[Reading]:
        """Return what was read since the last call, oldest first. Never waits, never raises."""

    def close(self) -> None:
        """Let the device go; may be called twice."""


@dataclass(frozen=True, slots=True)
class ReaderNews:
    """How a reader is.

    Attributes:
        name: The reader's.
        health: How it is since then.
        fault: What a person can do about it, or an empty text.
    """

    name: str
    health: ReaderHealth
    fault: str

    def __str__(self) -> str:
        """Say it to a person."""
        said = f"{self.name}: {self.health.value}"
        return f"{said}; {self.fault}" if self.fault else said


def tell_parts(readers: Sequence[WatchedReader]) -> tuple[PartReport, ...]:
    """Say of each reader how it is, for the device's report."""
    size = WORD_SIZE_MAX
    return tuple(PartReport(one.name[:size], one.health.value[:size]) for one in readers)


class LaneReaders:
    """Several readers as one; polled by one thread, and never waits."""

    def __init__(self, readers: Sequence[WatchedReader], debounce: Debounce) -> None:
        """Watch readers that were started already; `debounce` is that of the lane."""
        self._readers = tuple(readers)
        self._told: list[ReaderHealth | None] = [None] * len(self._readers)
        self._debounce = debounce

    def poll(self) -> list[Reading]:
        """Return what is new, reader by reader, each reader's oldest first.

        A ticket that two readers see, or one reader twice within a second, is one reading.
        """
        return [
            reading
            for reader in self._readers
            for reading in reader.poll()
            if self._is_new(reading)
        ]

    def news(self) -> list[ReaderNews]:
        """Return what has changed in how readers are since the last call."""
        found = []
        for number, reader in enumerate(self._readers):
            health, fault = reader.health, reader.fault
            is_untried = health is ReaderHealth.ABSENT and not fault
            if is_untried or health is self._told[number]:
                continue
            self._told[number] = health
            found.append(ReaderNews(reader.name, health, fault))
        return found

    @property
    def troubles(self) -> tuple[ReaderNews, ...]:
        """Which readers are not ready now, and why."""
        return tuple(
            ReaderNews(reader.name, reader.health, reader.fault)
            for reader in self._readers
            if reader.health is not ReaderHealth.READY and reader.fault
        )

    def close(self) -> None:
        """Let all readers go; may be called twice."""
        for reader in self._readers:
            reader.close()

    def _is_new(self, reading: Reading) -> bool:
        if isinstance(reading, TagTorn | SilentPhone):
            return True
        text = tag_name(reading) if isinstance(reading, TagScan) else reading.text
        return self._debounce.is_new(text, reading.at_monotonic)


def tag_name(scan: TagScan) -> str:
    """Name a tag where only texts are known; no code that can be read says the same."""
    return f"\ud800tag:{scan.uid.hex()}"
