"""Readers that the system's smart card service (PC/SC) drives, through pyscard.

Only pyscard's C level is used: its monitor threads die with the service and never come back.
Sources: PC/SC specification, part 3, sections 3.1.3 and 3.2; ACS, ACR122U API 2.04, sections
3 to 5.
"""

from __future__ import annotations

import re
import threading
from typing import Any, Final

from gatekeeper.readers.nfc.ports import TagLink, Technology
from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagSilent
from shared.kernel.instant import MILLISECOND, SECOND, Duration

try:
    from smartcard import scard
except ImportError:  # the extra `pcsc` is not installed, or there is no PC/SC library
    scard = None

_GET_UID: Final = bytes.fromhex("ffca000000")
_READ_BLOCK: Final = bytes.fromhex("ffb000")
_UPDATE_BLOCK: Final = bytes.fromhex("ffd600")
_DIRECT_TRANSMIT: Final = bytes.fromhex("ff000000")
_IN_COMMUNICATE_THRU: Final = bytes.fromhex("d442")
_THRU_ANSWERED: Final = bytes.fromhex("d54300")
_OK: Final = b"\x90\x00"

_EVENT_COUNT_AT: Final = 16
"""From this bit on, a reader's state counts how often a card came or went."""

_READ: Final = 0x30
_WRITE: Final = 0xA2
_ACKNOWLEDGED: Final = b"\x0a"
_REFUSED: Final = b"\x00"

_STORAGE_CARD: Final = bytes.fromhex("a000000306")
"""PC/SC's registered id, which stands in the ATR that a reader makes up for a storage card."""
_PART_3A: Final = 0x03
_ULTRALIGHT: Final = b"\x00\x03"
_CHIP_SLOT: Final = re.compile(r"\bSAM\b", re.IGNORECASE)


