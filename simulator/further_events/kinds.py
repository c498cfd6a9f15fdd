"""The kinds of further events: when a world has one, who plays it, and who judges it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from simulator.further_events.called_back_places.checks import judge_called_back
from simulator.further_events.called_back_places.evening import CalledBack
from simulator.further_events.changed_staff.checks import judge_changed_staff
from simulator.further_events.changed_staff.evening import ChangedStaff
from simulator.further_events.counted_prices.checks import judge_tiered
from simulator.further_events.counted_prices.evening import Tiered
from simulator.further_events.counted_prices_put_back.checks import judge_recounted
from simulator.further_events.counted_prices_put_back.evening import Recounted
from simulator.further_events.devices_moved_since_older_copy.checks import (
    judge_moved_since_copy,
)
from simulator.further_events.devices_moved_since_older_copy.evening import MovedSinceCopy
from simulator.further_events.devices_moved_within_zone.checks import judge_moved
from simulator.further_events.devices_moved_within_zone.evening import Moved
from simulator.further_events.devices_of_ended_events.checks import judge_ended
from simulator.further_events.devices_of_ended_events.evening import Ended
from simulator.further_events.devices_sent_to_other_zones.checks import judge_crossed
from simulator.further_events.devices_sent_to_other_zones.evening import Crossed
from simulator.further_events.door_questions.checks import judge_door
from simulator.further_events.door_questions.evening import AtTheDoor
from simulator.further_events.ended_keys_and_copied_events.checks import judge_editions
from simulator.further_events.ended_keys_and_copied_events.copied_checks import judge_copied
from simulator.further_events.ended_keys_and_copied_events.copied_evening import Copied
from simulator.further_events.ended_keys_and_copied_events.evening import Editions
from simulator.further_events.entries_a_day_put_back.checks import judge_a_day
from simulator.further_events.entries_a_day_put_back.evening import ADay
from simulator.further_events.erased_guests.checks import judge_erased
from simulator.further_events.erased_guests.evening import Erased
from simulator.further_events.evacuations.checks import judge_emptied
from simulator.further_events.evacuations.evening import Emptied
from simulator.further_events.false_holds.checks import judge_false_holds
from simulator.further_events.false_holds.evening import FalseHolds
from simulator.further_events.freed_seats.checks import judge_freed
from simulator.further_events.freed_seats.evening import FreedSeats
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.gates_led_into_other_zones.checks import judge_rezoned
from simulator.further_events.gates_led_into_other_zones.evening import Rezoned
from simulator.further_events.imported_tickets.checks import judge_imported
from simulator.further_events.imported_tickets.evening import Imported
from simulator.further_events.lists_taken_back.checks import judge_taken_back
from simulator.further_events.lists_taken_back.evening import TakenBack
from simulator.further_events.lost_tills.checks import judge_lost_tills
from simulator.further_events.lost_tills.evening import LostTills
from simulator.further_events.mails.checks import judge_mailed
from simulator.further_events.mails.evening import Mailed
from simulator.further_events.manual_codes_read_from_list.checks import judge_listed
from simulator.further_events.manual_codes_read_from_list.evening import ReadFromList
from simulator.further_events.moved_tenders.checks import judge_tenders
from simulator.further_events.moved_tenders.evening import Tenders
from simulator.further_events.older_copies_of_folders.checks import judge_older_copies
from simulator.further_events.older_copies_of_folders.evening import OlderCopies
from simulator.further_events.online_payments.checks import judge_online
from simulator.further_events.online_payments.evening import PaidOnline
from simulator.further_events.overrides.checks import judge_overridden
from simulator.further_events.overrides.evening import Overridden
from simulator.further_events.paper_lists.checks import judge_paper
from simulator.further_events.paper_lists.evening import ByPaper
from simulator.further_events.passes_over_shows.checks import judge_passes
from simulator.further_events.passes_over_shows.evening import Passes
from simulator.further_events.refund_terms.checks import judge_terms
from simulator.further_events.refund_terms.evening import RefundTerms
from simulator.further_events.refunds_at_till_and_office.checks import judge_paid_back
from simulator.further_events.refunds_at_till_and_office.evening import PaidBack
from simulator.further_events.replaced_devices.checks import judge_replaced
from simulator.further_events.replaced_devices.evening import Replaced
from simulator.further_events.reserved_seats.checks import judge_seated
from simulator.further_events.reserved_seats.evening import Seated
from simulator.further_events.single_dates.checks import judge_series
from simulator.further_events.single_dates.evening import Series
from simulator.further_events.switched_policies.checks import judge_switched
from simulator.further_events.switched_policies.evening import Switched
from simulator.further_events.tags.checks import judge_tagged
from simulator.further_events.tags.evening import Tagged
from simulator.further_events.take_over.checks import judge_take_over
from simulator.further_events.take_over.evening import TakeOver
from simulator.further_events.tickets_passed_on.checks import judge_passed_on
from simulator.further_events.tickets_passed_on.evening import PassedOn
from simulator.further_events.tickets_with_hours.checks import judge_timed
from simulator.further_events.tickets_with_hours.evening import Timed
from simulator.further_events.tills_of_server_put_back.checks import judge_resent
from simulator.further_events.tills_of_server_put_back.evening import Resent
from simulator.further_events.turnstiles.checks import judge_turnstiles
from simulator.further_events.turnstiles.evening import Turnstiles
from simulator.further_events.unasked_releases.checks import judge_given_away
from simulator.further_events.unasked_releases.evening import GivenAway
from simulator.judging.evidence import Violation
from simulator.scenario import FURTHER
from simulator.world import World


class FurtherKind(msgspec.Struct, frozen=True):
    """One kind of further event.

    Attributes:
        name: Which of `simulator.scenario.FURTHER`.
        make: Plays it.
        judge: Judges what was played, when all is quiet.
        is_last: It is judged when all else is, and leaves the server's clock days ahead.
    """

    name: str
    make: Callable[[World], FurtherEvent]
    judge: Callable[[Any], Awaitable[list[Violation]]]
    is_last: bool = False


KINDS: Final = (
    FurtherKind("series", Series, judge_series),
    FurtherKind("editions", Editions, judge_editions),
    FurtherKind("copy", Copied, judge_copied),
    FurtherKind("paper", ByPaper, judge_paper),
    FurtherKind("take_over", TakeOver, judge_take_over),
    FurtherKind("tiers", Tiered, judge_tiered),
    FurtherKind("questions", AtTheDoor, judge_door),
    FurtherKind("moves", Moved, judge_moved),
    FurtherKind("imported", Imported, judge_imported),
    FurtherKind("transfers", PassedOn, judge_passed_on),
    FurtherKind("listed", ReadFromList, judge_listed),
    FurtherKind("gifts", GivenAway, judge_given_away),
    FurtherKind("false_holds", FalseHolds, judge_false_holds),
    FurtherKind("emptying", Emptied, judge_emptied),
    FurtherKind("seats", Seated, judge_seated),
    FurtherKind("hours", Timed, judge_timed),
    FurtherKind("tenders", Tenders, judge_tenders),
    FurtherKind("overrides", Overridden, judge_overridden),
    FurtherKind("terms", RefundTerms, judge_terms),
    FurtherKind("paid_back", PaidBack, judge_paid_back),
    FurtherKind("erasures", Erased, judge_erased),
    FurtherKind("older_copies", OlderCopies, judge_older_copies),
    FurtherKind("forgotten", MovedSinceCopy, judge_moved_since_copy),
    FurtherKind("called_back", CalledBack, judge_called_back),
    FurtherKind("replaced", Replaced, judge_replaced),
    FurtherKind("crossed", Crossed, judge_crossed),
    FurtherKind("switched", Switched, judge_switched),
    FurtherKind("tagged", Tagged, judge_tagged),
    FurtherKind("turnstiles", Turnstiles, judge_turnstiles),
    FurtherKind("passes", Passes, judge_passes),
    FurtherKind("lost_tills", LostTills, judge_lost_tills),
    FurtherKind("online", PaidOnline, judge_online),
    FurtherKind("rezoned", Rezoned, judge_rezoned),
    FurtherKind("staff", ChangedStaff, judge_changed_staff),
    FurtherKind("taken_back", TakenBack, judge_taken_back),
    FurtherKind("resent", Resent, judge_resent),
    FurtherKind("recounted", Recounted, judge_recounted),
    FurtherKind("freed", FreedSeats, judge_freed),
    FurtherKind("a_day", ADay, judge_a_day),
    FurtherKind("ended", Ended, judge_ended, is_last=True),
    FurtherKind("mails", Mailed, judge_mailed),
)
"""In the order in which they are put on, begun and judged.

The last one may end the server when the others are judged.
"""
assert {one.name for one in KINDS} == FURTHER.keys(), "drawn, and played by nobody, or the reverse"


class Programme:
    """All further events of one world.

    Attributes:
        events: Those that it has.
    """

    def __init__(self, world: World) -> None:
        on = [one for one in KINDS if one.name in world.scenario.further]
        self._played = [(one, one.make(world)) for one in on]
        self.events: Sequence[FurtherEvent] = [further for _, further in self._played]

    async def settle(self) -> None:
        """Put them on."""
        for further in self.events:
            await further.settle()

    async def judge(self, *, is_last: bool = False) -> list[Violation]:
        """Judge them all, but for those that come last; or these."""
        found: list[Violation] = []
        for kind, further in self._played:
            if kind.is_last != is_last:
                continue
            if unrest := await further.finish():
                found.append(Violation("live", f"{further.name}: {unrest}"))
            else:
                found += await kind.judge(further)
        return found
