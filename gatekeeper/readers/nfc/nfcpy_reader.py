"""Readers that nfcpy drives: PN532 on a serial line, RC-S380, ACR122U, and its UDP emulation.

Polled by `sense`, never by `ContactlessFrontend.connect`, whose defaults answer half a second late
and take seconds to stop.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import nfc
import nfc.clf
import nfc.clf.acr122
import nfc.clf.pn53x
import nfc.clf.pn532
import nfc.clf.transport
import nfc.tag
import nfc.tag.tt2
import nfc.tag.tt4

from gatekeeper.readers.nfc.ports import TagLink, Technology
from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagSilent
from shared.kernel.instant import SECOND, Duration
from shared.kernel.os_errors import words_of_system

_DRIVER_FAULTS: tuple[type[Exception], ...] = (
    OSError,
    nfc.clf.Error,
    nfc.clf.pn53x.Chipset.Error,
    AttributeError,  # a driver whose port has gone finds None where its port was
)
with suppress(ImportError):  # there is none on Windows
    import termios

    _DRIVER_FAULTS += (termios.error,)  # a serial port pulled out; it is no OSError

_TAG_FAULTS: Final = (
    nfc.tag.TagCommandError,
    nfc.clf.CommunicationError,
    IndexError,  # nfcpy takes an answer's length for granted, and garbage may have any
    TypeError,
    ValueError,
)
logging.getLogger("nfc").setLevel(logging.CRITICAL)  # to it, each lifted tag is an error

_UNPLUGGED: Final = "the NFC reader was unplugged; plug it in again"
_ANSWER_TIMEOUT_S: Final = 0.03
"""A type 2 chip answers READ within 5 ms and WRITE within 10 ms."""
_RETRIES: Final = 1
_SERIAL_PATH: Final = re.compile(r"(?P<port>(?:/|\\\\).+|COM\d+):pn532", re.IGNORECASE)

OpenFrontend = Callable[[str], Any]
"""Returns an open `nfc.ContactlessFrontend`; raises OSError where there is no reader."""


def open_frontend(path: str) -> Any:
    """Open a reader by nfcpy's path, or by the full name of a serial port and `:pn532`.

    nfcpy itself opens only nodes of `/dev` whose names it knows, and so none of
    `/dev/serial/by-id`, the names that survive unplugging.
    """
    match = _SERIAL_PATH.fullmatch(path)
    if match is None:
        return nfc.ContactlessFrontend(path)
    line = nfc.clf.transport.TTY(match["port"])
    try:
        device = nfc.clf.pn532.init(line)
    except _DRIVER_FAULTS:
        with suppress(*_DRIVER_FAULTS):
            line.close()
        raise
    device._path = match["port"]  # noqa: SLF001 - as nfcpy's own `connect` does
    frontend = nfc.ContactlessFrontend()
    frontend.device = device
    return frontend


class NfcpyReader:
    """One reader behind nfcpy. Fulfils `TagReader`."""

    def __init__(self, path: str, *, opener: OpenFrontend = open_frontend) -> None:
        """Remember where the reader is; nothing is opened.

        Args:
            path: Such as `usb:054c:06c3`, `tty:USB0:pn532`, `udp:127.0.0.1:54321` or
                `/dev/serial/by-id/usb-…:pn532`.
            opener: Opens the frontend.
        """
        self._path = path
        self._opener = opener
        self._frontend: Any = None
        self._found: Any = None
        self._pause = threading.Event()
        self.name = f"NFC {path}"

    def open(self) -> None:
        """Take the reader."""
        with _reader_faults(f"no NFC reader at {self._path}; plug it in"):
            self._frontend = self._opener(self._path)
        device = self._frontend.device
        told = " ".join(part for part in (device.vendor_name, device.product_name) if part)
        self.name = f"NFC {told or self._path}"

    def sense(self, wait: Duration) -> bytes | None:
        """Look for a type A tag once; wait only if there is none."""
        with _reader_faults(_UNPLUGGED):
            self._found = self._frontend.sense(nfc.clf.RemoteTarget("106A"))
        if self._found is None:
            self._pause.wait(wait / SECOND)
            return None
        return bytes(self._found.sdd_res or b"")

    def activate(self) -> TagLink | None:
        """Let nfcpy find out what the tag is."""
        tag = self._found and _activate(self._frontend, self._found)
        return tag and _NfcpyLink(self._frontend, tag)

    def close(self) -> None:
        """Let the reader go, also one that was pulled out.

        An ACR122U is not powered down first, as nfcpy would: many then stay away until they are
        unplugged (nfcpy issues 154, 231, 251).
        """
        frontend, self._frontend = self._frontend, None
        if frontend is None or frontend.device is None:
            return
        device = frontend.device
        try:
            if isinstance(device, nfc.clf.acr122.Device):
                device.chipset.close()
            else:
                frontend.close()
        except _DRIVER_FAULTS:
            # A serial port that has gone refuses to be closed in order, and would stay open.
            with suppress(*_DRIVER_FAULTS):
                device.chipset.transport.tty.close()
        frontend.device = None


class _NfcpyLink:
    """One tag that nfcpy activated. Fulfils `TagLink`."""

    def __init__(self, frontend: Any, tag: Any) -> None:
        self._frontend = frontend
        self._tag = tag
        self.uid = bytes(tag.identifier)
        self.technology = _technology(tag)

    def exchange(self, command: bytes) -> bytes:
        with _reader_faults(_UNPLUGGED):
            try:
                if self.technology is Technology.TYPE_2:
                    answer = self._tag.transceive(
                        bytearray(command), timeout=_ANSWER_TIMEOUT_S, retries=_RETRIES
                    )
                else:
                    answer = self._tag.transceive(bytearray(command))
            except _TAG_FAULTS as fault:
                raise TagSilent(str(fault)) from None
        if not answer:
            raise TagSilent("an empty answer")
        return bytes(answer)

    def revive(self) -> bool:
        target = nfc.clf.RemoteTarget("106A")
        target.sel_req = bytearray(self.uid)
        with _reader_faults(_UNPLUGGED):
            found = self._frontend.sense(target)
        if found is None or bytes(found.sdd_res or b"") != self.uid:
            return False
        if self.technology is Technology.TYPE_2:
            self._tag._target = found  # noqa: SLF001 - as nfcpy's own `read` after a refusal
            return True
        tag = _activate(self._frontend, found)
        self._tag = tag or self._tag
        return tag is not None


def _activate(frontend: Any, found: Any) -> Any:
    """Let nfcpy find out what the tag is; None if it left meanwhile or talks nonsense."""
    with _reader_faults(_UNPLUGGED):
        try:
            return nfc.tag.activate(frontend, found)
        except _TAG_FAULTS:
            return None


def _technology(tag: Any) -> Technology:
    if isinstance(tag, nfc.tag.tt2.Type2Tag):
        return Technology.TYPE_2
    return Technology.TYPE_4 if isinstance(tag, nfc.tag.tt4.Type4Tag) else Technology.UNKNOWN


@contextmanager
def _reader_faults(text: str) -> Iterator[None]:
    """Turn whatever a driver raises for a lost reader into `ReaderLost`."""
    try:
        yield
    except _DRIVER_FAULTS as fault:
        raise ReaderLost(f"{text} ({type(fault).__name__}: {words_of_system(fault)})") from fault
