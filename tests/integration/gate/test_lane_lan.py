"""Real lanes that claim among themselves while the server is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.lan_link import LanOptions
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.gate.ending_last_run import restate
from gatekeeper.gate.peers_port import NOBODY
from gatekeeper.gate.requests import Scan, Undo
from gatekeeper.gate.scanned import PickedTicket
from shared.admission.evacuation import STOPPED
from shared.credential.manual_code import format_manual_code
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import ReleaseBody
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import ServerFault, StoreFault
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import HOUR, Instant, format_instant
from shared.manifest.signed_document import DocumentKind, encode_document
from shared.manifest.tickets import TicketClass, TicketRow
from shared.wire.claim import ClaimAnswer, ClaimRequest, PriorUse
from shared.wire.relayed_by_gates import RELAY_VERSION, RelayedMarks, RelayedWord
from tests.factories.gate_event import EVENT, GROUP, NORTH, OCCURRENCE, STANDARD, STARTS
from tests.factories.gate_venue import BUDGET_MS, LOOPBACK, GateVenue, rung_of, silence, until


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[GateVenue]:
    venue = GateVenue(tmp_path, 2)
    yield venue
    await venue.close()


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[GateVenue]:
    venue = GateVenue(tmp_path, 3)
    yield venue
    await venue.close()


def told(answers: list[ScanAnswer]) -> list[tuple[str, str]]:
    """Return reasons and modes, sorted."""
    return sorted((answer.reason, answer.mode) for answer in answers)


async def heal(venue: GateVenue) -> None:
    """Let every gate reach the server again, until all have heard everything."""
    venue.server.is_cut = False
    for _ in range(2):
        for session in venue.sessions.values():
            await session.sync_once()


async def test_one_ticket_at_two_gates_at_once_is_admitted_once(two: GateVenue) -> None:
    """The loser's screen names the winner's gate; both say `lan`; no conflict is found later."""
    codes = [two.server.office.sell() for _ in range(20)]
    north, south = await two.open_all()
    late = 0
    for code in codes:
        answers = list(await asyncio.gather(north.scan(Scan(code)), south.scan(Scan(code))))
        if any(answer.mode == "offline" for answer in answers):
            late += 1  # a busy machine missed the budget; the gate's own rung answered
            continue
        assert told(answers) == [("already_used", "lan"), ("ok", "lan")], answers
        winner, loser = sorted(answers, key=lambda answer: answer.verdict == "deny")
        assert loser.used is not None
        assert loser.used.gate == ("North" if winner is answers[0] else "South")
    assert north.status().mode == "lan"
    assert late <= len(codes) // 4
    await heal(two)
    assert len(two.server.uses) <= len(codes) + late
    assert len(two.server.conflicts) <= late


async def test_ticket_of_which_one_gate_has_not_heard_is_admitted_once(two: GateVenue) -> None:
    """One gate has the sale's row, with an occurrence of its own; the other the code alone."""
    two.server.publish()
    for number in range(2):
        session = await two.open(number)
        await session.sync_once()
    north, south = two.sessions[0], two.sessions[1]
    codes = []
    for _ in range(10):
        ticket_id = two.server.office.draw_id()
        row = TicketRow(
            TicketId(ticket_id),
            TicketClass(ticket_type_code=STANDARD, state="paid", occurrence_id=OCCURRENCE),
            None,
        )
        two.server.office.rows[TicketId(ticket_id)] = row
        two.server.change_ticket(row)
        codes.append(two.server.office.digits(TicketId(ticket_id)))
    await north.sync_once()
    two.server.is_cut = True
    await two.until_live()
    for code in codes:
        answers = list(await asyncio.gather(north.scan(Scan(code)), south.scan(Scan(code))))
        if any(answer.mode == "offline" for answer in answers):
            continue  # a busy machine missed the budget; the gate's own rung answered
        assert sum(answer.verdict == "admit" for answer in answers) == 1, answers


