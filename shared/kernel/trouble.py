"""What is wrong with a gate, till or desk: a code that screens word, and English for a log.

A code is only ever added. Each has its text in the window's catalogues under `trouble.<code>`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class TroubleKind(StrEnum):
    """What can be wrong, by what a person can do about it."""

    # this machine
    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    CANNOT_OPEN = "cannot_open"
    DISK_FAULT = "disk_fault"
    NO_MEMORY = "no_memory"
    STORE = "store"
    DAMAGE_FOUND = "damage_found"
    JOURNAL_DAMAGED = "journal_damaged"
    JOURNAL_LOST = "journal_lost"
    OLDER_COPY = "older_copy"
    DATA_DAMAGED = "data_damaged"
    PROFILE_DAMAGED = "profile_damaged"
    NEWER_PROGRAM = "newer_program"
    NOT_PAIRED = "not_paired"
    MACHINE = "machine"
    PROGRAM = "program"
    CLOCK_SLOW = "clock_slow"
    CLOCK_WRONG = "clock_wrong"
    RELAY_NETWORK = "relay_network"
    RELAY_CABLE = "relay_cable"
    RELAY_FAULT = "relay_fault"
    RELAY_REFUSES = "relay_refuses"
    RELAY_SENSOR = "relay_sensor"
    # the server and the way there
    UNREACHABLE = "unreachable"
    NO_SUCH_HOST = "no_such_host"
    NO_TLS = "no_tls"
    TOO_SLOW = "too_slow"
    BROKE_OFF = "broke_off"
    SERVER_FAILED = "server_failed"
    FALSE_SERVER = "false_server"
    NOT_GENUINE = "not_genuine"
    UNREADABLE = "unreadable"
    PUT_BACK = "put_back"
    REFUSED = "refused"
    TOKEN = "token"  # noqa: S105 - no secret
    REVOKED = "revoked"
    NOT_PUBLISHED = "not_published"
    NEIGHBOURS = "neighbours"
    FALSE_PEER = "false_peer"
    ADDRESS = "address"
    PAIRING_CODE = "pairing_code"
    PAIRED_ALREADY = "paired_already"
    TAKEN_OVER = "taken_over"
    # what somebody asked for
    UNUSABLE = "unusable"
    NO_DATA = "no_data"
    NO_NAMES = "no_names"
    BADGE_OPENS_NOTHING = "badge_opens_nothing"
    TOO_FAST = "too_fast"
    STOPPED = "stopped"
    ENTRY_PAUSED = "entry_paused"
    NOBODY_MAY_ADMIT = "nobody_may_admit"
    ONE_WAY = "one_way"
    NO_SUCH_GATE = "no_such_gate"
    SETTLED_ALREADY = "settled_already"
    NO_EVACUATION = "no_evacuation"
    NOBODY_ADMITTED = "nobody_admitted"
    PAPER_DOUBTFUL = "paper_doubtful"
    PAPER_UNKNOWN = "paper_unknown"
    PAPER_TIMES = "paper_times"
    PAPER_GUESSES = "paper_guesses"
    UNDONE_ALREADY = "undone_already"
    ADMITTED_ALREADY = "admitted_already"
    DOORS_OPEN = "doors_open"
    NO_PICTURE = "no_picture"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_DAMAGED = "picture_damaged"


UNSENT: Final = frozenset(
    {
        TroubleKind.UNREACHABLE,
        TroubleKind.NO_SUCH_HOST,
        TroubleKind.NO_TLS,
        TroubleKind.FALSE_SERVER,
        TroubleKind.CLOCK_WRONG,
    }
)
"""Where a server was asked something and this went wrong, it has not heard of it."""


class Trouble(NamedTuple):
    """What a device finds wrong with itself or with the server; false where nothing is.

    Attributes:
        kind: What; None for nothing.
        text: The same in English and in detail, for a log and for whoever mends it; or "".
    """

    kind: TroubleKind | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return self.kind is not None


NO_TROUBLE: Final = Trouble()
