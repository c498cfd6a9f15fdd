"""A lane on its own: what it answers, and that each answer is on disk first."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.requests import Override, Scan, Undo
from gatekeeper.gate.undoing import undo
from gatekeeper.store.chain_check import verify_journal
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, EventId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import HOUR, MINUTE, SECOND
from shared.manifest.event_config import ZoneConfig
from shared.manifest.presenting import foreign_ticket_id
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import EVENT, GROUP, NORTH, STARTS, ZONE, TicketOffice, make_config


def scans_of(device: GateDevice) -> list[ScanBody]:
    """Return the scans on the device's journal."""
    journal = device.store.journal
    bodies = (
        decode_body(decode_entry(signed.entry)) for _, signed in journal.read(1, journal.last_seq)
    )
    return [body for body in bodies if isinstance(body, ScanBody)]


async def test_lane_admits_a_listed_ticket_once(tmp_path: Path) -> None:
    """The first scan of a ticket is green, the second says when and where it was used."""
    office = TicketOffice()
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()

    first = await device.lane.scan(Scan(digits))
    second = await device.lane.scan(Scan(digits))

    assert (first.verdict, first.reason, first.remaining, first.mode) == (
        "admit",
        "ok",
        0,
        "offline",
    )
    assert first.ticket_id == format_ticket_id(TicketId(next(iter(office.rows))))
    assert first.ticket_type == "Standard"
    assert (second.verdict, second.reason) == ("deny", "already_used")
    assert second.used is not None
    assert second.used.gate == "North"
    assert [scan.reason for scan in scans_of(device)] == ["ok", "already_used"]
    assert second.seq == first.seq + 1


async def test_lane_admits_an_unlisted_but_signed_ticket(tmp_path: Path) -> None:
    """A ticket sold after the last sync is judged by what is signed."""
    office = TicketOffice()
    office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    digits = office.digits(TicketId(office.draw_id()))

    assert (await device.lane.scan(Scan(digits))).reason == "ok"
    assert (await device.lane.scan(Scan(digits))).reason == "already_used"


@pytest.mark.parametrize(
    "text", ["", "x" * 1_000_000, "\x00\x01", "🎫🎫", "1" * 200, "9" * 200, "\ud800", "12345"]
)
async def test_lane_denies_garbage_and_records_it(tmp_path: Path, text: str) -> None:
    """Nothing that a reader can deliver makes the lane fail."""
    office = TicketOffice()
    office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()

    answer = await device.lane.scan(Scan(text))

    assert answer.verdict == "deny"
    assert answer.reason in {"malformed", "unknown_ticket", "unknown_key"}
    assert answer.ticket_id is None
    assert scans_of(device)[-1].reason == answer.reason


async def test_lane_takes_a_group_ticket_in_parts(tmp_path: Path) -> None:
    """A code for five persons admits three, then two, then nobody."""
    office = TicketOffice()
    digits = office.sell(GROUP)
    device = GateDevice(tmp_path, office)
    await device.publish()

    counts = [(await device.lane.scan(Scan(digits, count=n))).remaining for n in (3, 3, 2, 1)]
    assert counts == [2, 2, 0, 0]
    assert [scan.verdict for scan in scans_of(device)] == ["admit", "deny", "admit", "deny"]
    assert device.store.counts.get(EventId("ev_test"), NORTH) == (5, 2)


async def test_lane_finds_a_ticket_by_its_manual_code_only_at_its_number(tmp_path: Path) -> None:
    """A typed manual code finds its ticket; an unknown one goes to a person while offline."""
    from shared.credential.manual_code import format_manual_code

    office = TicketOffice()
    office.sell(manual_code=123_456_789)
    device = GateDevice(tmp_path, office)
    await device.publish()

    known = await device.lane.scan(Scan(format_manual_code(123_456_789).lower(), is_manual=True))
    unknown = await device.lane.scan(Scan(format_manual_code(123_456_788), is_manual=True))

    assert known.reason == "ok"
    assert (unknown.verdict, unknown.reason) == ("refer", "supervisor")


