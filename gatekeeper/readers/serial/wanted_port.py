"""Which serial port an imager is, by what is plugged in: port numbers change at each plugging."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import serial.tools.list_ports


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A port that the system has now.

    Attributes:
        path: Such as `/dev/ttyACM0` or `COM3`.
        label: What the system calls the device.
        vendor_id: USB vendor, or None where it is no USB device.
        product_id: USB product, or None.
        serial_number: The device's own, or None; cheap imagers have none.
    """

    path: str
    label: str = ""
    vendor_id: int | None = None
    product_id: int | None = None
    serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class WantedPort:
    """How a set-up names an imager: by its path, or by vendor, product and perhaps serial number.

    Attributes:
        path: Used as it is; None to look for the device.
        vendor_id: USB vendor.
        product_id: USB product.
        serial_number: None for any device of that product.
        baud_rate: Bits per second; USB imagers ignore it.
    """

    path: str | None = None
    vendor_id: int | None = None
    product_id: int | None = None
    serial_number: str | None = None
    baud_rate: int = 115_200

    def find_all(self, ports: Iterable[SerialPort]) -> list[str]:
        """Return the paths of all ports that may be the wanted one, as many as are plugged in."""
        if self.path is not None:
            return [self.path]
        return [port.path for port in ports if self._is_like(port)]

    def _is_like(self, port: SerialPort) -> bool:
        is_product = (port.vendor_id, port.product_id) == (self.vendor_id, self.product_id)
        is_unit = self.serial_number in {None, port.serial_number}
        return port.vendor_id is not None and is_product and is_unit

    def __str__(self) -> str:
        """Name it for a person."""
        if self.path is not None:
            return self.path
        unit = f", {self.serial_number}" if self.serial_number else ""
        return f"USB {self.vendor_id or 0:04x}:{self.product_id or 0:04x}{unit}"


def list_ports() -> list[SerialPort]:
    """Return the serial ports that the system has now; none while one is just leaving."""
    try:
        ports = serial.tools.list_ports.comports()
    except (OSError, TypeError, ValueError):  # what is pulled while it is read has no numbers
        return []
    return [
        SerialPort(port.device, port.description or "", port.vid, port.pid, port.serial_number)
        for port in ports
    ]
