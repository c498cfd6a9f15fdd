"""A device of the roster that lies over the venue's network: honest gates keep their word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from gatekeeper.lan.lan_verdict import LanAnswer
from shared.admission.facts import Direction
from shared.admission.pace import BURST
from shared.journal.chain import (
    SignedEntry,
    decode_body,
    decode_entry,
    encode_body,
    seal_entry,
)
from shared.journal.entry import (
    ENTRY_VERSION,
    NO_HASH,
    AskProof,
    Entry,
    GiveBody,
    NoteBody,
    ScanBody,
)
from shared.journal.home_asks import sign_ask
from shared.kernel.id_types import ClaimId, DeviceId, OccurrenceId, TicketId
from shared.kernel.instant import HOUR, Duration
from shared.kernel.trouble import TroubleKind
from shared.lan.actions import Send
from shared.lan.claims import ClaimKey
from shared.lan.ignored_messages import Ignored
from shared.lan.peer import DEFAULTS
from shared.manifest.presenting import foreign_ticket_id
from shared.manifest.seen_codes import (
    SeenForm,
    credential_of,
    prove_manual,
    prove_signed,
    seen_word,
)
from tests.factories.gate_event import EVENT, NORTH, SOUTH, STARTS, ZONE, make_config
from tests.factories.gate_venue import BUDGET_MS, GateVenue, RunningClock, rung_of, until

HOSTILE = 2


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[GateVenue]:
    three = GateVenue(tmp_path, 3)
    yield three
    await three.close()


def sign(session: GateSession, body: ScanBody, /, **changed: Any) -> SignedEntry:
    """Make an entry as whoever holds a device's key can, in a boot that nobody else knows."""
    journal = session.store.journal
    entry = Entry(
        v=ENTRY_VERSION,
        device_id=journal.device_id,
        boot=b"hostile!",
        dseq=1,
        seq=1,
        previous=NO_HASH,
        kind="scan",
        event_id=EVENT,
        wall=STARTS,
        monotonic=Duration(1),
        offset=Duration(0),
        offset_error=Duration(1),
        epoch=1,
        cursor=1,
        body=encode_body(body),
    )
    return seal_entry(msgspec.structs.replace(entry, **changed), journal._key)


def passage(ticket_id: TicketId, **changed: Any) -> ScanBody:
    """Say that somebody passed at the hostile gate."""
    body = ScanBody(
        claim_id=ClaimId("ab" * 16),
        gate_id=SOUTH,
        zone_id=ZONE,
        occurrence_id=OccurrenceId(""),
        direction="in",
        count=1,
        ticket_id=ticket_id,
        generation=1,
        key_id=1,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
        seen=bytes((SeenForm.MANUAL,)) + bytes(16),
    )
    return msgspec.structs.replace(body, **changed)


def proof_of(session: GateSession, venue: GateVenue, code: str) -> bytes:
    """Prove that a device has read a code, for the passage of `passage`."""
    word = seen_word(EVENT, session.store.journal.device_id, ClaimId("ab" * 16))
    return prove_signed(word, credential_of(code))


@pytest.mark.parametrize("direction", ["in", "out"])
async def test_device_that_has_read_no_code_spends_and_opens_no_ticket_at_others(
    venue: GateVenue, direction: str
) -> None:
    """Each gate knows each ticket's id; a peer's passage counts by the proof of its code alone."""
    office = venue.server.office
    code, other = office.sell(manual_code=41_414_141), office.sell()
    first, second, hostile = await venue.open_all()
    ticket_id, _ = office.rows
    if direction == "out":
        assert (await first.scan(Scan(code))).reason == "ok"
        await until(lambda: bool(second.store.uses.records_of(ticket_id)))
    good = proof_of(hostile, venue, code)
    proofs = [b"", bytes((SeenForm.MANUAL,)) + bytes(16), proof_of(hostile, venue, other)]
    proofs += [
        proof_of(first, venue, code),
        good[:-1] + bytes([good[-1] ^ 1]),
        bytes((SeenForm.FOREIGN,)) * 17,
    ]
    said = {"direction": direction, "reason": "exit" if direction == "out" else "ok"}
    made_up = [
        sign(hostile, passage(ticket_id, seen=seen, **said), dseq=number, seq=number)
        for number, seen in enumerate(proofs, 1)
    ]
    rung = rung_of(second)
    rung.learn(made_up)
    await until(lambda: not rung._queue._changes)
    assert rung.peer.dropped[Ignored.UNPROVEN] == len(made_up)
    assert (await second.scan(Scan(code))).reason == (
        "ok" if direction == "in" else "already_used"
    )


