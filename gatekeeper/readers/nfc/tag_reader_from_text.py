"""Which reader a set-up means by a word, and how it is started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.pcsc_reader import PcscReader
from gatekeeper.readers.nfc.ports import TagLink, TagReader
from gatekeeper.readers.nfc.tag_faults import ReaderLost
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource
from shared.kernel.instant import Duration
from shared.kernel.ports import Clock

AUTO: Final = "auto"
_PCSC: Final = "pcsc"


def start_tag_source(where: str, clock: Clock) -> NfcSource:
    """Start a reader, which may be plugged in later.

    Args:
        where: `auto` (the first PC/SC reader, else the first USB reader that nfcpy knows), `pcsc`,
            `pcsc:PART-OF-ITS-NAME`, or a path of nfcpy's: `usb:054c:06c3`, `tty:USB0:pn532`,
            `/dev/serial/by-id/…:pn532`, `com:COM3:pn532`, `udp:127.0.0.1:54321`.
        clock: The machine's.
    """
    return NfcSource(make_reader(where), clock)


def make_reader(where: str) -> TagReader:
    """Return the reader that a word means; nothing is opened."""
    if where == AUTO:
        return FirstReader([PcscReader(), NfcpyReader("usb")])
    kind, _, name = where.partition(":")
    return PcscReader(name) if kind == _PCSC else NfcpyReader(where)


class FirstReader:
    """The first of several readers that can be opened, anew each time. Fulfils `TagReader`."""

    def __init__(self, readers: Sequence[TagReader]) -> None:
        """Remember them in the order in which they are tried."""
        self._readers = readers
        self._current = readers[0]

    @property
    def name(self) -> str:
        """What the one in use is called."""
        return self._current.name

    def open(self) -> None:
        """Open the first that is there; if none is, say what the last one says."""
        for reader in self._readers:
            self._current = reader
            try:
                reader.open()
                return
            except ReaderLost:
                reader.close()
                if reader is self._readers[-1]:
                    raise

    def sense(self, wait: Duration) -> bytes | None:
        """Ask the one in use."""
        return self._current.sense(wait)

    def activate(self) -> TagLink | None:
        """Ask the one in use."""
        return self._current.activate()

    def close(self) -> None:
        """Let the one in use go."""
        self._current.close()
