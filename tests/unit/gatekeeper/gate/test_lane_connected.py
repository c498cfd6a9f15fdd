"""A lane that can ask the ledger: when it does, and whose word counts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Override, Scan, Undo
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Reason
from shared.credential.manual_code import format_manual_code
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ReleaseBody
from shared.kernel.errors import BadInput, Rejected
from shared.kernel.id_types import ClaimId, DeviceId, TicketId, TicketTypeId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import HOUR, Duration, Instant, format_instant
from shared.manifest.event_config import GateConfig, TicketTypeConfig
from shared.manifest.tickets import TicketRow
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.gate_event import (
    NORTH,
    SOUTH,
    STANDARD,
    ZONE,
    TicketOffice,
    make_config,
)
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer


class Venue:
    """A server and one synced gate."""

    def __init__(self, folder: Path, **config: object) -> None:
        self.office = TicketOffice(config=make_config(**config))
        self.server = FakeSyncServer(self.office, ManualClock())
        self.gate = PairedGate(folder, self.server)

    async def open(self) -> GateSession:
        self.server.publish()
        session = await self.gate.open()
        await session.sync_once()
        return session


async def test_denials_that_stand_are_not_asked(tmp_path: Path) -> None:
    """What newer knowledge cannot lift costs no round trip, and is still decided online."""
    venue = Venue(tmp_path)
    used, cancelled = venue.office.sell(), venue.office.sell(state="cancelled")
    session = await venue.open()
    await session.scan(Scan(used))
    asked = len(venue.server.claims_seen)
    answers = [await session.scan(Scan(code)) for code in (used, cancelled, "1" * 200)]
    assert [a.reason for a in answers] == ["already_used", "cancelled", "malformed"]
    assert {a.mode for a in answers} == {Rung.ONLINE.value}
    assert len(venue.server.claims_seen) == asked
    await session.close()


async def test_the_ledger_lifts_what_this_gate_does_not_know_yet(tmp_path: Path) -> None:
    """A manual code or a payment that is newer than the manifest is asked for, and admitted."""
    venue = Venue(tmp_path)
    unpaid = venue.office.sell(state="pending")
    session = await venue.open()
    venue.office.sell(manual_code=77)
    for row in list(venue.office.rows.values()):
        paid = msgspec.structs.replace(row.facts, state="paid")
        venue.office.rows[row.ticket_id] = TicketRow(row.ticket_id, paid, row.manual_code)

    by_code = await session.scan(Scan(format_manual_code(77), is_manual=True))
    by_payment = await session.scan(Scan(unpaid))
    assert (by_code.reason, by_payment.reason) == ("ok", "ok")
    assert by_code.ticket_id == format_ticket_id(TicketId(list(venue.office.rows)[-1]))
    assert (
        await session.scan(Scan(format_manual_code(77), is_manual=True))
    ).reason == "already_used"
    await session.close()


@pytest.mark.parametrize("reason", ["supervisor", "rules_denied"], ids=["guesses", "stop"])
async def test_a_gate_tells_of_no_ticket_where_the_ledger_hides_it(
    tmp_path: Path, reason: str
) -> None:
    """The ledger has counted more guesses, or knows of a stop: nobody learns which codes are good.

    What a reader has read is no guess, and stays named.
    """
    venue = Venue(tmp_path)
    scanned = venue.office.sell(manual_code=77)
    session = await venue.open()
    for number, scan in enumerate(
        (Scan(format_manual_code(77), is_manual=True), Scan(scanned)), start=1
    ):
        claim_id = ClaimId(f"{number:032x}")
        venue.server.answers[claim_id] = ClaimAnswer(
            verdict=Reason(reason).verdict.value,
            reason=reason,
            ticket_id=None,
            remaining=None,
            claim_id=claim_id,
            at=format_instant(venue.server.clock.wall()),
            epoch=venue.server.epoch,
        )
        answer = await session.scan(msgspec.structs.replace(scan, claim_id=claim_id))
        assert (answer.reason, answer.mode) == (reason, Rung.ONLINE.value)
        told = (answer.ticket_id, answer.ticket_type, answer.remaining)
        assert (told == (None, None, None)) == scan.is_manual
    await session.close()


async def test_a_use_known_here_is_never_overridden_by_the_ledger(tmp_path: Path) -> None:
    """Two scans at once: the second finds, after its claim, that the first one was admitted."""
    venue = Venue(tmp_path)
    code = venue.office.sell()
    session = await venue.open()
    venue.server.restore(FakeSyncServer(venue.office, venue.server.clock))
    first, second = await asyncio.gather(session.scan(Scan(code)), session.scan(Scan(code)))
    assert sorted([first.verdict, second.verdict]) == ["admit", "deny"]
    await session.close()


async def test_proof_of_identity_is_asked_before_the_claim(tmp_path: Path) -> None:
    """A type that wants proof refers first; once staff have seen it the same scan goes on."""
    kind = TicketTypeConfig(
        id=TicketTypeId("tt_std"), code=STANDARD, name="Reduced", check_id=True
    )
    venue = Venue(tmp_path, ticket_types=(kind,))
    code = venue.office.sell()
    session = await venue.open()
    first = await session.scan(Scan(code))
    assert (first.verdict, first.reason) == ("refer", "check_id")
    assert venue.server.claims_seen == []
    second = await session.scan(Scan(code, id_checked=True, claim_id=first.claim_id))
    assert (second.reason, second.claim_id) == ("ok", first.claim_id)
    assert list(venue.server.uses) == [first.claim_id]
    await session.close()


async def test_the_ledgers_time_decides_where_the_clock_is_wrong(tmp_path: Path) -> None:
    """A device whose clock is provably slow asks, and goes to a supervisor when it cannot."""
    venue = Venue(tmp_path)
    codes = [venue.office.sell() for _ in range(2)]
    session = await venue.open()
    await session.close()
    venue.gate.clock.step_wall(-2 * HOUR)
    session = await venue.gate.open()
    session.store.write_clock(Duration(0), Instant(0))
    session._clock._best = None
    session._clock.check_against(venue.server.clock.wall() + HOUR)
    assert "slow" in session.status().problem
    assert (await session.scan(Scan(codes[0]))).reason == "ok"
    venue.server.is_cut = True
    answer = await session.scan(Scan(codes[1]))
    assert (answer.verdict, answer.reason) == ("refer", "supervisor")
    await session.close()


async def test_a_gate_of_one_way_denies_the_other(tmp_path: Path) -> None:
    """An entrance is no exit."""
    gates = (GateConfig(NORTH, "North", ZONE, "in"), GateConfig(SOUTH, "South", ZONE, "out"))
    venue = Venue(tmp_path, gates=gates)
    code = venue.office.sell()
    session = await venue.open()
    assert (await session.scan(Scan(code, direction="out"))).reason == "wrong_gate"
    assert (await session.scan(Scan(code))).reason == "ok"
    await session.close()


@pytest.mark.parametrize("hangs", [True, False])
async def test_home_admits_without_the_server_and_others_ask_it(
    tmp_path: Path, hangs: bool
) -> None:
    """Under `home` the home device needs nobody; another one gets the ledger's word or none."""
    venue = Venue(tmp_path, offline_policy="home", claim_budget_ms=20)
    ours = venue.office.sell(home_device_id="dv_north")
    other = venue.office.sell(home_device_id="dv_south")
    session = await venue.open()
    venue.server.hangs, venue.server.is_cut = hangs, not hangs
    assert (await session.scan(Scan(ours))).reason == "ok"
    denied = await session.scan(Scan(other))
    assert (denied.reason, denied.gate) == ("offline_policy", None)
    await session.close()


