"""Finding an imager by what is plugged in."""

from __future__ import annotations

import pytest

from gatekeeper.readers.serial.wanted_port import SerialPort, WantedPort, list_ports

PORTS = [
    SerialPort("/dev/ttyS0", "ttyS0"),
    SerialPort("/dev/ttyACM0", "Imager", 0x0C2E, 0x0B6A, "A1"),
    SerialPort("/dev/ttyACM1", "Imager", 0x0C2E, 0x0B6A, "B2"),
]


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        (WantedPort(path="/dev/ttyS9"), ["/dev/ttyS9"]),
        (WantedPort(vendor_id=0x0C2E, product_id=0x0B6A), ["/dev/ttyACM0", "/dev/ttyACM1"]),
        (WantedPort(vendor_id=0x0C2E, product_id=0x0B6A, serial_number="B2"), ["/dev/ttyACM1"]),
        (WantedPort(vendor_id=0x0C2E, product_id=0x0B6A, serial_number="C3"), []),
        (WantedPort(vendor_id=0x1234, product_id=0x0B6A), []),
        (WantedPort(), []),
    ],
)
def test_ports_are_found_by_their_device(wanted: WantedPort, paths: list[str]) -> None:
    """By vendor, product and serial number, on whichever port it is today; else by its path."""
    assert wanted.find_all(PORTS) == paths


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (WantedPort(path="COM3"), "COM3"),
        (WantedPort(vendor_id=0x0C2E, product_id=0x0B6A), "USB 0c2e:0b6a"),
        (WantedPort(vendor_id=0x0C2E, product_id=0x0B6A, serial_number="B2"), "USB 0c2e:0b6a, B2"),
        (WantedPort(), "USB 0000:0000"),
    ],
)
def test_a_port_has_a_name_for_people(wanted: WantedPort, name: str) -> None:
    """As the device page shows it."""
    assert str(wanted) == name


def test_the_system_s_ports_can_be_listed() -> None:
    """Whatever this machine has, each has a path."""
    assert all(port.path for port in list_ports())
