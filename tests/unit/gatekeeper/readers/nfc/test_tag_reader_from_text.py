"""Which reader a word means."""

from __future__ import annotations

import pytest

from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.pcsc_reader import PcscReader
from gatekeeper.readers.nfc.tag_faults import ReaderLost
from gatekeeper.readers.nfc.tag_reader_from_text import FirstReader, make_reader
from shared.kernel.instant import Duration
from tests.fakes.nfc_devices import FakeDevice, frontend_of
from tests.fakes.nfc_tags import FakeNtag21x


@pytest.mark.parametrize(
    ("where", "kind", "name"),
    [
        ("pcsc", PcscReader, "NFC PC/SC"),
        ("pcsc:ACR1252", PcscReader, "NFC PC/SC ACR1252"),
        ("usb:054c:06c3", NfcpyReader, "NFC usb:054c:06c3"),
        ("udp:127.0.0.1:54321", NfcpyReader, "NFC udp:127.0.0.1:54321"),
        ("/dev/serial/by-id/usb-x:pn532", NfcpyReader, "NFC /dev/serial/by-id/usb-x:pn532"),
        ("auto", FirstReader, "NFC PC/SC"),
    ],
)
def test_a_word_means_a_reader(where: str, kind: type, name: str) -> None:
    """PC/SC by its word, everything else as nfcpy's path."""
    reader = make_reader(where)
    assert isinstance(reader, kind)
    assert reader.name == name


def _reader(device: FakeDevice, name: str) -> NfcpyReader:
    def opener(_path: str) -> object:
        if not device.is_plugged:
            raise OSError(19, "No such device")
        return frontend_of(device)

    return NfcpyReader(name, opener=opener)


def test_the_first_reader_that_is_there_is_used() -> None:
    """Tried in order at each opening; with none, the last one's words are shown."""
    tag = FakeNtag21x()
    devices = [FakeDevice(tag), FakeDevice(tag)]
    first = FirstReader([_reader(device, f"r{n}") for n, device in enumerate(devices)])
    devices[0].is_plugged = False
    first.open()
    assert first.name == "NFC Fake Reader"
    assert first.sense(Duration(0)) == tag.uid
    link = first.activate()
    assert link is not None
    assert link.uid == tag.uid
    first.close()
    assert [device.closed for device in devices] == [0, 1]
    devices[0].is_plugged = True
    first.open()
    first.close()
    assert [device.closed for device in devices] == [1, 1]
    for device in devices:
        device.is_plugged = False
    with pytest.raises(ReaderLost, match="r1"):
        first.open()
