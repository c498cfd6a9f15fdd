"""The exchange: journals go up and are stored once, changes come down signed."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from shared.admission.pace import PACE_DEFAULT
from shared.journal.chain import SignedEntry, decode_entry, is_signed_by
from shared.journal.entry import BootBody, NoteBody, UndoBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, EventId
from shared.kernel.instant import MINUTE, SECOND
from shared.manifest.badge_signatures import BadgeAct
from shared.wire.exchange import Assigned, EntryStatus
from shared.wire.feed import Annul, ConfigChange, ConflictNotice, Use
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice


def statuses(answer: object) -> list[str]:
    """List what became of each entry."""
    return [one.status for one in answer.answers]  # type: ignore[attr-defined]  # an ExchangeResponse


@pytest.mark.either_database
async def test_entries_are_stored_once_and_acknowledged(ledger_office: LedgerOffice) -> None:
    """A second upload of the same entries finds them known; the mark names the last one."""
    gate = await ledger_office.enrol()
    for ticket in range(5):
        ledger_office.scan(gate, ticket)
    first = await ledger_office.exchanged(gate, gate.journal.entries)
    again = await ledger_office.exchanged(gate, gate.journal.entries)
    assert statuses(first) == [EntryStatus.STORED] * 6
    assert statuses(again) == [EntryStatus.KNOWN] * 6
    assert [(mark.boot, mark.dseq) for mark in again.marks] == [(gate.journal.boot, 6)]
    feed = await ledger_office.read_feed(gate)
    uses = [item for item in feed if isinstance(item, Use)]
    assert [use.ticket_id for use in uses] == ledger_office.tickets[:5]


@pytest.mark.either_database
async def test_journal_confirms_the_claim_that_it_was_made_under(
    ledger_office: LedgerOffice,
) -> None:
    """An admission that was claimed before is one use, and is confirmed by the journal."""
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0], "the-claim")
    ledger_office.scan(gate, 0, claim_id="the-claim", mode="online")
    await ledger_office.exchanged(gate, gate.journal.entries)
    checkins = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/checkins", ledger_office.owner
    )
    assert [(one["claim_id"], one["is_confirmed"]) for one in checkins["items"]] == [
        ("the-claim", True)
    ]
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_claim_that_comes_after_its_journal_gets_its_own_admission(
    ledger_office: LedgerOffice,
) -> None:
    """A claim delayed on the way, whose gate went on alone, is the same use."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0, claim_id="late")
    await ledger_office.exchanged(gate, gate.journal.entries)
    answer = await ledger_office.claimed(gate, ledger_office.codes[0], "late")
    assert answer["verdict"] == "admit"
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_two_gates_alone_make_exactly_one_conflict(ledger_office: LedgerOffice) -> None:
    """A ticket admitted at two cut-off gates is one conflict with both signed entries."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(north, 0, wall=ledger_office.now)
    ledger_office.scan(south, 0, wall=ledger_office.now + MINUTE)
    ledger_office.office.clock.advance(5 * MINUTE)
    await ledger_office.exchanged(north, north.journal.entries)
    answer = await ledger_office.exchanged(south, south.journal.entries)
    assert answer.conflicts == 1
    (conflict,) = await ledger_office.conflicts()
    assert (conflict["kind"], conflict["ticket_id"]) == ("double_use", ledger_office.hex_of(0))
    assert conflict["is_ordered"]
    path = f"{ledger_office.path}/conflicts/{conflict['id']}"
    detail = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert [side["gate_id"] for side in detail["sides"]] == [north.gate_id, south.gate_id]
    for side, gate in zip(detail["sides"], (north, south), strict=True):
        entry = base64.b64decode(side["entry"])
        signed = SignedEntry(entry, base64.b64decode(side["signature"]))
        assert is_signed_by(signed, gate.key.public_key)
        assert side["public_key"] == gate.key.public_key.hex()
        assert decode_entry(entry).device_id == gate.id
    feed = await ledger_office.read_feed(south)
    (notice,) = [item for item in feed if isinstance(item, ConflictNotice)]
    assert (notice.kind, len(notice.claim_ids), notice.ordered) == ("double_use", 2, True)


@pytest.mark.either_database
async def test_third_side_joins_the_conflict(ledger_office: LedgerOffice) -> None:
    """However many gates admit a ticket, there is one conflict that names them all."""
    gates = [await ledger_office.enrol(n % 2) for n in range(3)]
    for gate in gates:
        ledger_office.scan(gate, 0)
        await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    path = f"{ledger_office.path}/conflicts/{conflict['id']}"
    detail = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert {side["device_id"] for side in detail["sides"]} == {gate.id for gate in gates}


@pytest.mark.either_database
async def test_order_is_undetermined_where_the_clocks_errors_overlap(
    ledger_office: LedgerOffice,
) -> None:
    """Two admissions closer than their clocks are sure of are not put in order."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(north, 0, wall=ledger_office.now, offset_error=SECOND)
    ledger_office.scan(south, 0, wall=ledger_office.now + SECOND, offset_error=SECOND)
    ledger_office.office.clock.advance(MINUTE)
    for gate in (north, south):
        await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    assert not conflict["is_ordered"]


