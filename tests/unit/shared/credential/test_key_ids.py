"""Key ids are used again without two keys of one id meeting in a keyring."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from random import Random

import pytest

from shared.credential.key_ids import Dated, draw_key_id, is_kept, kept_since, nearest
from shared.kernel.instant import DAY, HOUR, Instant
from tests.factories.strength import sized

# A part of 250 of everything: 40 events a day, 262 ids, keyrings of the nearest two.
TOP, NEAREST, AROUND = 262, 2, 4
YEARS, DAILY = sized(1, 2), 40


class Office:
    """An organization's events in order, and their keys' ids."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.events: list[Dated] = []
        self.ids: dict[str, list[int]] = {}
        self.count = 0

    def make(self, now: Instant, *, is_rushed: bool) -> Dated:
        """Put an event on sale, some hours to months ahead; many are over at one instant."""
        ahead = self.draw.randrange(1, 48 if is_rushed else 100 * 24)
        event = Dated(
            Instant((now + ahead * HOUR) // DAY * DAY), f"{self.draw.getrandbits(64):016x}"
        )
        insort(self.events, event)
        self.ids[event.id] = []
        return event

    def add_key(self, event: Dated, now: Instant) -> None:
        """Draw the id of a key of an event: its first, a till's, or one in a lost one's place."""
        self.count += 1
        before, after = self.beside(event, now, AROUND)
        near = [*before, event, *after]
        drawn = draw_key_id(self.count, {n for one in near for n in self.ids[one.id]}, TOP)
        assert drawn is not None, "all ids of these days are in use"
        self.ids[event.id].append(drawn)

    def beside(self, event: Dated, now: Instant, most: int) -> tuple[list[Dated], list[Dated]]:
        """Return the events before and after one that are kept, the nearest first."""
        first = bisect_left(self.events, Dated(kept_since(now), ""))
        place = max(first, bisect_left(self.events, event))
        after = max(first, bisect_right(self.events, event))
        return self.events[max(first, place - most) : place][::-1], self.events[after:][:most]

    def keyring_of(self, event: Dated, now: Instant) -> list[int]:
        """Return the ids of the keys that an event's keyring holds."""
        held = [event]
        if is_kept(event.over_at, now):
            held += nearest(event, *self.beside(event, now, NEAREST), NEAREST)
        return [number for one in held for number in self.ids[one.id]]


@pytest.mark.parametrize("seed", range(sized(1, 2)))
def test_years_of_events_find_ids_that_are_unique_in_every_keyring(seed: int) -> None:
    """Events are made in any order, with tills' and rotated keys, in seasons and in rushes."""
    office = Office(seed)
    draws = 0
    for day in range(YEARS * 365):
        now = Instant(day * DAY)
        for _ in range(DAILY):
            event = office.make(now, is_rushed=office.draw.random() < 0.3)
            for _ in range(office.draw.choice((1, 2, 2, 6))):
                office.add_key(event, now)
                draws += 1
        first = bisect_left(office.events, Dated(kept_since(now), ""))
        for event in office.draw.sample(office.events[first:], 10):
            if office.draw.random() < 0.5:
                office.add_key(event, now)
            held = office.keyring_of(event, now)
            assert len(held) == len(set(held))
    assert draws > 100 * TOP


def test_keyring_holds_the_nearest_events_on_whichever_side_they_are() -> None:
    """Also where many are over at one instant: each side is entered from its near end."""
    own = Dated(Instant(100), "m")
    before = [Dated(Instant(99), "z"), Dated(Instant(90), "y"), Dated(Instant(10), "x")]
    after = [Dated(Instant(100), "n"), Dated(Instant(100), "o"), Dated(Instant(400), "p")]
    assert [one.id for one in nearest(own, before, after, 4)] == ["n", "o", "z", "y"]
    assert [one.id for one in nearest(own, before, (), 4)] == ["z", "y", "x"]


def test_event_is_held_until_ninety_days_after_it() -> None:
    """A day more, and its keys are in no other event's keyring."""
    assert is_kept(Instant(5 * DAY), Instant(95 * DAY))
    assert not is_kept(Instant(5 * DAY), Instant(95 * DAY + 1))


def test_ids_go_round_and_leave_out_what_is_taken() -> None:
    """The first 65,535 keys have their own numbers; then the longest unused comes first."""
    assert [draw_key_id(number, ()) for number in (1, 65_535, 65_536)] == [1, 65_535, 1]
    assert draw_key_id(65_536, {1, 2}) == 3
    assert draw_key_id(65_535, {65_535}) == 1
    assert draw_key_id(7, {1, 2, 3}, top=3) is None
