"""A gate that is cut off evacuates, lets its holders return once, and goes on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.evacuating import ZoneEvacuation
from gatekeeper.gate.requests import Evacuate, Override, Scan
from gatekeeper.sync.applying_feed_pages import apply_page
from shared.admission.facts import Direction
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import EvacuationBody, ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, DeviceId, EvacuationId, EventId, TicketId, ZoneId
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.manifest.event_config import ZoneConfig
from shared.manifest.signed_document import DocumentKind
from shared.wire.feed import (
    EvacuationNotice,
    FeedItem,
    FeedPage,
    ItemBody,
    Use,
    encode_item_body,
)
from tests.factories.gate_device import GateDevice, open_device
from tests.factories.gate_event import GROUP, NORTH, SOUTH, ZONE, TicketOffice, make_config

PERSON = "sv_0123456789ab"
ONCE = make_config(zones=(ZoneConfig(id=ZONE, name="Hall", reentry_after_exit=False),))


def desk_of(device: GateDevice) -> ZoneEvacuation:
    return ZoneEvacuation(device.lane, device.store, device.recorder, device.entropy)


def hear(device: GateDevice, office: TicketOffice, number: int, told: ItemBody) -> None:
    """Apply a page of the feed with one item."""
    kind, body = encode_item_body(told)
    page = FeedPage(
        v=1,
        event_id=EventId("ev_test"),
        epoch=1,
        after=number - 1,
        items=(FeedItem(number, kind, body),),
        head=number,
        manifest_sequence=1,
    )
    document = office.signer.sign(DocumentKind.FEED, page, Instant(1))
    with device.store.transaction("page"):
        state = device.knowledge.state
        apply_page(device.store, EventId("ev_test"), state, page, document, lambda _: None)


async def test_entry_stops_at_once_and_the_journal_says_by_whom(tmp_path: Path) -> None:
    """A good ticket is not let in, not even on a supervisor's word; the reason is on record."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)

    desk_of(device).begin(PERSON)
    answer = await device.lane.scan(Scan(digits))

    assert (answer.verdict, answer.reason, answer.stop) == ("deny", "rules_denied", "evacuation")
    with pytest.raises(BadInput, match="evacuation"):
        device.lane.override(Override(Scan(digits), "organizer", PERSON))
    journal = device.store.journal
    *_, said, scan = [
        decode_body(decode_entry(one.entry)) for _, one in journal.read(1, journal.last_seq)
    ]
    assert isinstance(said, EvacuationBody)
    assert (said.phase, said.zone_id, said.person) == ("stop", ZONE, PERSON)
    assert isinstance(scan, ScanBody)
    assert (scan.verdict, scan.why) == ("deny", "evacuation")


async def test_whoever_leaves_amid_it_is_not_told_that_nobody_is_let_in(tmp_path: Path) -> None:
    """Their screen says goodbye: "No entry, keep the way free" stood before who hurried out."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    assert (await device.lane.scan(Scan(digits))).reason == "ok"

    desk_of(device).begin(PERSON)
    out = await device.lane.scan(Scan(digits, direction="out"))
    back = await device.lane.scan(Scan(digits))

    assert (out.verdict, out.reason, out.stop) == ("admit", "exit", "")
    assert (back.reason, back.stop) == ("rules_denied", "evacuation")


async def test_the_ledger_ends_what_a_neighbour_began_and_nobody_begins_it_again(
    tmp_path: Path,
) -> None:
    """The neighbour's journal comes once more, behind the ledger's word; its return does too."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    stop = EvacuationNotice(
        evacuation_id=EvacuationId("ee" * 16),
        zone_id=ZONE,
        phase="stop",
        gate_id=SOUTH,
        begun_at=device.clock.wall(),
    )
    now = Instant(device.clock.wall() + MINUTE)
    back = msgspec.structs.replace(stop, phase="return", emptied_at=now)
    heard = device.store.uses.evacuations

    def hear_neighbour(number: int, notice: EvacuationNotice) -> None:
        with device.store.transaction("lan"):
            heard.hear_peer(EventId("ev_test"), DeviceId(f"dv_{number}"), notice)

    hear_neighbour(1, stop)
    assert (await device.lane.scan(Scan(digits))).stop == "evacuation"
    hear(device, office, 1, msgspec.structs.replace(stop, phase="over"))
    for number, late in ((1, stop), (2, stop), (3, back)):
        hear_neighbour(number, late)
        assert desk_of(device).current() is None
    assert (await device.lane.scan(Scan(digits))).reason == "ok"


