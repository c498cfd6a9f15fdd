"""The ids that a till may give to tickets."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.credential.keyring import IdRange
from shared.kernel.id_types import EventId, TicketId
from shared.wire.till_key import TillKeyAnswer
from tests.factories.gate_store import open_store

EVENT, KEY = "ev_1", 7
WHOLE = IdRange(0b1011, 4)
HALVES = tuple(IdRange(WHOLE.prefix << 1 | low, 5) for low in range(2))
QUARTERS = tuple(IdRange(WHOLE.prefix << 2 | low, 6) for low in range(4))


@pytest.mark.parametrize(
    "plans",
    [
        ((WHOLE,), QUARTERS[:1], (WHOLE,)),
        ((WHOLE,), QUARTERS, HALVES),
        (HALVES, (WHOLE,), QUARTERS[::2]),
        (QUARTERS[:1], (WHOLE,), HALVES[:1]),
    ],
    ids=["parted and whole again", "parted ever less", "parted ever more", "one part"],
)
def test_no_id_is_taken_twice_when_the_range_is_parted_anew(
    tmp_path: Path, plans: tuple[tuple[IdRange, ...], ...]
) -> None:
    """The event's homes come, change or go between sales: each ticket is another one."""
    store = open_store(tmp_path)
    taken = []
    for parts in (*plans, *plans):
        for _ in range(5):
            with store.transaction("sale"):
                taken.append(store.till.take_id(EventId(EVENT), KEY, parts))
            assert any(part.contains(TicketId(taken[-1])) for part in parts)
    assert len(set(taken)) == len(taken)


def test_ids_are_taken_from_the_beginning_of_each_part_in_turn(tmp_path: Path) -> None:
    """Gates count no more of each part than were granted."""
    store = open_store(tmp_path)
    with store.transaction("sale"):
        found = [store.till.take_id(EventId(EVENT), KEY, HALVES) for _ in range(4)]
    assert found == [
        HALVES[0].id_at(0),
        HALVES[1].id_at(0),
        HALVES[0].id_at(1),
        HALVES[1].id_at(1),
    ]


def test_a_guest_with_an_id_that_was_not_sold_here_asks_for_a_new_key_and_stops_no_sale(
    tmp_path: Path,
) -> None:
    """Own guests do not, nor others' tickets; whoever makes guests up costs the till four keys."""
    till, event = open_store(tmp_path).till, EventId(EVENT)
    key = TillKeyAnswer(
        key_id=KEY,
        id_prefix=WHOLE.prefix,
        id_prefix_bits=WHOLE.bits,
        manual_prefix=0,
        manual_prefix_bits=0,
        allotments=(),
    )
    till.put_terms(event, key)
    own = TicketId(till.take_id(event, KEY, (WHOLE,)))
    till.hear_of_guests(event, [own, TicketId(5)])
    assert not till.wants_new_key(event)
    for round_number in range(6):
        till.hear_of_guests(event, [TicketId(own + 1)])
        assert till.wants_new_key(event) is (round_number < 4)
        assert not till.has_doubt(event)
        till.doubt_key(event, is_doubtful=False)
