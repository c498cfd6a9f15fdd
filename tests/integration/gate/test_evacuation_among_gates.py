"""An alarm at one gate stops its neighbours without a server; who is believed of its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Evacuate, Scan
from gatekeeper.store.evacuation_table import EVACUATIONS_OF_PEER_MAX
from shared.credential.badges_and_pins import hash_badge, hash_pin
from shared.journal.entry import EvacuationBody
from shared.kernel.id_types import DeviceId, EvacuationId, TicketId, ZoneId
from shared.kernel.instant import HOUR, SECOND, Duration, Instant
from shared.kernel.ports import Clock
from shared.manifest.badge_signatures import badge_key
from shared.manifest.event_config import SupervisorConfig
from tests.factories.gate_event import EVENT, NORTH, ORGANIZATION, STARTS, ZONE, make_config
from tests.factories.gate_venue import GateVenue, rung_of, until
from tests.fakes.entropy import SeededEntropy
from tests.integration.gate.test_hostile_peer import passage, sign

BADGE = "GKB1:0123456789abcdef0123456789abcdef"
JO = SupervisorConfig(
    id="sv_0123456789ab",
    name="Jo",
    pin_hash=hash_pin("2468", SeededEntropy("jo")),
    badge_hash=hash_badge(BADGE, ORGANIZATION),
    sign_key=badge_key(BADGE, ORGANIZATION).public_key,
)


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[GateVenue]:
    three = GateVenue(tmp_path, 3)
    three.server.office.config = make_config(supervisors=(JO,))
    yield three
    await three.close()


def show_badge(session: GateSession) -> None:
    session._knowledge.badge.take(JO.id, BADGE)


def say(session: GateSession, phase: str) -> None:
    session.supervision.do(Evacuate(phase, JO.id))


async def until_phase(session: GateSession, phase: str) -> None:
    await until(lambda: session.status().evacuation == phase, 10)


async def why(session: GateSession, code: str) -> tuple[str, str]:
    answer = await session.scan(Scan(code))
    return answer.reason, answer.stop


async def test_neighbours_let_nobody_in_and_say_since_when_and_by_which_gate(
    venue: GateVenue,
) -> None:
    """Signed by a badge or not: whoever noticed the fire, entry ends at every gate of the zone."""
    code = venue.server.office.sell()
    north, south, third = await venue.open_all()

    say(north, "stop")

    for session in (south, third):
        await until_phase(session, "stop")
        assert await why(session, code) == ("rules_denied", "evacuation")
        status = session.status()
        assert status.evacuation_gate == "North"
        assert status.evacuation_at is not None
        assert abs(status.evacuation_at - venue.clock.wall()) < HOUR


async def test_it_holds_after_a_restart_without_any_neighbour(venue: GateVenue) -> None:
    """The power goes in the midst of it, and with it the gate that began it."""
    code = venue.server.office.sell()
    north, south, _ = await venue.open_all()
    say(north, "stop")
    await until_phase(south, "stop")
    for number in range(3):
        await venue.kill(number)
    assert await why(await venue.open(1), code) == ("rules_denied", "evacuation")


async def test_return_and_end_count_with_a_supervisors_badge(venue: GateVenue) -> None:
    """Who was inside comes back once, at any of the gates; then all is as before."""
    inside, fresh = venue.server.office.sell(), venue.server.office.sell()
    north, south, third = await venue.open_all()
    assert (await why(north, inside))[0] == "ok"
    show_badge(north)
    say(north, "stop")
    await until_phase(south, "stop")
    say(north, "return")
    await until_phase(south, "return")
    await until_phase(third, "return")
    assert (await why(south, inside))[0] == "reentry"
    assert (await why(third, inside))[0] == "already_used"
    say(north, "over")
    await until_phase(south, "")
    assert (await why(south, fresh))[0] == "ok"


async def test_a_false_alarm_without_a_badge_is_lifted_at_each_gate(venue: GateVenue) -> None:
    """A gate's key alone lets nobody in elsewhere; a supervisor does, gate by gate."""
    code = venue.server.office.sell()
    north, south, third = await venue.open_all()
    say(north, "stop")
    await until_phase(south, "stop")
    await until_phase(third, "stop")
    say(north, "over")
    say(south, "over")
    dseq = [session.store.journal.boots[-1] for session in (north, south)]

    def has_both() -> bool:
        marks = {(one.device_id, one.boot): one.dseq for one in third.store.peers.marks(EVENT)}
        return all(
            marks.get((DeviceId(f"dv_{n}"), boot.boot), 0) >= boot.last_dseq
            for n, boot in enumerate(dseq)
        )

    await until(has_both, 10)
    assert await why(third, code) == ("rules_denied", "evacuation")
    assert (await why(south, code))[0] == "ok"