async def test_found_by_name_and_scanned_next_door_at_once_it_is_admitted_once(
    two: GateVenue,
) -> None:
    """The neighbours are asked for a ticket that was found as for one that was scanned."""
    code = two.server.office.sell()
    found = PickedTicket(
        TicketId(next(iter(two.server.office.rows))), "sv_jo", "identity_confirmed"
    )
    north, south = await two.open_all()
    answers = list(await asyncio.gather(north.scan(Scan(found)), south.scan(Scan(code))))
    assert told(answers) == [("already_used", "lan"), ("ok", "lan")], answers
    await heal(two)
    assert len(two.server.uses) == 1
    assert not two.server.conflicts


async def test_a_code_held_twice_to_one_gate_is_let_in_once_with_its_peers_live(
    two: GateVenue,
) -> None:
    """Of two claims of one gate at once the earlier is not turned away by the later."""
    code = two.server.office.sell()
    north, _ = await two.open_all()
    two.server.is_cut = False
    await north.sync_once()
    ask, second_asks = north.lane._claimant._ask_ledger, asyncio.Event()

    async def ask_slowly(request: ClaimRequest) -> ClaimAnswer:
        answer = await ask(request)
        if answer.verdict == "admit":
            await second_asks.wait()
        else:
            second_asks.set()
            await asyncio.wait([first])
        return answer

    north.lane._claimant._ask_ledger = ask_slowly
    first = asyncio.create_task(north.scan(Scan(code)))
    second = asyncio.create_task(north.scan(Scan(code)))
    assert [(answer.reason, answer.mode) for answer in await asyncio.gather(first, second)] == [
        ("ok", "online"),
        ("already_used", "online"),
    ]


async def test_a_ticket_shown_later_at_the_other_gate_is_denied_with_the_first(
    two: GateVenue,
) -> None:
    """What a peer told is known at once, and after a restart as well."""
    code = two.server.office.sell()
    north, south = await two.open_all()
    assert (await north.scan(Scan(code))).reason == "ok"
    denied = await south.scan(Scan(code))
    assert (denied.reason, denied.mode) == ("already_used", "lan")
    assert denied.used is not None
    assert denied.used.gate == "North"
    await until(lambda: len(south.store.peers.marks(EVENT)) > 0)
    await south.close()
    south = await two.open(1)
    await two.kill(0)
    again = await south.scan(Scan(code))
    assert again.reason == "already_used"


async def test_persons_of_a_group_are_counted_over_all_gates(three: GateVenue) -> None:
    """Of a ticket for five, three gates that ask for two each at once get four."""
    code = three.server.office.sell(GROUP)
    sessions = await three.open_all()
    answers = await asyncio.gather(*(session.scan(Scan(code, count=2)) for session in sessions))
    assert sum(answer.verdict == "admit" for answer in answers) == 2, answers
    assert {answer.mode for answer in answers} == {"lan"}


async def test_gates_find_each_other_by_mdns_alone(two: GateVenue) -> None:
    """Where the roster names no address and nobody told one."""
    code = two.server.office.sell()
    two.server.publish()
    options = LanOptions(host=LOOPBACK, port=0, budget_ms=BUDGET_MS, uses_mdns=True)
    sessions = [await two.open(number, options) for number in range(2)]
    for session in sessions:
        await session.sync_once()
    two.server.is_cut = True
    await two.until_live()
    answers = await asyncio.gather(*(session.scan(Scan(code)) for session in sessions))
    assert told(list(answers)) == [("already_used", "lan"), ("ok", "lan")]


async def test_gate_takes_part_by_itself_only_where_the_roster_names_another(
    two: GateVenue,
) -> None:
    """No port is opened at an event with one gate; it is as soon as there are two."""
    two.sign_roster(range(1))
    two.server.publish()
    session = await two.open(0, LanOptions(host=LOOPBACK, is_automatic=True))
    await session.sync_once()
    assert session.lan.rung is None
    assert not session.lan.problem
    two.sign_roster(range(2), sequence=2)
    assert two.server.roster is not None
    with session.store.transaction("roster"):
        session.store.peers.put_roster(EVENT, two.server.roster)
    await session.lan.refresh()
    assert session.lan.rung is not None


