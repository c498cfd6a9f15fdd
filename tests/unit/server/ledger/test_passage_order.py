"""The place of a passage among those of its ticket: proofs first, then clocks, then caution."""

from __future__ import annotations

from typing import Any

import pytest

from server.ledger.passage_order import (
    STEP,
    PassageAuthor,
    follow_all,
    in_fairest_order,
    place_in_time,
)
from server.ledger.uses import GIFT, UseRecord
from shared.kernel.id_types import DeviceId, ZoneId
from shared.kernel.instant import MINUTE, SECOND
from tests.factories.use_records import use

ZONE = ZoneId("zn_1")
OTHER = PassageAuthor(DeviceId("dv_other"))


def granted(minute: int, direction: str = "in", **changed: Any) -> UseRecord:
    """Make a passage that the ledger granted."""
    return use(minute, direction, source="claim", boot=None, **changed)


def test_a_grant_follows_all_that_counts_in_its_zone_and_nothing_else() -> None:
    """Neither what was taken back nor what leads elsewhere moves it."""
    latest = granted(9)
    gone, elsewhere = granted(20, is_annulled=True), granted(30, zone_id="zn_2")
    others = [granted(1), latest, gone, elsewhere]
    assert follow_all(use(5).at, ZONE, others) == latest.at + STEP
    assert follow_all(use(10).at, ZONE, others) == use(10).at
    assert follow_all(use(5).at, ZONE, []) == use(5).at


def test_what_is_surely_ordered_by_time_is_not_moved() -> None:
    """Between an entry and another one lies the exit that was made between them."""
    left = use(2, "out", at_error=SECOND)
    assert place_in_time(left, [use(1), use(3)], OTHER) is left


@pytest.mark.parametrize(
    ("author", "changed"),
    [
        (PassageAuthor(DeviceId("dv_other"), knew=7), {"seq": 7}),
        (PassageAuthor(DeviceId("dv_other")), {"device_id": "dv_other", "boot": b"b", "dseq": 3}),
        (
            PassageAuthor(DeviceId("dv_other")),
            {"device_id": "dv_other", "boot": b"a", "dseq": 300},
        ),
        (PassageAuthor(DeviceId("dv_other"), is_home=True), {"source": GIFT, "boot": None}),
    ],
    ids=["had been told", "own journal", "boot before", "home's gift"],
)
def test_what_is_proven_goes_before_any_clock(
    author: PassageAuthor, changed: dict[str, Any]
) -> None:
    """The exit was recorded by whoever knew of the entry, whose instant is ten minutes later."""
    entered = use(15, **changed)
    left = use(5, "out", device_id="dv_other", boot=b"b", dseq=4, seq=0)
    placed = place_in_time(left, [entered], author)
    assert placed.at == entered.at + STEP
    assert placed.at_error == placed.at - left.at


def test_where_the_place_is_open_fewest_may_enter() -> None:
    """An exit comes before the entry that it may have come before, an entry behind the exit."""
    entered, left = granted(1), use(9, "out", at_error=None, seq=0)
    assert place_in_time(left, [entered], OTHER).at == entered.at - STEP
    gone = use(9, "out", at_error=None)
    back = use(5, at_error=5 * MINUTE, seq=0)
    assert place_in_time(back, [entered, gone], OTHER).at == gone.at + STEP
    surely = use(5, at_error=SECOND, seq=0)
    assert place_in_time(surely, [entered, use(9, "out")], OTHER) is surely


def test_of_places_that_are_alike_the_one_that_accuses_nobody_is_taken() -> None:
    """In, out, in rather than out, in, in: either way one is inside."""
    first, second = granted(1), granted(8)
    left = use(9, "out", at_error=None, seq=0)
    placed = place_in_time(left, [first, second], OTHER)
    assert first.at < placed.at < second.at
    assert placed.at_error is None


def test_who_came_in_until_a_zone_was_empty_has_left() -> None:
    """That instant is no estimate: an entry stays before or after it, however well it is known."""
    emptied = use(9, "out", claim_id="evacuation:1", at_error=None, boot=None)
    for minute in (5, 12):
        entry = use(minute, at_error=None, seq=0)
        assert place_in_time(entry, [emptied], OTHER) is entry


def test_between_two_neighbours_a_passage_shares_the_instant_of_the_first() -> None:
    """There is no microsecond between them; what is recorded later counts later."""
    one = use(1, device_id="dv_other", boot=b"b", dseq=1)
    two = granted(1, "out", at=one.at + 1, seq=2)
    entry = use(1, at=one.at - MINUTE, device_id="dv_other", boot=b"b", dseq=2, seq=0)
    early = place_in_time(entry, [one, two], PassageAuthor(DeviceId("dv_other")))
    assert early.at == one.at


def test_nobody_is_accused_by_what_may_have_been_in_order() -> None:
    """An exit that nobody can place is taken for the one that the second holder needs."""
    uses = [granted(1), use(2, at_error=0), use(9, "out", at_error=None)]
    assert [one.direction for one in in_fairest_order(uses, 1)] == ["in", "out", "in"]
    sure = [granted(1), use(2), use(9, "out", at_error=SECOND)]
    assert in_fairest_order(sure, 1) == sure
    later = [use(1), use(2, "out", at_error=None), granted(3), granted(4)]
    assert in_fairest_order(later, 1) == later


def test_the_ledger_s_own_grants_keep_their_order() -> None:
    """What it had on record when it granted was so before, whatever the bounds say."""
    uses = [granted(1), use(2, seq=2), granted(3, "out", at_error=None, seq=3)]
    assert in_fairest_order(uses, 1) == uses


def test_an_exit_comes_after_the_entries_of_which_its_gate_had_been_told() -> None:
    """By its time it may have been between the two: its journal says that it was not."""
    uses = [granted(1), use(2, at_error=None, seq=2), use(9, "out", seq=3, knew=2)]
    assert in_fairest_order(uses, 1) == uses
    unheard = [*uses[:2], use(9, "out", seq=3, knew=1)]
    assert [one.direction for one in in_fairest_order(unheard, 1)] == ["in", "out", "in"]


def test_what_is_new_was_not_on_record_when_the_ledger_granted() -> None:
    """An exit is granted between an entry and one that a journal brings only now."""
    uses = [use(1, seq=1), use(2, at_error=None, seq=0), granted(9, "out", seq=2)]
    assert [one.seq for one in in_fairest_order(uses, 1)] == [1, 2, 0]
    exit_now = [granted(1), use(2, seq=2), use(9, "out", at_error=None, seq=0, knew=2)]
    assert in_fairest_order(exit_now, 1) == exit_now