@pytest.mark.parametrize("reason", ["offline_policy", "already_used"])
async def test_a_refused_claim_of_another_home_s_ticket_is_signed_away(
    tmp_path: Path, reason: str
) -> None:
    """The home may have given the entry all the same, and a server that is put back forgets what
    it did with that."""
    venue = Venue(tmp_path, offline_policy="home")
    code = venue.office.sell(home_device_id="dv_south")
    session = await venue.open()

    async def refuse(request: ClaimRequest) -> ClaimAnswer:
        at = format_instant(venue.server.clock.wall())
        return ClaimAnswer(
            verdict="deny",
            reason=reason,
            ticket_id=None,
            remaining=1,
            claim_id=request.claim_id,
            at=at,
            epoch=1,
        )

    session.lane._claimant._ask_ledger = refuse
    denied = await session.scan(Scan(code))
    assert (denied.reason, denied.mode) == (reason, "online")
    journal = session.store.journal
    bodies = [decode_body(decode_entry(s.entry)) for _, s in journal.read(1, journal.last_seq)]
    released = [body.claim_id for body in bodies if isinstance(body, ReleaseBody)]
    assert released == [denied.claim_id]
    await session.close()


async def test_a_gate_says_online_only_after_the_server_answered(tmp_path: Path) -> None:
    """Hope is no connection: the status says offline until the ledger has spoken."""
    venue = Venue(tmp_path)
    codes = [venue.office.sell() for _ in range(2)]
    session = await venue.open()
    await session.close()
    session = await venue.gate.open()
    assert session.status().mode == "offline"
    assert (await session.scan(Scan(codes[0]))).mode == "online"
    assert session.status().mode == "online"
    await session.close()


async def test_recent_answers_come_back_after_a_restart(tmp_path: Path) -> None:
    """The screen's list goes on with what earlier runs answered."""
    venue = Venue(tmp_path)
    codes = [venue.office.sell() for _ in range(3)]
    session = await venue.open()
    answers = [await session.scan(Scan(code)) for code in codes]
    session.supervision.do(Undo(answers[0].claim_id, "mistake", "pe_1"))
    await session.sync_once()
    await session.close()
    session = await venue.gate.open()
    answers.append(await session.scan(Scan(codes[0])))
    recent = session.recent(3)
    assert [a.claim_id for a in recent] == [a.claim_id for a in reversed(answers[1:])]
    assert session.status().admitted == 3
    await session.close()


