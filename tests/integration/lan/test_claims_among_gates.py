"""Gates on real sockets: claims, splits, restarts, catching up, rosters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gatekeeper.lan.lan_verdict import LanAnswer
from gatekeeper.lan.peer_addresses import format_address
from shared.kernel.errors import BadSignature, StoreFault
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import Instant
from shared.lan.claims import ClaimKey, Hold, judge_single_entry
from tests.factories.gate_venue import silence
from tests.factories.house import make_key, make_signer
from tests.integration.lan.lanes import (
    GENEROUS_MS,
    LOOPBACK,
    QUICK,
    Lane,
    introduce,
    open_lanes,
    sum_holds,
    until,
    until_live,
)
from tests.unit.shared.lan.venue import (
    claim_name,
    device_name,
    gate_name,
    make_roster,
    right,
    sign_roster,
)


async def claim(lane: Lane, ticket_id: TicketId, name: int, **options: object) -> LanAnswer:
    """Claim with a generous budget."""
    verdict = await lane.rung.claim(
        right(ticket_id),
        claim_name(name),
        1,
        gate_id=gate_name(lane.number),
        at=lane.clock.wall(),
        budget_ms=GENEROUS_MS,
        **options,  # type: ignore[arg-type] # a test's own options
    )
    return verdict.answer


async def test_one_of_two_simultaneous_scans_is_admitted() -> None:
    """The other gate learns who was first, as soon as it is decided."""
    async with open_lanes(3) as lanes:

        async def scan(number: int) -> tuple[LanAnswer, set[str]]:
            lane = lanes[number]
            verdict = await lane.rung.claim(
                right(TicketId(1)),
                claim_name(number),
                1,
                gate_id=gate_name(number),
                at=lane.clock.wall(),
                budget_ms=GENEROUS_MS,
            )
            lane.end(
                right(TicketId(1)),
                claim_name(number),
                admits=verdict.answer is LanAnswer.FREE,
            )
            return verdict.answer, {hold.gate_id for hold in verdict.holds}

        answers = await asyncio.gather(scan(0), scan(1))
        assert sorted(answer for answer, _ in answers) == [LanAnswer.FREE, LanAnswer.TAKEN]
        winner = [answer for answer, _ in answers].index(LanAnswer.FREE)
        assert answers[1 - winner][1] == {gate_name(winner)}


async def test_admission_reaches_everybodys_store() -> None:
    """Signed by its gate, wherever it is read."""
    async with open_lanes(3) as lanes:
        assert await claim(lanes[0], TicketId(1), 1) is LanAnswer.FREE
        lanes[0].end(right(TicketId(1)), claim_name(1), admits=True)
        await until(lambda: all(lane.store.uses_of(right(TicketId(1))) for lane in lanes))
        await until(lambda: all(lane.store.claims == {} for lane in lanes))
        assert await claim(lanes[1], TicketId(1), 2) is LanAnswer.FREE
        assert lanes[1].store.uses_of(right(TicketId(1))) != []


async def test_silent_peer_sends_the_scan_down_and_is_soon_left_out() -> None:
    """For as long as it counts as live there is no quorum; then there is one without it."""
    async with open_lanes(3, QUICK) as lanes:
        port = lanes[2].rung._port
        assert port is not None
        port.close()
        verdict = await lanes[0].rung.claim(
            right(TicketId(1)), claim_name(1), 1, gate_id=gate_name(0), at=Instant(0)
        )
        assert verdict.answer is LanAnswer.NO_QUORUM
        assert verdict.silent == (device_name(2),)
        lanes[0].end(right(TicketId(1)), claim_name(1), admits=False)
        await until_live(lanes[:2], 1)
        assert await claim(lanes[0], TicketId(2), 2) is LanAnswer.FREE


async def test_alone_there_is_no_quorum() -> None:
    """At once: nobody is waited for."""
    lane = Lane(0, make_roster(3))
    await lane.rung.start(LOOPBACK)
    try:
        scan = lane.scan(right(TicketId(1)), claim_name(1), 3_600_000)
        assert (await asyncio.wait_for(scan, 60)).answer is LanAnswer.NO_QUORUM
    finally:
        await lane.rung.close()


async def test_group_ticket_is_judged_by_the_lane() -> None:
    """Two gates let in two persons each on a ticket for four, and the third none."""
    async with open_lanes(3) as lanes:
        answers = []
        for number, lane in enumerate(lanes):
            verdict = await lane.rung.claim(
                right(TicketId(1)),
                claim_name(number),
                2,
                gate_id=gate_name(number),
                at=Instant(0),
                judge=lambda holds: 2 + sum_holds(holds) <= 4,
                budget_ms=GENEROUS_MS if number < 2 else 100,
            )
            answers.append(verdict.answer)
        # Nobody has ended a claim yet: open ones count as used.
        assert answers == [LanAnswer.FREE, LanAnswer.FREE, LanAnswer.TAKEN]


async def test_answer_waits_for_the_disk() -> None:
    """A gate that cannot keep its promise makes none, and says nothing."""
    async with open_lanes(2) as lanes:
        lanes[1].store.fault = StoreFault("disk full")
        verdict = await lanes[0].rung.claim(
            right(TicketId(1)), claim_name(1), 1, gate_id=gate_name(0), at=Instant(0)
        )
        assert verdict.answer is LanAnswer.NO_QUORUM
        assert lanes[1].store.refused > 0
        lanes[0].end(right(TicketId(1)), claim_name(1), admits=False)
        lanes[1].store.fault = None
        await until_live(lanes, 1)
        assert await claim(lanes[0], TicketId(2), 2) is LanAnswer.FREE
        ref = (device_name(0), claim_name(2))
        assert ref in lanes[1].store.claims


async def test_gate_whose_store_cannot_be_read_is_silent_and_lets_nobody_in() -> None:
    """Its peers find no quorum, its own lane an error; once the store is back, all is well."""
    async with open_lanes(2) as lanes:
        fault = StoreFault("locked")
        asked: set[ClaimKey] = set()

        def fail(key: ClaimKey) -> list[Hold]:
            asked.add(key)
            raise fault

        book = lanes[1].rung.peer.book
        lookup, book._uses_of = book._uses_of, fail
        assert (
            await lanes[0].scan(right(TicketId(1)), claim_name(1), 50)
        ).answer is LanAnswer.NO_QUORUM
        assert right(TicketId(1)) in asked
        with pytest.raises(StoreFault):
            await lanes[1].scan(right(TicketId(2)), claim_name(2), 50)
        book._uses_of = lookup
        assert await claim(lanes[0], TicketId(3), 3) is LanAnswer.FREE
        judged = lanes[1].rung.claim(
            right(TicketId(3)),
            claim_name(4),
            1,
            gate_id=gate_name(0),
            at=Instant(0),
            judge=fail_to_judge,
        )
        with pytest.raises(StoreFault):
            await judged


def fail_to_judge(_holds: Sequence[Hold]) -> bool:
    """Judge with a store that cannot be read."""
    message = "locked"
    raise StoreFault(message)


async def test_restarted_gate_keeps_its_promises_and_ends_its_own() -> None:
    """What it promised binds it; what it had claimed itself is released before it scans."""
    async with open_lanes(2) as lanes:
        assert await claim(lanes[0], TicketId(1), 1) is LanAnswer.FREE
        assert await claim(lanes[1], TicketId(2), 2) is LanAnswer.FREE
        await lanes[1].rung.close()
        again = Lane(1, make_roster(2), store=lanes[1].store, boot=2)
        lanes[1] = again
        await again.rung.start(LOOPBACK)
        introduce(lanes)
        orphans = again.rung.open_claims()
        assert [orphan.claim_id for orphan in orphans] == [claim_name(2)]
        entry = again.store.journal(again.book.release(claim_name(2), TicketId(2)))
        again.rung.announce([entry])
        await until_live(lanes, 1)
        assert again.rung.open_claims() == []
        held = again.rung.open_holds(right(TicketId(1)), ClaimId(""))
        assert [hold.claim_id for hold in held] == [claim_name(1)]
        verdict = await again.rung.claim(
            right(TicketId(1)), claim_name(3), 1, gate_id=gate_name(0), at=Instant(0)
        )
        assert verdict.answer is LanAnswer.TAKEN
        await until(lambda: lanes[0].rung.open_holds(right(TicketId(2)), ClaimId("")) == [])


async def test_gates_restarted_on_other_ports_are_live_again_for_all_that_kept_running() -> None:
    """Nobody is told where they are now: they speak, and are answered where they speak from."""
    async with open_lanes(4) as lanes:
        places = {lane.number: lane.rung.address for lane in lanes}
        for number in (0, 2):
            await silence(lanes[number].rung)
            lanes[number] = Lane(number, make_roster(4), store=lanes[number].store, boot=2)
        for number in (0, 2):
            lane = lanes[number]
            for other in (1, 3):
                lane.rung.addresses.find(device_name(other), places[other])
            await lane.rung.start(LOOPBACK)
        for number in (1, 3):
            others = [lane for lane in lanes if lane.number != number]
            await until_live([lanes[number]], len(others))
        # Two that were both started anew know of each other only where one tells them.
        lanes[0].rung.addresses.find(device_name(2), lanes[2].rung.address)
        await until_live(lanes, 3)
        first, second = lanes[0], lanes[1]
        assert await claim(first, TicketId(1), 1) is LanAnswer.FREE
        first.end(right(TicketId(1)), claim_name(1), admits=True)
        assert await claim(second, TicketId(1), 2) is LanAnswer.TAKEN


async def test_gate_that_was_away_catches_up_over_a_stream() -> None:
    """Also with entries that no datagram takes, and with those of a third gate."""
    async with open_lanes(2, QUICK) as lanes:
        for number in range(30):
            lanes[0].end(right(TicketId(number)), claim_name(number), admits=True)
        late = Lane(2, make_roster(3, sequence=2), settings=QUICK)
        for lane in lanes:
            assert lane.rung.set_roster(sign_roster(make_roster(3, sequence=2)))
        await late.rung.start(LOOPBACK)
        try:
            introduce([lanes[1], late])
            await until(lambda: all(late.store.uses_of(right(TicketId(n))) for n in range(30)))
        finally:
            await late.rung.close()


async def test_what_one_offers_the_other_takes() -> None:
    """One exchange serves both sides."""
    async with open_lanes(2, QUICK) as lanes:
        lanes[0].store.journal(lanes[0].book.scan(right(TicketId(1)), ClaimId("a")))
        lanes[0].rung.peer.news.marks.add(device_name(0), lanes[0].book.identity.boot, 1)
        await until(lambda: bool(lanes[1].store.uses_of(right(TicketId(1)))))


async def test_newer_roster_is_passed_on_and_lets_a_stranger_in() -> None:
    """A device enrolled after the others were cut off brings the proof with it."""
    async with open_lanes(2, QUICK) as lanes:
        roster = make_roster(3, sequence=2)
        stranger = Lane(2, roster, settings=QUICK)
        await stranger.rung.start(LOOPBACK)
        try:
            for lane in lanes:
                stranger.rung.addresses.find(lane.book.identity.device_id, lane.rung.address)
            await until(lambda: all(lane.rung.version == (1, 2) for lane in lanes))
            assert all(lane.store.roster is not None for lane in lanes)
            await until_live([*lanes, stranger], 2)
            assert await claim(stranger, TicketId(1), 1) is LanAnswer.FREE
        finally:
            await stranger.rung.close()


async def test_forged_roster_is_not_taken() -> None:
    """Not from the server's side, nor from a peer's."""
    async with open_lanes(2) as lanes:
        document = make_signer(root=make_key(66)).sign(
            sign_roster(make_roster(2)).kind,  # type: ignore[arg-type] # the kind's text
            make_roster(5, sequence=9),
            Instant(0),
        )
        with pytest.raises(BadSignature):
            lanes[0].rung.set_roster(document)
        assert not lanes[0].rung.set_roster(sign_roster(make_roster(2)))


async def test_addresses_of_the_roster_are_enough() -> None:
    """No discovery, no broadcast."""
    first, second = Lane(0, make_roster(2)), Lane(1, make_roster(2))
    await first.rung.start(LOOPBACK)
    await second.rung.start(LOOPBACK)
    try:
        addresses = [format_address(lane.rung.address) for lane in (first, second)]
        roster = sign_roster(make_roster(2, sequence=2, addresses=addresses))
        assert first.rung.set_roster(roster)
        assert second.rung.set_roster(roster)
        await until_live([first, second], 1)
    finally:
        await first.rung.close()
        await second.rung.close()


async def test_hold_that_came_to_nothing_is_given_up() -> None:
    """A scan that ended without an entry binds nobody."""
    async with open_lanes(2) as lanes:
        assert (
            lanes[0].rung.hold(
                right(TicketId(1)), ClaimId("x"), 1, gate_id=gate_name(0), at=Instant(0)
            )
            == []
        )
        assert judge_single_entry(lanes[0].rung.open_holds(right(TicketId(1)), ClaimId("x")))
        lanes[0].rung.drop_hold(ClaimId("x"))
        assert await claim(lanes[1], TicketId(1), 1) is LanAnswer.FREE


async def test_port_that_is_taken_is_an_error() -> None:
    """A port that was asked for is not replaced by another."""
    lane, other = Lane(0, make_roster(2)), Lane(1, make_roster(2))
    await lane.rung.start(LOOPBACK)
    try:
        with pytest.raises(OSError, match="in use"):
            await other.rung.start(LOOPBACK, lane.rung.address[1])
    finally:
        await lane.rung.close()
        await other.rung.close()