@pytest.mark.parametrize("typed", [True, False], ids=["typed", "scanned"])
async def test_guessed_manual_codes_meet_a_person_however_they_come_in(
    tmp_path: Path, *, typed: bool
) -> None:
    """After ten codes of nobody's each manual code is a person's, and nothing is said of it."""
    from shared.credential.manual_code import format_manual_code

    office = TicketOffice()
    office.sell(manual_code=123_456_789)
    device = GateDevice(tmp_path, office)
    await device.publish()
    for guess in range(10):
        said = await device.lane.scan(Scan(format_manual_code(guess), is_manual=typed))
        assert said.reason == "supervisor"

    known = await device.lane.scan(Scan(format_manual_code(123_456_789), is_manual=typed))
    assert (known.reason, known.ticket_id, known.ticket_type) == ("supervisor", None, None)
    device.clock.advance(MINUTE)
    again = await device.lane.scan(Scan(format_manual_code(123_456_789), is_manual=typed))
    assert again.reason == "ok"


async def test_no_manual_code_lets_in_where_nobody_looks_on(tmp_path: Path) -> None:
    """Printed as a QR code or held up as a tag, it was perhaps only heard; staff look at it."""
    from shared.credential.manual_code import format_manual_code

    office, code = TicketOffice(), format_manual_code(123_456_789)
    office.sell(manual_code=123_456_789)
    other = format_manual_code(987_654_321)
    imported = foreign_ticket_id(other, office.config.event_id)
    facts = TicketClass(ticket_type_code=1, state="paid", is_imported=True)
    office.rows[imported] = TicketRow(imported, facts)
    device = GateDevice(tmp_path, office)
    await device.publish()

    alone = await device.lane.scan(Scan(code, is_unattended=True))
    assert (alone.reason, alone.ticket_id, alone.ticket_type) == ("supervisor", None, None)
    assert (await device.lane.scan(Scan(other, is_unattended=True))).reason == "ok", "imported"
    assert (await device.lane.scan(Scan(code))).reason == "ok"


async def test_lane_finds_imported_codes_only_among_imported_tickets(tmp_path: Path) -> None:
    """A foreign barcode whose hash meets a GK1 ticket's id admits nobody."""
    office = TicketOffice()
    imported = foreign_ticket_id("TKT-20260704-ABCDEFGH", office.config.event_id)
    colliding = foreign_ticket_id("TKT-20260704-HGFEDCBA", office.config.event_id)
    facts = TicketClass(ticket_type_code=1, state="paid")
    office.rows[imported] = TicketRow(imported, msgspec.structs.replace(facts, is_imported=True))
    office.rows[colliding] = TicketRow(colliding, facts)
    device = GateDevice(tmp_path, office)
    await device.publish()

    assert (await device.lane.scan(Scan("TKT-20260704-ABCDEFGH"))).reason == "ok"
    assert (await device.lane.scan(Scan("TKT-20260704-HGFEDCBA"))).reason == "unknown_ticket"


async def test_imported_codes_keyed_in_are_limited_as_manual_codes_are(tmp_path: Path) -> None:
    """Who tries out codes by hand learns nothing after ten that nobody has; scans go on."""
    office = TicketOffice()
    code = "FEST00001162500"
    imported = foreign_ticket_id(code, office.config.event_id)
    facts = TicketClass(ticket_type_code=1, state="paid", is_imported=True)
    office.rows[imported] = TicketRow(imported, facts)
    device = GateDevice(tmp_path, office)
    await device.publish()
    for guess in range(10):
        said = await device.lane.scan(Scan(f"FEST{guess:011d}", is_manual=True))
        assert (said.verdict, said.reason) == ("deny", "unknown_ticket")

    guarded = await device.lane.scan(Scan(code, is_manual=True))
    assert (guarded.reason, guarded.ticket_id) == ("supervisor", None)
    assert (await device.lane.scan(Scan("FEST00000000011"))).reason == "unknown_ticket"
    device.clock.advance(MINUTE)
    assert (await device.lane.scan(Scan(code, is_manual=True))).reason == "ok"
    assert (await device.lane.scan(Scan(code))).reason == "already_used"


async def test_a_supervisor_may_let_in_who_is_held_up_by_others_guesses(tmp_path: Path) -> None:
    """Their word counts as it does for a manual code: it is recorded without a ticket."""
    office = TicketOffice()
    office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    for guess in range(10):
        await device.lane.scan(Scan(f"FEST{guess:011d}", is_manual=True))
    said = await device.lane.scan(Scan("FEST00000000010", is_manual=True))
    scan = Scan("FEST00000000010", is_manual=True, claim_id=said.claim_id)
    answer = device.lane.override(Override(scan, "other", "pe_1"))
    assert (answer.verdict, answer.ticket_id) == ("admit", None)