async def test_gate_that_seals_its_boot_in_mid_run_goes_on_among_its_peers(two: GateVenue) -> None:
    """The rung begins anew with the new boot; uses of both boots count at the other gate."""
    codes = [two.server.office.sell() for _ in range(3)]
    north, south = await two.open_all()
    assert (await north.scan(Scan(codes[0]))).mode == "lan"
    journal, lan = north.store.journal, north.lan
    assert lan is not None
    before = journal.boots[-1]
    with north.store.transaction("seal"):
        journal.seal_after(before.boot, journal.last_seq, "for the test")
        restate(north.store, north._recorder.stamp())
    assert journal.boots[-1].boot != before.boot
    assert (await north.scan(Scan(codes[1]))).reason == "ok"
    await lan.tidy()
    assert lan.rung is not None
    assert lan.rung.peer.identity.boot == journal.boots[-1].boot
    # It has another port now, which the server would tell of.
    assert south.lan.rung is not None
    lan.rung.addresses.name([south.lan.rung.address])
    await two.until_live()
    assert (await north.scan(Scan(codes[2]))).mode == "lan"
    assert {(await south.scan(Scan(code))).reason for code in codes} == {"already_used"}


async def test_a_killed_peer_sends_scans_to_the_gates_own_rung(three: GateVenue) -> None:
    """Until it is no longer counted as live there is no quorum, and the policy decides."""
    codes = [three.server.office.sell() for _ in range(2)]
    north, south, _ = await three.open_all()
    await three.kill(2)
    first = await north.scan(Scan(codes[0]))
    assert (first.reason, first.mode) == ("ok", "offline")
    assert (await south.scan(Scan(codes[0]))).reason == "already_used"
    await three.until_live()
    second = await south.scan(Scan(codes[1]))
    assert (second.reason, second.mode) == ("ok", "lan")


