"""Which run of the machine this is."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.this_machine import machine_boot


def test_a_run_of_the_machine_has_a_number_of_its_own(tmp_path: Path) -> None:
    """Small enough to be kept as a number; none where the system names none."""
    file = tmp_path / "boot_id"
    assert machine_boot(file) == 0
    file.write_text("c5a1b0de-4a2f-4f6e-9b3c-1d2e3f405162\n")
    first = machine_boot(file)
    file.write_text("0f9b6a52-77d1-4b0e-8a54-5b7c9d0e1f23\n")
    assert 0 < machine_boot(file) != first < 1 << 63
    file.write_text("none of that kind")
    assert machine_boot(file) == 0


def test_linux_names_its_boot() -> None:
    """The same as long as it runs."""
    assert machine_boot() == machine_boot() != 0
