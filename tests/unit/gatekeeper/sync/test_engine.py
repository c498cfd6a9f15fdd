"""The sync engine against an honest ledger in the same process."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import SyncProgress
from gatekeeper.gate.requests import Scan
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import HOUR, SECOND
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.gate_event import EVENT, NORTH, SOUTH, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer
from tests.unit.gatekeeper.sync.conftest import OpenSynced


def uses_of(session: GateSession) -> set[tuple[str, int, bool]]:
    """Return what the device holds of uses, to compare with another's."""
    return {(u.claim_id, u.ticket_id, u.annulled) for u in session.store.uses.list_all(EVENT)}


async def open_both(folder: Path, server: FakeSyncServer) -> tuple[GateSession, GateSession]:
    """Hand out what was sold, and open two gates that have it."""
    server.publish()
    south_gate = PairedGate(folder / "s", server, device_id=DeviceId("dv_south"), gate_id=SOUTH)
    north, south = await PairedGate(folder / "n", server).open(), await south_gate.open()
    for session in (north, south):
        await session.sync_once()
    return north, south


def list_many(office: TicketOffice) -> None:
    """List 40,000 tickets, which no code is needed of."""
    for _ in range(40_000):
        ticket_id = TicketId(office.draw_id())
        office.rows[ticket_id] = TicketRow(
            ticket_id, TicketClass(ticket_type_code=1, state="paid")
        )


async def test_first_sync_installs_the_manifest_and_the_feed(
    tmp_path: Path, office: TicketOffice, server: FakeSyncServer
) -> None:
    """A fresh device knows event, tickets and gate after one sync, and reports its progress."""
    digits = [office.sell() for _ in range(300)]
    server.publish()
    session = await PairedGate(tmp_path, server).open()
    seen: list[SyncProgress] = []

    outcome = await session.sync_once(seen.append)

    assert (outcome.tickets, outcome.pending, outcome.conflicts) == (300, 0, 0)
    status = session.status()
    assert (status.event, status.gate, status.mode) == ("Night of the Lanterns", "North", "online")
    assert status.knowledge_age == 0
    assert status.problem == ""
    assert "Fetching tickets" in {progress.step for progress in seen}
    assert (await session.scan(Scan(digits[0]))).mode == "online"
    await session.close()


async def test_two_gates_cut_off_admit_twice_and_one_conflict_is_found(
    tmp_path: Path, office: TicketOffice, server: FakeSyncServer
) -> None:
    """Each island admits once; after healing both know both uses and the one conflict."""
    digits = office.sell()
    north, south = both = await open_both(tmp_path, server)
    server.is_cut = True
    answers = [await session.scan(Scan(digits)) for session in both]
    assert [(a.verdict, a.mode) for a in answers] == [("admit", "offline")] * 2

    server.is_cut = False
    for session in both:
        await session.sync_once()
    assert (await north.sync_once()).conflicts == 1
    assert uses_of(north) == uses_of(south)
    assert len(uses_of(north)) == 2
    assert north.status().conflicts == 1
    assert server.entry_count(DeviceId("dv_north")) == north.store.journal.last_seq
    for session in both:
        await session.close()


async def test_a_claim_at_the_ledger_denies_what_another_gate_admitted(
    tmp_path: Path, office: TicketOffice, server: FakeSyncServer
) -> None:
    """Connected gates admit once between them, and say where the first use was."""
    digits = office.sell()
    north, south = both = await open_both(tmp_path, server)

    first, second = await north.scan(Scan(digits)), await south.scan(Scan(digits))
    assert (first.reason, first.mode) == ("ok", "online")
    assert (second.reason, second.mode) == ("already_used", "online")
    assert second.used is not None
    assert second.used.gate_id == NORTH
    for session in both:
        await session.sync_once()
    assert uses_of(north) == uses_of(south)
    assert not server.conflicts
    for session in both:
        await session.close()


