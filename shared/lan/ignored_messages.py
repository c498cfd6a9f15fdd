"""Why a gate ignores a message of another: what it counts, and raises an alarm by."""

from __future__ import annotations

from enum import StrEnum


class Ignored(StrEnum):
    """Why a message was ignored."""

    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    WRONG_VERSION = "wrong_version"
    WRONG_EVENT = "wrong_event"
    WRONG_EPOCH = "wrong_epoch"
    UNKNOWN_DEVICE = "unknown_device"
    UNKNOWN_KIND = "unknown_kind"
    NOT_AUTHENTIC = "not_authentic"
    REPLAYED = "replayed"
    OLD_BOOT = "old_boot"
    UNCONFIRMED = "unconfirmed"
    FLOODING = "flooding"
    DEFERRED = "deferred"
    STALE = "stale"
    BAD_ENTRY = "bad_entry"
    KNOWN_ENTRY = "known_entry"
    FORGED_ENTRY = "forged_entry"
    UNPROVEN = "unproven"
    TOO_FAST = "too_fast"
    INCOMPLETE = "incomplete"
    UNENDED = "unended"
