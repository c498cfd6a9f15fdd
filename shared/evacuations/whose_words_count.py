"""Which words on an evacuation count for others than the gate that says them. Pure.

A word in the wrong direction costs little: entry that is stopped hurts nobody. The other way round
each ticket of the zone becomes good for one more entry, so that a gate's key is not enough.

Source:
    docs/specs/journal.md, section 8
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from shared.admission.evacuation import EvacuationPhase
from shared.journal.bounds import ENTRY_NAME_SIZE_MAX
from shared.journal.entry import EvacuationBody
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.instant import Instant
from shared.manifest.badge_signatures import BadgeAct, BadgeScope, is_supervisors_word
from shared.manifest.event_config import SupervisorConfig


class Objection(StrEnum):
    """Why a word on an evacuation has no effect but at its own gate."""

    NO_EVACUATION = "no_evacuation"
    """No such phase or zone, or no possible id or time."""
    OTHER_EVENT = "other_event"
    OTHER_ZONE = "other_zone"
    NOT_SIGNED = "not_signed"
    """By no badge of somebody who was a supervisor then."""
    HEARD = "heard"
    """A device that was asked for its journal again says what it had heard, in nobody's name."""
    ANNULLED = "annulled"
    """The organizer has taken this evacuation back."""
    TOO_MANY = "too_many"
    """More than any gate says: its device has words enough that hold, or that are kept."""


class WordAuthor(msgspec.Struct, frozen=True, kw_only=True):
    """The device that says a word, and those whose badge may have signed it.

    Attributes:
        organization_id: Whose event.
        event_id: Of the word.
        device_id: In whose journal it stands.
        home_event: The event that the device serves; "" where that is not fixed.
        home_zone: The zone of the gate that it is assigned to; "" where that is not fixed.
        supervisors: Of the word's instant.
    """

    organization_id: OrganizationId
    event_id: EventId
    device_id: DeviceId
    home_event: EventId
    home_zone: str
    supervisors: Sequence[SupervisorConfig] = ()


def evacuation_subject(said: EvacuationBody) -> tuple[str, ...]:
    """Return what a badge signs of a word on an evacuation (`BadgeWord.subject`)."""
    emptied_at = "" if said.emptied_at is None else str(said.emptied_at)
    return (said.evacuation_id, said.zone_id, said.phase, str(said.begun_at), emptied_at)


def find_objection(
    said: EvacuationBody, author: WordAuthor, zones: Sequence[str], *, is_annulled: bool
) -> Objection | None:
    """Say what speaks against a word, whatever came before it; None if nothing does.

    A stop counts from any device of the event: entry ends at once, whoever noticed the fire. What
    lets people in again wants the device's own zone and a supervisor's badge; that there was a
    stop before, the caller sees to.

    Args:
        said: The word.
        author: Whose it is.
        zones: The event's zones.
        is_annulled: The organizer has taken this evacuation back.
    """
    phases = {phase.value for phase in EvacuationPhase}
    is_named = said.zone_id in zones and 0 < len(said.evacuation_id) <= ENTRY_NAME_SIZE_MAX
    is_return = said.phase == EvacuationPhase.RETURN
    if not is_named or said.phase not in phases or (is_return and said.emptied_at is None):
        return Objection.NO_EVACUATION
    if is_annulled:
        return Objection.ANNULLED
    if author.home_event not in {"", author.event_id}:
        return Objection.OTHER_EVENT
    if said.phase == EvacuationPhase.STOP:
        return None
    if author.home_zone not in {"", said.zone_id}:
        return Objection.OTHER_ZONE
    return None if is_signed_by_supervisor(said, author) else Objection.NOT_SIGNED


def is_signed_by_supervisor(said: EvacuationBody, author: WordAuthor) -> bool:
    """Tell whether a word bears the signature of the badge of somebody who was a supervisor."""
    speaker = BadgeScope(author.organization_id, author.event_id, author.device_id, said.person)
    word = speaker.say(BadgeAct.EVACUATION, *evacuation_subject(said))
    return is_supervisors_word(word, said.signature, author.supervisors)


def stopped_since(
    said: EvacuationBody, author: WordAuthor, heard_at: Instant, *, is_time_known: bool
) -> Instant:
    """Return since when a stop holds, for whoever was scanned out since and may come back.

    That a device alone does not say, nor does a clock that nobody knows: of these a stop holds
    since it was heard.
    """
    is_sure = is_time_known and is_signed_by_supervisor(said, author)
    return min(said.begun_at, heard_at) if is_sure else heard_at


def times_of(
    said: EvacuationBody, author: WordAuthor, heard_at: Instant, *, is_time_known: bool
) -> tuple[Instant, Instant | None]:
    """Return since when a word's evacuation holds, and when all had left; neither is yet to come.

    Args:
        said: The word.
        author: Whose it is.
        heard_at: Nobody has left who comes in later.
        is_time_known: Its device knew how far off its clock is.
    """
    if said.phase == EvacuationPhase.STOP:
        return stopped_since(said, author, heard_at, is_time_known=is_time_known), None
    emptied_at = None if said.emptied_at is None else min(said.emptied_at, heard_at)
    return min(said.begun_at, heard_at), emptied_at