class PcscReader:
    """One reader behind PC/SC. Fulfils `TagReader`."""

    def __init__(self, wanted: str = "") -> None:
        """Remember which reader; nothing is opened.

        Args:
            wanted: A part of its name; empty for the first one that there is. The slot of a
                security chip (SAM) is taken only where there is no other.
        """
        self._wanted = wanted
        self._context: Any = None
        self._reader = ""
        self._state = 0
        self._atr = b""
        self._link: _PcscLink | None = None
        self._pause = threading.Event()
        self.name = f"NFC PC/SC {wanted}".rstrip()

    def open(self) -> None:
        """Reach the service and find the reader."""
        if scard is None:
            raise ReaderLost("PC/SC readers need the extra `pcsc` and the system's PC/SC library")
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            self._context = None
            raise ReaderLost("the smart card service is not running; start pcscd")
        result, names = scard.SCardListReaders(self._context, [])
        found = [name for name in names or () if self._wanted.casefold() in name.casefold()]
        if result != scard.SCARD_S_SUCCESS or not found:
            wanted = f" called {self._wanted}" if self._wanted else ""
            raise ReaderLost(f"no PC/SC reader{wanted}; plug it in")
        self._reader = min(found, key=lambda name: _CHIP_SLOT.search(name) is not None)
        self._state = scard.SCARD_STATE_UNAWARE
        self.name = f"NFC {self._reader}"

    def sense(self, wait: Duration) -> bytes | None:
        """Wait for a card on the reader, and return its UID."""
        link = self._link
        if link is not None and (link.is_lost or not self._is_present(0)):
            self._drop_link()
            return None
        if link is None and not self._is_present(wait // MILLISECOND):
            return None
        if self._link is None:
            self._link = self._connect()
        if self._link is None:
            self._pause.wait(wait / SECOND)
            return None
        return self._link.uid

    def activate(self) -> TagLink | None:
        """Return the card that was just sensed; the service has it activated."""
        return self._link

    def close(self) -> None:
        """Leave the service."""
        self._drop_link()
        context, self._context = self._context, None
        if context is not None:
            scard.SCardReleaseContext(context)

    def _is_present(self, wait_ms: int) -> bool:
        """Tell whether a card is there, waiting for a change; raise if the reader is not."""
        states = [(self._reader, self._state)]
        result, told = scard.SCardGetStatusChange(self._context, wait_ms, states)
        if result == scard.SCARD_S_SUCCESS:
            _name, state, atr = told[0]
            if (state ^ self._state) >> _EVENT_COUNT_AT:
                self._drop_link()  # a card came or went, perhaps both
            self._state = state & ~scard.SCARD_STATE_CHANGED
            self._atr = bytes(atr)
        elif result != scard.SCARD_E_TIMEOUT:
            raise ReaderLost(f"the NFC reader was unplugged; plug it in again ({_text(result)})")
        if self._state & (scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_UNKNOWN):
            raise ReaderLost("the NFC reader was unplugged; plug it in again")
        return bool(self._state & scard.SCARD_STATE_PRESENT)

    def _connect(self) -> _PcscLink | None:
        result, card, protocol = scard.SCardConnect(
            self._context,
            self._reader,
            scard.SCARD_SHARE_SHARED,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if result != scard.SCARD_S_SUCCESS:
            return None  # it has left again, or another program holds it for the moment
        link = _PcscLink(card, protocol, self._reader, self._atr)
        if not link.meet():
            link.disconnect()
            return None
        return link

    def _drop_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.disconnect()


class _PcscLink:
    """One card that the service activated. Fulfils `TagLink`."""

    def __init__(self, card: Any, protocol: int, reader: str, atr: bytes) -> None:
        self.uid = b""
        self.is_lost = False
        self.technology = technology_of(atr)
        self._card = card
        self._protocol = protocol
        # Only the ACR122 family passes any command on; the others do what PC/SC defines.
        self._passes_commands = "ACR122" in reader.upper()

    def exchange(self, command: bytes) -> bytes:
        if self.technology is not Technology.TYPE_2:
            return self._transmit(command)
        if command[0] == _READ:
            answer = self._transmit(_READ_BLOCK + command[1:2] + b"\x10")
            return answer[:-2] if answer[-2:] == _OK else _REFUSED
        if command[0] == _WRITE:
            answer = self._transmit(_UPDATE_BLOCK + command[1:2] + b"\x04" + command[2:6])
            return _ACKNOWLEDGED if answer == _OK else _REFUSED
        if not self._passes_commands:
            raise TagSilent("this reader does not pass on the chip’s own commands")
        framed = _IN_COMMUNICATE_THRU + command
        answer = self._transmit(_DIRECT_TRANSMIT + bytes((len(framed),)) + framed)
        if answer[:3] != _THRU_ANSWERED or answer[-2:] != _OK:
            raise TagSilent("the chip does not answer this command")
        return answer[3:-2]

    def revive(self) -> bool:
        result, self._protocol = scard.SCardReconnect(
            self._card,
            scard.SCARD_SHARE_SHARED,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            scard.SCARD_RESET_CARD,
        )
        self.is_lost = result != scard.SCARD_S_SUCCESS or self._ask_uid() != self.uid
        return not self.is_lost

    def meet(self) -> bool:
        """Learn the card's UID; False if it tells none."""
        self.uid = self._ask_uid()
        return len(self.uid) > 0

    def _ask_uid(self) -> bytes:
        try:
            answer = self._transmit(_GET_UID)
        except TagSilent:
            return b""
        return answer[:-2] if answer[-2:] == _OK else b""

    def disconnect(self) -> None:
        scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)

    def _transmit(self, apdu: bytes) -> bytes:
        result, answer = scard.SCardTransmit(self._card, self._protocol, list(apdu))
        if result in _reader_gone():
            raise ReaderLost(f"the NFC reader was unplugged; plug it in again ({_text(result)})")
        if result != scard.SCARD_S_SUCCESS or len(answer) < 2:
            raise TagSilent(_text(result))
        return bytes(byte & 0xFF for byte in answer)


def technology_of(atr: bytes) -> Technology:
    """Tell from a contactless card's ATR how to speak to it (PC/SC part 3, section 3.1.3.2.3)."""
    at = atr.find(_STORAGE_CARD)
    if at < 0:
        return Technology.TYPE_4
    standard, name = atr[at + 5 : at + 6], atr[at + 6 : at + 8]
    is_type_2 = standard == bytes((_PART_3A,)) and name == _ULTRALIGHT
    return Technology.TYPE_2 if is_type_2 else Technology.UNKNOWN


def _reader_gone() -> tuple[int, ...]:
    return (
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_E_UNKNOWN_READER,
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_E_INVALID_HANDLE,
    )


def _text(result: int) -> str:
    return str(scard.SCardGetErrorMessage(result)).strip()
