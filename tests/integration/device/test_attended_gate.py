"""Staff and supervisors over the real engine: what they do is in the journal, and holds."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.answer import GroupOutlook, ScanAnswer, StrangeBadge
from gatekeeper.gate.doors_notice import DoorsNotice
from gatekeeper.gate.requests import Decline, Evacuate, Override, Scan, Settle, Turn, Undo
from gatekeeper.low_disk_and_battery import DISK_LOW_BYTES
from gatekeeper.rehearsal.playing import go_on
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.supervisor.pin_tries import PIN_PAUSE, PIN_TRIES_MAX
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from shared.credential.badges_and_pins import hash_badge, hash_pin
from shared.evacuations.whose_words_count import evacuation_subject
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import (
    Body,
    DispositionBody,
    EvacuationBody,
    NoteBody,
    ReleaseBody,
    ScanBody,
    UndoBody,
)
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.id_types import ClaimId, ConflictId, GateId, TicketId, TicketTypeId, ZoneId
from shared.kernel.instant import DAY, HOUR, Instant
from shared.manifest.badge_signatures import BadgeAct, BadgeScope, badge_key, is_supervisors_word
from shared.manifest.event_config import SupervisorConfig, TicketTypeConfig
from shared.manifest.presenting import foreign_ticket_id
from shared.manifest.tickets import TicketRow
from shared.wire.feed import ConflictNotice
from tests.factories.gate_event import (
    EVENT,
    GROUP,
    NORTH,
    ORGANIZATION,
    STANDARD,
    STARTS,
    TicketOffice,
    make_config,
)
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer

PIN = "483920"
BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
JO = Badge("sv_0123456789ab", "Jo")
CONFIG = make_config(
    ticket_types=(
        TicketTypeConfig(id=TicketTypeId("tt_std"), code=STANDARD, name="Reduced", check_id=True),
        TicketTypeConfig(id=TicketTypeId("tt_grp"), code=GROUP, name="Group", persons=5),
    ),
    supervisors=(
        SupervisorConfig(
            id=JO.person,
            name=JO.name,
            pin_hash=hash_pin(PIN, SeededEntropy("jo")),
            badge_hash=hash_badge(BADGE, ORGANIZATION),
        ),
    ),
)


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice(config=CONFIG)


@pytest.fixture
def device(tmp_path: Path, office: TicketOffice) -> PairedGate:
    server = FakeSyncServer(office, ManualClock())
    return PairedGate(tmp_path, server)


async def open_gate(device: PairedGate) -> AttendedGate:
    backend = ProfileFolder(device.folder, device.system())
    gate = await backend.open(None, lambda: None)
    device.link.server.publish()
    await gate.sync_once(lambda _: None)
    return gate


@pytest.fixture
async def gate(device: PairedGate) -> AsyncIterator[AttendedGate]:
    gate = await open_gate(device)
    yield gate
    await gate.close()


def entries(gate: AttendedGate) -> list[Body | None]:
    journal = gate.store.journal
    signed = [one for _, one in journal.read(1, journal.last_seq)]
    return [decode_body(decode_entry(one.entry)) for one in signed]


async def scan(gate: AttendedGate, text: str, **more: object) -> ScanAnswer:
    request = msgspec.structs.replace(Scan(text), **more)
    answer = await gate.attend(request)
    assert isinstance(answer, ScanAnswer)
    return answer


async def test_a_badge_is_no_scan_and_leaves_no_entry(gate: AttendedGate) -> None:
    """A badge under the scanner asks for a PIN, and is not a denied ticket."""
    count = len(entries(gate))
    assert await gate.attend(Scan(BADGE)) == JO
    assert len(entries(gate)) == count


async def test_of_two_readings_of_a_scanner_the_one_that_is_known_counts(
    device: PairedGate, office: TicketOffice
) -> None:
    """A list's code or a supervisor's own card, by a scanner set to another keyboard layout."""
    office.sell()
    listed = foreign_ticket_id("zy-2026", EVENT)
    facts = msgspec.structs.replace(next(iter(office.rows.values())).facts, is_imported=True)
    office.rows[listed] = TicketRow(listed, facts)
    gate = await open_gate(device)
    for request in (
        Scan("yzß2026", other_texts=("zy-2026",)),
        Scan("YZß2026", other_texts=("ZY-2026", "zy-2026")),
        Scan("zy-2026", other_texts=("yz/2026",)),
    ):
        answer = await gate.attend(request)
        assert isinstance(answer, ScanAnswer)
        assert answer.ticket_id == f"{listed:016x}"
    assert await gate.attend(Scan("gibberish", other_texts=("ibberish", BADGE))) == JO
    answer = await scan(gate, "yzß2027", other_texts=("zy-2027",))
    assert (answer.reason, answer.ticket_id) == ("unknown_ticket", None)
    await gate.close()


@pytest.mark.parametrize(
    "text", ["GKB1-ZZZZZ-ZZZZZ-ZZZZZ", "GKC1-ABCDE-FGHJK-MNPQR", "gkb1-zzzzz-zzzzz-zzzzz"]
)
@pytest.mark.parametrize("is_manual", [False, True])
async def test_a_badge_that_opens_nothing_here_is_no_ticket(
    gate: AttendedGate, text: str, *, is_manual: bool
) -> None:
    """Newly drawn, withdrawn or a cashier's: no verdict, no entry, and nobody is counted."""
    count, denied = len(entries(gate)), gate.status().denied
    said = await gate.attend(Scan(text, is_manual=is_manual))
    assert said == StrangeBadge(is_cashiers=text.startswith("GKC1"))
    assert (len(entries(gate)), gate.status().denied) == (count, denied)


