"""An alarm that gates have heard of each other, once the server is reached again."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.gate.evacuations_by_peers import hear_evacuations
from gatekeeper.gate.requests import Evacuate
from gatekeeper.store.told_to_peers import StorePromises
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant
from shared.kernel.ports import Clock
from shared.lan.actions import Keep
from shared.lan.roster import RosterDevice
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_again, open_gate

pytestmark = pytest.mark.either_database


async def hear(listener: WiredGate, told: WiredGate, peer: RosterDevice | None = None) -> None:
    """Let a gate hear what another has written down, as over the venue's network.

    Args:
        listener: Who hears it.
        told: Who has written it.
        peer: Its line of the listener's roster.
    """
    session, journal = listener.session, told.session.store.journal
    event_id = session._knowledge.event_id
    assert event_id is not None
    ear = hear_evacuations(session.store, session._recorder, lambda _: peer)
    heard = [signed for _, signed in journal.read(1, journal.last_seq)]
    changes = [Keep(signed, None, session._clock.now()) for signed in heard]
    await StorePromises(session.store, event_id, ear).save(changes)


async def test_the_ledgers_word_ends_it_and_holders_return_once(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A connected gate hears it of one that is cut off; the ledger hears of it by the journals."""
    office, codes = ledger_office, ledger_office.codes
    jo = await Chief.appoint(office)
    north = await open_gate(office, tmp_path / "north", 0)
    south = await open_gate(office, tmp_path / "south", 0)
    for gate in (north, south):
        await gate.sync()
    assert (await south.scan(codes[0])).reason == "ok"
    await north.cut()
    office.office.clock.advance(MINUTE)
    north.session._knowledge.badge.take(jo.person, jo.badge)
    north.session.supervision.do(Evacuate("stop", jo.person))
    await hear(south, north)
    # The ledger knows of nothing yet, and would let in.
    answer = await south.scan(codes[1])
    assert (answer.reason, answer.stop) == ("rules_denied", "evacuation")

    office.office.clock.advance(MINUTE)
    north.session.supervision.do(Evacuate("return", jo.person))
    await north.mend()
    await south.sync()
    assert south.session.status().evacuation == "return"
    office.office.clock.advance(MINUTE)
    assert (await south.scan(codes[0])).reason == "reentry"
    north.session.supervision.do(Evacuate("over", jo.person))
    await north.sync()
    await south.sync()
    await hear(south, north)
    assert south.session.status().evacuation == ""
    assert (await south.scan(codes[0])).reason == "already_used"
    assert (await south.scan(codes[1])).reason == "ok"
    assert await office.conflicts() == []
    for gate in (north, south):
        await gate.session.close()


class FastClock:
    """The office's clock, three hours ahead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def wall(self) -> Instant:
        """Return the wrong time."""
        return Instant(self._clock.wall() + 3 * HOUR)

    def monotonic(self) -> Duration:
        """Return the machine's own."""
        return self._clock.monotonic()


@pytest.mark.parametrize("order", ["said first", "heard first"])
async def test_by_a_fast_gates_return_nobody_comes_back_twice(
    ledger_office: LedgerOffice, tmp_path: Path, order: str
) -> None:
    """Its times count from when the ledger heard them, and whoever came back was there before."""
    office, codes = ledger_office, ledger_office.codes
    jo = await Chief.appoint(office)
    north = await open_gate(office, tmp_path / "north", 0)
    south = await open_gate(office, tmp_path / "south", 0)
    for gate in (north, south):
        await gate.sync()
    for code in codes[:2]:
        assert (await south.scan(code)).reason == "ok"
    await south.sync()
    for gate in (north, south):
        await gate.cut()
    await north.session.close()
    clock = FastClock(office.office.clock)
    place = tmp_path / "north" / north.device.id
    north = await open_again(office, place, north.device, clock=clock)
    await north.cut()
    north.session._knowledge.badge.take(jo.person, jo.badge)
    peer = RosterDevice(device_id=DeviceId(north.id), public_key=bytes(32), zone_id=office.zone_id)
    for phase in ("stop", "return"):
        office.office.clock.advance(MINUTE)
        north.session.supervision.do(Evacuate(phase, jo.person))
        await hear(south, north, peer)
    office.office.clock.advance(MINUTE)
    assert (await south.scan(codes[0])).reason == "reentry"
    assert (await south.scan(codes[2])).reason == "ok"
    office.office.clock.advance(MINUTE)
    for gate in (north, south) if order == "said first" else (south, north):
        await gate.mend()
        office.office.clock.advance(MINUTE)
    for gate in (north, south):
        await gate.sync()
    for code in (codes[0], codes[2]):
        assert (await south.scan(code)).reason == "already_used"
    assert (await south.scan(codes[1])).reason == "reentry"
    kinds = {one["kind"] for one in await office.conflicts() if not one["disposition"]}
    assert kinds <= {"clock"}
    for gate in (north, south):
        await gate.session.close()
