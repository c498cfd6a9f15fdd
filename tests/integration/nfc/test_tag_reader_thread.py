"""A tag reader on its thread: one scan a tap, writing, tearing."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace

import nfc.clf
import pytest

from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagLost, TagUnusable
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
from gatekeeper.readers.nfc.tag_scan import (
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
from tests.factories.tag_readers import (
    TIMING,
    ScriptedReader,
    Start,
    lift_tag,
    take_tags,
    ticket_tag,
)
from tests.factories.tags import OTHER_UID, TAG_UID, TICKET_ID, tag_credential
from tests.factories.waiting import PATIENCE_S, until
from tests.fakes.nfc_devices import FakeDevice
from tests.fakes.nfc_tags import FakeNtag21x, FakeNtag424
from tests.fakes.ntag_issuer import TEST_PUBLIC_KEY

# ---------------------------------------------------------------- reading


def test_a_tap_is_one_scan_however_long_it_lasts(source: NfcSource, device: FakeDevice) -> None:
    """Read once while it lies there; lifted and laid again it is a new scan."""
    tag = ticket_tag()
    device.tag = tag
    (scan,) = take_tags(source)
    assert isinstance(scan, TagScan)
    assert scan.credential == tag_credential()
    assert scan.checks.originality is Originality.GENUINE
    assert scan.source == source.name == "NFC Fake Reader"
    seen = len(tag.commands)
    until(lambda: source._seen_at > scan.at_monotonic + 60 * MILLISECOND)
    assert source.poll() == []
    assert len(tag.commands) == seen
    lift_tag(source, device)
    device.tag = tag
    assert len(take_tags(source)) == 1


def test_two_tags_after_another_are_two_scans(source: NfcSource, device: FakeDevice) -> None:
    """The next holder need not wait for the first tag to be forgotten."""
    device.tag = ticket_tag()
    first = take_tags(source)
    device.tag = ticket_tag(OTHER_UID)
    second = take_tags(source)
    assert [scan.uid for scan in first + second if isinstance(scan, TagScan)] == [
        TAG_UID,
        OTHER_UID,
    ]


def test_two_tags_that_lie_there_are_one_scan_each(
    source: NfcSource, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wristband and a card in one hand: the reader meets them in turn, and nobody is refused."""
    both = [ticket_tag(), ticket_tag(OTHER_UID)]
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
    first = take_tags(source)
    counter = tag.counter
    until(lambda: source._seen_at > first[0].at_monotonic + 60 * MILLISECOND)
    assert tag.counter == counter
    lift_tag(source, device)
    device.tag = tag
    (second,) = take_tags(source)
    assert isinstance(second, TagScan)
    assert second.text != getattr(first[0], "text", None)


# ---------------------------------------------------------------- writing


def test_a_ticket_is_written_to_the_next_tag(source: NfcSource, device: FakeDevice) -> None:
    """Asked first, tag second; what was just written is not scanned."""
    written = source.request_write(tag_credential)
    device.tag = FakeNtag21x("213", TAG_UID)
    assert written.result(PATIENCE_S).credential == tag_credential()
    assert source.poll() == []
    lift_tag(source, device)
    device.tag = FakeNtag21x("213", TAG_UID)
    assert len(take_tags(source)) == 1


def test_a_tag_that_lies_there_already_is_written(source: NfcSource, device: FakeDevice) -> None:
    """The desk may put it down before it asks."""
    device.tag = FakeNtag21x("213", TAG_UID)
    take_tags(source)
    assert source.request_write(tag_credential).result(PATIENCE_S).uid == TAG_UID


def test_what_goes_wrong_in_writing_is_said(source: NfcSource, device: FakeDevice) -> None:
    """A tag with a ticket, a torn tag, a signer that fails: each future says so."""
    device.tag = tag = ticket_tag()
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
    device.tag = ticket_tag()
    (scan,) = take_tags(source)
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

    class Fleeting(ScriptedReader):
        def sense(self, wait: Duration) -> bytes | None:
            super().sense(wait)
            return TAG_UID

    source = start(Fleeting())
    with pytest.raises(TagLost, match="hold"):
        source.request_write(tag_credential).result(PATIENCE_S)
    assert not any(isinstance(event, TagScan) for event in source.poll())
    (event,) = take_tags(start(Fleeting()))
    assert isinstance(event, TagTorn)
