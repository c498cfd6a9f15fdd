"""Who was too many in a zone, whatever came first."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import pytest

from server.ledger.arrivals_after_evacuations import Told
from server.ledger.uses import AWAITED, CLAIM, UseRecord
from server.plans.earlier_plans import PlanHistory
from server.reconciliation.overfull_zones import Overfull
from shared.admission.evacuation import exit_claim_id
from shared.kernel.id_types import EvacuationId, GateId, TicketId, ZoneId
from shared.kernel.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant
from shared.manifest.event_config import ZoneConfig
from shared.manifest.fact_building import EventIndex
from shared.wire.feed import EvacuationNotice
from tests.factories.house import DOORS, make_config
from tests.factories.strength import sized
from tests.factories.use_records import use as make_use

ZONE: Final = ZoneId("zn_1")
EVACUATION: Final = EvacuationId("ab" * 16)
ROOM: Final = 3
EVENINGS: Final = sized(60, 200)


def plan(capacity: int | None = ROOM) -> EventIndex:
    """Make a plan whose only zone has a limit."""
    terms: dict[str, Any] = {"reentry_after_exit": True, "capacity": capacity}
    return EventIndex(make_config(zones=(ZoneConfig(id=ZONE, name="Hall", **terms),)))


def use(number: int, ticket: int, direction: str = "in", **changed: Any) -> UseRecord:
    """Make a passage at minute `number`, at a device of its own, heard of in that order."""
    return make_use(number, direction, **{"ticket_id": ticket} | changed)


def find_overfull(
    history: PlanHistory, uses: Iterable[UseRecord], told: Sequence[Told] = ()
) -> list[UseRecord]:
    """Look at all of a zone's passages at once."""
    looking = Overfull(history, ZONE, told)
    for _ in looking.look(uses):
        pass
    return looking.found


def too_many(*uses: UseRecord, capacity: int | None = ROOM, **known: Any) -> list[str]:
    """Name the entries that were too many."""
    history = PlanHistory(plan(capacity))
    return [one.claim_id for one in find_overfull(history, uses, **known)]


def returned(at: Instant, begun: Instant, *, annulled: bool = False) -> EvacuationNotice:
    """Say that the zone was emptied."""
    return EvacuationNotice(
        evacuation_id=EVACUATION,
        zone_id=ZONE,
        phase="return",
        gate_id=GateId("gt_north"),
        begun_at=begun,
        emptied_at=at,
        annulled=annulled,
    )


def test_nobody_is_too_many_while_there_is_room() -> None:
    """As many as fit, and one who came after another had left."""
    full = [use(1, 1), use(2, 2), use(3, 3)]
    assert too_many(*full) == []
    assert too_many(*full, use(4, 1, "out"), use(5, 4)) == []
    assert too_many(*full, use(4, 4), capacity=None) == []


def test_the_last_one_in_time_is_named_and_not_the_last_one_heard_of() -> None:
    """A journal that comes late brings somebody who was there before."""
    late = use(1, 4, seq=9)
    assert too_many(use(2, 1), use(3, 2), use(4, 3), late) == ["c4"]


def test_an_excess_of_an_hour_ago_is_named_though_somebody_has_left_since() -> None:
    """Who is known to be inside when it arrives says nothing of that."""
    late = use(4, 4, seq=9)
    assert too_many(use(1, 1), use(2, 2), use(3, 3), use(5, 1, "out"), late) == ["c4"]


def test_who_may_have_left_before_makes_room() -> None:
    """The clocks of two gates leave it open; nobody is accused."""
    full = [use(1, 1), use(2, 2), use(3, 3)]
    entry, leaving = use(4, 4), use(5, 1, "out", at_error=2 * MINUTE)
    assert too_many(*full, entry, leaving) == []
    assert too_many(*full, entry, msgspec.structs.replace(leaving, at_error=None)) == []


@pytest.mark.parametrize("error", [HOUR, None])
def test_a_device_s_journal_tells_what_clocks_do_not(error: Duration | None) -> None:
    """The entry stands before the exit in it; and the gate had been told of all who are inside."""
    full = [use(1, 1), use(2, 2), use(3, 3)]
    same: dict[str, Any] = {"device_id": "dv_x", "boot": b"b", "knew": 3}
    entry, leaving = use(4, 4, dseq=7, at_error=error, **same), use(5, 1, "out", dseq=8, **same)
    assert too_many(*full, entry, leaving) == ["c4"]
    elsewhere = msgspec.structs.replace(leaving, device_id="dv_y")
    assert too_many(*full, entry, elsewhere) == []


