"""An evacuation's words and the exits that it implies."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.evacuation import exit_claim_id, is_evacuation_exit
from shared.admission.facts import Direction, UseFact
from shared.evacuations.implied_exits import implied_exits, persons_inside
from shared.evacuations.standing_words import current_of, is_stopped, join_words, take_notice
from shared.kernel.id_types import ClaimId, EvacuationId, GateId, TicketId, ZoneId
from shared.kernel.instant import Instant
from shared.wire.feed import EvacuationNotice

ZONE = ZoneId("zn_hall")
STOP = EvacuationNotice(
    evacuation_id=EvacuationId("aa" * 16),
    zone_id=ZONE,
    phase="stop",
    gate_id=GateId("gt_north"),
    begun_at=Instant(100),
)
BACK = msgspec.structs.replace(STOP, phase="return", emptied_at=Instant(200))
LATER = msgspec.structs.replace(BACK, gate_id=GateId("gt_south"), emptied_at=Instant(230))
OVER = msgspec.structs.replace(BACK, phase="over")
OTHER = EvacuationNotice(
    evacuation_id=EvacuationId("bb" * 16),
    zone_id=ZONE,
    phase="stop",
    gate_id=GateId("gt_south"),
    begun_at=Instant(300),
)

passages = st.lists(
    st.builds(
        UseFact,
        claim_id=st.uuids().map(lambda one: one.hex),
        zone_id=st.sampled_from([ZONE, "zn_other"]),
        direction=st.sampled_from(list(Direction)),
        at=st.integers(0, 400),
        count=st.integers(1, 4),
        annulled=st.booleans(),
    ),
    max_size=8,
)


def test_words_in_any_order_and_twice_come_to_the_same() -> None:
    """Feed and own journal may tell of a phase in any order: the latest phase holds."""
    words = [STOP, BACK, OVER, OTHER]
    ends = set()
    for order in itertools.permutations(words):
        held: tuple[EvacuationNotice, ...] = ()
        for notice in [*order, *order]:
            held = take_notice(held, notice)
        ends.add(held)
    assert ends == {(OVER, OTHER)}


def test_a_word_on_another_zone_says_nothing_of_this_one() -> None:
    """Whoever reads an evacuation's id can write it with a zone of their own."""
    yard = ZoneId("zn_yard")
    there = msgspec.structs.replace(OVER, zone_id=yard)
    for words in ((STOP, there), (there, STOP)):
        held: tuple[EvacuationNotice, ...] = ()
        for notice in words:
            held = take_notice(held, notice)
        assert is_stopped(held, ZONE)
        assert not is_stopped(held, yard)


def test_a_stop_ends_by_its_own_return_alone() -> None:
    """Two began one each; no clock says that the earlier one is over when the later one is."""
    later = msgspec.structs.replace(OTHER, begun_at=Instant(50))
    for stop in (OTHER, later):
        held = take_notice(take_notice((), BACK), stop)
        assert is_stopped(held, ZONE)
        assert current_of(held, ZONE) == stop
        held = take_notice(held, msgspec.structs.replace(stop, phase="over"))
        assert not is_stopped(held, ZONE)
        assert current_of(held, ZONE) == BACK


def test_of_two_beginnings_of_the_return_the_later_one_holds() -> None:
    """Two gates began it at once: whoever was inside then was outside by the later one."""
    assert take_notice((BACK,), LATER) == (LATER,)
    assert take_notice((LATER,), BACK) == (LATER,)


def test_the_ledger_s_times_of_a_return_hold_once_they_are_told() -> None:
    """Those of the gate that said it hold until then, and its clock may be ahead."""
    moved = msgspec.structs.replace(BACK, begun_at=Instant(90), emptied_at=Instant(150))
    ended = msgspec.structs.replace(OVER, begun_at=Instant(90), emptied_at=Instant(150))
    assert join_words((), (BACK,)) == (BACK,)
    assert join_words((STOP,), (BACK,)) == (BACK,)
    assert join_words((moved,), (BACK,)) == (moved,)
    assert join_words((moved,), (OVER,)) == (ended,)
    assert join_words((ended, OTHER), (BACK,)) == (ended, OTHER)
    gone = msgspec.structs.replace(OVER, emptied_at=None, annulled=True)
    assert join_words((gone,), (BACK,)) == (gone,)


def test_a_stop_stands_as_its_gate_has_said_it() -> None:
    """Where no badge has signed it the ledger counts it as of when it came."""
    told = msgspec.structs.replace(STOP, begun_at=Instant(130))
    assert join_words((told,), (STOP,)) == (STOP,)
    assert join_words((told, OTHER), (BACK,)) == (BACK, OTHER)


@given(passages)
def test_after_the_exits_nobody_is_inside_and_a_second_look_adds_none(uses: list[UseFact]) -> None:
    """Whoever was inside has left, once, and whoever was scanned out on the way is among them."""
    exits = implied_exits(uses, (BACK,), ZONE, TicketId(7))
    assert persons_inside([*uses, *exits], ZONE, Instant(200)) == 0
    assert implied_exits([*uses, *exits], (BACK,), ZONE, TicketId(7)) == ()
    inside = persons_inside(uses, ZONE, Instant(200))
    standing = [use for use in uses if use.zone_id == ZONE and not use.annulled]
    on_the_way = [use for use in standing if 100 <= use.at <= 200 and use.direction == "out"]
    entered = sum(use.count for use in standing if use.direction == "in" and use.at <= 200)
    sent_out = sum(one.count for one in exits)
    assert inside <= sent_out <= min(entered, inside + sum(use.count for use in on_the_way))