@pytest.mark.either_database
async def test_online_grant_and_offline_admission_are_a_conflict_too(
    ledger_office: LedgerOffice,
) -> None:
    """A ticket granted online at one gate and admitted alone at another is found."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    await ledger_office.claimed(north, ledger_office.codes[0], "granted")
    ledger_office.scan(south, 0)
    await ledger_office.exchanged(south, south.journal.entries)
    assert len(await ledger_office.conflicts()) == 1
    ledger_office.scan(north, 0, claim_id="granted", mode="online")
    await ledger_office.exchanged(north, north.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    path = f"{ledger_office.path}/conflicts/{conflict['id']}"
    detail = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert all(side["entry"] for side in detail["sides"]), "the later evidence is put beside"


@pytest.mark.either_database
async def test_release_frees_a_grant_and_withdraws_the_conflict(
    ledger_office: LedgerOffice,
) -> None:
    """A signed "not admitted" annuls the grant: the other gate's admission stands alone."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    await ledger_office.claimed(north, ledger_office.codes[0], "granted")
    ledger_office.scan(south, 0)
    await ledger_office.exchanged(south, south.journal.entries)
    ledger_office.release(north, ClaimId("granted"), 0)
    answer = await ledger_office.exchanged(north, north.journal.entries)
    assert answer.conflicts == 0
    (conflict,) = await ledger_office.conflicts()
    assert conflict["disposition"] == "withdrawn"
    again = await ledger_office.claimed(north, ledger_office.codes[0], "granted")
    assert again["verdict"] == "deny"
    feed = await ledger_office.read_feed(north)
    assert any(isinstance(item, Annul) and item.claim_id == "granted" for item in feed)


