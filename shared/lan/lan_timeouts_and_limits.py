"""How often, how long and how many among the venue's gates: each number once, with its reason."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.admission.pace import BURST
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Duration

LAN_BUDGET_MS: Final = 50
"""For the other gates' answers, while the server is away."""
LAN_BUDGET_MS_MAX: Final = 60_000
"""The most that may be set."""
SLOW_DISK_MAX: Final[Duration] = SECOND // 2
"""A gate whose own disk is slow waits for its peers' as much longer, and no longer than that."""


class LanSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Time limits, microseconds.

    Attributes:
        hello_every: Between hellos.
        live_window: Without a hello for so long, a peer is no longer live.
        resend_after: An ask without an answer is sent again, each time after so long.
        repeat_after: News is sent a second time after so long.
        sync_every: Between exchanges of missing entries with one peer in turn.
        replies_max: Hellos sent in reply to one peer within `hello_every`.
        word_every: So often a peer's unproven word on a ticket is taken, after the first
            `words_max`.
        words_max: See there.
        ask_every, asks_max: The same of a peer's questions to this device as a ticket's home, each
            of which may cost an entry: an honest lane's three for each scan stay below.
        unproven_max: So many at once of a device's passages of which this gate cannot tell whether
            a code was read, and of those by manual codes; more come back at its pace.
        hole_patience: A journal of which an entry is lacking for so long is named.
        end_patience: A live peer whose claim of a right has not ended for so long is named.
        gone_patience: A device that has left the roster for so long binds nobody where the ledger
            has answered: longer than an honest gate waits for its peers, and writes.
        entry_every, entries_max: So many entries are taken of a peer's datagrams, far more than
            people at its gate cause: what comes faster is fetched by a stream, which leaves half
            of the time to scans.
        leap_every, leaps_max: So many of a peer's claims whose stamps lie far ahead are promised.
    """

    hello_every: Duration = SECOND
    live_window: Duration = 3 * SECOND
    resend_after: Duration = 30 * MILLISECOND
    repeat_after: Duration = 100 * MILLISECOND
    sync_every: Duration = 5 * SECOND
    replies_max: int = 4
    word_every: Duration = 5 * SECOND
    words_max: int = 64
    ask_every: Duration = SECOND // 10
    asks_max: int = 192
    unproven_max: int = BURST
    entry_every: Duration = SECOND // 200
    entries_max: int = 1_000
    leap_every: Duration = SECOND
    leaps_max: int = 16
    hole_patience: Duration = 2 * MINUTE
    end_patience: Duration = 5 * MINUTE
    gone_patience: Duration = MINUTE + 10 * SECOND
