"""Which printer a till has: one address and what it understands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from gatekeeper.printing.escpos_printer import EscposPrinter
from gatekeeper.printing.folder_printer import FolderPrinter
from gatekeeper.printing.ports import Printer
from gatekeeper.printing.printer_connections import DeviceFileLine, OpenLine, SerialLine, TcpLine
from gatekeeper.printing.printer_profiles import EscposProfile, PdfProfile
from gatekeeper.printing.system_printer import SystemPrinter
from shared.kernel.errors import BadInput
from shared.kernel.hosts import is_host, is_port
from shared.kernel.ports import Clock

NETWORK_PORT: Final = 9_100
SERIAL_BAUD: Final = 19_200
"""Of a serial line where nobody says it."""
_ADDRESS: Final = re.compile(r"(tcp|serial|device|folder|system):(.*)", re.DOTALL)
_HELP: Final = (
    "write tcp:HOST[:PORT], serial:PATH[@BAUD], device:PATH, folder:PATH, or system:NAME"
)


class PrinterSetup(msgspec.Struct, frozen=True):
    """A till's printer as its set-up keeps it.

    Attributes:
        address: `tcp:HOST[:PORT]`, `serial:PATH[@BAUD]`, `device:PATH` (USB), `folder:PATH` (a
            stick), `system:NAME` (the system's printers).
        profile: What it understands.
    """

    address: str
    profile: EscposProfile | PdfProfile

    def encode(self) -> bytes:
        """Return the set-up as it is kept."""
        return msgspec.json.encode(self)


def decode_setup(data: bytes) -> PrinterSetup:
    """Read what `encode` wrote.

    Raises:
        msgspec.ValidationError: if it is none.
    """
    return msgspec.json.decode(data, type=PrinterSetup)


def make_setup(address: str, escpos: EscposProfile, pdf: PdfProfile) -> PrinterSetup:
    """Choose what a printer at an address understands.

    Args:
        address: As `PrinterSetup` has it.
        escpos: For receipt printers.
        pdf: For pages.

    Raises:
        BadInput: if the address is none.
    """
    kind, where = _split(address)
    if kind in {"folder", "system"}:
        return PrinterSetup(address, pdf)
    try:
        if kind == "tcp":
            split_host(where)
        if kind == "serial":
            split_baud(where)
    except ValueError:
        raise BadInput(f"{address[:80]!r} lacks a host, port or speed; {_HELP}") from None
    if kind == "serial":
        # A picture of a code takes seconds there.
        escpos = msgspec.structs.replace(escpos, native_code=True)
    return PrinterSetup(address, escpos)


def open_printer(setup: PrinterSetup, clock: Clock) -> Printer:
    """Give a printer; nothing is opened before the first paper.

    Raises:
        BadInput: if the address is none.
    """
    kind, where = _split(setup.address)
    match setup.profile:
        case EscposProfile() as profile if kind in {"tcp", "serial", "device"}:
            return EscposPrinter(line_opener(kind, where), profile, clock)
        case PdfProfile() as page if kind == "system":
            return SystemPrinter(where, page, clock)
        case profile if kind == "folder":
            return FolderPrinter(Path(where), profile)
        case _:
            raise BadInput(f"a printer at {setup.address[:80]!r} cannot print such pages; {_HELP}")


def _split(address: str) -> tuple[str, str]:
    found = _ADDRESS.fullmatch(address)
    if found is None or (not found[2] and found[1] != "system"):
        raise BadInput(f"{address[:80]!r} is not a printer; {_HELP}")
    return found[1], found[2]


def line_opener(kind: str, where: str) -> OpenLine:
    """Return what opens a line: kind `tcp`, `serial` or `device`.

    Args:
        kind: The way.
        where: `HOST:PORT`, `PATH@BAUD` or `PATH`.
    """
    ways: dict[str, Callable[[], Any]] = {
        "tcp": lambda: TcpLine(*split_host(where)),
        "serial": lambda: SerialLine(*split_baud(where)),
        "device": lambda: DeviceFileLine(where),
    }
    return ways[kind]


def split_host(where: str) -> tuple[str, int]:
    """Split `HOST:PORT`; the port is 9100 where none stands.

    Raises:
        ValueError: if the host or the port can be none.
    """
    named, colon, digits = where.rpartition(":")
    host, port = (named.strip("[]"), int(digits)) if colon else (where, NETWORK_PORT)
    if not is_host(host) or not is_port(port):
        raise ValueError(f"{where[:80]!r} is not an address")
    return host, port


def split_baud(where: str) -> tuple[str, int]:
    """Split `PATH@BAUD`; the speed is `SERIAL_BAUD` where none stands.

    Raises:
        ValueError: if the speed is no number.
    """
    path, at, baud = where.rpartition("@")
    return (path, int(baud)) if at else (where, SERIAL_BAUD)
