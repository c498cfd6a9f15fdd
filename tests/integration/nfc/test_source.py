"""A tag reader on its thread: one scan a tap, writing, tearing, unplugging, never in the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace

import nfc.clf
import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.ports import TagLink, TagReader
from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagLost, TagUnusable
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource, SourceTiming
from gatekeeper.readers.nfc.tag_scan import (
    SilentPhone,
    TagEvent,
    TagScan,
    TagTorn,
)
from gatekeeper.readers.nfc.writing import WritingRule
from gatekeeper.readers.ports import ReaderHealth
from shared.credential.ndef_record import to_ndef
from shared.credential.tag_originality import Originality
from shared.kernel.id_types import TicketId
from shared.kernel.instant import MILLISECOND, MINUTE, Duration
from tests.factories.tags import OTHER_UID, TAG_UID, TICKET_ID, tag_credential
from tests.factories.waiting import PATIENCE_S, collect, until
from tests.fakes.nfc_devices import FakeDevice, Pn532Line, UdpField, frontend_of
from tests.fakes.nfc_tags import FakeNtag21x, FakeNtag424, FakeType4Tag
from tests.fakes.ntag_issuer import TEST_PUBLIC_KEY

TIMING = SourceTiming(
    pace=5 * MILLISECOND,
    absence=30 * MILLISECOND,
    ask_again=10 * MILLISECOND,
    retry=10 * MILLISECOND,
    faults_max=3,
)
Start = Callable[[TagReader], NfcSource]


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that starts sources, and close them."""
    sources: list[NfcSource] = []

    def begin(reader: TagReader) -> NfcSource:
        sources.append(
            NfcSource(reader, SystemClock(), timing=TIMING, maker_keys=(TEST_PUBLIC_KEY,))
        )
        return sources[-1]

    yield begin
    for source in sources:
        source.close()
        source.close()


@pytest.fixture
def device() -> FakeDevice:
    """Give a reader in memory with nothing on it."""
    return FakeDevice()


@pytest.fixture
def source(start: Start, device: FakeDevice) -> NfcSource:
    """Give a running, ready source over it."""
    started = start(NfcpyReader("memory", opener=lambda _path: frontend_of(device)))
    until(lambda: started.health is ReaderHealth.READY)
    return started


def _take(source: NfcSource, count: int = 1) -> list[TagEvent]:
    return collect(source.poll, count)


def _ticket_tag(uid: bytes = TAG_UID) -> FakeNtag21x:
    tag = FakeNtag21x("213", uid)
    tag.store(to_ndef(tag_credential(uid)))
    return tag


def _rest(source: NfcSource, device: FakeDevice) -> None:
    """Let enough looks into the field pass for a tag that is gone to be gone."""
    device.tag = None
    until(lambda: not source._present)


# ---------------------------------------------------------------- reading


def test_a_tap_is_one_scan_however_long_it_lasts(source: NfcSource, device: FakeDevice) -> None:
    """Read once while it lies there; lifted and laid again it is a new scan."""
    tag = _ticket_tag()
    device.tag = tag
    (scan,) = _take(source)
    assert isinstance(scan, TagScan)
    assert scan.credential == tag_credential()
    assert scan.checks.originality is Originality.GENUINE
    assert scan.source == source.name == "NFC Fake Reader"
    seen = len(tag.commands)
    until(lambda: source._seen_at > scan.at_monotonic + 60 * MILLISECOND)
    assert source.poll() == []
    assert len(tag.commands) == seen
    _rest(source, device)
    device.tag = tag
    assert len(_take(source)) == 1


def test_two_tags_after_another_are_two_scans(source: NfcSource, device: FakeDevice) -> None:
    """The next holder need not wait for the first tag to be forgotten."""
    device.tag = _ticket_tag()
    first = _take(source)
    device.tag = _ticket_tag(OTHER_UID)
    second = _take(source)
    assert [scan.uid for scan in first + second if isinstance(scan, TagScan)] == [
        TAG_UID,
        OTHER_UID,
    ]


