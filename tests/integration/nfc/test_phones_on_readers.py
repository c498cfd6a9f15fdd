"""Phones on a tag reader: told once, asked again, read once they give a ticket."""

from __future__ import annotations

from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
from gatekeeper.readers.nfc.tag_scan import SilentPhone, TagScan
from shared.kernel.instant import MILLISECOND
from tests.factories.waiting import collect, until
from tests.fakes.nfc_devices import FakeDevice
from tests.fakes.nfc_tags import FakeType4Tag


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
    (scan,) = collect(source.poll, 1)
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
    (silent,) = collect(source.poll, 1)
    assert isinstance(silent, SilentPhone)
    asked = len(phone.commands)
    until(lambda: len(phone.commands) > 2 * asked)
    phone.store(b"\xd1\x01\x07T\x02en7890")
    (scan,) = collect(source.poll, 1)
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
    assert isinstance(collect(source.poll, 1)[0], SilentPhone)
    phone.torn_after = 2
    until(lambda: not phone.present)
    device.tag = None
    until(lambda: not source._present)
    assert source.poll() == []
