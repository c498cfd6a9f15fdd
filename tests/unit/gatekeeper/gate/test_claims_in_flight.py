"""What happens around a claim that is under way: other lanes, the feed, a disk that refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ReleaseBody
from shared.kernel.errors import ServerFault, StoreFault
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.gate_event import TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer


class Venue:
    """A server and one synced gate whose claims a test may hold up."""

    def __init__(self, folder: Path) -> None:
        self.office = TicketOffice(config=make_config())
        self.server = FakeSyncServer(self.office, ManualClock())
        self.gate = PairedGate(folder, self.server)
        self.code = self.office.sell()

    async def open(self) -> GateSession:
        self.server.publish()
        session = await self.gate.open()
        await session.sync_once()
        return session


def _set_writable(session: GateSession, *, is_writable: bool) -> None:
    session.store._connection.execute(f"PRAGMA query_only={int(not is_writable)}").fetchall()


async def test_two_lanes_admit_once_when_the_feed_brings_the_grant_of_a_late_answer(
    tmp_path: Path,
) -> None:
    """One lane admits by itself; the other lane's grant, known by the feed, opens no second time.

    The ledger has granted the second claim, its answer is late, and the feed tells of the grant
    before: it is no reason to let the same ticket in again at the same gate.
    """
    venue = Venue(tmp_path)
    session = await venue.open()
    grant = venue.gate.link.claim
    second_asks = asyncio.Event()
    asked: list[str] = []

    async def claim(request: ClaimRequest) -> ClaimAnswer:
        asked.append(request.claim_id)
        if len(asked) == 1:
            await second_asks.wait()
        else:
            second_asks.set()
            await asyncio.wait([first])
            await grant(request)
            await session.sync_once()
        message = "too late"
        raise ServerFault(message)

    venue.gate.link.claim = claim  # type: ignore[method-assign] # the wire's end, held up
    session.lane._claimant._ask_ledger = claim
    first = asyncio.create_task(session.scan(Scan(venue.code)))
    second = asyncio.create_task(session.scan(Scan(venue.code)))
    answers = await asyncio.gather(first, second)
    assert [answer.verdict for answer in answers] == ["admit", "deny"]
    assert answers[1].reason == "already_used"
    await session.close()


async def test_a_grant_is_given_back_when_the_disk_refused_the_outcome(tmp_path: Path) -> None:
    """Nobody passed under it, so the right goes back without a restart of the program."""
    venue = Venue(tmp_path)
    session = await venue.open()
    grant = venue.gate.link.claim

    async def claim(request: ClaimRequest) -> ClaimAnswer:
        answer = await grant(request)
        _set_writable(session, is_writable=False)
        return answer

    session.lane._claimant._ask_ledger = claim
    with pytest.raises(StoreFault):
        await session.scan(Scan(venue.code))
    _set_writable(session, is_writable=True)
    session._settle_abandoned()
    journal = session.store.journal
    (claim_id,) = venue.server.uses
    bodies = [decode_body(decode_entry(s.entry)) for _, s in journal.read(1, journal.last_seq)]
    assert [body.claim_id for body in bodies if isinstance(body, ReleaseBody)] == [claim_id]
    assert session.store.intents.list_open() == []
    await session.close()
