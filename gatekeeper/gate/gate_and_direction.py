"""Where a lane stands, and which way it may be used."""

from __future__ import annotations

import msgspec

from shared.admission.facts import Direction
from shared.journal.bounds import COUNT_MAX
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, GateId
from shared.kernel.instant import Instant
from shared.kernel.trouble import TroubleKind
from shared.manifest.event_config import GateConfig


class LaneSetting(msgspec.Struct, frozen=True):
    """At which gate a lane stands, and which way it is used.

    Attributes:
        device_id: This device.
        gate_id: The gate, or None while nobody has chosen one.
        direction: The way the lane is used when nobody asks otherwise, or None for the gate's.
        takes_given_times: Test and rehearsal profiles let a caller say what time it is.
    """

    device_id: DeviceId
    gate_id: GateId | None
    direction: Direction | None = None
    takes_given_times: bool = False

    def check(self, count: int, at: Instant | None) -> None:
        """See that a scan of so many persons, at a caller's time or None, may be asked for.

        Raises:
            BadInput: if not.
        """
        check_count(count)
        if at is not None and not self.takes_given_times:
            raise BadInput("a caller's time is taken in test and rehearsal profiles only")


def check_count(count: int) -> None:
    """See that so many persons may pass by one entry.

    Raises:
        BadInput: if not.
    """
    if not 1 <= count <= COUNT_MAX:
        raise BadInput(f"count must be 1 to {COUNT_MAX}, not {count}")


def check_way(gate: GateConfig, direction: Direction) -> None:
    """See that a lane of a gate may be used a way.

    Raises:
        BadInput: if not: the gate serves the other way alone.
    """
    if gate.direction not in {"both", direction}:
        message = f"gate {gate.name} is for the direction {gate.direction} only"
        raise BadInput(message, kind=TroubleKind.ONE_WAY)


def read_direction(asked: Direction | str) -> Direction:
    """Read `in` or `out`.

    Raises:
        BadInput: if it is neither.
    """
    try:
        return Direction(asked)
    except ValueError:
        raise BadInput(f"direction must be in or out, not {str(asked)[:20]!r}") from None
