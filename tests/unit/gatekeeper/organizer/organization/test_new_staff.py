"""Whom the desk makes."""

from __future__ import annotations

from collections import deque

from gatekeeper.organizer.organization.new_staff import STEWARD, SUPERVISOR, describe_person
from shared.credential.badges_and_pins import PIN_LENGTH_DRAWN, check_pin


class Said:
    """Randomness that a test says, draw by draw."""

    def __init__(self, *draws: int) -> None:
        self._draws = deque(draws)

    def random_bytes(self, size: int) -> bytes:
        """Return the next one."""
        return self._draws.popleft().to_bytes(size, "big")


def test_a_pin_that_the_desk_draws_is_one_that_the_server_takes() -> None:
    """It was six digits, a run now and then, and whoever chose nothing was to choose another."""
    pin = describe_person(" Sam ", SUPERVISOR, Said(0, 12_345_678, 40_271_563))["pin"]
    check_pin(pin)
    assert len(pin) == PIN_LENGTH_DRAWN
    assert describe_person("Ida", STEWARD, Said()) == {"name": "Ida", "role": STEWARD}
