"""Tag readers that are unplugged, fail or hang: named, picked up again, and never in the way."""

from __future__ import annotations

import threading
import time

import pytest

from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.tag_faults import ReaderLost
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
from gatekeeper.readers.nfc.tag_scan import (
    TagScan,
)
from gatekeeper.readers.ports import ReaderHealth
from shared.kernel.instant import Duration
from tests.factories.tag_readers import (
    TIMING,
    ScriptedReader,
    Start,
    lift_tag,
    take_tags,
    ticket_tag,
)
from tests.factories.tags import tag_credential
from tests.factories.waiting import until
from tests.fakes.nfc_devices import FakeDevice, Pn532Line, UdpField, frontend_of
from tests.fakes.nfc_tags import FakeNtag21x


def test_an_unplugged_reader_is_named_and_picked_up_again(
    source: NfcSource, device: FakeDevice
) -> None:
    """Absent, with what to do; ready when it returns; the same tag is a new scan then."""
    device.tag = ticket_tag()
    take_tags(source)
    for _ in range(5):
        device.is_plugged = False
        until(lambda: source.health is ReaderHealth.ABSENT)
        assert "plug it in" in source.fault
        device.is_plugged = True
        until(lambda: source.health is ReaderHealth.READY)
        assert source.fault == ""
        assert len(take_tags(source)) == 1


def test_a_serial_reader_comes_back_on_another_line(start: Start) -> None:
    """A PN532 pulled out and plugged in again, by nfcpy's own driver and transport."""
    lines = [Pn532Line(ticket_tag())]

    def open_newest(_path: str) -> object:
        from gatekeeper.readers.nfc.nfcpy_reader import open_frontend

        return open_frontend(f"{lines[-1].port}:pn532")

    source = start(NfcpyReader("serial", opener=open_newest))
    assert len(take_tags(source)) == 1
    for _ in range(3):
        lines[-1].unplug()
        until(lambda: source.health is ReaderHealth.ABSENT)
        lines.append(Pn532Line(ticket_tag()))
        assert len(take_tags(source)) == 1
        assert source.health is ReaderHealth.READY
    source.close()
    lines[-1].unplug()


def test_a_reader_that_is_plugged_in_later_is_found(start: Start) -> None:
    """Absent from the start is no fault of the program's."""
    device = FakeDevice(ticket_tag())
    plugged = threading.Event()

    def opener(_path: str) -> object:
        if not plugged.is_set():
            raise OSError(19, "No such device")
        return frontend_of(device)

    source = start(NfcpyReader("usb:054c", opener=opener))
    until(lambda: source.fault)
    assert source.health is ReaderHealth.ABSENT
    assert source.name == "NFC usb:054c"
    plugged.set()
    assert len(take_tags(source)) == 1


def test_a_reader_with_nothing_but_faults_is_broken(start: Start) -> None:
    """It opens and fails at once, again and again; unplugged it is absent."""

    class Faulty(ScriptedReader):
        is_plugged = True

        def open(self) -> None:
            if not self.is_plugged:
                raise ReaderLost("plug it in")
            super().open()

        def sense(self, wait: Duration) -> bytes | None:
            raise ReaderLost("no answer")

    reader = Faulty()
    source = start(reader)
    until(lambda: source.health is ReaderHealth.BROKEN)
    assert reader.opened >= TIMING.faults_max
    reader.is_plugged = False
    until(lambda: source.health is ReaderHealth.ABSENT)
    assert source.fault == "plug it in"


def test_a_driver_that_stumbles_does_not_end_the_reader(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """Any exception of a driver is a fault with words, and it goes on."""

    class Stumbling(ScriptedReader):
        def sense(self, wait: Duration) -> bytes | None:
            if self.opened == 1:
                raise ZeroDivisionError
            return super().sense(wait)

    source = start(Stumbling())
    until(lambda: source.health is ReaderHealth.READY)
    assert "ZeroDivisionError" in caplog.text


def test_several_readers_work_side_by_side(start: Start) -> None:
    """Three at once; one unplugged does not disturb the others."""
    devices = [FakeDevice(ticket_tag(bytes((4, n, 0, 0, 0, 0, 0)))) for n in range(3)]
    by_path = {f"reader {n}": device for n, device in enumerate(devices)}
    sources = [
        start(NfcpyReader(path, opener=lambda path: frontend_of(by_path[path])))
        for path in by_path
    ]
    for source in sources:
        assert len(take_tags(source)) == 1
    devices[0].is_plugged = False
    until(lambda: sources[0].health is ReaderHealth.ABSENT)
    for source, device in zip(sources[1:], devices[1:], strict=True):
        lift_tag(source, device)
        device.tag = ticket_tag()
        assert len(take_tags(source)) == 1


def test_a_reader_that_hangs_holds_up_nobody(start: Start) -> None:
    """Asking what was read costs microseconds while the driver is stuck in a call."""
    stuck, release = threading.Event(), threading.Event()

    class Hanging(ScriptedReader):
        def sense(self, wait: Duration) -> bytes | None:
            stuck.set()
            release.wait(60)
            return None

    source = start(Hanging())
    assert stuck.wait(60)
    began = time.perf_counter()
    for _ in range(1000):
        assert source.poll() == []
        assert source.health is not None
    assert time.perf_counter() - began < 30, "each of them waited for the driver"
    release.set()


def test_a_lane_that_fetches_nothing_does_not_fill_the_memory(
    source: NfcSource, device: FakeDevice
) -> None:
    """The oldest readings are dropped, the newest kept."""
    for number in range(70):
        device.tag = FakeNtag21x("213", bytes((4, number, 0, 0, 0, 0, 0)), signed=False)
        until(lambda: list(source._present) == [device.tag.uid])  # type: ignore[union-attr] # just set
    events = source.poll()
    assert len(events) == 64
    last = events[-1]
    assert isinstance(last, TagScan)
    assert last.uid[1] == 69


def test_the_whole_program_needs_only_a_path(start: Start) -> None:
    """Over UDP: nothing of the tag is inside the process but nfcpy's own driver."""
    field = UdpField(ticket_tag())
    source = start(NfcpyReader(field.path))
    (scan,) = take_tags(source)
    assert isinstance(scan, TagScan)
    assert scan.credential == tag_credential()
    source.close()
    field.close()