@pytest.mark.parametrize("error", [2 * MINUTE, None])
def test_an_entry_before_an_exit_in_one_journal_was_before_it_whenever_they_were(
    error: Duration | None,
) -> None:
    """Three were inside, as the gate knew; it let in a fourth, and one of them out."""
    full = [use(1, 1), use(2, 2), use(3, 3)]
    same: dict[str, Any] = {"device_id": "dv_x", "boot": b"b", "at_error": error}
    entry, leaving = use(4, 4, dseq=7, **same), use(5, 1, "out", dseq=8, **same)
    assert too_many(*full, entry, leaving) == []  # both may have been before these three
    told = [msgspec.structs.replace(one, knew=3, seq=one.seq + 5) for one in (entry, leaving)]
    assert too_many(*full, *told) == ["c4"]
    assert too_many(*full, *told, use(6, 2, "out", at_error=error)) == []


def test_a_grant_follows_all_that_was_on_record_whatever_the_clock_says() -> None:
    """The server's clock was set back meanwhile."""
    full = [use(n, n, source=CLAIM, at=DOORS + HOUR) for n in (1, 2, 3)]
    grant = use(4, 4, source=CLAIM, at=DOORS)
    assert too_many(*full, grant) == ["c4"]
    leaving = use(4, 1, "out", source=AWAITED, is_confirmed=False, at=DOORS + HOUR)
    assert too_many(*full, leaving, use(5, 4, source=CLAIM)) == []


def test_what_does_not_stand_and_what_a_person_has_said_names_nobody() -> None:
    """An entry that was taken back, a gift that nobody has used yet, an override."""
    full = [use(1, 1), use(2, 2), use(3, 3)]
    assert too_many(*full, use(4, 4, is_annulled=True)) == []
    assert too_many(*full, use(4, 4, source="gift", is_confirmed=False)) == []
    assert too_many(*full, use(4, 4, reason="override")) == []
    assert too_many(*full, use(4, 4, reason="override"), use(5, 5)) == ["c5"]


def test_an_exit_of_somebody_outside_makes_no_room() -> None:
    """Shown twice at ways out, a code frees one place."""
    full = [use(1, 1), use(2, 2), use(3, 3)]
    out = [use(4, 1, "out"), use(5, 1, "out")]
    assert too_many(*full, *out, use(6, 4)) == []
    assert too_many(*full, *out, use(6, 4), use(7, 5)) == ["c7"]


def test_who_was_sent_out_comes_back_to_their_place_unless_a_gate_gave_it_away() -> None:
    """The evacuation was unheard of at one gate, which let one out and another in on its share."""
    begun, emptied = Instant(DOORS + 4 * MINUTE), Instant(DOORS + 8 * MINUTE)
    inside = [use(1, 1), use(2, 2), use(3, 3, allotted=1)]
    sent = [
        use(n, t, "out", claim_id=exit_claim_id(EVACUATION, ZONE, TicketId(t)), at=emptied)
        for n, t in ((20, 1), (21, 2), (22, 3))
    ]
    back = [use(9, 1), use(10, 2), use(11, 3)]
    known: dict[str, Any] = {"told": [Told(50, returned(emptied, begun))]}
    assert too_many(*inside, *sent, *back, **known) == []
    assert too_many(*inside, *sent, *back[:2], use(12, 4), **known) == ["c12"]
    # By its own credit that gate has let the third one go, and somebody else in.
    given = [use(5, 3, "out", allotted=-1), use(6, 4, allotted=1)]
    assert too_many(*inside, *given, *sent[:2], back[0], back[1], **known) == []


def test_limits_count_from_when_they_were_set() -> None:
    """Who came in by a higher limit was not too many; of an unknown time nobody says more."""
    old, new = plan(5), plan(2)
    past = [(Instant(DOORS), msgspec.msgpack.encode(old.config))]
    history = PlanHistory(new, Instant(DOORS + 10 * MINUTE), past)
    before = [use(n, n) for n in (1, 2, 3, 4)]
    assert find_overfull(history, before) == []
    later = use(20, 6)
    assert find_overfull(history, [*before, later]) == [later]
    unknown = use(21, 7, at_error=None)
    assert find_overfull(history, [*before, unknown]) == []


