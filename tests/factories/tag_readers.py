"""Tag readers on their threads, fast enough for tests; what they read, and tags to lay there."""

from __future__ import annotations

import threading
from collections.abc import Callable

from gatekeeper.readers.nfc.ports import TagLink, TagReader
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource, SourceTiming
from gatekeeper.readers.nfc.tag_scan import (
    TagEvent,
)
from shared.credential.ndef_record import to_ndef
from shared.kernel.instant import MILLISECOND, Duration
from tests.factories.tags import TAG_UID, tag_credential
from tests.factories.waiting import collect, until
from tests.fakes.nfc_devices import FakeDevice
from tests.fakes.nfc_tags import FakeNtag21x

TIMING = SourceTiming(
    pace=5 * MILLISECOND,
    absence=30 * MILLISECOND,
    ask_again=10 * MILLISECOND,
    retry=10 * MILLISECOND,
    faults_max=3,
)
Start = Callable[[TagReader], NfcSource]


class ScriptedReader:
    """A reader whose behaviour a test writes down."""

    name = "scripted"

    def __init__(self) -> None:
        self.opened = 0
        self._pause = threading.Event()

    def open(self) -> None:
        """Count how often it was opened."""
        self.opened += 1

    def sense(self, wait: Duration) -> bytes | None:
        """Find nothing in the field."""
        self._pause.wait(0.002)
        return None

    def activate(self) -> TagLink | None:
        """Give no tag."""
        return None

    def close(self) -> None:
        """Have nothing to close."""
        return


def take_tags(source: NfcSource, count: int = 1) -> list[TagEvent]:
    """Return so many readings, once they are there."""
    return collect(source.poll, count)


def ticket_tag(uid: bytes = TAG_UID) -> FakeNtag21x:
    """Make a tag with a ticket on it."""
    tag = FakeNtag21x("213", uid)
    tag.store(to_ndef(tag_credential(uid)))
    return tag


def lift_tag(source: NfcSource, device: FakeDevice) -> None:
    """Let enough looks into the field pass for a tag that is gone to be gone."""
    device.tag = None
    until(lambda: not source._present)
