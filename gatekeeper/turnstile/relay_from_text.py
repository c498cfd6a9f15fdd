"""Which relay is meant by a line of text."""

from __future__ import annotations

from typing import Final

from gatekeeper.turnstile.http_relay import HttpRelay
from gatekeeper.turnstile.ports import ArmRelay
from gatekeeper.turnstile.serial_relay import SerialRelay
from shared.kernel.errors import BadInput
from shared.kernel.ports import Clock

RELAY_HELP: Final = (
    "the turnstile's relay: serial:PATH, serial:PATH+cts with a passage contact on CTS, or"
    " http://HOST/PATH, followed by ,http://HOST/SENSOR if it can tell who passed"
)
_SERIAL: Final = "serial:"
_CTS: Final = "+cts"


def open_relay(spec: str, clock: Clock) -> ArmRelay:
    """Return the relay that a text names; nothing is sent to it yet.

    Args:
        spec: As `RELAY_HELP` says.
        clock: The machine's.

    Raises:
        BadInput: if it names none.
    """
    if spec.startswith(_SERIAL):
        path = spec.removeprefix(_SERIAL)
        if path.removesuffix(_CTS):
            has_sensor = path.endswith(_CTS)
            path = path.removesuffix(_CTS)
            return SerialRelay(path, elapsed=clock.monotonic, has_sensor=has_sensor)
    elif spec.startswith("http://"):
        url, comma, sensor = spec.partition(",")
        return HttpRelay(url, sensor if comma else None, elapsed=clock.monotonic)
    raise BadInput(f"not a relay: {spec[:80]!r}; give {RELAY_HELP}")