async def test_a_green_that_peers_cannot_be_told_now_stays_green(
    two: GateVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on disk: the disk's next fault is a trouble of the gate's, and they are told later."""
    codes = [two.server.office.sell() for _ in range(2)]
    north, south = await two.open_all()
    with monkeypatch.context() as failing:
        failing.setattr(north.store.journal, "read", refuse_to_read)
        assert told([await north.scan(Scan(codes[0]))]) == [("ok", "lan")]
        assert north.lan.problem.text == "the disk cannot be read"
    await north.lan.tidy()
    await until(lambda: not south.store.peers.claims(EVENT))
    assert told([await south.scan(Scan(codes[0]))]) == [("already_used", "lan")]
    assert told([await north.scan(Scan(codes[1]))]) == [("ok", "lan")]


def refuse_to_read(_first: int, _last: int) -> list[tuple[int, SignedEntry]]:
    """Fail as a disk does that has begun to break."""
    raise StoreFault("the disk cannot be read")


async def test_gates_that_cannot_hear_each_other_make_one_conflict_for_each_double(
    two: GateVenue,
) -> None:
    """Doubles of the cut-off are found when the server is back, those of the network never are."""
    apart, together = two.server.office.sell(), two.server.office.sell()
    north, south = await two.open_all()
    assert told([await north.scan(Scan(together)), await south.scan(Scan(together))]) == [
        ("already_used", "lan"),
        ("ok", "lan"),
    ]
    for session in (north, south):
        assert session.lan.rung is not None
        await silence(session.lan.rung)
    await until(lambda: north.status().mode == south.status().mode == "offline")
    assert (
        told([await north.scan(Scan(apart)), await south.scan(Scan(apart))])
        == [("ok", "offline")] * 2
    )
    await heal(two)
    assert len(two.server.conflicts) == 1


async def test_an_undone_admission_frees_the_ticket_at_the_other_gate(two: GateVenue) -> None:
    """What a supervisor takes back is told like everything else."""
    code = two.server.office.sell()
    north, south = await two.open_all()
    admitted = await north.scan(Scan(code))
    assert (await south.scan(Scan(code))).reason == "already_used"
    north.supervision.do(Undo(admitted.claim_id, "mistake", "us_1"))
    while (  # noqa: ASYNC110 - it is on its way
        answer := await south.scan(Scan(code))
    ).reason == "already_used":
        await asyncio.sleep(0.05)
    assert told([answer]) == [("ok", "lan")]


async def test_the_ledgers_newer_word_lifts_nothing_that_a_peer_has_used(two: GateVenue) -> None:
    """A payment that this gate has not heard of is no reason to let the holder in again."""
    code = two.server.office.sell(state="pending")
    north, south = await two.open_all()
    (row,) = two.server.office.rows.values()
    paid = TicketRow(row.ticket_id, msgspec.structs.replace(row.facts, state="paid"))
    two.server.office.rows[row.ticket_id] = paid
    two.server.append(paid)
    two.server.is_cut = False
    await south.sync_once()
    two.server.is_cut = True
    assert told([await south.scan(Scan(code))]) == [("ok", "lan")]
    await until(lambda: bool(north.store.uses.records_of(row.ticket_id)))
    two.server.is_cut = False
    north._uplink.note_contact()
    assert told([await north.scan(Scan(code))]) == [("already_used", "online")]


async def test_scan_that_meets_its_peers_midway_is_not_tidied_away(
    two: GateVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rung began while the ledger was asked: the claim is under way all the same."""
    code = two.server.office.sell()
    north, _ = await two.open_all()
    lane, peers = north.lane, north.lane.peers
    assert isinstance(peers, LanPeers)
    lane.join(NOBODY)
    ask = peers.rung.claim

    async def claim_late(*_: Any) -> tuple[None, bool]:
        lane.join(peers)
        return None, True

    async def tidy_amid(*args: Any, **options: Any) -> Any:
        asking = asyncio.create_task(ask(*args, **options))
        await until(lambda: bool(peers.rung.open_claims()))
        peers.tidy()
        return await asking

    monkeypatch.setattr(lane._claimant, "claim", claim_late)
    monkeypatch.setattr(peers.rung, "claim", tidy_amid)
    lane._uplink.note_contact()
    answer = await north.scan(Scan(code))
    assert (answer.reason, answer.mode) == ("ok", "lan")
    bodies = [decode_body(decode_entry(one.entry)) for _, one in north.store.journal.read(1, 99)]
    assert [one for one in bodies if isinstance(one, ReleaseBody)] == []


class DenyingLedger:
    """Fulfils `gatekeeper.lan.ports.LedgerCarrier`: turns everybody away, and signs that."""

    def __init__(
        self,
        venue: GateVenue,
        reason: str,
        used_at: Instant,
        stopped_by: tuple[str, ...] = (),
        paused_at: Instant | None = None,
    ) -> None:
        self._signer = venue.server.office.signer
        self._reason, self._used_at, self._stopped_by = reason, used_at, stopped_by
        self._paused_at = None if paused_at is None else format_instant(paused_at)

    async def claim(
        self, device_id: DeviceId, claim_id: ClaimId, request: bytes, signature: bytes
    ) -> bytes:
        """Deny."""
        answer = ClaimAnswer(
            verdict="deny",
            reason=self._reason,
            ticket_id=None,
            remaining=0,
            claim_id=claim_id,
            at=format_instant(STARTS),
            epoch=1,
            used=PriorUse(NORTH, "North", format_instant(self._used_at)),
            stop=STOPPED if self._stopped_by else "",
            stopped_by=self._stopped_by,
            paused_at=self._paused_at,
            called_back=self._reason == "capacity_full",
        )
        said = msgspec.json.encode(answer)
        word = RelayedWord(RELAY_VERSION, device_id, sha256(request), said)
        return encode_document(self._signer.sign(DocumentKind.RELAYED, word, STARTS))

    async def page_after(self, epoch: int, sequence: int) -> bytes:
        """Tell nothing of the feed."""
        raise ServerFault

    async def upload(self, entries: Sequence[SignedEntry]) -> RelayedMarks:
        """Take nothing in yet."""
        raise ServerFault


@pytest.mark.parametrize(
    ("reason", "is_later", "expected"),
    [
        ("already_used", False, "reentry"),
        ("already_used", True, "already_used"),
        ("blocked", False, "blocked"),
    ],
)
async def test_a_ledger_that_has_not_heard_of_the_evacuation_keeps_nobody_out(
    two: GateVenue, reason: str, is_later: bool, expected: str
) -> None:
    """Who had to leave comes back, though a peer brings the word that they are inside already.

    What the ledger says besides stands: that somebody came in after the return, or a block.
    """
    code = two.server.office.sell()
    north, south = await two.open_all()
    first = await north.scan(Scan(code))
    assert first.reason == "ok"
    north.evacuation.begin("sv_jo")
    north.evacuation.start_return("sv_jo")
    used_at = first.at + HOUR if is_later else first.at
    rung_of(south).set_uplink(DenyingLedger(two, reason, used_at))
    peers = rung_of(north).peer.presence.peers
    await until(lambda: peers["dv_1"].has_uplink)
    assert told([await north.scan(Scan(code))]) == [(expected, "lan")]


@pytest.mark.parametrize("is_another", [False, True])
async def test_a_ledger_that_has_not_heard_of_the_return_keeps_nobody_out(
    two: GateVenue, *, is_another: bool
) -> None:
    """A gate that began the return lets in, though a peer brings the word that all must leave.

    A stop of which it knows no return binds it: somebody else has begun another evacuation.
    """
    code = two.server.office.sell()
    north, south = await two.open_all()
    north.evacuation.begin("sv_jo")
    north.evacuation.start_return("sv_jo")
    known = north.store.uses.evacuations.list_all(EVENT)[0].evacuation_id
    stops = (known, "0" * 32) if is_another else (known,)
    rung_of(south).set_uplink(DenyingLedger(two, "rules_denied", STARTS, stops))
    peers = rung_of(north).peer.presence.peers
    await until(lambda: peers["dv_1"].has_uplink)
    expected = "rules_denied" if is_another else "ok"
    assert told([await north.scan(Scan(code))]) == [(expected, "lan")]


async def test_a_pause_that_a_peer_brings_is_told_as_one(two: GateVenue) -> None:
    """Without a way to the server of its own: the holder waits, and is not told of rules."""
    code = two.server.office.sell()
    north, south = await two.open_all()
    rung_of(south).set_uplink(DenyingLedger(two, "rules_denied", STARTS, paused_at=STARTS))
    peers = rung_of(north).peer.presence.peers
    await until(lambda: peers["dv_1"].has_uplink)
    answer = await north.scan(Scan(code))
    assert (answer.reason, answer.stop, answer.paused_at) == ("rules_denied", "paused", STARTS)


async def test_nobody_learns_through_a_peer_which_keyed_in_codes_are_good(two: GateVenue) -> None:
    """Where nobody is let in the ledger hides whose a code is, and so does a gate that knows."""
    two.server.office.sell(manual_code=77)
    north, south = await two.open_all()
    rung_of(south).set_uplink(DenyingLedger(two, "rules_denied", STARTS, paused_at=STARTS))
    peers = rung_of(north).peer.presence.peers
    await until(lambda: peers["dv_1"].has_uplink)
    answer = await north.scan(Scan(format_manual_code(77), is_manual=True))
    assert (answer.reason, answer.stop, answer.ticket_id) == ("rules_denied", "paused", None)
    assert (answer.remaining, answer.holder, answer.used) == (None, "", None)
