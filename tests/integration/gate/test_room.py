"""Gates that are cut off from everything, guests who go in and out, and staff who take it back."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.gate.requests import Scan, Undo
from gatekeeper.gate.undoing import undo
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import SECOND
from shared.manifest.event_config import ZoneConfig
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import EVENT, STARTS, ZONE, TicketOffice, make_config
from tests.factories.gate_venue import GateVenue, rung_of, until
from tests.factories.strength import sized
from tests.integration.gate.test_lane_lan import DenyingLedger

SUPERVISOR = "sv_0123456789ab"
GATES = 3
GUESTS = 6
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["in", "in", "out", "out", "again", "undo"]),
        st.integers(0, GATES - 1),
        st.integers(0, GUESTS - 1),
    ),
    min_size=5,
    max_size=40,
)


class Heads:
    """Who is really inside, counted by somebody who looks at the people and not at the books."""

    def __init__(self) -> None:
        self.inside: dict[int, str] = {}

    def come(self, guest: int, claim_id: ClaimId) -> None:
        """See a guest come in."""
        self.inside[guest] = claim_id

    def go(self, guest: int) -> None:
        """See a guest go out."""
        self.inside.pop(guest, None)

    def turn_back(self, claim_id: ClaimId) -> None:
        """See a guest be sent out whose admission is taken back; who has left has left."""
        for guest, own in list(self.inside.items()):
            if own == claim_id:
                self.go(guest)


@settings(max_examples=sized(8, 25), deadline=None)
@given(st.tuples(*[st.integers(0, 2)] * GATES), STEPS)
def test_cut_off_gates_never_hold_more_than_they_were_granted(
    granted: tuple[int, ...], steps: list[tuple[str, int, int]]
) -> None:
    """In, out, out again at another lane, undone in any order: heads never exceed the places."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), granted, steps))


async def play(folder: Path, granted: tuple[int, ...], steps: list[tuple[str, int, int]]) -> None:
    config = make_config(zones=(ZoneConfig(id=ZONE, name="Hall", capacity=sum(granted)),))
    office = TicketOffice(config=config)
    codes = [office.sell() for _ in range(GUESTS)]
    gates, heads = [], Heads()
    for number, places in enumerate(granted):
        (folder / str(number)).mkdir()
        gate = GateDevice(folder / str(number), office)
        await gate.publish()
        with gate.store.transaction("grant"):
            gate.store.shares.grant(EVENT, ZONE, places)
        gates.append(gate)
    let_in: list[list[str]] = [[] for _ in gates]
    for what, place, guest in steps:
        gate = gates[place]
        for one in gates:
            one.clock.advance(SECOND)
        if what == "in" and guest not in heads.inside:
            answer = await gate.lane.scan(Scan(codes[guest]))
            if answer.verdict == "admit":
                heads.come(guest, answer.claim_id)
                let_in[place].append(answer.claim_id)
        elif what == "out" and guest in heads.inside:
            await gate.lane.scan(Scan(codes[guest], direction="out"))
            heads.go(guest)
        elif what == "again" and guest not in heads.inside:
            await gate.lane.scan(Scan(codes[guest], direction="out"))  # at the next lane
        elif what == "undo" and let_in[place]:
            claim_id = let_in[place].pop(guest % len(let_in[place]))
            undo(Undo(ClaimId(claim_id), "did_not_enter", SUPERVISOR), gate.store, gate.recorder)
            heads.turn_back(ClaimId(claim_id))
        assert len(heads.inside) <= sum(granted)
    for gate, places in zip(gates, granted, strict=True):
        share = gate.store.shares.get(EVENT, ZONE)
        assert 0 <= share.spent <= places
        assert share.left == places - share.spent


async def test_a_group_gives_back_as_many_as_it_took(tmp_path: Path) -> None:
    """Parts of a group go out and come back: each person takes one place of the gate's share."""
    config = make_config(zones=(ZoneConfig(id=ZONE, name="Hall", capacity=9),))
    office = TicketOffice(config=config)
    code = office.sell(2)
    gate = GateDevice(tmp_path, office)
    await gate.publish()
    with gate.store.transaction("grant"):
        gate.store.shares.grant(EVENT, ZONE, 4)

    def left() -> int:
        return gate.store.shares.get(EVENT, ZONE).left

    assert (await gate.lane.scan(Scan(code, count=4))).reason == "ok"
    refused = await gate.lane.scan(Scan(code, count=1))
    assert (refused.reason, refused.own_places_used) == ("capacity_full", True)
    trace = []
    for way, count in itertools.chain([("out", 3), ("out", 3), ("in", 2), ("out", 9)]):
        gate.clock.advance(SECOND)
        await gate.lane.scan(Scan(code, count=count, direction=way))
        trace.append(left())
    assert trace == [3, 4, 2, 4]


async def test_a_gate_hears_through_a_peer_that_places_are_called_back(tmp_path: Path) -> None:
    """Without a way to the server of its own: who scans again in a moment may get in."""
    venue = GateVenue(tmp_path, 2)
    code = venue.server.office.sell()
    try:
        north, south = await venue.open_all()
        rung_of(south).set_uplink(DenyingLedger(venue, "capacity_full", STARTS))
        peers = rung_of(north).peer.presence.peers
        await until(lambda: peers["dv_1"].has_uplink)
        answer = await north.scan(Scan(code))
        assert (answer.reason, answer.mode, answer.called_back) == ("capacity_full", "lan", True)
        assert not answer.own_places_used
    finally:
        await venue.close()