async def test_who_has_not_read_an_imported_code_neither_spends_nor_opens_its_ticket(
    venue: GateVenue,
) -> None:
    """Gates know half of its hash until the code is read: then they can tell who had not."""
    office, text = venue.server.office, "ROW-7-SEAT-12"
    office.sell(is_imported=True)
    (number,) = office.rows
    ticket_id = foreign_ticket_id(text, EVENT)
    office.rows[ticket_id] = msgspec.structs.replace(office.rows.pop(number), ticket_id=ticket_id)
    first, second, hostile = await venue.open_all()

    async def say(number: int, direction: str) -> None:
        false = {"claim_id": ClaimId(f"{number:032x}"), "seen": bytes((SeenForm.FOREIGN,)) * 17}
        said = passage(ticket_id, direction=direction, **false)
        rungs = rung_of(first), rung_of(second)
        for rung in rungs:
            rung.learn([sign(hostile, said, dseq=number, seq=number)])
        await until(lambda: not any(rung._queue._changes for rung in rungs))

    async def scan(gate: GateSession, direction: Direction = Direction.IN) -> str:
        found = [len(one.store.uses.records_of(ticket_id)) for one in (first, second)]
        answer = await gate.scan(Scan(text, direction=direction))
        if answer.verdict == "admit":
            await until(
                lambda: (
                    found
                    == [len(one.store.uses.records_of(ticket_id)) - 1 for one in (first, second)]
                )
            )
        return answer.reason

    await say(1, "in")
    assert await scan(first) == "ok", "nobody has come in on it"
    await say(2, "out")
    assert await scan(second) == "already_used", "nobody has gone out"
    assert await scan(second, Direction.OUT) == "exit"
    assert await scan(first) == "reentry", "an honest gate's word on it counts"


async def test_manual_codes_of_a_list_spend_no_more_than_a_lane_lets_in(venue: GateVenue) -> None:
    """Every device can look them up: a false one is named, and does not close the house by it."""
    office, number = venue.server.office, DEFAULTS.unproven_max + 5
    codes = [office.sell(manual_code=41_000_000 + one) for one in range(number)]
    _, second, hostile = await venue.open_all()
    said = []
    for place, ticket_id in enumerate(office.rows, 1):
        claim_id = ClaimId(f"{place:032x}")
        word = seen_word(EVENT, hostile.store.journal.device_id, claim_id)
        seen = prove_manual(word, 41_000_000 + place - 1)
        body = passage(ticket_id, claim_id=claim_id, seen=seen)
        said.append(sign(hostile, body, dseq=place, seq=place))
    rung_of(second).learn(said)
    await until(lambda: not rung_of(second)._queue._changes)
    assert ("dv_2", "too_fast") in rung_of(second).alarms
    assert (await second.scan(Scan(codes[0]))).reason == "already_used"
    assert (await second.scan(Scan(codes[-1]))).reason == "ok"


async def test_proven_passage_of_a_peer_counts_at_once(venue: GateVenue) -> None:
    """Whatever the gate itself has heard of the ledger."""
    office = venue.server.office
    code = office.sell()
    _, second, peer = await venue.open_all()
    (ticket_id,) = office.rows
    rung_of(second).learn([sign(peer, passage(ticket_id, seen=proof_of(peer, venue, code)))])
    await until(lambda: bool(second.store.uses.records_of(ticket_id)))
    assert (await second.scan(Scan(code))).reason == "already_used"


@pytest.mark.parametrize("numbers", [{"wall": 1 << 63}, {"dseq": 1 << 63}, {"offset": 1 << 63}])
async def test_entry_that_no_disk_can_hold_costs_nobody_a_promise(
    venue: GateVenue, numbers: dict[str, int]
) -> None:
    """A gate answers a claim only when its promise is on its disk, whatever else it is sent."""
    asker, promiser, hostile = await venue.open_all()
    rung_of(promiser).learn([sign(hostile, passage(TicketId(99)), **numbers)])
    right = ClaimKey(77, ZONE, OccurrenceId(""))
    verdict = await rung_of(asker).claim(
        right, ClaimId("cd" * 16), 1, gate_id=NORTH, at=STARTS, budget_ms=BUDGET_MS
    )
    assert verdict.answer is LanAnswer.FREE
    assert [claim.claim_id for claim in promiser.store.peers.claims(EVENT)] == ["cd" * 16]
    assert rung_of(promiser).peer.dropped[Ignored.BAD_ENTRY] == 1