class Evening:
    """What really happened in a zone, and what the ledger holds of it; drawn from a seed."""

    def __init__(self, seed: int, *, most: int, errors: tuple[int | None, ...]) -> None:
        self.draw = random.Random(seed)
        self.most, self.errors = most, errors
        self.uses: list[UseRecord] = []
        self.inside: set[int] = set()
        self.away: set[int] = set()
        self.told: list[Told] = []
        self.over: list[str] = []
        self.head = 0
        self.cursor = [0] * 4
        self.pending: list[list[UseRecord]] = [[] for _ in self.cursor]
        wall = DOORS
        for number in range(60):
            wall += self.draw.choice([MILLISECOND, SECOND, MINUTE])
            self._step(number, wall)
        for device in self.draw.sample(range(4), 4):
            self._upload(device)

    def _step(self, number: int, wall: int) -> None:
        device = self.draw.randrange(4)
        if self.draw.random() < 0.2:
            self._upload(device)
            self.cursor[device] = self.head
            return
        if self.draw.random() < 0.05:
            self._empty(Instant(wall))
            return
        ticket = self.draw.randrange(12)
        leaves = ticket in self.inside
        if not leaves and len(self.inside | self.away | {ticket}) > self.most:
            return
        is_back = ticket in self.away  # to a place of their own
        self.away.discard(ticket)
        (self.inside.discard if leaves else self.inside.add)(ticket)
        error = self.draw.choice(self.errors)
        off = self.draw.choice([-1, 0, 1]) * (30 * SECOND if error is None else error // 2)
        made = use(
            number,
            ticket,
            "out" if leaves else "in",
            at=wall + off,
            at_error=error,
            device_id=f"dv_{device}",
            dseq=number,
            knew=self.cursor[device],
            seq=0,
        )
        if not (leaves or is_back) and len(self.inside | self.away) > ROOM:
            self.over.append(made.claim_id)
        if self.draw.random() < 0.3:
            made.source = AWAITED if leaves else CLAIM
            made.at, made.at_error, made.knew = Instant(wall), Duration(0), 0
            self._number(made)
            return
        self.pending[device].append(made)

    def _empty(self, at: Instant) -> None:
        """Send everybody out, who may come back to their places; the gates hear of it later."""
        self.away |= self.inside
        self.inside.clear()
        self.head += 1
        name = EvacuationId(f"{self.head:032x}")
        notice = msgspec.structs.replace(returned(at, at), evacuation_id=name)
        self.told.append(Told(self.head, notice))

    def _upload(self, device: int) -> None:
        for made in self.pending[device]:
            self._number(made)
        self.pending[device].clear()

    def _number(self, made: UseRecord) -> None:
        self.head += 1
        made.seq = self.head
        self.uses.append(made)


def test_nobody_is_named_while_there_was_room_whatever_clocks_and_journals_say() -> None:
    """Of the orders that may have been one had no excess: the true one."""
    errors = (0, MILLISECOND, 10 * SECOND, MINUTE, HOUR, None)
    for seed in range(EVENINGS):
        evening = Evening(seed, most=ROOM, errors=errors)
        assert too_many(*evening.uses, told=evening.told) == [], seed


def test_each_excess_is_named_where_clocks_are_right() -> None:
    """In the true order, though journals come late; and as often as it happened."""
    named = 0
    for seed in range(EVENINGS):
        evening = Evening(seed, most=ROOM + 2, errors=(0,))
        assert too_many(*evening.uses, told=evening.told) == evening.over, seed
        named += len(evening.over)
    assert named > EVENINGS


def test_who_is_too_many_does_not_depend_on_what_came_first() -> None:
    """The same passages, unheard of by all others, numbered in any order."""
    named = 0
    for seed in range(EVENINGS):
        evening = Evening(seed, most=ROOM + 2, errors=(0, SECOND, MINUTE, None))
        found = []
        for order in range(3):
            uses = [msgspec.structs.replace(one, knew=0) for one in evening.uses]
            for one in uses:
                one.source = "journal"
            random.Random(order).shuffle(uses)
            for number, one in enumerate(uses, 1):
                one.seq = number
            found.append(too_many(*uses, told=[Told(0, one.notice) for one in evening.told]))
        assert found[1:] == found[:1] * 2, seed
        named += len(found[0])
    assert named