async def test_what_is_over_is_not_begun_again_by_a_late_word(venue: GateVenue) -> None:
    """The end comes from one gate before the stop itself comes from the one that began it."""
    code = venue.server.office.sell()
    north, south, _ = await venue.open_all()
    await venue.kill(2)
    show_badge(south)
    say(north, "stop")
    await until_phase(south, "stop")
    say(south, "over")
    await until_phase(north, "")
    third = await venue.open(2)
    await venue.until_live()
    mark = north.store.journal.boots[-1]

    def has_heard() -> bool:
        marks = third.store.peers.marks(EVENT)
        return any((one.boot, one.dseq) >= (mark.boot, mark.last_dseq) for one in marks)

    await until(has_heard, 10)
    assert third.status().evacuation == ""
    assert (await why(third, code))[0] == "ok"


async def test_a_hostile_devices_alarms_come_to_an_end(venue: GateVenue) -> None:
    """It stops the zone, from no earlier than it was heard, and no more often than the bound."""
    code = venue.server.office.sell()
    north, south, _ = await venue.open_all()
    heard = south.store.uses.evacuations
    for number in range(EVACUATIONS_OF_PEER_MAX + 4):
        stop = EvacuationBody(
            evacuation_id=EvacuationId(f"{number:032x}"),
            zone_id=ZONE,
            phase="stop",
            gate_id=NORTH,
            begun_at=Instant(1),
        )
        north._recorder.write(stop)
        elsewhere = msgspec.structs.replace(stop, zone_id=ZoneId("zn_nowhere"))
        north._recorder.write(elsewhere)
    north.lan.announce()
    await until(lambda: len(heard.list_all(EVENT)) == EVACUATIONS_OF_PEER_MAX, 10)
    assert all(one.zone_id == ZONE for one in heard.list_all(EVENT))
    assert all(one.begun_at >= STARTS for one in heard.list_all(EVENT))
    for _ in range(EVACUATIONS_OF_PEER_MAX):
        say(south, "over")
    assert (await why(south, code))[0] == "ok"


async def test_a_lie_that_bears_an_alarms_name_hides_neither_its_end_nor_who_has_passed(
    venue: GateVenue,
) -> None:
    """A peer's entry that is no passage is kept as evidence: no later word is lost over it."""
    inside = venue.server.office.sell()
    north, south, hostile = await venue.open_all()
    show_badge(north)
    say(north, "stop")
    await until_phase(south, "stop")
    (stop,) = south.store.uses.evacuations.list_all(EVENT)
    lie = sign(hostile, passage(TicketId(1)), body=b"\xc1" + stop.evacuation_id.encode())
    rung_of(south).learn([lie])
    await until(lambda: not rung_of(south)._queue._changes)
    say(north, "return")
    await until_phase(south, "return")
    say(north, "over")
    await until_phase(south, "")
    assert (await why(north, inside))[0] == "ok"
    assert (await why(south, inside))[0] == "already_used"


class WrongClock:
    """The evening's clock, wrong by some time."""

    def __init__(self, clock: Clock, wrong_by: Duration) -> None:
        self._clock, self._wrong_by = clock, wrong_by

    def wall(self) -> Instant:
        """Return the wrong time."""
        return Instant(self._clock.wall() + self._wrong_by)

    def monotonic(self) -> Duration:
        """Return the machine's own."""
        return self._clock.monotonic()


@pytest.mark.parametrize(
    ("number", "wrong_by"),
    [(0, 3 * HOUR), (1, 3 * HOUR), (1, -2 * SECOND), (2, -2 * SECOND)],
    ids=["the sayer's by hours", "a listener's by hours", "slow by seconds", "slow where shown"],
)
async def test_a_wrong_clock_neither_lets_a_copy_in_nor_keeps_a_holder_out(
    venue: GateVenue, number: int, wrong_by: Duration
) -> None:
    """Machines were started anew without a server, as after a power cut: nobody has set them."""
    left, stayed = venue.server.office.sell(), venue.server.office.sell()
    gates = await venue.open_all()
    assert (await why(gates[2], left))[0] == "ok"
    assert (await why(gates[0], stayed))[0] == "ok"
    true = venue.clock
    await venue.kill(number)
    venue.clock = WrongClock(true, wrong_by)
    await venue.open(number)
    venue.clock = true
    await venue.until_live()
    gates = [venue.sessions[n] for n in range(3)]
    for sayer in (0, 1):
        show_badge(gates[sayer])
        say(gates[sayer], "stop")
        for gate in gates:
            await until_phase(gate, "stop")
        if not sayer:
            assert (await gates[1].scan(Scan(left, direction="out"))).reason == "exit"
        say(gates[sayer], "return")
        for gate in gates:
            await until_phase(gate, "return")
        for code, back in ((left, 0), (stayed, 1)):
            assert (await why(gates[back], code))[0] == "reentry"
            for gate in gates:
                assert (await why(gate, code))[0] == "already_used"
        say(gates[sayer], "over")
        for gate in gates:
            await until_phase(gate, "")
            assert (await why(gate, left))[0] == "already_used"