async def test_background_work_syncs_by_itself_and_ends_when_cancelled(tmp_path: Path) -> None:
    """An offline scan is uploaded without anybody asking for it."""
    venue = Venue(tmp_path)
    code = venue.office.sell()
    session = await venue.open()
    venue.server.is_cut = True
    answer = await session.scan(Scan(code))
    venue.server.is_cut = False
    changed = asyncio.Event()
    session._on_change = changed.set
    work = asyncio.ensure_future(session.run_background())
    async with asyncio.timeout(60):
        while answer.claim_id not in venue.server.uses:
            await changed.wait()
            changed.clear()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await session.close()


@pytest.mark.parametrize(
    ("problem", "status", "said"),
    [
        ("not-found", 404, ("deny", "wrong_gate", "online")),
        ("device-revoked", 403, ("refer", "stale_manifest", "online")),
    ],
)
async def test_a_gate_or_device_that_the_ledger_has_put_out_lets_nobody_in(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    problem: str,
    status: int,
    said: tuple[str, str, str],
) -> None:
    """The organizer has just done it; that is the ledger's word, and no lack of one."""
    venue = Venue(tmp_path)
    code = venue.office.sell()
    session = await venue.open()

    def refuse(_device_id: DeviceId, _request: ClaimRequest) -> ClaimAnswer:
        raise Rejected("It is no longer wanted.", problem=problem, status=status)

    monkeypatch.setattr(venue.server, "claim", refuse)
    answer = await session.scan(Scan(code))
    assert (answer.verdict, answer.reason, answer.mode) == said
    await session.close()


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        ("claim-id-reused", 409),
        ("bad-request", 400),
        ("invalid-fields", 422),
        ("unauthenticated", 401),
        ("too-many-requests", 429),
    ],
)
async def test_refusal_of_the_ledgers_is_no_outage_to_decide_alone_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: str, status: int
) -> None:
    """Whatever the ledger does not like of a claim: a person looks, and nobody is let in."""
    venue = Venue(tmp_path)
    code = venue.office.sell()
    session = await venue.open()

    def refuse(_device_id: DeviceId, _request: ClaimRequest) -> ClaimAnswer:
        raise Rejected("It does not like the claim.", problem=problem, status=status)

    monkeypatch.setattr(venue.server, "claim", refuse)
    answer = await session.scan(Scan(code))
    assert (answer.verdict, answer.reason, answer.mode) == ("refer", "supervisor", "online")
    await session.close()


async def test_claim_id_of_another_passage_is_refused(tmp_path: Path) -> None:
    """An id under which somebody was let in lets nobody else in, and no other way through."""
    venue = Venue(tmp_path)
    first, second = venue.office.sell(), venue.office.sell()
    session = await venue.open()
    venue.server.is_cut = True
    admitted = await session.scan(Scan(first))
    for code, direction in ((second, "in"), (first, "out"), ("no ticket", "in")):
        with pytest.raises(BadInput, match="another passage"):
            await session.scan(Scan(code, claim_id=admitted.claim_id, direction=direction))
    assert (await session.scan(Scan(first, claim_id=admitted.claim_id))).verdict == "admit"
    await session.close()


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "cut_off"])
@pytest.mark.parametrize("is_listed", [False, True], ids=["signed", "told_by_the_feed"])
async def test_a_type_that_this_gate_has_not_heard_of_is_no_wrong_type(
    tmp_path: Path, *, is_cut: bool, is_listed: bool
) -> None:
    """It was made since the gate last heard of the plan: the ledger knows it, else a person."""
    venue = Venue(tmp_path)
    venue.office.sell()
    session = await venue.open()
    plan = venue.office.config
    late = TicketTypeConfig(id=TicketTypeId("tt_late"), code=9, name="Late")
    venue.office.config = make_config(ticket_types=(*plan.ticket_types, late))
    codes = [venue.office.sell(late.code) for _ in range(2)]
    if is_listed:
        for row in list(venue.office.rows.values())[-2:]:
            venue.server.change_ticket(row)
        await session.sync_once()
    if is_cut:
        venue.server.is_cut = True
        answer = await session.scan(Scan(codes[0]))
        answer = await session.scan(Scan(codes[1]))  # the first one has waited for the server
        assert (answer.reason, answer.mode) == ("supervisor", "offline")
        word = Override(Scan(codes[1], claim_id=answer.claim_id), "sold_at_the_desk", "sv_ada")
        assert session.supervision.override(word).reason == "override"
    else:
        answer = await session.scan(Scan(codes[0]))
        assert (answer.reason, answer.mode) == ("ok", "online")
        assert (await session.scan(Scan(codes[0]))).reason == "already_used"
    await session.close()


async def test_a_type_that_the_ledger_does_not_know_either_is_a_wrong_one(tmp_path: Path) -> None:
    """A copy was put back that is older than the type."""
    venue = Venue(tmp_path)
    session = await venue.open()
    code = venue.office.digits(TicketId(venue.office.draw_id()), 9)
    assert (await session.scan(Scan(code))).reason == "wrong_ticket_type"
    await session.close()