async def test_answer_that_cannot_be_read_costs_nobody_the_homes(venue: GateVenue) -> None:
    """A device signs what is no `give` while a holder waits for one, and it comes first."""
    asker, home, hostile = await venue.open_all()
    claim_id = ClaimId("cd" * 16)
    hand_over(asker, home, ask_of(DeviceId("dv_0"), claim_id))
    last = home.store.journal.last_seq
    ((_, answer),) = home.store.journal.read(last, last)
    junk = sign(hostile, passage(TicketId(99)), kind="give", body=b"\x91")
    with rung_of(asker).gives.waiting_for(DeviceId("dv_1"), claim_id) as waiting:
        rung_of(asker).learn([junk, answer])
        assert waiting.result().claim_id == claim_id


async def test_year_that_no_screen_can_show_is_no_obstacle(venue: GateVenue) -> None:
    """A passage counts, and can be shown, however wrong its device's clock is."""
    _, honest, hostile = await venue.open_all()
    rung_of(honest).learn([sign(hostile, passage(TicketId(99)), wall=-(1 << 60))])
    await until(lambda: bool(honest.store.uses.records_of(TicketId(99))))
    assert [use.at for use in honest.store.uses.records_of(TicketId(99))] == [0]


async def test_nobody_but_the_ledger_lets_holders_out_by_evacuation(venue: GateVenue) -> None:
    """Such an exit would give the entry back in a zone that admits once."""
    zone = msgspec.structs.replace(make_config().zones[0], reentry_after_exit=False)
    venue.server.office.config = make_config(zones=(zone,))
    code = venue.server.office.sell()
    first, second, hostile = await venue.open_all()
    admitted = await first.scan(Scan(code))
    assert (admitted.reason, admitted.ticket_id is None) == ("ok", False)
    ticket_id = int(admitted.ticket_id or "", 16)
    left = passage(
        TicketId(ticket_id), claim_id="evacuation:" + "00" * 16, direction="out", reason="exit"
    )
    rung = rung_of(second)
    rung.learn([sign(hostile, left, wall=STARTS + 1_000_000_000)])
    await until(lambda: not rung._queue._changes)
    assert (await second.scan(Scan(code))).reason == "already_used"


async def test_exit_from_the_future_lets_in_one_and_not_everybody(venue: GateVenue) -> None:
    """Nothing happened after it was heard of, whatever a gate's clock says."""
    code = venue.server.office.sell()
    first, second, fast = await venue.open_all()
    ticket_id = int((await first.scan(Scan(code))).ticket_id or "", 16)
    seen = proof_of(fast, venue, code)
    left = passage(TicketId(ticket_id), direction="out", reason="exit", seen=seen)
    for honest in (first, second):
        rung_of(honest).learn([sign(fast, left, wall=STARTS + HOUR)])

    def has_left() -> bool:
        return all(
            len(one.store.uses.records_of(TicketId(ticket_id))) == 2 for one in (first, second)
        )

    await until(has_left)
    assert (await first.scan(Scan(code))).reason == "reentry"
    assert (await second.scan(Scan(code))).reason == "already_used"


ASK = ["dv_1", "ab" * 16, 99, 7, 0, SOUTH, "dv_2", 1, False, 1]
"""A question to a home, in the order of its fields."""


def packed(ask: list[Any]) -> bytes:
    """Pack a question as peers send it, with a proof of nothing."""
    return msgspec.msgpack.encode([ask, [b"", "", b"", b""], ""])


async def test_home_is_silent_to_questions_that_make_no_sense(venue: GateVenue) -> None:
    """None of them breaks the socket's reader, or is worth an entry of the home's journal."""
    _, honest, hostile = await venue.open_all()
    faults: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, fault: faults.append(fault))
    questions = [b"", b"\xff", b"\x91" * 700, b"\x93\xa4dv_1\xa1\xff\x00"]
    for place, wrong in ((1, ""), (1, "evacuation:1"), (2, -1), (3, 1 << 40)):
        questions.append(packed([*ASK[:place], wrong, *ASK[place + 1 :]]))
    counts = (0, -5, 1 << 63)
    questions += [packed([*ASK[:7], count, *ASK[8:]]) for count in counts]
    before = honest.store.journal.last_seq
    for question in questions:
        rung_of(hostile).pass_on([*rung_of(hostile).peer.ask_home(DeviceId("dv_1"), question)])
    rung_of(hostile).pass_on([*rung_of(hostile).peer.ask_home(DeviceId("dv_1"), packed(ASK))])
    await until(lambda: honest.store.journal.last_seq > before)
    assert honest.store.journal.last_seq == before + 1, "the last one alone can be answered"
    assert faults == []