async def test_a_gate_says_that_its_doors_are_closed(gate: AttendedGate) -> None:
    """By the date in the manifest and the corrected clock."""
    early = Instant(STARTS - DAY)
    assert gate.place.doors(early) is None  # where things are tried, it would be noise
    gate.place.profile = msgspec.structs.replace(gate.place.profile, kind="live")
    assert gate.place.doors(early) == DoorsNotice(STARTS)
    assert gate.place.doors(Instant(STARTS + HOUR)) is None


async def test_the_right_pin_unlocks_and_is_on_record(gate: AttendedGate) -> None:
    """Who unlocked the gate is in the journal by an opaque id."""
    assert (await gate.unlock(JO, PIN)).is_right
    assert entries(gate)[-1] == NoteBody("unlocked", "", JO.person)


async def test_ten_wrong_pins_are_five_and_the_pause_survives_a_restart(
    device: PairedGate,
) -> None:
    """After five the gate waits, also when it was switched off and on, and tells the journal."""
    gate = await open_gate(device)
    for number in range(10):
        answer = await gate.unlock(JO, f"11122{number}")
        assert not answer.is_right
        assert (answer.wait > 0) == (number >= PIN_TRIES_MAX - 1)
    paused = [body for body in entries(gate) if isinstance(body, NoteBody)]
    assert [(body.topic, body.person) for body in paused] == [("pin_paused", JO.person)]
    await gate.close()
    again = await open_gate(device)
    assert (await again.unlock(JO, PIN)).wait > 0
    device.clock.advance(PIN_PAUSE)
    assert (await again.unlock(JO, PIN)).is_right
    await again.close()


async def test_a_badge_that_was_withdrawn_meanwhile_costs_no_try(device: PairedGate) -> None:
    """Its PIN was called wrong, and the next supervisor had a try less."""
    gate = await open_gate(device)
    assert gate.find_badge(BADGE) == JO
    office = device.link.server.office
    office.config = msgspec.structs.replace(office.config, supervisors=(), sequence=2)
    device.link.server.publish()
    await gate.sync_once(lambda _: None)
    assert await gate.unlock(JO, PIN) == UnlockAnswer(is_right=False, is_withdrawn=True)
    assert not (device.folder / "supervisor.json").exists()
    await gate.close()


async def test_a_record_of_wrong_pins_that_was_tampered_with_is_a_pause(
    device: PairedGate,
) -> None:
    """Overwriting the file buys nothing."""
    (device.folder / "supervisor.json").write_text("{}oops")
    gate = await open_gate(device)
    assert (await gate.unlock(JO, PIN)).wait == PIN_PAUSE
    await gate.close()


