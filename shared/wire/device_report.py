"""What a device says of itself with an exchange: for people to see, never for a decision."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.kernel.errors import Malformed
from shared.kernel.packing import pack, unpack

REPORT_VERSION: Final = 1
REPORT_SIZE_MAX: Final = 4_096
"""Bytes of an encoded report."""
PARTS_MAX: Final = 16
"""Readers, or printers, of one device in its report."""
PAUSES_MAX: Final = 32
"""Paused places in one report."""
WORD_SIZE_MAX: Final = 64

_Number = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
_Time = Annotated[int, msgspec.Meta(gt=-(1 << 53), lt=1 << 53)]
_Word = Annotated[str, msgspec.Meta(max_length=WORD_SIZE_MAX, pattern=r"^[^\x00]*$")]


class PartReport(msgspec.Struct, frozen=True, array_like=True):
    """How a reader or a printer is.

    Attributes:
        name: What a person calls it.
        state: A code word, such as `ready`, `absent`, `broken` or `waiting`.
    """

    name: _Word
    state: _Word


class DeviceReport(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """How a device stands; fields are only appended.

    Attributes:
        v: `REPORT_VERSION`.
        program: Its program's name and version.
        epoch: Ledger epoch of its cursor.
        cursor: It has applied the feed up to here.
        head: The highest number of the feed that it has seen signed.
        plan: Version of the event's plan; 0 for none.
        keyring: First 16 hex digits of SHA-256 over its event's ticket keys, or "".
        manifest_epoch: Epoch of its manifest; 0 for none.
        manifest_sequence: That manifest's sequence.
        pending: Entries of its journal that the server has not acknowledged.
        clock_offset: What it adds to its clock to get server time, in µs; None while unknown.
        clock_error: How far that may be off either way, in µs; None while unknown.
        is_clock_trusted: Whether it decides by that time.
        battery: Per cent; None without any.
        readers: Of codes and tags.
        printers: Of a till.
        is_leaving: It closes now: nobody need wait for it.
        pauses: Gates and zones at which entry is paused by its plan; None from a program that
            knows no pauses, or no event.
        is_pushed: The server's pushes reach it; else it asks every few seconds. None while it does
            not know, and from a program that does not say.
    """

    v: int
    program: _Word
    epoch: _Number
    cursor: _Number
    head: _Number
    plan: _Number = 0
    keyring: _Word = ""
    manifest_epoch: _Number = 0
    manifest_sequence: _Number = 0
    pending: _Number = 0
    clock_offset: _Time | None = None
    clock_error: _Number | None = None
    is_clock_trusted: bool = True
    battery: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    readers: Annotated[tuple[PartReport, ...], msgspec.Meta(max_length=PARTS_MAX)] = ()
    printers: Annotated[tuple[PartReport, ...], msgspec.Meta(max_length=PARTS_MAX)] = ()
    is_leaving: bool = False
    pauses: Annotated[tuple[_Word, ...], msgspec.Meta(max_length=PAUSES_MAX)] | None = None
    is_pushed: bool | None = None


_DECODER: Final = msgspec.msgpack.Decoder(DeviceReport)


def encode_report(report: DeviceReport) -> bytes:
    """Encode a report for the wire."""
    return pack(report)


def decode_report(encoded: bytes) -> DeviceReport:
    """Decode a report.

    Raises:
        Malformed: if it is none, or says what no device can say.
    """
    if len(encoded) > REPORT_SIZE_MAX:
        raise Malformed("this report is too large")
    return unpack(encoded, _DECODER, "a device's report")
