"""The organizer's own evacuations: the ledger's word that empties a zone, and fills it again.

It is told to the gates of the zone by the feed, as a word of a supervisor at a gate is; who was
inside then counts as outside ticket by ticket. The same order again begins no second evacuation;
beside a gate's it is one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.ledger.evacuations_on_record import ORGANIZER, Word, WordStanding
from server.problem_answers import Problem, not_found
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import EvacuationId, EventId, GateId, OrganizationId, ZoneId
from shared.kernel.instant import Instant


class EvacuationOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is ordered, and by whom.

    Attributes:
        evacuation_id: Which one goes on, or the id of one that begins.
        phase: `stop` begins it, `return` lets those back who were inside, `over` ends that.
        actor: The opaque id of who says so.
    """

    organization_id: OrganizationId
    event_id: EventId
    evacuation_id: EvacuationId
    zone_id: ZoneId
    phase: EvacuationPhase
    actor: str


def word_of(order: EvacuationOrder, words: Sequence[Word], now: Instant) -> Word:
    """Return the word that an order makes, or the one that says so already.

    Args:
        order: What is ordered.
        words: Those held of the event.
        now: The ledger's clock.

    Raises:
        Problem: `not-found` if there is no such evacuation to go on with; `conflict` if it is
            over, or nobody has been let back in yet.
    """
    subject = order.evacuation_id, order.zone_id
    about = [one for one in words if one.subject == subject and _holds(one)]
    if order.phase is EvacuationPhase.STOP:
        under_way = _find_own_stop(words, order.zone_id)
        return under_way or _word(order, begun_at=now, emptied_at=None, now=now)
    same = next((one for one in about if one.phase == order.phase), None)
    if same is not None:
        return same
    begun = next((one for one in about if one.phase == EvacuationPhase.STOP), None)
    if begun is None:
        raise not_found("evacuation of this zone")
    if any(one.phase == EvacuationPhase.OVER for one in about):
        raise Problem("conflict", "This evacuation is over.")
    back = next((one for one in about if one.phase == EvacuationPhase.RETURN), None)
    if order.phase is EvacuationPhase.RETURN:
        heard = [one.emptied_at for one in words if one.subject == subject and one.is_hearsay]
        # A return that a ledger which was put back has forgotten emptied the zone when it did:
        # by a later one, whoever has come back since would have left once more.
        emptied_at = min((at for at in heard if at is not None), default=now)
        emptied_at = max(begun.begun_at, min(now, emptied_at))
        return _word(order, begun_at=begun.begun_at, emptied_at=emptied_at, now=now)
    if back is None:
        message = "Nobody has been let back in yet; annul it if nobody had to leave."
        raise Problem("conflict", message)
    return _word(order, begun_at=begun.begun_at, emptied_at=back.emptied_at, now=now)


def _find_own_stop(words: Sequence[Word], zone_id: ZoneId) -> Word | None:
    """Return the organizer's own stop that holds in a zone now, or None.

    A gate's is another's word: it may be a false alarm, and end with it.
    """
    of_zone = [one for one in words if one.zone_id == zone_id and _holds(one)]
    gone_on = {one.evacuation_id for one in of_zone if one.phase != EvacuationPhase.STOP}
    stops = (one for one in of_zone if one.phase == EvacuationPhase.STOP)
    own = (one for one in stops if one.device_id == ORGANIZER)
    return next((one for one in own if one.evacuation_id not in gone_on), None)


def _holds(word: Word) -> bool:
    """Whether a word has an effect; one that annuls ends its evacuation."""
    return word.standing in {WordStanding.COUNTS, WordStanding.ANNULLED}


def _word(
    order: EvacuationOrder, *, begun_at: Instant, emptied_at: Instant | None, now: Instant
) -> Word:
    return Word(
        order.evacuation_id,
        order.zone_id,
        order.phase.value,
        ORGANIZER,
        GateId(""),
        begun_at,
        emptied_at,
        order.actor,
        now,
        WordStanding.COUNTS,
        "",
    )