async def test_flood_of_questions_is_worth_no_flood_of_entries(venue: GateVenue) -> None:
    """Each answer is written to the disk: a device that asks without end is left unanswered."""
    asker, honest, hostile = await venue.open_all()
    journal, most = honest.store.journal, rung_of(honest).peer.settings.asks_max
    before = journal.last_seq
    for number in range(2 * most):
        question = packed([ASK[0], f"{number:032x}", *ASK[2:]])
        hand_over(hostile, honest, question)
    written = journal.last_seq - before
    assert most <= written < most * 3 // 2
    assert ("dv_2", "flooding") in rung_of(honest).alarms
    before = journal.last_seq
    for _ in range(2):
        await honest.lan.tidy()
        assert honest.lan.problem.kind is TroubleKind.FALSE_PEER, "whoever stands there is told"
        assert "dv_2 (flooding)" in honest.lan.problem.text
    ((_, noted),) = journal.read(before + 1, journal.last_seq)
    assert decode_body(decode_entry(noted.entry)) == NoteBody("false_peer", "dv_2 flooding")
    said = await rung_of(asker).ask_home(
        DeviceId("dv_1"),
        ClaimId("cd" * 16),
        ask_of(DeviceId("dv_0"), ClaimId("cd" * 16)),
        BUDGET_MS,
    )
    assert said is not None, "others are answered all the same"


async def test_same_question_again_is_answered_by_the_same_entry(venue: GateVenue) -> None:
    """Whoever lost the answer hears it again, and the journal holds it once."""
    asker, honest, _ = await venue.open_all()
    journal = honest.store.journal
    question, before = ask_of(DeviceId("dv_0"), ClaimId("cd" * 16)), journal.last_seq
    told: list[SignedEntry] = []
    announce = rung_of(honest).announce

    def note(entries: Sequence[SignedEntry]) -> None:
        told.extend(entries)
        announce(entries)

    rung_of(honest).announce = note  # type: ignore[method-assign] # it is passed on
    for _ in range(3):
        hand_over(asker, honest, question)
    assert journal.last_seq == before + 1
    assert len(told) == 3
    assert len({signed.hash for signed in told}) == 1


async def test_homes_together_give_a_peer_for_manual_codes_what_one_would(
    venue: GateVenue,
) -> None:
    """Each hears what the others have given: it has not every home's tickets spent at once."""
    office, home = venue.server.office, DeviceId("dv_1")
    office.config = make_config(offline_policy="home")
    office.sell(home_device_id=home, manual_code=1)
    (ticket_id,) = office.rows
    first, second, hostile = await venue.open_all()
    assert isinstance(venue.clock, RunningClock)
    venue.clock.stop()  # at two more a second a slow machine would earn another code
    key, me = hostile.store.journal._key, hostile.store.journal.device_id

    def given(by: DeviceId, number: int) -> GiveBody:
        claim_id = ClaimId(f"{me}.{number:016x}")
        body = GiveBody(
            claim_id=claim_id,
            ticket_id=ticket_id,
            zone_id=ZONE,
            occurrence_id=OccurrenceId(""),
            count=1,
            device_id=me,
            gate_id=SOUTH,
            reason="ok",
        )
        seen = prove_manual(seen_word(EVENT, me, claim_id), 1)
        proof = AskProof(seen=seen, asked=sign_ask(key, EVENT, by, body))
        return msgspec.structs.replace(body, proof=proof)

    told = []
    for number in range(1, BURST + 1):
        body = encode_body(given(DeviceId("dv_0"), number))
        place = {"dseq": number, "seq": number, "wall": venue.clock.wall()}
        told.append(sign(first, passage(ticket_id), kind="give", body=body, **place))
    rung_of(second).learn(told)
    await until(lambda: not rung_of(second)._queue._changes)
    asked = given(home, BURST + 1)
    proof = asked.proof
    assert proof is not None
    ask = [home, asked.claim_id, ticket_id, None, None, SOUTH, me, 1, False, 0]
    shown = [proof.seen, proof.person, proof.signature, proof.asked]
    hand_over(hostile, second, msgspec.msgpack.encode([ask, shown, ""]))
    assert ("dv_2", "too_fast") in rung_of(second).alarms
    ((_, answer),) = second.store.journal.read(
        second.store.journal.last_seq, second.store.journal.last_seq
    )
    kept = decode_body(decode_entry(answer.entry))
    assert isinstance(kept, GiveBody)
    assert kept.reason == "offline_policy"


def hand_over(asker: GateSession, home: GateSession, question: bytes) -> None:
    """Let a question arrive at once, whatever the network does meanwhile."""
    for send in rung_of(asker).peer.ask_home(DeviceId("dv_1"), question):
        assert isinstance(send, Send)
        rung_of(home)._on_datagram(send.datagram, ("127.0.0.1", 9))


def ask_of(device_id: DeviceId, claim_id: ClaimId) -> bytes:
    """Ask, as a device, for a ticket that the home does not have."""
    return packed(["dv_1", claim_id, *ASK[2:6], device_id, *ASK[7:]])
