"""A gate whose machine sleeps, or whose program is held up, while somebody is let through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gatekeeper.turnstile.http_relay import HttpRelay
from gatekeeper.turnstile.opening_arm import let_through
from gatekeeper.turnstile.ports import ArmOutcome, ArmRelay
from gatekeeper.turnstile.serial_relay import SerialRelay
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MINUTE, SECOND, Duration


class Suspended:
    """A machine and its arm: it sleeps once for minutes, and somebody goes through meanwhile.

    Attributes:
        now: Its monotonic time, which goes on.
        sleeps_at: The wait that takes minutes; 0 for none.
    """

    def __init__(self, sleeps_at: int) -> None:
        self.now, self.sleeps_at, self.waits = Duration(0), sleeps_at, 0
        self.timeout = 0.0

    # -- the pause between two looks

    def wait(self, seconds: float, /) -> bool:
        self.waits += 1
        asleep = 3 * MINUTE if self.waits == self.sleeps_at else Duration(0)
        self.now = Duration(self.now + asleep + round(seconds * SECOND))
        return False

    def set(self) -> None:
        pass

    def elapsed(self) -> Duration:
        return self.now

    # -- a line, and a connection, whose contact is open whenever it is asked

    cts = False
    status = 200

    @property
    def sock(self) -> Any:
        return self

    def write(self, _telegram: bytes) -> None:
        pass

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def connect(self) -> None:
        pass

    def settimeout(self, _seconds: float) -> None:
        pass

    def request(self, _method: str, _path: str) -> None:
        pass

    def getresponse(self) -> Any:
        return self

    def read(self, _size: int) -> bytes:
        return b"0"


def on_a_line(at: Any) -> ArmRelay:
    return SerialRelay(
        "/dev/arm", elapsed=at.elapsed, has_sensor=True, open_line=lambda _: at, pause=at
    )


def at_an_address(at: Any) -> ArmRelay:
    return HttpRelay(
        "http://arm/open",
        "http://arm/sensor",
        elapsed=at.elapsed,
        connect=lambda _host, _port: at,
        pause=at,
    )


@pytest.mark.parametrize("relay_of", [on_a_line, at_an_address])
@pytest.mark.parametrize("sleeps_at", [0, 1, 5, 40])
def test_who_went_through_while_the_gate_slept_is_not_freed(
    relay_of: Callable[[Any], ArmRelay], sleeps_at: int
) -> None:
    """Nobody looked at the sensor then: its "nobody" would free the ticket of who is inside."""
    passage = let_through(relay_of(Suspended(sleeps_at)), ClaimId("c"))
    told = ArmOutcome.OPENED if sleeps_at else ArmOutcome.NOT_PASSED
    assert (passage.outcome, bool(passage.why)) == (told, bool(sleeps_at))