async def test_it_holds_after_a_restart(tmp_path: Path) -> None:
    """Power fails in the middle of it: the gate comes back with its entry stopped."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    desk_of(device).begin(PERSON)
    device.restart()
    assert (await device.lane.scan(Scan(digits))).stop == "evacuation"
    current = desk_of(device).current()
    assert current is not None
    assert (current.phase, current.gate_id) == ("stop", NORTH)


@pytest.mark.parametrize("config", [make_config(), ONCE], ids=["re-entry", "once only"])
async def test_who_was_inside_returns_once(tmp_path: Path, config: object) -> None:
    """Whatever the zone says of coming back: once, as `reentry`; then the code is used."""
    office = TicketOffice(config=make_config(zones=config.zones))  # type: ignore[attr-defined] # EventConfig
    inside, group, outside = office.sell(), office.sell(GROUP), office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(inside))
    await device.lane.scan(Scan(group, count=3))
    device.clock.advance(MINUTE)
    desk = desk_of(device)
    desk.begin(PERSON)
    device.clock.advance(MINUTE)
    desk.start_return(PERSON)
    device.clock.advance(MINUTE)

    first, second = await device.lane.scan(Scan(inside)), await device.lane.scan(Scan(inside))
    assert (first.verdict, first.reason) == ("admit", "reentry")
    assert second.reason == "already_used"
    assert (await device.lane.scan(Scan(group, count=3))).reason == "reentry"
    assert (await device.lane.scan(Scan(group, count=3))).reason == "already_used"
    assert (await device.lane.scan(Scan(outside))).reason == "ok"
    desk.end(PERSON)
    assert desk.current() is None
    assert (await device.lane.scan(Scan(inside))).reason == "already_used"


async def test_a_false_alarm_gives_nobody_a_second_entry(tmp_path: Path) -> None:
    """Ended without a return, everything is as before."""
    office = TicketOffice(config=ONCE)
    digits, fresh = office.sell(), office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits))
    desk = desk_of(device)
    desk.begin(PERSON)
    desk.begin(PERSON)  # pressed twice: one end is enough
    desk.end(PERSON)
    assert (await device.lane.scan(Scan(digits))).reason == "already_used"
    assert (await device.lane.scan(Scan(fresh))).reason == "ok"
    with pytest.raises(BadInput, match="in that phase"):
        desk.start_return(PERSON)


async def test_a_stop_is_never_refused_and_outlives_the_false_alarm_of_another(
    tmp_path: Path,
) -> None:
    """Fire, a moment after somebody else pressed by mistake: their end reopens no door."""
    office = TicketOffice(config=ONCE)
    digits = office.sell()
    device = await open_device(tmp_path, office)
    desk = desk_of(device)
    other = EvacuationNotice(
        evacuation_id=EvacuationId("ab" * 16),
        zone_id=ZONE,
        phase="stop",
        gate_id=SOUTH,
        begun_at=device.clock.wall(),
    )
    hear(device, office, 1, other)
    desk.begin(PERSON)
    hear(device, office, 2, msgspec.structs.replace(other, phase="over"))
    assert (await device.lane.scan(Scan(digits))).stop == "evacuation"
    desk.end(PERSON)
    assert (await device.lane.scan(Scan(digits))).reason == "ok"


async def test_the_end_of_one_evacuation_ends_no_other_that_has_begun_since(
    tmp_path: Path,
) -> None:
    """Asked whether the return is over, and meant when another gate has seen smoke: it holds."""
    office = TicketOffice(config=ONCE)
    digits = office.sell()
    device = await open_device(tmp_path, office)
    desk = desk_of(device)
    desk.begin(PERSON)
    desk.start_return(PERSON)
    shown = desk.current()
    assert shown is not None
    smoke = EvacuationNotice(
        evacuation_id=EvacuationId("ab" * 16),
        zone_id=ZONE,
        phase="stop",
        gate_id=SOUTH,
        begun_at=device.clock.wall(),
    )
    hear(device, office, 1, smoke)
    desk.do(Evacuate("over", PERSON, shown.evacuation_id))
    assert (await device.lane.scan(Scan(digits))).stop == "evacuation"
    assert desk.current() == smoke
    with pytest.raises(BadInput, match="in that phase"):
        desk.do(Evacuate("over", PERSON, shown.evacuation_id))


async def test_nobody_is_kept_in(tmp_path: Path) -> None:
    """Where nobody leaves who was not seen coming, everybody leaves now."""
    strict = (ZoneConfig(id=ZONE, name="Hall", strict_anti_passback=True),)
    office = TicketOffice(config=make_config(zones=strict))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    assert (await device.lane.scan(Scan(digits, direction=Direction.OUT))).reason == "not_inside"
    desk_of(device).begin(PERSON)
    answer = await device.lane.scan(Scan(digits, direction=Direction.OUT))
    assert (answer.verdict, answer.reason) == ("admit", "exit")


async def test_another_gates_word_stops_this_one_by_the_feed(tmp_path: Path) -> None:
    """The ledger tells the zone's gates; a zone that is not concerned goes on."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    told = [
        EvacuationNotice(
            evacuation_id=EvacuationId("cc" * 16),
            zone_id=ZoneId("zn_other"),
            phase="stop",
            gate_id=SOUTH,
            begun_at=device.clock.wall(),
        ),
        EvacuationNotice(
            evacuation_id=EvacuationId("aa" * 16),
            zone_id=ZONE,
            phase="stop",
            gate_id=SOUTH,
            begun_at=device.clock.wall(),
        ),
    ]
    assert (await device.lane.scan(Scan(digits))).verdict == "admit"
    for number, notice in enumerate(told, 1):
        hear(device, office, number, notice)
        desk = desk_of(device)
        assert (desk.current() is None) == (number == 1)


