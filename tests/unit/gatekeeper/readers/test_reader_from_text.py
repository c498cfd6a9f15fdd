"""Which reader a word of the command line means."""

from __future__ import annotations

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
from gatekeeper.readers.reader_from_text import open_reader, open_readers
from gatekeeper.readers.serial.serial_imager_thread import SerialSource
from shared.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("spec", "kind", "name"),
    [
        ("nfc:udp:127.0.0.1:1", NfcSource, "NFC udp:127.0.0.1:1"),
        ("pcsc:no such reader", NfcSource, "NFC PC/SC no such reader"),
        ("serial:/dev/none", SerialSource, "Imager /dev/none"),
        ("serial:/dev/none@9600", SerialSource, "Imager /dev/none"),
        ("serial:fffe:0B6A", SerialSource, "Imager USB fffe:0b6a"),
        ("serial:fffe:0b6a:S/N 1", SerialSource, "Imager USB fffe:0b6a, S/N 1"),
    ],
)
def test_a_word_means_a_reader(spec: str, kind: type, name: str) -> None:
    """By its kind, then by what identifies it."""
    reader = open_reader(spec, SystemClock())
    assert isinstance(reader, kind)
    assert reader.name == name
    reader.close()


@pytest.mark.parametrize("spec", ["", "nfc", "nfc:", "serial:", "camera:0", "/dev/ttyACM0"])
def test_a_wrong_word_starts_nothing(spec: str) -> None:
    """It is named, and readers named before it are let go again."""
    with pytest.raises(BadInput, match="is not a reader"):
        open_readers(["serial:/dev/none", spec], SystemClock())
