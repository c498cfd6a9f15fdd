"""Bugs in the organizer's own exits_by_evacuations, and in who is said to have heard of them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.device import lan_link
from gatekeeper.store.evacuation_table import Evacuations
from server.evacuations import evacuation_rulings
from server.feed.rows import name_subjects
from server.journals import posting
from server.ledger import exits_by_evacuations
from shared.kernel.instant import SECOND
from shared.wire.feed import EvacuationNotice
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_EMPTIED: Final = beside_all_else("emptying")


def _of_neighbours(scenario: Scenario) -> Scenario:
    """Let its gates greet each other often, whoever is cut off from the server."""
    return msgspec.structs.replace(OF_THE_EMPTIED(scenario), hello_every=SECOND)


def _kept_alone(_hear_evacuations: Any) -> Any:
    def hear(_store: Any, _recorder: Any, _find_peer: Any) -> Any:
        def note(_signed: Any) -> None:
            """It is kept, and nobody reads it."""

        return note

    return hear


def _told_alone(_keep_notices: Any) -> Any:
    async def tell(transaction: Any, event_id: Any, first: int, told: Any) -> None:
        subjects = {
            number: 0
            for number, item in enumerate(told, first)
            if isinstance(item, EvacuationNotice)
        }
        await name_subjects(transaction, event_id, subjects)

    return tell


def _of_its_own(hear: Any) -> Any:
    def hear_known(self: Evacuations, event_id: Any, notice: EvacuationNotice) -> None:
        known = {one.evacuation_id for one in self.list_all(event_id)}
        if notice.gate_id or notice.annulled or notice.evacuation_id in known:
            hear(self, event_id, notice)

    return hear_known


def _by_the_first_word(find_newest: Any) -> Any:
    def find(told: Any) -> Any:
        return [msgspec.structs.replace(one, number=one.closed) for one in find_newest(told)]

    return find


def _but_annulled(returns_of: Any) -> Any:
    def returns(notices: Any) -> Any:
        return returns_of(one for one in notices if not one.annulled)

    return returns


EMPTIED_BUGS: Final = (
    Planted(
        name="order_binds_no_claim",
        what="The organizer's own word is told to gates, and binds no claim.",
        replaced=(Replacement(evacuation_rulings, "keep_notices", _told_alone),),
        change=OF_THE_EMPTIED,
    ),
    Planted(
        name="order_not_heard",
        what="A gate hears the organizer only of evacuations that a gate has begun.",
        replaced=(Replacement(Evacuations, "hear", _of_its_own),),
        change=OF_THE_EMPTIED,
    ),
    Planted(
        name="heard_too_early",
        what="Who has heard that a zone is emptied is said to have heard that it is not any more.",
        replaced=(Replacement(evacuation_rulings, "find_newest", _by_the_first_word),),
        change=OF_THE_EMPTIED,
    ),
    Planted(
        name="alarm_kept_unread",
        what="Gates keep what a gate beside them says of an evacuation, and go on admitting.",
        replaced=(Replacement(lan_link, "hear_evacuations", _kept_alone),),
        change=_of_neighbours,
    ),
    Planted(
        name="false_alarm_counts",
        what="Whom an evacuation has sent out may come back though it is taken back.",
        replaced=(
            Replacement(posting, "returns_of", _but_annulled),
            Replacement(exits_by_evacuations, "returns_of", _but_annulled),
        ),
        change=OF_THE_EMPTIED,
    ),
)