async def test_the_list_says_who_entered_and_which_gates_were_not_heard(tmp_path: Path) -> None:
    """No exit recorded is not inside: the list names its age and the silent gates."""
    office = TicketOffice()
    inside, gone = office.sell(), office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(inside))
    await device.lane.scan(Scan(gone))
    await device.lane.scan(Scan(gone, direction=Direction.OUT))

    found = desk_of(device).list_inside()
    assert (found.zone, found.persons, len(found.tickets)) == ("Hall", 1, 1)
    assert found.tickets[0].gate == "North"
    assert [(one.gate, one.heard_at) for one in found.silent] == [("South", None)]

    desk = desk_of(device)
    desk.begin(PERSON)
    device.clock.advance(MINUTE)
    desk.start_return(PERSON)
    assert desk.list_inside().persons == 0


@pytest.mark.parametrize("config", [make_config(), ONCE], ids=["re-entry", "once only"])
async def test_who_is_scanned_out_while_leaving_returns_once(
    tmp_path: Path, config: object
) -> None:
    """Whoever walks out past the scanner comes back like those who ran."""
    office = TicketOffice(config=make_config(zones=config.zones))  # type: ignore[attr-defined] # EventConfig
    codes = [office.sell() for _ in range(4)]
    device = await open_device(tmp_path, office)
    for code in codes:
        assert (await device.lane.scan(Scan(code))).verdict == "admit"
    device.clock.advance(MINUTE)
    desk = desk_of(device)
    desk.begin(PERSON)
    device.clock.advance(MINUTE)
    for code in codes[:2]:
        assert (await device.lane.scan(Scan(code, direction="out"))).reason == "exit"
    device.clock.advance(MINUTE)
    desk.start_return(PERSON)
    device.clock.advance(MINUTE)

    assert [(await device.lane.scan(Scan(code))).reason for code in codes] == ["reentry"] * 4
    assert [(await device.lane.scan(Scan(code))).reason for code in codes] == ["already_used"] * 4


