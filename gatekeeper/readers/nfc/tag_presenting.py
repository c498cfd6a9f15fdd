"""What a tag stands for: the one place where its checks are weighed (`docs/specs/media.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from gatekeeper.readers.nfc.ports import is_random_uid
from gatekeeper.readers.nfc.tag_scan import TagScan
from shared.admission.reasons import Reason
from shared.credential.keyring import Keyring
from shared.credential.sun_tap_message import SunFlaw, SunKeys, read_sun_uid, verify_sun
from shared.credential.tag_originality import Originality
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId
from shared.manifest.presenting import (
    Presented,
    present_pointer,
    present_tag,
    present_text,
)


class OriginalityRule(Enum):
    """Which chips may carry a ticket."""

    ANY = "any"
    NOT_FORGED = "not_forged"  # a signature that is there must be right
    REQUIRED = "required"  # there must be one; readers that cannot ask for it admit nobody


class SunCounters(Protocol):
    """Remembers, durably, the highest tap counter of each tag."""

    def highest(self, uid: bytes) -> int | None:
        """Return the highest counter seen, or None."""

    def remember(self, uid: bytes, counter: int) -> None:
        """Take a counter; one below the highest changes nothing.

        It holds at once, and is on disk with the record of the scan, before any answer.
        """


@dataclass(frozen=True, slots=True)
class SunRule:
    """How SUN messages are verified, where the organizer uses NTAG 424 DNA."""

    keys: SunKeys
    counters: SunCounters


@dataclass(frozen=True, slots=True)
class MediaRule:
    """What an event accepts as a medium.

    Attributes:
        originality: Which chips may carry a ticket.
        points_by_uid: Whether the bare UID of a tag may stand for a ticket.
        sun: Set where tags prove themselves by SUN messages; such a tag points at its ticket, and
            with `points_by_uid` off nothing but such a proof does.
    """

    originality: OriginalityRule = OriginalityRule.NOT_FORGED
    points_by_uid: bool = False
    sun: SunRule | None = None


def present_tag_scan(
    scan: TagScan, keyring: Keyring, *, event_id: EventId, rule: MediaRule
) -> Presented:
    """Resolve a tag: a ticket on it, a text on it, or a ticket that it points at.

    To be called once for each scan: a SUN message is taken once.
    """
    seen = scan.uid.hex()
    code = "" if scan.credential is None else scan.credential.hex()
    if not _is_acceptable(scan.checks.originality, rule.originality):
        return Presented(text=code, tag_uid=seen, flaw=Reason.BAD_SIGNATURE)
    if scan.credential is not None:
        return present_tag(scan.credential, keyring, tag_uid=scan.uid)
    if scan.text is not None and rule.sun is not None:
        proven = _prove(scan.text, scan.uid, rule.sun)
        if isinstance(proven, bytes):
            return present_pointer(proven, event_id)
        if proven is not SunFlaw.MALFORMED:
            return Presented(tag_uid=seen, flaw=Reason.BAD_SIGNATURE)
    if rule.points_by_uid and not is_random_uid(scan.uid):
        return present_pointer(scan.uid, event_id)
    if scan.text is not None:
        return present_text(scan.text, keyring, event_id=event_id)
    return Presented(tag_uid=seen, flaw=Reason.MALFORMED)


def _is_acceptable(originality: Originality, rule: OriginalityRule) -> bool:
    if rule is OriginalityRule.REQUIRED:
        return originality is Originality.GENUINE
    return rule is OriginalityRule.ANY or originality is not Originality.FORGED


def _prove(text: str, scanned_uid: bytes, rule: SunRule) -> bytes | SunFlaw:
    """Return the UID that a SUN message proves, its counter remembered, or the flaw."""
    try:
        claimed = read_sun_uid(text, rule.keys)
    except Malformed:
        return SunFlaw.MALFORMED
    outcome = verify_sun(
        text,
        rule.keys,
        counter_seen=rule.counters.highest(claimed),
        tag_uid=None if is_random_uid(scanned_uid) else scanned_uid,
    )
    if isinstance(outcome, SunFlaw):
        return outcome
    rule.counters.remember(outcome.uid, outcome.counter)
    return outcome.uid
