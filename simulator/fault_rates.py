"""How often things go wrong in a world, and how bad links get."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Duration


class FaultRates(msgspec.Struct, frozen=True):
    """How often things go wrong: mean time between two of a kind, None for never.

    Attributes:
        partition: Links are cut.
        partition_lasts: How long on average; one of these each time.
        server_stop: The server's program or machine stops.
        server_stop_lasts: How long on average; one of these each time.
        gate_stop: A gate's program or machine stops, anywhere in the world.
        crash_at: The one crash point at which gates stop; "" for anywhere.
        disk_full: A gate's disk is full for a while.
        clock_step: A gate's clock jumps.
        clock_set_right: A gate's clock is wrong for a minute, then right at a start cut off.
        server_clock: The server's clock jumps.
        machine_clock: The clock of the server's machine jumps, by up to hours, and the server goes
            on by its own time.
        slow_server: The server's disk is slow for a while.
        server_ahead: How far the server's clock is ahead until doors open; it is set right then.
        links: Links get better or worse: each time one of each of the lists below.
        outage: Nobody reaches the server, and gates still reach each other.
        outage_lasts: How long on average.
        hang: A device is cut off from the server, or a gate from the others, and what it sent
            first comes when that is over: a claim whose gate has decided alone since.
        hang_lasts: How long on average; one of these each time.
    """

    partition: Duration | None = 8 * MINUTE
    partition_lasts: tuple[Duration, ...] = (5 * SECOND, MINUTE, 8 * MINUTE)
    server_stop: Duration | None = 30 * MINUTE
    server_stop_lasts: tuple[Duration, ...] = (2 * SECOND, MINUTE)
    gate_stop: Duration | None = 4 * MINUTE
    crash_at: str = ""
    disk_full: Duration | None = 40 * MINUTE
    clock_step: Duration | None = 20 * MINUTE
    clock_set_right: Duration | None = None
    server_clock: Duration | None = None
    machine_clock: Duration | None = None
    slow_server: Duration | None = None
    server_ahead: Duration = Duration(0)
    links: Duration | None = 6 * MINUTE
    outage: Duration | None = None
    outage_lasts: Duration = 5 * MINUTE
    hang: Duration | None = None
    hang_lasts: tuple[Duration, ...] = (3 * SECOND, 30 * SECOND, 2 * MINUTE)


LINK_LOSSES: Final = (0.0, 0.0, 0.01, 0.05, 0.2)
LINK_DUPLICATIONS: Final = (0.0, 0.01, 0.1)
LINK_DELAYS_MIN: Final = (MILLISECOND // 2, 5 * MILLISECOND, 40 * MILLISECOND)
LINK_DELAYS_MEAN: Final = (MILLISECOND, 10 * MILLISECOND, 90 * MILLISECOND)
LINK_OUTLIERS: Final = (0.0, 0.0, 0.02)
"""What a link's faults (`LinkFaults`) may be, each as likely as it stands here."""
HANG_LASTS_MAX: Final[Duration] = 8 * MINUTE
HUNG_MAX: Final = 3
"""So many messages of a device hang at most; it has no more connections that are open."""
HUNG_AMONG_GATES_MAX: Final = 60
"""So many datagrams of a gate to others: most of them greet."""
SLOW_LASTS_MEAN: Final[Duration] = 20 * SECOND
SLOW_FLUSHES: Final = 0.3
"""The share of a slow disk's flushes that take long."""
SERVER_FLUSH_TAKES: Final = (SECOND // 5, 5 * SECOND)
"""From so long to so long."""
HUNG_SPREAD: Final[Duration] = 3 * SECOND
"""Within so much time what has hung comes, in any order."""
NO_FAULTS: Final = FaultRates(
    partition=None, server_stop=None, gate_stop=None, disk_full=None, clock_step=None, links=None
)
"""Nothing goes wrong but what a scenario does itself."""
FREQUENT_FAULTS: Final = FaultRates(
    partition=MINUTE,
    partition_lasts=(5 * SECOND, 30 * SECOND, 2 * MINUTE),
    server_stop=4 * MINUTE,
    gate_stop=30 * SECOND,
    disk_full=5 * MINUTE,
    clock_step=90 * SECOND,
    links=MINUTE,
)
"""Many faults in a short time, for a bug that shows only under them."""
