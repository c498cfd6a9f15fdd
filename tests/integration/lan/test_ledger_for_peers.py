"""The ledger by a peer on real sockets: claims that it relays, journals that it brings."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from gatekeeper.lan.lan_verdict import LanAnswer
from gatekeeper.lan.ledger_for_peers import UplinkRelay
from shared.journal.chain import SignedEntry, decode_entry
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import SECOND, Instant
from shared.lan.messages import Mark
from shared.wire.claim import ClaimAnswer
from shared.wire.relayed_by_gates import RELAY_VERSION, RelayedMarks
from tests.integration.lan.lanes import GENEROUS_MS, QUICK, open_lanes, until
from tests.unit.shared.lan.venue import Journal, claim_name, device_name, gate_name, right


class FakeLedger:
    """Fulfils `gatekeeper.lan.ports.LedgerCarrier`: grants each ticket's first claim."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes, bytes]] = []
        self.entries: list[SignedEntry] = []
        self.is_down = False
        self.lie = b""
        self.marks = [Mark(device_name(0), bytes(8), 0)]

    async def claim(
        self, device_id: DeviceId, claim_id: ClaimId, request: bytes, signature: bytes
    ) -> bytes:
        """Answer like the server."""
        if self.is_down:
            message = "no answer"
            raise ServerFault(message)
        self.asked.append((device_id, claim_id, request, signature))
        if self.lie:
            return self.lie
        verdict = "admit" if len(self.asked) == 1 else "deny"
        reason = "ok" if verdict == "admit" else "already_used"
        return msgspec.json.encode(
            ClaimAnswer(
                verdict=verdict,
                reason=reason,
                ticket_id=None,
                remaining=0,
                claim_id=claim_id,
                at="2026-07-04T17:00:00Z",
                epoch=1,
            )
        )

    async def page_after(self, epoch: int, sequence: int) -> bytes:
        """Tell nothing of the feed."""
        raise ServerFault

    async def upload(self, entries: Sequence[SignedEntry]) -> RelayedMarks:
        """Take entries."""
        if self.is_down:
            message = "no answer"
            raise ServerFault(message)
        self.entries += entries
        return RelayedMarks(RELAY_VERSION, tuple(self.marks) if self.entries else ())


async def test_peer_with_an_uplink_relays_the_claim() -> None:
    """The ledger's denial counts, its grant is told, and its silence costs nothing."""
    ledger = FakeLedger()
    async with open_lanes(3, QUICK) as lanes:
        lanes[2].rung.set_uplink(ledger)
        await until(lambda: lanes[0].rung.peer.presence.peers[device_name(2)].has_uplink)
        request = json.dumps({"code": "123"}).encode()
        granted = await lanes[0].rung.claim(
            right(TicketId(1)),
            claim_name(1),
            1,
            gate_id=gate_name(0),
            at=Instant(0),
            request=request,
            budget_ms=GENEROUS_MS,
        )
        assert granted.answer is LanAnswer.FREE
        assert granted.ledger is not None
        assert granted.ledger.verdict == "admit"
        assert ledger.asked[0][:3] == (device_name(0), claim_name(1), request)
        denied = await lanes[0].rung.claim(
            right(TicketId(2)),
            claim_name(2),
            1,
            gate_id=gate_name(0),
            at=Instant(0),
            request=request,
            budget_ms=GENEROUS_MS,
        )
        assert denied.answer is LanAnswer.TAKEN
        assert denied.holds == ()
        ledger.is_down = True
        silent = await lanes[0].rung.claim(
            right(TicketId(3)),
            claim_name(3),
            1,
            gate_id=gate_name(0),
            at=Instant(0),
            request=request,
            budget_ms=GENEROUS_MS,
        )
        assert (silent.answer, silent.ledger) == (LanAnswer.FREE, None)


