"""Which reader a word of the command line means, and how it is started."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from shared.kernel.errors import BadInput
from shared.kernel.ports import Clock

if TYPE_CHECKING:
    from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
    from gatekeeper.readers.serial.serial_imager_thread import SerialSource

    Reader: TypeAlias = NfcSource | SerialSource

READER_HELP: Final = (
    "a reader; may be given several times: nfc:auto, nfc:PATH (as nfcpy names"
    " it), pcsc, pcsc:PART-OF-ITS-NAME, serial:PATH, serial:PATH@9600 (bits per second, else"
    " 115200), serial:VID:PID or serial:VID:PID:NUMBER"
)
_PATH_AND_RATE: Final = re.compile(r"(.+)@([1-9]\d{2,6})")
_USB: Final = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(.+))?")


def open_reader(spec: str, clock: Clock) -> Reader:
    """Start a reader, which may be plugged in later.

    Args:
        spec: `nfc:auto`, `nfc:PATH`, `pcsc`, `pcsc:NAME`, `serial:PATH`, that with `@` and bits
            per second, `serial:VID:PID` with four hex digits each, or that with `:` and the
            device's serial number.
        clock: The machine's.

    Raises:
        BadInput: if it names no kind of reader.
    """
    kind, _, where = spec.partition(":")
    # Each library is read only where its reader is wanted: nfcpy alone takes a third of a second.
    if kind == "pcsc" or (kind == "nfc" and where):
        from gatekeeper.readers.nfc.tag_reader_from_text import start_tag_source

        return start_tag_source(spec if kind == "pcsc" else where, clock)
    if kind == "serial" and where:
        from gatekeeper.readers.serial.serial_imager_thread import SerialSource
        from gatekeeper.readers.serial.wanted_port import WantedPort

        wanted = WantedPort(path=where)
        if match := _USB.fullmatch(where):
            wanted = WantedPort(None, int(match[1], 16), int(match[2], 16), match[3])
        elif match := _PATH_AND_RATE.fullmatch(where):
            wanted = WantedPort(path=match[1], baud_rate=int(match[2]))
        return SerialSource(wanted, clock)
    raise BadInput(f"{spec[:60]!r} is not a reader; use nfc:auto, pcsc, or serial:/dev/ttyACM0")


def open_readers(specs: list[str], clock: Clock) -> tuple[Reader, ...]:
    """Start several readers, or none if one of the words is wrong.

    Raises:
        BadInput: if one names no kind of reader.
    """
    readers: list[Reader] = []
    try:
        readers.extend(open_reader(spec, clock) for spec in specs)
    except BadInput:
        for reader in readers:
            reader.close()
        raise
    return tuple(readers)