def test_who_is_scanned_out_while_leaving_is_among_those_who_left() -> None:
    """Before the alarm and after the return an exit is an exit; in between it is the way out."""

    def sent_out(*ways: tuple[Direction, int]) -> int:
        uses = [
            UseFact(claim_id=ClaimId(f"{n:02}"), zone_id=ZONE, direction=way, at=Instant(at))
            for n, (way, at) in enumerate(ways)
        ]
        return sum(one.count for one in implied_exits(uses, (BACK,), ZONE, TicketId(7)))

    came, went = Direction.IN, Direction.OUT
    assert sent_out((came, 50), (went, 150)) == 1
    assert sent_out((came, 50), (went, 99)) == 0
    assert sent_out((came, 50), (went, 201)) == 1
    assert sent_out((came, 50), (went, 150), (went, 160)) == 1
    assert sent_out((came, 50), (went, 150), (came, 160)) == 1
    assert sent_out((went, 150)) == 0


def test_what_the_organizer_took_back_sends_nobody_out() -> None:
    """A return that is annulled is over, and no later word of a gate brings it back."""
    gone = msgspec.structs.replace(OVER, gate_id=GateId(""), emptied_at=None, annulled=True)
    held = take_notice((BACK,), gone)
    assert held == (gone,)
    assert take_notice(held, LATER) == (gone,)
    uses = [UseFact(claim_id=ClaimId("01"), zone_id=ZONE, direction=Direction.IN, at=Instant(50))]
    assert implied_exits(uses, held, ZONE, TicketId(7)) == ()
    assert current_of(held, ZONE) is None


@given(passages)
def test_no_exit_is_implied_before_the_return_begins(uses: list[UseFact]) -> None:
    """While entry is stopped, and after a false alarm, nobody counts as outside."""
    assert implied_exits(uses, (STOP, OTHER), ZONE, TicketId(7)) == ()


def test_the_exit_of_a_ticket_has_one_name_everywhere() -> None:
    """Gates and server derive it alone; other evacuations, zones and tickets have others."""
    name = exit_claim_id(EvacuationId("aa" * 16), ZONE, TicketId(7))
    assert name == exit_claim_id(EvacuationId("aa" * 16), ZONE, TicketId(7))
    assert len(name) <= 64
    assert is_evacuation_exit(name)
    assert not is_evacuation_exit("ab" * 16)
    others = {
        exit_claim_id(EvacuationId("bb" * 16), ZONE, TicketId(7)),
        exit_claim_id(EvacuationId("aa" * 16), ZoneId("zn_other"), TicketId(7)),
        exit_claim_id(EvacuationId("aa" * 16), ZONE, TicketId(8)),
    }
    assert len(others) == 3
    assert name not in others


def test_of_several_evacuations_each_who_left_comes_back_once() -> None:
    """Whoever was scanned out while two were under way has left once, whichever ends first."""
    for emptied_at in (170, 230):  # before the other one's return, and after it
        other = msgspec.structs.replace(
            OTHER, begun_at=Instant(90), phase="return", emptied_at=Instant(emptied_at)
        )
        uses = [
            UseFact(claim_id=ClaimId(f"{at}"), zone_id=ZONE, direction=way, at=Instant(at))
            for at, way in ((40, Direction.IN), (50, Direction.IN), (150, Direction.OUT))
        ]
        exits = implied_exits(uses, (other, BACK), ZONE, TicketId(7))
        assert sum(one.count for one in exits) == 2
        assert implied_exits([*uses, *exits], (other, BACK), ZONE, TicketId(7)) == ()


def test_who_left_for_an_alarm_comes_back_by_the_return_of_another_one_meanwhile() -> None:
    """Scanned out before a second alarm, which is over first: they come back as others do."""
    second = msgspec.structs.replace(
        BACK, evacuation_id=OTHER.evacuation_id, begun_at=Instant(150), emptied_at=Instant(170)
    )
    came, went = (
        UseFact(claim_id=ClaimId(f"{at}"), zone_id=ZONE, direction=way, at=Instant(at))
        for at, way in ((50, Direction.IN), (120, Direction.OUT))
    )
    for first in (BACK, OVER):
        left = implied_exits((came, went), (first, second), ZONE, TicketId(7))
        assert [(one.at, one.count) for one in left] == [(170, 1)]
        back = UseFact(
            claim_id=ClaimId("back"), zone_id=ZONE, direction=Direction.IN, at=Instant(180)
        )
        left = implied_exits((came, went, back), (first, second), ZONE, TicketId(7))
        assert [(one.at, one.count) for one in left] == [(170, 1), (200, 1)]
    # No evacuation has sent out whoever left before all of them, or for a false alarm.
    early = msgspec.structs.replace(went, at=Instant(99))
    assert implied_exits((came, early), (BACK, second), ZONE, TicketId(7)) == ()
    assert implied_exits((came, went), (STOP, second), ZONE, TicketId(7)) == ()