def test_two_tags_that_lie_there_are_one_scan_each(
    source: NfcSource, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wristband and a card in one hand: the reader meets them in turn, and nobody is refused."""
    both = [_ticket_tag(), _ticket_tag(OTHER_UID)]
    looks: list[int] = []
    sense = device.sense_tta

    def meet_in_turn(target: nfc.clf.RemoteTarget) -> nfc.clf.RemoteTarget | None:
        if not target.sel_req:
            looks.append(1)
            device.tag = both[len(looks) % 2]
        return sense(target)

    monkeypatch.setattr(device, "sense_tta", meet_in_turn)
    until(lambda: len(looks) > 20)
    scans = [event for event in source.poll() if isinstance(event, TagScan)]
    assert sorted(scan.uid for scan in scans) == sorted((TAG_UID, OTHER_UID))


def test_a_phone_with_changing_uids_is_met_once(source: NfcSource, device: FakeDevice) -> None:
    """It shows another UID at each look into the field, and lies there once; it is no ticket."""

    class Phone(FakeType4Tag):
        def reset(self) -> None:
            super().reset()
            number = int.from_bytes(self.uid[1:], "big") + 1
            self.uid = b"\x08" + number.to_bytes(3, "big")

    phone = Phone(bytes.fromhex("08000000"))
    device.tag = phone
    until(lambda: int.from_bytes(phone.uid[1:], "big") > 30)
    until(lambda: bool(source._present))
    assert [type(event) for event in source.poll()] == [SilentPhone]


def test_a_phone_that_plays_a_tag_with_a_text_is_read(
    source: NfcSource, device: FakeDevice
) -> None:
    """A wallet's ticket is one, whatever its UID."""
    phone = FakeType4Tag(bytes.fromhex("08a1b2c3"))
    phone.store(b"\xd1\x01\x07T\x02en7890")
    device.tag = phone
    (scan,) = _take(source)
    assert isinstance(scan, TagScan)
    assert scan.text == "7890"


def test_a_phone_whose_ticket_is_opened_while_it_lies_there_is_read(
    source: NfcSource, device: FakeDevice
) -> None:
    """Unlocked only then, or its wallet late: it is told once that it gives none, then read once.

    It had been met, and was not asked again until it was lifted; nobody said that.
    """
    phone = FakeType4Tag(bytes.fromhex("08a1b2c3"))
    device.tag = phone
    (silent,) = _take(source)
    assert isinstance(silent, SilentPhone)
    asked = len(phone.commands)
    until(lambda: len(phone.commands) > 2 * asked)
    phone.store(b"\xd1\x01\x07T\x02en7890")
    (scan,) = _take(source)
    assert isinstance(scan, TagScan)
    assert scan.text == "7890"
    asked = len(phone.commands)
    until(lambda: source._seen_at > scan.at_monotonic + 60 * MILLISECOND)
    assert (len(phone.commands), source.poll()) == (asked, [])


def test_a_silent_phone_that_leaves_is_not_told_to_be_held_still(
    source: NfcSource, device: FakeDevice
) -> None:
    """It was asked again just then; its holder shows the code to the camera."""
    phone = FakeType4Tag(bytes.fromhex("08a1b2c3"))
    device.tag = phone
    assert isinstance(_take(source)[0], SilentPhone)
    phone.torn_after = 2
    until(lambda: not phone.present)
    _rest(source, device)
    assert source.poll() == []


def test_a_torn_tag_is_told_once_and_read_when_it_stays(
    source: NfcSource, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds it badly is told; as soon as it stays it is read, without a new tap."""

    class Shaky(FakeNtag21x):
        readings = 0

        def answer(self, command: bytes) -> bytes | None:
            if command[0] == 0x60:
                self.readings += 1
            if self.readings <= 5 and command[0] == 0x3A and command[1] > 0:
                self.present = False
            return super().answer(command) if self.present else None

    # However slowly this test looks: the tag is not away for so long that it is a new one.
    monkeypatch.setattr(source, "_timing", replace(TIMING, absence=MINUTE))
    tag = Shaky("213", TAG_UID)
    tag.store(to_ndef(tag_credential()))
    device.tag = tag
    events: list[TagEvent] = []

    def back() -> bool:
        tag.present = True
        events.extend(source.poll())
        return any(isinstance(event, TagScan) for event in events)

    until(back)
    assert [type(event) for event in events] == [TagTorn, TagScan]
    assert events[0].source == source.name


def test_sun_tags_are_read_anew_at_each_tap(source: NfcSource, device: FakeDevice) -> None:
    """Lying there it is not read again, so that its counter counts taps."""
    device.tag = tag = FakeNtag424()
    first = _take(source)
    counter = tag.counter
    until(lambda: source._seen_at > first[0].at_monotonic + 60 * MILLISECOND)
    assert tag.counter == counter
    _rest(source, device)
    device.tag = tag
    (second,) = _take(source)
    assert isinstance(second, TagScan)
    assert second.text != getattr(first[0], "text", None)


# ---------------------------------------------------------------- writing


def test_a_ticket_is_written_to_the_next_tag(source: NfcSource, device: FakeDevice) -> None:
    """Asked first, tag second; what was just written is not scanned."""
    written = source.request_write(tag_credential)
    device.tag = FakeNtag21x("213", TAG_UID)
    assert written.result(PATIENCE_S).credential == tag_credential()
    assert source.poll() == []
    _rest(source, device)
    device.tag = FakeNtag21x("213", TAG_UID)
    assert len(_take(source)) == 1


def test_a_tag_that_lies_there_already_is_written(source: NfcSource, device: FakeDevice) -> None:
    """The desk may put it down before it asks."""
    device.tag = FakeNtag21x("213", TAG_UID)
    _take(source)
    assert source.request_write(tag_credential).result(PATIENCE_S).uid == TAG_UID


def test_what_goes_wrong_in_writing_is_said(source: NfcSource, device: FakeDevice) -> None:
    """A tag with a ticket, a torn tag, a signer that fails: each future says so."""
    device.tag = tag = _ticket_tag()
    with pytest.raises(TagUnusable, match="already"):
        source.request_write(lambda uid: tag_credential(uid, TicketId(TICKET_ID + 1))).result(
            PATIENCE_S
        )
    tag.torn_after = 12
    rule = WritingRule(replaces_tickets=True, maker_keys=(TEST_PUBLIC_KEY,))
    with pytest.raises(TagLost):
        source.request_write(tag_credential, rule).result(PATIENCE_S)
    tag.present, tag.torn_after = True, None

    def fail(_uid: bytes) -> bytes:
        message = "the till has no tickets left"
        raise LookupError(message)

    with pytest.raises(LookupError, match="no tickets"):
        source.request_write(fail, rule).result(PATIENCE_S)
    assert source.request_write(tag_credential, rule).result(PATIENCE_S).uid == TAG_UID


def test_a_cancelled_writing_leaves_the_tag_to_be_read(
    source: NfcSource, device: FakeDevice
) -> None:
    """The person gave up: the next tap is a scan."""
    assert source.request_write(tag_credential).cancel()
    device.tag = _ticket_tag()
    (scan,) = _take(source)
    assert isinstance(scan, TagScan)


def test_a_reader_pulled_while_it_writes_says_so(source: NfcSource, device: FakeDevice) -> None:
    """The future fails, and the reader is shown as absent until it returns."""

    def pull(uid: bytes) -> bytes:
        device.is_plugged = False
        return tag_credential(uid)

    device.tag = FakeNtag21x("213", TAG_UID)
    with pytest.raises(ReaderLost):
        source.request_write(pull).result(PATIENCE_S)
    device.is_plugged = True
    until(lambda: source.health is ReaderHealth.READY)
    assert source.request_write(tag_credential).result(PATIENCE_S).uid == TAG_UID


def test_closing_cancels_what_waits(source: NfcSource) -> None:
    """Nobody waits for a reader that is let go."""
    written = source.request_write(tag_credential)
    source.close()
    with pytest.raises(CancelledError):
        written.result(PATIENCE_S)


def test_a_tag_that_leaves_before_it_is_activated_is_no_scan(
    start: Start,
) -> None:
    """Neither read nor written; the person is told to hold it still."""

    class Fleeting(_Scripted):
        def sense(self, wait: Duration) -> bytes | None:
            super().sense(wait)
            return TAG_UID

    source = start(Fleeting())
    with pytest.raises(TagLost, match="hold"):
        source.request_write(tag_credential).result(PATIENCE_S)
    assert not any(isinstance(event, TagScan) for event in source.poll())
    (event,) = _take(start(Fleeting()))
    assert isinstance(event, TagTorn)


# ---------------------------------------------------------------- readers that come and go


class _Scripted:
    """A reader whose behaviour a test writes down."""

    name = "scripted"

    def __init__(self) -> None:
        self.opened = 0
        self._pause = threading.Event()

    def open(self) -> None:
        self.opened += 1

    def sense(self, wait: Duration) -> bytes | None:
        self._pause.wait(0.002)
        return None

    def activate(self) -> TagLink | None:
        return None

    def close(self) -> None:
        return


def test_an_unplugged_reader_is_named_and_picked_up_again(
    source: NfcSource, device: FakeDevice
) -> None:
    """Absent, with what to do; ready when it returns; the same tag is a new scan then."""
    device.tag = _ticket_tag()
    _take(source)
    for _ in range(5):
        device.is_plugged = False
        until(lambda: source.health is ReaderHealth.ABSENT)
        assert "plug it in" in source.fault
        device.is_plugged = True
        until(lambda: source.health is ReaderHealth.READY)
        assert source.fault == ""
        assert len(_take(source)) == 1


def test_a_serial_reader_comes_back_on_another_line(start: Start) -> None:
    """A PN532 pulled out and plugged in again, by nfcpy's own driver and transport."""
    lines = [Pn532Line(_ticket_tag())]

    def open_newest(_path: str) -> object:
        from gatekeeper.readers.nfc.nfcpy_reader import open_frontend

        return open_frontend(f"{lines[-1].port}:pn532")

    source = start(NfcpyReader("serial", opener=open_newest))
    assert len(_take(source)) == 1
    for _ in range(3):
        lines[-1].unplug()
        until(lambda: source.health is ReaderHealth.ABSENT)
        lines.append(Pn532Line(_ticket_tag()))
        assert len(_take(source)) == 1
        assert source.health is ReaderHealth.READY
    source.close()
    lines[-1].unplug()


def test_a_reader_that_is_plugged_in_later_is_found(start: Start) -> None:
    """Absent from the start is no fault of the program's."""
    device = FakeDevice(_ticket_tag())
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
    assert len(_take(source)) == 1


def test_a_reader_with_nothing_but_faults_is_broken(start: Start) -> None:
    """It opens and fails at once, again and again; unplugged it is absent."""

    class Faulty(_Scripted):
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

    class Stumbling(_Scripted):
        def sense(self, wait: Duration) -> bytes | None:
            if self.opened == 1:
                raise ZeroDivisionError
            return super().sense(wait)

    source = start(Stumbling())
    until(lambda: source.health is ReaderHealth.READY)
    assert "ZeroDivisionError" in caplog.text


def test_several_readers_work_side_by_side(start: Start) -> None:
    """Three at once; one unplugged does not disturb the others."""
    devices = [FakeDevice(_ticket_tag(bytes((4, n, 0, 0, 0, 0, 0)))) for n in range(3)]
    by_path = {f"reader {n}": device for n, device in enumerate(devices)}
    sources = [
        start(NfcpyReader(path, opener=lambda path: frontend_of(by_path[path])))
        for path in by_path
    ]
    for source in sources:
        assert len(_take(source)) == 1
    devices[0].is_plugged = False
    until(lambda: sources[0].health is ReaderHealth.ABSENT)
    for source, device in zip(sources[1:], devices[1:], strict=True):
        _rest(source, device)
        device.tag = _ticket_tag()
        assert len(_take(source)) == 1


# ---------------------------------------------------------------- never in the way


def test_a_reader_that_hangs_holds_up_nobody(start: Start) -> None:
    """Asking what was read costs microseconds while the driver is stuck in a call."""
    stuck, release = threading.Event(), threading.Event()

    class Hanging(_Scripted):
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
    field = UdpField(_ticket_tag())
    source = start(NfcpyReader(field.path))
    (scan,) = _take(source)
    assert isinstance(scan, TagScan)
    assert scan.credential == tag_credential()
    source.close()
    field.close()
