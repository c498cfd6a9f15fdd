"""Why a scan is admitted, denied or referred: each reason's code, and the verdict it belongs to.

A code is on the wire and in journals: it is only ever added, never changed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What the person at the gate must do: let in, stop, or look."""

    ADMIT = "admit"
    DENY = "deny"
    REFER = "refer"


class Reason(StrEnum):
    """Why a scan got its verdict."""

    OK = "ok"
    REENTRY = "reentry"
    EXIT = "exit"
    OVERRIDE = "override"

    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_TICKET = "unknown_ticket"
    WRONG_EVENT = "wrong_event"
    WRONG_GATE = "wrong_gate"
    WRONG_TICKET_TYPE = "wrong_ticket_type"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    UNPAID = "unpaid"
    BLOCKED = "blocked"
    ALREADY_USED = "already_used"
    NOT_INSIDE = "not_inside"
    CAPACITY_FULL = "capacity_full"
    RULES_DENIED = "rules_denied"
    OFFLINE_POLICY = "offline_policy"

    CHECK_ID = "check_id"
    QUESTION = "question"
    SUPERVISOR = "supervisor"
    STALE_MANIFEST = "stale_manifest"

    @property
    def verdict(self) -> Verdict:
        """The class of this reason, the same everywhere."""
        if self in ADMITTING:
            return Verdict.ADMIT
        if self in REFERRING:
            return Verdict.REFER
        return Verdict.DENY


ADMITTING: Final = frozenset({Reason.OK, Reason.REENTRY, Reason.EXIT, Reason.OVERRIDE})
REFERRING: Final = frozenset(
    {Reason.CHECK_ID, Reason.QUESTION, Reason.SUPERVISOR, Reason.STALE_MANIFEST}
)
NEVER_OVERRIDDEN: Final = frozenset(
    {
        Reason.MALFORMED,
        Reason.BAD_SIGNATURE,
        Reason.UNKNOWN_KEY,
        Reason.UNKNOWN_TICKET,
        Reason.CANCELLED,
        Reason.SUPERSEDED,
    }
)
"""What is forged, foreign or withdrawn is nobody's to admit (invariants I1 and I8)."""