async def test_proof_is_looked_at_and_the_look_is_one_use(
    gate: AttendedGate, office: TicketOffice, device: PairedGate
) -> None:
    """Asked, confirmed, admitted at the ledger under the same claim."""
    digits = office.sell()
    device.link.server.publish()
    await gate.sync_once(lambda _: None)
    asked = await scan(gate, digits)
    assert asked.reason == "check_id"
    seen = await scan(gate, digits, id_checked=True, claim_id=asked.claim_id, count=1)
    assert (seen.verdict, seen.mode, seen.claim_id) == ("admit", "online", asked.claim_id)


async def test_a_refused_look_names_why(gate: AttendedGate, office: TicketOffice) -> None:
    """Nobody passed, says a release of the claim."""
    asked = await scan(gate, office.sell())
    gate.supervision.do(Decline(asked.claim_id, asked.ticket_id, "proof_not_shown", JO.person))
    body = entries(gate)[-1]
    assert isinstance(body, ReleaseBody)
    assert (body.claim_id, body.why, body.person) == (
        asked.claim_id,
        "proof_not_shown",
        JO.person,
    )


async def test_a_group_is_asked_before_anything_is_recorded(
    gate: AttendedGate, office: TicketOffice
) -> None:
    """How many comes first; then that number is one entry."""
    digits = office.sell(GROUP)
    count = len(entries(gate))
    asked = await gate.attend(Scan(digits))
    assert isinstance(asked, GroupOutlook)
    assert (asked.most, len(entries(gate))) == (5, count)
    answer = await scan(gate, digits, count=3)
    assert (answer.verdict, answer.count, answer.remaining) == ("admit", 3, 2)


async def test_an_override_and_its_undo_name_the_supervisor(
    gate: AttendedGate, office: TicketOffice
) -> None:
    """Both are entries with the person's id and the reason's code."""
    digits = office.sell(GROUP)
    await scan(gate, digits, count=5)
    request = Scan(digits, count=1)
    denied = await scan(gate, digits, count=1)
    answer = gate.supervision.override(Override(request.after(denied), "organizer", JO.person))
    assert answer.reason == "override"
    assert answer.claim_id in {one.claim_id for one in gate.undoable(9)}
    gate.supervision.do(Undo(answer.claim_id, "wrong_person", JO.person))
    assert [one.count for one in gate.undoable(9)] == [5], "it is not offered again"
    override, undo = entries(gate)[-2:]
    assert isinstance(override, ScanBody)
    assert (override.person, override.why) == (JO.person, "organizer")
    assert isinstance(undo, UndoBody)
    assert (undo.claim_id, undo.person, undo.why) == (answer.claim_id, JO.person, "wrong_person")
    with pytest.raises(BadInput):
        gate.supervision.do(Undo(answer.claim_id, "wrong_person", JO.person))


async def test_the_lane_turns_and_the_turn_is_on_record(
    gate: AttendedGate, office: TicketOffice
) -> None:
    """After the turn a scan goes out; back again it goes in."""
    digits = office.sell(GROUP)
    await scan(gate, digits, count=2)
    gate.supervision.do(Turn("out", JO.person))
    assert entries(gate)[-1] == NoteBody("direction", "out", JO.person)
    assert gate.status().direction == "out"
    assert (await scan(gate, digits, count=2)).reason == "exit"
    gate.supervision.do(Turn("", JO.person))
    assert (await scan(gate, digits, count=1)).reason == "reentry"


async def test_a_settled_conflict_is_off_the_list_and_in_the_journal(gate: AttendedGate) -> None:
    """What the supervisor says becomes an entry of its own kind for the organizer."""
    store = gate.store
    notice = ConflictNotice(
        conflict_id=ConflictId("cf_1"),
        kind="double_use",
        ticket_id=TicketId(7),
        zone_id=ZoneId("zn_hall"),
        claim_ids=(ClaimId("a"), ClaimId("b")),
        gate_ids=(NORTH, GateId("gt_gone")),
    )
    with store.transaction("test"):
        store.feeds.put_conflict(EVENT, notice)
    (view,) = gate.conflicts()
    assert [side.gate for side in view.sides] == ["North", "gt_gone"]
    gate.supervision.do(Settle(ConflictId("cf_1"), "let_stay", JO.person))
    assert gate.conflicts() == []
    assert entries(gate)[-1] == DispositionBody(ConflictId("cf_1"), "let_stay", JO.person)
    with pytest.raises(BadInput):
        gate.supervision.do(Settle(ConflictId("cf_1"), "fraud", JO.person))