async def test_the_gate_knows_whether_tickets_were_imported(tmp_path: Path) -> None:
    """By the manifest, and by what the feed has brought since."""
    office = TicketOffice()
    office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    event = device.knowledge.event
    assert event is not None
    assert not event.has_foreign_codes
    facts = TicketClass(ticket_type_code=1, state="paid", is_imported=True)
    with device.store.transaction("feed"):
        device.store.changes.put(TicketRow(TicketId(7), facts), event.event_id, 1, 9)
        feed = device.store.feeds.get(event.event_id)
        device.store.feeds.put(event.event_id, msgspec.structs.replace(feed, cursor=9))
    assert event.has_foreign_codes


async def test_lane_takes_a_callers_time_where_the_profile_allows(tmp_path: Path) -> None:
    """A rehearsal may say what time it is, marked in the journal; a live gate may not."""
    office = TicketOffice()
    digits = office.sell(valid_from=STARTS, valid_until=STARTS + HOUR)
    device = GateDevice(tmp_path / "a", office)
    await device.publish()

    assert (await device.lane.scan(Scan(digits, at=STARTS - HOUR))).reason == "not_yet_valid"
    assert (await device.lane.scan(Scan(digits, at=STARTS + 2 * HOUR))).reason == "expired"
    assert (await device.lane.scan(Scan(digits, at=STARTS))).reason == "ok"
    assert all(scan.time_given for scan in scans_of(device))
    live = GateDevice(tmp_path / "b", office, takes_given_times=False)
    await live.publish()
    with pytest.raises(BadInput, match="test and rehearsal"):
        await live.lane.scan(Scan(digits, at=STARTS))


async def test_lane_counts_the_way_out_and_lets_the_holder_back_in(tmp_path: Path) -> None:
    """Out and in again is a re-entry where the zone allows it."""
    office = TicketOffice(config=make_config(zones=(ZoneConfig(id=ZONE, name="Hall"),)))
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()

    reasons = [
        (await device.lane.scan(Scan(digits, direction=way))).reason for way in ("in", "out", "in")
    ]
    assert reasons == ["ok", "exit", "reentry"]


@pytest.mark.parametrize(
    ("policy", "verdict", "reason"),
    [
        ("open", "admit", "ok"),
        ("supervisor", "refer", "supervisor"),
        ("closed", "deny", "offline_policy"),
        ("home", "deny", "offline_policy"),
    ],
)
async def test_lane_alone_follows_the_offline_policy(
    tmp_path: Path, policy: str, verdict: str, reason: str
) -> None:
    """Each policy has its own answer when nobody can be asked."""
    office = TicketOffice(config=make_config(offline_policy=policy))
    digits = office.sell(home_device_id="dv_south")
    device = GateDevice(tmp_path, office)
    await device.publish()

    answer = await device.lane.scan(Scan(digits))
    assert (answer.verdict, answer.reason) == (verdict, reason)


async def test_lane_admits_at_home_under_the_policy_home(tmp_path: Path) -> None:
    """The home device admits on its own journal alone, once, when it has heard who is inside."""
    office = TicketOffice(config=make_config(offline_policy="home"))
    digits = office.sell(home_device_id="dv_north")
    device = GateDevice(tmp_path, office)
    await device.publish()
    assert (await device.lane.scan(Scan(digits))).reason == "offline_policy"

    feeds = device.store.feeds
    heard = msgspec.structs.replace(feeds.get(EVENT), knowledge_at=device.clock.wall())
    with device.store.transaction("feed"):
        feeds.put(EVENT, heard)
    assert (await device.lane.scan(Scan(digits))).reason == "ok"
    assert (await device.lane.scan(Scan(digits))).reason == "already_used"


async def test_lane_sends_scans_to_a_person_when_its_knowledge_is_too_old(tmp_path: Path) -> None:
    """Beyond the organizer's bound nobody passes without a supervisor."""
    office = TicketOffice()
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    device.clock.advance(30 * HOUR)

    answer = await device.lane.scan(Scan(digits))
    assert (answer.verdict, answer.reason) == ("refer", "stale_manifest")


async def test_lane_without_a_manifest_refers_and_records(tmp_path: Path) -> None:
    """A gate that knows nothing yet says so instead of failing."""
    device = GateDevice(tmp_path, TicketOffice())

    answer = await device.lane.scan(Scan("1" * 200))
    assert (answer.verdict, answer.reason) == ("refer", "stale_manifest")
    assert scans_of(device)[-1].reason == "stale_manifest"


async def test_lane_undoes_an_admission_once(tmp_path: Path) -> None:
    """An undone admission does not count any more, and cannot be undone twice."""
    office = TicketOffice()
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    answer = await device.lane.scan(Scan(digits))

    undo(Undo(answer.claim_id, "mistake", "pe_1"), device.store, device.recorder)
    with pytest.raises(BadInput, match="already"):
        undo(Undo(answer.claim_id, "mistake", "pe_1"), device.store, device.recorder)
    assert (await device.lane.scan(Scan(digits))).reason == "ok"