async def test_word_that_the_ledger_has_not_signed_counts_for_nothing_and_is_alarmed() -> None:
    """A peer that makes up a denial turns nobody away, and is named."""
    ledger = FakeLedger()
    ledger.lie = b"lie"
    async with open_lanes(2, QUICK) as lanes:
        lanes[1].rung.set_uplink(ledger)
        await until(lambda: lanes[0].rung.peer.presence.peers[device_name(1)].has_uplink)
        for number in range(2):
            verdict = await lanes[0].rung.claim(
                right(TicketId(number)),
                claim_name(number),
                1,
                gate_id=gate_name(0),
                at=Instant(0),
                request=b"{}",
                budget_ms=GENEROUS_MS,
            )
            assert (verdict.answer, verdict.ledger) == (LanAnswer.FREE, None)
        assert lanes[0].rung.alarms == ((device_name(1), "forged_word"),)


async def test_uplink_carries_only_what_the_ledger_lacks_of_gates_that_are_cut_off() -> None:
    """Nothing is asked while every gate has its own; what is refused is left for another turn."""
    ledger = FakeLedger()
    async with open_lanes(2, QUICK) as lanes:
        entry = lanes[0].book.scan(right(TicketId(1)), claim_name(1))
        lanes[0].rung.announce([lanes[0].store.journal(entry)])
        await until(lambda: lanes[1].store.uses_of(right(TicketId(1))) != [])
        lanes[0].rung.set_uplink(ledger)
        await until(lambda: lanes[1].rung.peer.presence.peers[device_name(0)].has_uplink)
        relay = UplinkRelay(lanes[1].rung, lanes[1].store.own_dseq)
        relay.set(ledger)
        assert await relay.upload_others() == 0
        lanes[0].rung.set_uplink(None)
        await until(lambda: not lanes[1].rung.peer.presence.peers[device_name(0)].has_uplink)
        assert await relay.upload_others() == 1
        assert await relay.upload_others() == 1, "the ledger still says that it lacks it"
        boot = lanes[0].book.identity.boot
        ledger.marks = [Mark(device_name(0), boot, 1)]
        assert await relay.upload_others() == 1
        assert await relay.upload_others() == 0


async def test_peer_with_an_uplink_uploads_the_others_journals() -> None:
    """Verbatim; its own journal is the sync's affair."""
    ledger = FakeLedger()
    async with open_lanes(2, QUICK) as lanes:
        entries = [lanes[0].book.scan(right(TicketId(n)), claim_name(n)) for n in range(3)]
        for entry in entries:
            lanes[0].rung.announce([lanes[0].store.journal(entry)])
        lanes[1].end(right(TicketId(9)), claim_name(9), admits=True)
        ledger.is_down = True
        lanes[1].rung.set_uplink(ledger)
        await until(lambda: lanes[1].store.uses_of(right(TicketId(2))) != [])
        ledger.is_down = False
        await until(lambda: len(ledger.entries) >= 3)
        assert ledger.entries[:3] == entries


async def test_gate_that_has_lost_entries_of_its_own_brings_what_its_peers_have_kept() -> None:
    """Its folder was put back: nobody else would, as long as it reaches the ledger itself."""
    ledger = FakeLedger()
    async with open_lanes(2, QUICK) as lanes:
        lost = Journal(0, 7)
        entry = lost.scan(right(TicketId(1)), claim_name(1))
        lanes[0].store.lost_boots.add(lost.identity.boot)
        lanes[1].end(right(TicketId(9)), claim_name(9), admits=True)
        lanes[1].rung.learn([entry])
        for lane in lanes:
            lane.rung.set_uplink(ledger)
        await until(lambda: ledger.entries[:1] == [entry])
        assert {decode_entry(one.entry).device_id for one in ledger.entries} == {device_name(0)}


async def test_what_is_heard_of_a_cut_off_gate_is_carried_before_the_next_turn() -> None:
    """Who went out by it comes in again by another in a second, not in five."""
    ledger = FakeLedger()
    seldom = msgspec.structs.replace(QUICK, sync_every=1_000 * SECOND)
    async with open_lanes(2, seldom) as lanes:
        lanes[1].rung.set_uplink(ledger)
        entry = lanes[0].book.scan(right(TicketId(1)), claim_name(1))
        lanes[0].rung.announce([lanes[0].store.journal(entry)])
        await until(lambda: ledger.entries[:1] == [entry])
