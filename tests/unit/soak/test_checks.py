"""Each promise of the soak is one that can be seen to be broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from shared.kernel.id_types import ClaimId, DeviceId
from soak.checks import find_violations
from soak.facts import Conflict, LaneFacts, Scan, ServerFacts, View

TICKET = "00000000000000aa"
OTHER = "00000000000000bb"
Facts = tuple[list[LaneFacts], ServerFacts]
change = msgspec.structs.replace


def make_scan(device: DeviceId, seq: int, **more: Any) -> Scan:
    """Make an admission of `TICKET` whose claim is named after its place."""
    plain = Scan(device, seq, "admit", "ok", TICKET, "offline", ClaimId(f"{device}/{seq}"))
    return change(plain, **more)


def make_lane(device: DeviceId, *scans: Scan) -> LaneFacts:
    """Make a lane that answered what its journal holds."""
    answers = [
        {"seq": one.seq, "verdict": one.verdict, "reason": one.reason, "mode": one.mode,
         "ticket_id": one.ticket_id}
        for one in scans
    ]  # fmt: skip
    entries = frozenset(f"{one.device_id}/{one.seq}".encode() for one in scans)
    held = {one.seq: one for one in scans}
    return LaneFacts(device, device, answers, held, frozenset(), entries, View(NOTHING, NOBODY))


NOTHING: frozenset[tuple[str, str, str, int]] = frozenset()
NOBODY: frozenset[str] = frozenset()


def agreed() -> Facts:
    """One double use of two lanes, found, and one plain admission."""
    lanes = [
        make_lane(
            DeviceId("a"),
            make_scan(DeviceId("a"), 1),
            make_scan(DeviceId("a"), 2, ticket_id=OTHER, mode="online"),
        ),
        make_lane(DeviceId("b"), make_scan(DeviceId("b"), 1, mode="online")),
    ]
    admitted = [scan for lane in lanes for scan in lane.scans.values()]
    view = View(
        frozenset((one.claim_id, str(one.ticket_id), one.device_id, 1) for one in admitted),
        frozenset({"cf"}),
    )
    conflict = Conflict("double_use", TICKET, "", frozenset({"a/1", "b/1"}))
    held = {lane.device_id: sorted(lane.entries) for lane in lanes}
    return [change(lane, view=view) for lane in lanes], ServerFacts(held, view, NOBODY, [conflict])


def test_find_violations_is_empty_when_all_agree() -> None:
    """Facts that keep every promise are no violation."""
    assert find_violations(*agreed()) == []


def forget_an_entry(facts: Facts) -> Facts:
    lanes, server = facts
    return lanes, change(server, entries=server.entries | {"a": []})


def store_an_entry_twice(facts: Facts) -> Facts:
    lanes, server = facts
    return lanes, change(server, entries=server.entries | {"b": server.entries[DeviceId("b")] * 2})


def invent_an_entry(facts: Facts) -> Facts:
    lanes, server = facts
    return lanes, change(
        server, entries=server.entries | {"b": [*server.entries[DeviceId("b")], b"x"]}
    )


def answer_without_entry(facts: Facts) -> Facts:
    lanes, server = facts
    return [change(lanes[0], scans={}), lanes[1]], server


def answer_otherwise(facts: Facts) -> Facts:
    lanes, server = facts
    answers = [one | {"verdict": "deny"} for one in lanes[1].answers]
    return [lanes[0], change(lanes[1], answers=answers)], server


def miss_the_conflict(facts: Facts) -> Facts:
    lanes, server = facts
    return lanes, change(server, conflicts=[])


def report_it_twice(facts: Facts) -> Facts:
    lanes, server = facts
    return lanes, change(server, conflicts=server.conflicts * 2)


def report_other_sides(facts: Facts) -> Facts:
    lanes, server = facts
    return lanes, change(server, conflicts=[change(server.conflicts[0], sides=frozenset({"a/1"}))])


def accuse_the_innocent(facts: Facts) -> Facts:
    lanes, server = facts
    wrong = Conflict("double_use", OTHER, "", frozenset({"a/2"}))
    return lanes, change(server, conflicts=[*server.conflicts, wrong])


def grant_it_twice(facts: Facts) -> Facts:
    lanes, server = facts
    scans = {1: make_scan(DeviceId("a"), 1, mode="online"), 2: lanes[0].scans[2]}
    return [change(lanes[0], scans=scans), lanes[1]], server


def admit_it_twice_at_one_gate(facts: Facts) -> Facts:
    lanes, server = facts
    scans = lanes[0].scans | {3: make_scan(DeviceId("a"), 3)}
    return [change(lanes[0], scans=scans), lanes[1]], server


def forget_a_use(facts: Facts) -> Facts:
    lanes, server = facts
    return [change(lanes[0], view=View(NOTHING, frozenset({"cf"}))), lanes[1]], server


def forget_a_conflict(facts: Facts) -> Facts:
    lanes, server = facts
    return [change(lanes[0], view=change(lanes[0].view, conflicts=NOBODY)), lanes[1]], server


def keep_a_grant(facts: Facts) -> Facts:
    lanes, server = facts
    return lanes, change(server, unconfirmed=frozenset({"c"}))


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (forget_an_entry, "lost entries: 2 of a"),
        (store_an_entry_twice, "entries stored twice: 1 of b"),
        (invent_an_entry, "the server holds 1 that b does not"),
        (answer_without_entry, "and has no entry of it"),
        (answer_otherwise, "its entry says"),
        (miss_the_conflict, f"double use without a conflict: ticket {TICKET}"),
        (report_it_twice, "double use reported 2 times"),
        (report_other_sides, "conflict with other sides"),
        (accuse_the_innocent, f"conflict without a double use: ticket {OTHER}"),
        (grant_it_twice, "double use among online scans"),
        (admit_it_twice_at_one_gate, "double use at one gate"),
        (forget_a_use, "views differ: a misses 3, has 0 more"),
        (forget_a_conflict, "a knows other open conflicts"),
        (keep_a_grant, "grants without an entry or a release: 1"),
    ],
)
def test_find_violations_names_each_broken_promise(
    break_it: Callable[[Facts], Facts], said: str
) -> None:
    """A fact that breaks a promise is found, by its name."""
    assert said in "; ".join(find_violations(*break_it(agreed())))