async def test_the_machine_says_how_it_is(
    gate: AttendedGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tickets, entries, room on the disk, clock, and who can unlock."""
    assert not gate.status().is_disk_low
    facts = gate.device_facts()
    assert facts.supervisors == 1
    assert facts.free_bytes is not None
    assert facts.entries == len(entries(gate))
    assert facts.clock_offset is not None
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=DISK_LOW_BYTES - 1))
    assert gate.status().is_disk_low


async def test_settings_survive_a_restart_and_a_damaged_file(device: PairedGate) -> None:
    """The gate comes back as it was set; a broken file is no reason not to open."""
    backend = ProfileFolder(device.folder, device.system())
    assert backend.load_settings() == DeviceSettings()
    settings = DeviceSettings(language="ar", theme="light", direction="out")
    backend.save_settings(settings)
    assert backend.load_settings() == settings
    gate = await open_gate(device)
    assert gate.status().direction == "out"
    await gate.close()
    (device.folder / "kiosk.json").write_bytes(b"\xff{")
    assert backend.load_settings() == DeviceSettings()


async def test_a_rehearsal_leaves_the_live_gate_as_it_was(
    gate: AttendedGate, device: PairedGate, office: TicketOffice
) -> None:
    """The queue is played beside the gate: no entry, no count, no file of it stays."""
    before = (gate.status(), len(entries(gate)))
    played = await gate.rehearse(None, go_on)
    assert played.wrong == 0
    assert (gate.status(), len(entries(gate))) == before
    assert not (device.folder / "rehearsal").exists()
    path = gate.keep_page("rehearsal.pdf", b"%PDF")
    assert path.endswith("rehearsal.pdf")
    assert gate.store.disk.read("rehearsal.pdf") == b"%PDF"


async def test_an_evacuation_shows_in_the_gates_condition(
    gate: AttendedGate, office: TicketOffice
) -> None:
    """Phase, gate and time are part of what the bar says; who asked for the list is on record."""
    gate.supervision.do(Evacuate("stop", JO.person))
    status = gate.status()
    assert (status.evacuation, status.evacuation_gate) == ("stop", "North")
    assert status.evacuation_at is not None
    assert gate.list_inside(JO.person).persons == 0
    assert entries(gate)[-1] == NoteBody("inside_list", "0", JO.person)
    gate.supervision.do(Evacuate("return", JO.person))
    gate.supervision.do(Evacuate("over", JO.person))
    assert gate.status().evacuation == ""


async def test_a_return_is_signed_by_the_badge_that_was_shown(gate: AttendedGate) -> None:
    """Others believe a return by that signature; when the gate is locked, nobody signs."""
    (jo,) = gate.supervision.supervisors()
    signing = [msgspec.structs.replace(jo, sign_key=badge_key(BADGE, ORGANIZATION).public_key)]

    def is_signed() -> bool:
        said = entries(gate)[-1]
        assert isinstance(said, EvacuationBody)
        device_id = gate.store.journal.device_id
        speaker = BadgeScope(ORGANIZATION, EVENT, device_id, JO.person)
        word = speaker.say(BadgeAct.EVACUATION, *evacuation_subject(said))
        return is_supervisors_word(word, said.signature, signing)

    gate.supervision.do(Evacuate("stop", JO.person))
    assert not is_signed()
    assert gate.find_badge(BADGE) == JO
    gate.supervision.do(Evacuate("return", JO.person))
    assert is_signed()
    gate.forget_names()
    gate.supervision.do(Evacuate("over", JO.person))
    assert not is_signed()


async def test_a_record_that_cannot_be_read_is_the_disks_fault_and_none_of_the_programs(
    gate: AttendedGate, device: PairedGate, office: TicketOffice
) -> None:
    """Staff are told to look after the disk, and not that the program broke."""
    code = office.sell()
    with closing(sqlite3.connect(device.folder / "journal.db")) as journal:
        journal.execute("DROP TABLE use")
        journal.execute("DROP TABLE gate_count")
    for count in (None, 1):
        with pytest.raises(StoreFault):
            await gate.attend(Scan(code, count=count))
    with pytest.raises(StoreFault):
        gate.override(Override(Scan(code), "other", JO.person))
    with pytest.raises(StoreFault):
        gate.status()