async def test_a_clock_that_is_set_back_in_a_return_lets_nobody_in_twice(tmp_path: Path) -> None:
    """Whoever came back stays the one who came back, whatever the clock says then."""
    office = TicketOffice()
    code = office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(code))
    device.clock.advance(MINUTE)
    desk = desk_of(device)
    desk.begin(PERSON)
    desk.start_return(PERSON)
    device.clock.step_wall(-30 * MINUTE)
    reasons = [(await device.lane.scan(Scan(code))).reason for _ in range(3)]
    assert reasons == ["reentry", "already_used", "already_used"]


@pytest.mark.parametrize("config", [make_config(), ONCE], ids=["re-entry", "once only"])
async def test_who_first_comes_after_the_return_is_inside_whatever_the_clock_says(
    tmp_path: Path, config: object
) -> None:
    """Nobody had let them in before: by a clock that was set back they had to leave, too."""
    office = TicketOffice(config=make_config(zones=config.zones))  # type: ignore[attr-defined] # EventConfig
    code = office.sell()
    device = await open_device(tmp_path, office)
    device.clock.advance(MINUTE)
    desk = desk_of(device)
    desk.begin(PERSON)
    desk.start_return(PERSON)
    device.clock.step_wall(-30 * MINUTE)
    reasons = [(await device.lane.scan(Scan(code))).reason for _ in range(3)]
    assert reasons == ["ok", "already_used", "already_used"]


@pytest.mark.parametrize("is_over", [False, True], ids=["during the return", "when it is over"])
async def test_who_came_back_stays_inside_when_the_ledger_moves_return_and_entry(
    tmp_path: Path, *, is_over: bool
) -> None:
    """Its clock was set back, and the gate has said the return by the former time.

    The ledger counts it as of when it came, and who came in afterwards behind that; by the gate's
    own time of the return they would have left by it, and have come back once more.
    """
    office = TicketOffice()
    code = office.sell()
    device = await open_device(tmp_path, office)
    device.clock.advance(MINUTE)
    desk = desk_of(device)
    desk.begin(PERSON)
    desk.start_return(PERSON)
    said = desk.current()
    assert said is not None
    assert said.emptied_at is not None
    assert (await device.lane.scan(Scan(code))).reason == "ok"
    (came,) = device.store.uses.list_all(EventId("ev_test"))
    if is_over:
        desk.end(PERSON)

    moved = Instant(said.emptied_at - 3 * MINUTE)
    told = EvacuationNotice(
        evacuation_id=said.evacuation_id,
        zone_id=ZONE,
        phase="return",
        gate_id=NORTH,
        begun_at=moved,
        emptied_at=moved,
    )
    entry = Use(
        claim_id=ClaimId(came.claim_id),
        ticket_id=TicketId(came.ticket_id),
        zone_id=ZONE,
        direction="in",
        at=Instant(moved + MINUTE),
        at_error=Duration(0),
        count=1,
        gate_id=came.gate_id,
        device_id=came.device_id,
        mode="offline",
        reason="ok",
    )
    hear(device, office, 1, told)
    hear(device, office, 2, entry)

    assert (await device.lane.scan(Scan(code))).reason == "already_used"
