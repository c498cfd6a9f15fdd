"""What can be a host, and what is a slip of the finger."""

from __future__ import annotations

import pytest

from gatekeeper.printing.printer_setup import split_host
from gatekeeper.terminals.terminal_setup import make_setup
from shared.kernel.errors import BadInput
from shared.kernel.hosts import is_host, is_port


@pytest.mark.parametrize(
    "text",
    ["192.168.1.70", "::1", "printer", "till-2.venue.example", "drücker.local", "a_b", "3com.b"],
)
def test_addresses_and_names_are_hosts(text: str) -> None:
    """Numbers of both kinds, and names, also in letters of other scripts."""
    assert is_host(text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "192.168..70", "192.168.1.", "1.2.3.4.5", "192.168.1.700", "00", "0.0.0.0", "::"]
    + ["a b", "a/b", "http://a", "a" * 64, "a\x00b", "-..", "a\nb"],
)
def test_what_no_machine_is_called_is_none(text: str) -> None:
    """Refused before anything is kept, for printers and terminals alike."""
    assert not is_host(text)
    with pytest.raises(ValueError, match="not an address"):
        split_host(f"{text}:9100")
    with pytest.raises(BadInput, match="not a card terminal"):
        make_setup(f"zvt:{text}:20007")


def test_ports_are_numbers_that_somebody_can_listen_at() -> None:
    """Zero is none, nor is what has more than 16 bits."""
    assert [number for number in (0, 1, 65_535, 65_536) if is_port(number)] == [1, 65_535]