@pytest.mark.either_database
async def test_release_denies_a_claim_that_arrives_later(ledger_office: LedgerOffice) -> None:
    """An id whose holder has signed that nobody passed admits nobody any more."""
    gate = await ledger_office.enrol()
    ledger_office.release(gate, ClaimId("given-up"), 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    late = await ledger_office.claimed(gate, ledger_office.codes[0], "given-up")
    fresh = await ledger_office.claimed(gate, ledger_office.codes[0], "fresh")
    assert (late["verdict"], fresh["verdict"]) == ("deny", "admit")


@pytest.mark.either_database
async def test_undo_gives_the_entry_back(ledger_office: LedgerOffice) -> None:
    """After an undone admission the ticket admits again, without a conflict."""
    gate = await ledger_office.enrol()
    scan = ledger_office.scan(gate, 0)
    body = UndoBody(scan.claim_id, ledger_office.tickets[0], "us_somebody", "wrong person")
    gate.journal.add(body, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(gate, gate.journal.entries)
    answer = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert answer["verdict"] == "admit"
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_undo_of_an_exit_takes_the_way_back_in_away(ledger_office: LedgerOffice) -> None:
    """Whom an arm did not let out is inside, and a copy of the code is no re-entry."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    out = ledger_office.scan(gate, 0, direction="out", reason="exit")
    await ledger_office.exchanged(gate, gate.journal.entries)
    body = UndoBody(out.claim_id, ledger_office.tickets[0], "", "did_not_pass")
    gate.journal.add(body, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(gate, gate.journal.entries[-1:])
    answer = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert (answer["verdict"], answer["reason"]) == ("deny", "already_used")
    path = f"{ledger_office.path}/checkins/counts"
    counts = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert (counts["admitted"], counts["inside"]) == (1, 1)
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_override_is_no_double_use(ledger_office: LedgerOffice) -> None:
    """What a supervisor decided with a reason is recorded and blamed on nobody."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    chief = await Chief.appoint(ledger_office)
    ticket_id, act = ledger_office.tickets[0], BadgeAct.OVERRIDE
    signature = chief.vouch(gate, ClaimId("again"), ticket_id, act=act)
    deed: dict[str, Any] = {"person": chief.person, "signature": signature}
    ledger_office.scan(gate, 0, claim_id="again", reason="override", **deed)
    await ledger_office.exchanged(gate, gate.journal.entries)
    assert await ledger_office.conflicts() == []
    counts = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/checkins/counts", ledger_office.owner
    )
    assert counts["admitted"] == 2


@pytest.mark.either_database
async def test_admission_after_a_void_is_a_conflict(ledger_office: LedgerOffice) -> None:
    """A gate that had not heard of the block admits, and the organizer is told."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    path = f"{ledger_office.path}/tickets/{ledger_office.hex_of(0)}/block"
    await ledger_office.office.ok("PUT", path, ledger_office.owner, json={"blocked": True})
    await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    assert conflict["kind"] == "admitted_after_void"


@pytest.mark.either_database
async def test_gap_is_named_and_nothing_after_it_is_stored(ledger_office: LedgerOffice) -> None:
    """Entries whose predecessor is missing are not taken; the mark says where to go on."""
    gate = await ledger_office.enrol()
    for ticket in range(4):
        ledger_office.scan(gate, ticket)
    entries = gate.journal.entries
    answer = await ledger_office.exchanged(gate, [entries[0], entries[2], entries[3]])
    assert statuses(answer) == [EntryStatus.STORED, EntryStatus.GAP, EntryStatus.GAP]
    assert answer.marks[0].dseq == 1
    rest = await ledger_office.exchanged(gate, entries[1:])
    assert statuses(rest) == [EntryStatus.STORED] * 4


@pytest.mark.either_database
async def test_altered_entry_is_refused_and_the_rest_is_not(ledger_office: LedgerOffice) -> None:
    """A bad signature, another device's entry and garbage are refused, each with a sentence."""
    gate, other = await ledger_office.enrol(0), await ledger_office.enrol(1)
    forged = SignedEntry(gate.journal.entries[0].entry, bytes(64))
    entries = [forged, other.journal.entries[0], SignedEntry(b"\xc1", b""), *gate.journal.entries]
    answer = await ledger_office.exchanged(gate, entries)
    assert statuses(answer) == [EntryStatus.REFUSED] * 3 + [EntryStatus.STORED]
    assert all(one.problem for one in answer.answers[:3])


@pytest.mark.either_database
async def test_fork_is_stored_beside_and_alarmed(ledger_office: LedgerOffice) -> None:
    """Two signed entries at one number are both kept, and the organizer sees the device."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    honest = list(gate.journal.entries)
    gate.journal.dseq, gate.journal.previous = 1, honest[0].hash
    ledger_office.scan(gate, 1)
    ledger_office.scan(gate, 2)
    forked = gate.journal.entries[2:]
    answer = await ledger_office.exchanged(gate, forked)
    assert statuses(answer) == [EntryStatus.FORKED] * 2
    (conflict,) = await ledger_office.conflicts()
    assert (conflict["kind"], conflict["device_id"]) == ("forked_journal", gate.id)
    again = await ledger_office.exchanged(gate, forked)
    assert statuses(again) == [EntryStatus.FORKED] * 2
    assert len(await ledger_office.conflicts()) == 1
    feed = await ledger_office.read_feed(gate)
    used = {item.ticket_id for item in feed if isinstance(item, Use)}
    assert used == set(ledger_office.tickets[:3]), "what a fork admitted was admitted"


@pytest.mark.either_database
async def test_next_boot_continues_the_chain(ledger_office: LedgerOffice) -> None:
    """A new boot that names the last entry of the one before is taken without alarm."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    gate.journal.reboot(ledger_office.now, boot=b"boot-two")
    ledger_office.scan(gate, 1)
    answer = await ledger_office.exchanged(gate, gate.journal.entries)
    assert statuses(answer) == [EntryStatus.STORED] * 4
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_boot_after_a_missing_tail_waits_for_it(ledger_office: LedgerOffice) -> None:
    """A boot is not taken before the end of the one that it continues, unless that is damaged."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    ledger_office.scan(gate, 1)
    gate.journal.reboot(ledger_office.now, boot=b"boot-two")
    entries = gate.journal.entries
    answer = await ledger_office.exchanged(gate, [*entries[:2], entries[3]])
    assert statuses(answer) == [EntryStatus.STORED, EntryStatus.STORED, EntryStatus.GAP]
    damaged = await ledger_office.enrol(1)
    ledger_office.scan(damaged, 2)
    ledger_office.scan(damaged, 3)
    damaged.journal.reboot(ledger_office.now, boot=b"boot-two", damage="a page was torn")
    entries = damaged.journal.entries
    answer = await ledger_office.exchanged(damaged, [*entries[:2], entries[3]])
    assert statuses(answer) == [EntryStatus.STORED] * 3
    kinds = {one["kind"] for one in (await ledger_office.conflicts())}
    assert "forked_journal" not in kinds


@pytest.mark.either_database
async def test_revoked_devices_entries_are_evidence_without_effect(
    ledger_office: LedgerOffice,
) -> None:
    """After revocation a journal is stored, admits nothing, and brings nothing back."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    path = f"{ledger_office.owner.path}/devices/{gate.id}/revoke"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json={})
    answer = await ledger_office.exchanged(gate, gate.journal.entries)
    assert statuses(answer) == [EntryStatus.UNCONFIRMED] * 2
    assert answer.page is None
    assert answer.notices
    fresh = await ledger_office.enrol(1)
    assert (await ledger_office.claimed(fresh, ledger_office.codes[0]))["verdict"] == "admit"


@pytest.mark.either_database
async def test_unknown_kinds_are_kept_and_fail_nothing(ledger_office: LedgerOffice) -> None:
    """An entry of a later program's kind, and a body out of form, are stored like any other."""
    gate = await ledger_office.enrol()
    note = NoteBody("topic", "text")
    gate.journal.add(note, ledger_office.event_id, ledger_office.now, kind="hologram")
    gate.journal.add(note, ledger_office.event_id, ledger_office.now, kind="scan")
    gate.journal.add(note, EventId("ev_of_nobody"), ledger_office.now)
    ledger_office.scan(gate, 0, ticket_id=-5)
    ledger_office.scan(gate, 1)
    answer = await ledger_office.exchanged(gate, gate.journal.entries)
    assert statuses(answer) == [EntryStatus.STORED] * 6


@pytest.mark.either_database
async def test_replayed_claim_id_of_another_ticket_is_still_counted(
    ledger_office: LedgerOffice,
) -> None:
    """A device that uses one claim id for two tickets hides neither passage."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0, claim_id="twice")
    ledger_office.scan(gate, 1, claim_id="twice")
    await ledger_office.exchanged(gate, gate.journal.entries)
    for ticket in (0, 1):
        answer = await ledger_office.claimed(gate, ledger_office.codes[ticket])
        assert answer["reason"] == "already_used"


@pytest.mark.either_database
async def test_changed_plan_is_told_by_the_feed(ledger_office: LedgerOffice) -> None:
    """A new gate reaches devices with the next exchange."""
    gate = await ledger_office.enrol()
    await ledger_office.read_feed(gate)
    body = {"name": "West", "zone_id": ledger_office.zone_id}
    await ledger_office.office.ok(
        "POST", f"{ledger_office.path}/gates", ledger_office.owner, json=body
    )
    feed = await ledger_office.read_feed(gate)
    changes = [item for item in feed if isinstance(item, ConfigChange)]
    assert "West" in {one.name for one in changes[-1].config.gates}
    assert len(changes) == 1, "older configurations are void"


async def test_exchange_refuses_what_is_none(ledger_office: LedgerOffice) -> None:
    """Garbage and too much at once are problems; of another event there is no page."""
    gate = await ledger_office.enrol()
    client = ledger_office.office.client
    headers = gate.headers | {"content-type": "application/msgpack"}
    garbage = await client.post("/sync/v1/exchange", content=b"\xff\x00", headers=headers)
    assert garbage.status_code == 400
    large = await client.post("/sync/v1/exchange", content=bytes(5_000_000), headers=headers)
    assert large.status_code == 413
    many = await ledger_office.exchange(gate, gate.journal.entries * 501)
    assert many.status_code == 413
    nowhere = await ledger_office.exchanged(gate, event_id="ev_nowhere")
    assert nowhere.page is None
    assert nowhere.assigned is not None
    assert nowhere.assigned.code
    said = msgspec.structs.replace(nowhere.assigned, code=b"")
    assert said == Assigned(ledger_office.event_id, gate.gate_id, PACE_DEFAULT, 0)


@pytest.mark.either_database
async def test_forged_chain_of_another_key_changes_nothing(ledger_office: LedgerOffice) -> None:
    """Entries signed by a key that is not the device's are refused, all of them."""
    gate = await ledger_office.enrol()
    gate.journal.key = SigningKey.generate(ledger_office.office.entropy)
    gate.journal.entries.clear()
    gate.journal.dseq = 0
    gate.journal.add(BootBody("thief", b"", 0), EventId(""), ledger_office.now)
    ledger_office.scan(gate, 0)
    answer = await ledger_office.exchanged(gate, gate.journal.entries)
    assert statuses(answer) == [EntryStatus.REFUSED] * 2
    assert (await ledger_office.claimed(gate, ledger_office.codes[0]))["verdict"] == "admit"


@pytest.mark.either_database
async def test_page_is_signed_and_bounded(ledger_office: LedgerOffice) -> None:
    """A page holds as many items as were asked for, and verifies from the pinned root."""
    gate = await ledger_office.enrol()
    for code in ledger_office.codes[:6]:
        await ledger_office.claimed(gate, code)
    answer = await ledger_office.exchanged(gate)
    page = ledger_office.open_page(answer.page)
    assert page.head == len(page.items)
    assert answer.page is not None
    body = answer.page.body
    changed = msgspec.structs.replace(answer.page, body=body[:-1] + bytes([body[-1] ^ 1]))
    with pytest.raises(Exception, match="signature"):
        ledger_office.open_page(changed)


async def test_gates_supervisor_settles_and_the_organizer_has_the_last_word(
    ledger_office: LedgerOffice,
) -> None:
    """A disposition entry settles an open conflict; it never replaces the organizer's."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for gate in (north, south):
        ledger_office.scan(gate, 0)
        await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    chief = await Chief.appoint(ledger_office)

    async def say(disposition: str) -> str:
        body = chief.rule(north, conflict["id"], disposition)
        cursor = len(await ledger_office.read_feed(north))
        north.journal.add(body, ledger_office.event_id, ledger_office.now, cursor=cursor)
        await ledger_office.exchanged(north, north.journal.entries)
        (found,) = await ledger_office.conflicts()
        return str(found["disposition"])

    assert await say("let_stay") == "let_stay"
    assert await say("nonsense") == "let_stay"
    assert await say("removed") == "removed"
    path = f"{ledger_office.path}/conflicts/{conflict['id']}/disposition"
    body = {"disposition": "fraud", "note": "seen on camera"}
    await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    assert await say("let_stay") == "fraud"
    feed = await ledger_office.read_feed(south)
    notices = [item for item in feed if isinstance(item, ConflictNotice)]
    assert [one.disposition for one in notices] == ["", "let_stay", "removed", "fraud"]


@pytest.mark.either_database
@pytest.mark.parametrize("is_first", [True, False])
async def test_a_claim_that_hung_on_its_way_says_nothing_of_who_came_first(
    ledger_office: LedgerOffice, is_first: bool
) -> None:
    """Its gate went on alone; granted late, it made the other one the first, for certain."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    began = ledger_office.now
    ledger_office.scan(north, 0, claim_id="hung", wall=began)
    ledger_office.scan(south, 0, wall=began + 3 * SECOND)
    ledger_office.office.clock.advance(5 * SECOND)
    await ledger_office.claimed(north, ledger_office.codes[0], "hung")
    gates = (north, south) if is_first else (south, north)
    await ledger_office.exchanged(gates[0], gates[0].journal.entries)
    found = await ledger_office.conflicts()
    assert not any(one["is_ordered"] for one in found), "north's own word is not here yet"
    await ledger_office.exchanged(gates[1], gates[1].journal.entries)
    (conflict,) = await ledger_office.conflicts()
    assert conflict["is_ordered"]
    path = f"{ledger_office.path}/conflicts/{conflict['id']}"
    detail = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert [side["gate_id"] for side in detail["sides"]] == [north.gate_id, south.gate_id]
    assert [side["mode"] for side in detail["sides"]] == ["offline", "offline"]
    assert all(side["entry"] for side in detail["sides"])