async def test_a_lost_answer_and_the_offline_admission_are_one_use(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """The claim's id is the same through the timeout, so nothing is counted twice."""
    digits = office.sell()
    session = await open_synced()
    server.loses_answers = True
    answer = await session.scan(Scan(digits))
    server.loses_answers = False

    assert (answer.verdict, answer.mode) == ("admit", "offline")
    assert [claim.claim_id for claim in server.claims_seen] == [answer.claim_id]
    await session.sync_once()
    assert list(server.uses) == [answer.claim_id]
    assert not server.conflicts


async def test_a_dead_server_costs_the_budget_once(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """After a claim that nobody answered the lane decides alone until the server is seen again."""
    office.config = make_config(claim_budget_ms=20)
    codes = [office.sell() for _ in range(3)]
    session = await open_synced()
    server.hangs = True
    modes = [(await session.scan(Scan(code))).mode for code in codes[:2]]
    assert modes == ["offline", "offline"]
    assert len(server.claims_seen) == 1
    assert "did not answer" in session.status().problem

    server.hangs = False
    await session.sync_once()
    assert (await session.scan(Scan(codes[2]))).mode == "online"


async def test_a_grant_that_nobody_used_is_released(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """A claim whose answer was lost, under a policy that then denies, frees the ticket again."""
    office.config = make_config(offline_policy="closed")
    digits = office.sell()
    session = await open_synced()
    server.loses_answers = True
    answer = await session.scan(Scan(digits))
    server.loses_answers = False
    assert (answer.verdict, answer.reason) == ("deny", "offline_policy")

    await session.sync_once()
    assert server.annulled == {answer.claim_id}
    assert (await session.scan(Scan(digits))).reason == "ok"


async def test_a_void_travels_by_the_feed(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """A ticket that was cancelled after the manifest is denied once the device has synced."""
    digits = office.sell()
    session = await open_synced()
    (row,) = office.rows.values()
    server.change_ticket(
        TicketRow(row.ticket_id, msgspec.structs.replace(row.facts, state="cancelled"))
    )
    await session.sync_once()
    server.is_cut = True

    assert (await session.scan(Scan(digits))).reason == "cancelled"


async def test_new_rules_travel_by_the_feed_and_survive_a_restart(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced, gate: PairedGate
) -> None:
    """A policy that was changed after the manifest holds at once and after the next start."""
    digits = office.sell()
    session = await open_synced()
    office.config = make_config(offline_policy="closed", sequence=2)
    server.change_config()
    await session.sync_once()
    await session.close()
    server.is_cut = True
    session = await gate.open()

    assert session.status().offline_policy == "closed"
    assert (await session.scan(Scan(digits))).reason == "offline_policy"
    await session.close()


async def test_a_newer_manifest_is_fetched_in_pieces_that_are_new(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """Only pieces whose hash has changed are fetched again."""
    list_many(office)
    session = await open_synced()
    first = len(server.chunk_requests)
    office.sell(occurrence_id=None)
    server.publish()
    outcome = await session.sync_once()

    assert outcome.tickets == 40_001
    assert first == 4
    assert len(server.chunk_requests) == first + 1


async def test_a_cut_download_goes_on_where_it_stopped(
    tmp_path: Path, office: TicketOffice, server: FakeSyncServer
) -> None:
    """Pieces that were verified are kept; the next sync fetches the rest."""
    list_many(office)
    server.publish()
    session = await PairedGate(tmp_path, server).open()

    def cut_after_two(progress: SyncProgress) -> None:
        if progress.step == "Fetching tickets" and progress.done == 2:
            server.is_cut = True

    with pytest.raises(ServerFault):
        await session.sync_once(cut_after_two)
    assert session.status().tickets == 0
    fetched = len(server.chunk_requests)
    server.is_cut = False
    outcome = await session.sync_once()

    assert outcome.tickets == 40_000
    assert len(server.chunk_requests) <= 4 + (fetched - 2)
    await session.close()


async def test_the_whole_journal_is_offered_again_when_asked(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """A server that asks for everything gets everything, and holds each entry once."""
    codes = [office.sell() for _ in range(3)]
    session = await open_synced()
    for code in codes:
        await session.scan(Scan(code))
    await session.sync_once()
    server.entries.clear()
    server.wants_reoffer = True
    await session.sync_once()

    assert server.entry_count(DeviceId("dv_north")) == session.store.journal.last_seq
    assert session.status().pending == 0
    assert server.offered_for[-1] == server.epoch, "the server is told that it was heard"
    assert set(server.offered_for[:-1]) == {0}


async def test_long_journals_go_up_in_batches(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """More entries than fit one request take several, in order."""
    office.sell()
    session = await open_synced()
    server.is_cut = True
    for number in range(1_100):
        await session.scan(Scan(f"garbage {number}"))
    server.is_cut = False
    before, pending = server.exchanges, session.status().pending
    outcome = await session.sync_once()

    assert outcome.uploaded == pending >= 1_100
    assert server.exchanges - before == 3
    assert server.entry_count(DeviceId("dv_north")) == session.store.journal.last_seq


async def test_an_unpublished_event_is_said_plainly_and_the_journal_still_goes_up(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Without a manifest the sync says what to do."""
    session = await PairedGate(tmp_path, server).open()
    await session.scan(Scan("anything"))
    with pytest.raises(Rejected, match="has not been handed to its gates"):
        await session.sync_once()
    assert session.status().pending == 0
    await session.close()


async def test_the_clock_is_learnt_from_exchanges_and_kept(
    tmp_path: Path, office: TicketOffice, server: FakeSyncServer
) -> None:
    """A device that is an hour slow decides by the server's time, also after a restart."""
    digits = office.sell(valid_from=server.clock.wall() - SECOND)
    server.publish()
    slow = ManualClock(server.clock.wall() - HOUR)
    gate = PairedGate(tmp_path, server, clock=slow)
    session = await gate.open()
    await session.sync_once()
    assert session.status().clock_offset == HOUR
    await session.close()
    server.is_cut = True
    session = await gate.open()

    assert session.status().clock_offset == HOUR
    assert (await session.scan(Scan(digits))).reason == "ok"
    await session.close()