async def test_whose_exit_is_taken_back_is_inside_still(tmp_path: Path) -> None:
    """Else a copy of the code came in, as the re-entry of somebody who never left."""
    office = TicketOffice(config=make_config(zones=(ZoneConfig(id=ZONE, name="Hall"),)))
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    await device.lane.scan(Scan(digits))
    gone = await device.lane.scan(Scan(digits, direction="out"))
    assert gone.reason == "exit"
    undo(Undo(gone.claim_id, "did_not_pass"), device.store, device.recorder)
    assert (await device.lane.scan(Scan(digits))).reason == "already_used"
    assert (await device.lane.scan(Scan(digits, direction="out"))).reason == "exit"
    assert (await device.lane.scan(Scan(digits))).reason == "reentry"


async def test_nobody_passes_under_an_id_that_was_taken_back(tmp_path: Path) -> None:
    """A retry is answered as its first try; after an undo a scan is a new one."""
    office = TicketOffice()
    device = GateDevice(tmp_path, office)
    digits = office.sell()
    await device.publish()
    first = await device.lane.scan(Scan(digits))
    undo(Undo(first.claim_id, "mistake", "pe_1"), device.store, device.recorder)

    again = await device.lane.scan(Scan(digits, claim_id=first.claim_id))
    assert (again.reason, again.claim_id == first.claim_id) == ("ok", False)
    assert (await device.lane.scan(Scan(digits))).reason == "already_used"


async def test_lane_remembers_uses_across_restarts(tmp_path: Path) -> None:
    """What was admitted stays admitted after the program starts anew, in a new boot."""
    office = TicketOffice()
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    await device.lane.scan(Scan(digits))
    device.restart()

    assert (await device.lane.scan(Scan(digits))).reason == "already_used"
    journal = device.store.journal
    report = verify_journal(
        journal.read, journal.boots, DeviceId("dv_north"), device.key.public_key
    )
    assert (report.boots, report.problems) == (2, ())


async def test_lane_refuses_impossible_counts(tmp_path: Path) -> None:
    """A count below one is the caller's mistake, not a scan."""
    device = GateDevice(tmp_path, TicketOffice())
    with pytest.raises(BadInput, match="count"):
        await device.lane.scan(Scan("1", count=0))


async def test_lane_answers_the_same_claim_the_same_way(tmp_path: Path) -> None:
    """A scan that is asked again under its id is a repeat and records nothing."""
    office = TicketOffice()
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    first = await device.lane.scan(Scan(digits))
    again = await device.lane.scan(Scan(digits, claim_id=first.claim_id))

    assert again.is_repeat
    assert (again.verdict, again.seq) == ("admit", first.seq)
    assert len(scans_of(device)) == 1


async def test_lane_notes_a_clock_that_jumps_and_keeps_time(tmp_path: Path) -> None:
    """A wall clock set by a day moves no validity window; the jump is on record."""
    office = TicketOffice()
    digits = office.sell(valid_until=STARTS + HOUR)
    device = GateDevice(tmp_path, office)
    await device.publish()
    device.clock.step_wall(26 * HOUR)

    answer = await device.lane.scan(Scan(digits))
    assert answer.reason == "ok"
    journal = device.store.journal
    kinds = [decode_entry(s.entry).kind for _, s in journal.read(1, journal.last_seq)]
    assert kinds == ["boot", "note", "scan"]


async def test_lane_lets_a_holder_back_in_once_though_its_clock_was_set_back(
    tmp_path: Path,
) -> None:
    """An exit by a clock that was fast is no later than the way in after the next start."""
    office = TicketOffice(config=make_config(zones=(ZoneConfig(id=ZONE, name="Hall"),)))
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    device.clock.advance(HOUR)
    await device.lane.scan(Scan(digits))
    assert (await device.lane.scan(Scan(digits, direction="out"))).reason == "exit"
    device.clock.step_wall(-HOUR // 2)
    device.restart()

    assert (await device.lane.scan(Scan(digits))).reason == "reentry"
    device.clock.advance(SECOND)
    assert (await device.lane.scan(Scan(digits))).reason == "already_used"
    assert (await device.lane.scan(Scan(digits, direction="out"))).reason == "exit"
    assert (await device.lane.scan(Scan(digits))).reason == "reentry"
