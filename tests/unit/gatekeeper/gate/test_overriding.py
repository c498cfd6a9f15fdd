"""What people decide at a lane: overrides, refusals after a look, how many pass on one code."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.evacuating import ZoneEvacuation
from gatekeeper.gate.requests import Decline, Override, Scan
from gatekeeper.gate.staff_deeds import Supervision
from shared.admission.facts import Direction
from shared.credential.manual_code import format_manual_code
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Body, ReleaseBody, ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, TicketId, TicketTypeId
from shared.manifest.event_config import TicketTypeConfig, ZoneConfig
from tests.factories.gate_device import GateDevice, open_device
from tests.factories.gate_event import GROUP, NORTH, STANDARD, ZONE, TicketOffice, make_config

PERSON = "sv_0123456789ab"
PROOF = make_config(
    ticket_types=(
        TicketTypeConfig(id=TicketTypeId("tt_std"), code=STANDARD, name="Reduced", check_id=True),
        TicketTypeConfig(id=TicketTypeId("tt_grp"), code=GROUP, name="Group", persons=5),
    )
)


def bodies_of(device: GateDevice) -> list[Body | None]:
    """Return what the device's journal says, oldest first."""
    journal = device.store.journal
    return [
        decode_body(decode_entry(signed.entry)) for _, signed in journal.read(1, journal.last_seq)
    ]


def supervision(device: GateDevice) -> Supervision:
    """Return what people use at the device's lane."""
    lane, store, recorder = device.lane, device.store, device.recorder
    evacuations = ZoneEvacuation(lane, store, recorder, device.entropy)
    return Supervision(lane, store, recorder, evacuations, lambda: None)


async def test_a_seen_proof_goes_on_with_the_same_claim(tmp_path: Path) -> None:
    """The look is asked for first; the confirmed scan is one use under the first one's id."""
    office = TicketOffice(config=PROOF)
    digits = office.sell()
    device = await open_device(tmp_path, office)

    asked = await device.lane.scan(Scan(digits))
    seen = await device.lane.scan(Scan(digits, id_checked=True, claim_id=asked.claim_id))

    assert (asked.verdict, asked.reason) == ("refer", "check_id")
    assert (seen.verdict, seen.reason) == ("admit", "ok")
    assert seen.claim_id == asked.claim_id
    assert len(device.store.uses.list_all(EventId("ev_test"))) == 1


async def test_a_refused_look_is_on_record_and_its_claim_is_dead(tmp_path: Path) -> None:
    """Who showed no proof was not let in, says the journal; a later scan is a claim of its own."""
    office = TicketOffice(config=PROOF)
    digits = office.sell()
    device = await open_device(tmp_path, office)
    asked = await device.lane.scan(Scan(digits))
    ticket_id = next(iter(office.rows))

    supervision(device).do(Decline(asked.claim_id, asked.ticket_id, "proof_not_shown"))
    later = await device.lane.scan(Scan(digits, id_checked=True, claim_id=asked.claim_id))

    release = next(body for body in bodies_of(device) if isinstance(body, ReleaseBody))
    assert release == ReleaseBody(asked.claim_id, ticket_id, "proof_not_shown")
    assert later.verdict == "admit"
    assert later.claim_id != asked.claim_id


async def test_denied_counts_whom_nobody_let_in(tmp_path: Path) -> None:
    """A proof that was seen is an admission and no denial; one that was not shown is one."""
    office = TicketOffice(config=PROOF)
    shown, refused = office.sell(), office.sell()
    device = await open_device(tmp_path, office)

    def counts() -> tuple[int, int]:
        return device.store.counts.get(EventId("ev_test"), NORTH)

    asked = await device.lane.scan(Scan(shown))
    await device.lane.scan(Scan(shown, id_checked=True, claim_id=asked.claim_id))
    assert counts() == (1, 0)
    asked = await device.lane.scan(Scan(refused))
    supervision(device).do(Decline(asked.claim_id, asked.ticket_id, "proof_not_shown"))
    assert counts() == (1, 1)


async def test_who_was_admitted_cannot_be_declined(tmp_path: Path) -> None:
    """Taking an admission back is an undo, so that counts stay right."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    answer = await device.lane.scan(Scan(digits))
    with pytest.raises(BadInput, match="undo"):
        supervision(device).do(Decline(answer.claim_id, None, "mistake"))


async def test_an_override_admits_with_person_and_reason_on_record(tmp_path: Path) -> None:
    """A used ticket enters again on a supervisor's word; the entry names who and why."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits))
    denied = await device.lane.scan(Scan(digits))

    answer = device.lane.override(
        Override(Scan(digits, claim_id=denied.claim_id), "admitted_by_mistake", PERSON)
    )

    assert (answer.verdict, answer.reason, answer.claim_id) == (
        "admit",
        "override",
        denied.claim_id,
    )
    body = bodies_of(device)[-1]
    assert isinstance(body, ScanBody)
    assert (body.verdict, body.reason, body.person, body.why) == (
        "admit",
        "override",
        PERSON,
        "admitted_by_mistake",
    )
    assert device.store.counts.get(EventId("ev_test"), GateId("gt_north")) == (2, 1)


async def test_an_override_twice_under_one_claim_is_one_use(tmp_path: Path) -> None:
    """A second touch on the same button admits nobody more."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits))
    denied = await device.lane.scan(Scan(digits))
    for _ in range(2):
        device.lane.override(Override(Scan(digits, claim_id=denied.claim_id), "other", PERSON))
    assert len(device.store.uses.list_all(EventId("ev_test"))) == 2


@pytest.mark.parametrize("state", ["cancelled"])
async def test_what_is_withdrawn_cannot_be_overridden(tmp_path: Path, state: str) -> None:
    """A void that the device knows of is nobody's to admit."""
    office = TicketOffice()
    digits = office.sell(state=state)
    device = await open_device(tmp_path, office)
    with pytest.raises(BadInput, match="box office"):
        device.lane.override(Override(Scan(digits), "other", PERSON))


async def test_what_is_forged_or_no_ticket_cannot_be_overridden(tmp_path: Path) -> None:
    """A false signature, a loyalty card and an unknown code stay outside."""
    office = TicketOffice()
    digits = office.sell()
    device = await open_device(tmp_path, office)
    forged = digits[:-1] + ("1" if digits[-1] != "1" else "2")
    for text in (forged, "https://example.org", "4006381333931"):
        with pytest.raises(BadInput, match="never be admitted"):
            device.lane.override(Override(Scan(text), "other", PERSON))


async def test_an_older_generation_cannot_be_overridden(tmp_path: Path) -> None:
    """Whoever sold the ticket on does not come in on the old code."""
    office = TicketOffice()
    office.sell(generation=2)
    device = await open_device(tmp_path, office)
    old = office.digits(TicketId(next(iter(office.rows))), generation=1)
    with pytest.raises(BadInput, match="never be admitted"):
        device.lane.override(Override(Scan(old), "other", PERSON))


async def test_an_unknown_manual_code_may_enter_on_a_persons_word(tmp_path: Path) -> None:
    """Newer than this gate's list, says the supervisor: recorded without a ticket."""
    office = TicketOffice()
    office.sell()
    device = await open_device(tmp_path, office)
    code = format_manual_code(0x12_3456_789A)
    assert (await device.lane.scan(Scan(code, is_manual=True))).reason == "supervisor"

    answer = device.lane.override(
        Override(Scan(code, is_manual=True), "box_office_confirms", PERSON)
    )

    assert (answer.verdict, answer.ticket_id) == ("admit", None)
    body = bodies_of(device)[-1]
    assert isinstance(body, ScanBody)
    assert (body.ticket_id, body.person) == (None, PERSON)


async def test_a_code_for_several_says_how_many_may_pass(tmp_path: Path) -> None:
    """Before anything is decided the gate knows how many are left, on the way in and out."""
    office = TicketOffice()
    digits, single = office.sell(GROUP), office.sell()
    device = await open_device(tmp_path, office)

    before = supervision(device).outlook(Scan(digits))
    await device.lane.scan(Scan(digits, count=3))
    after = supervision(device).outlook(Scan(digits))
    device.lane.setting = msgspec.structs.replace(device.lane.setting, direction=Direction.OUT)
    out = supervision(device).outlook(Scan(digits))
    device.lane.setting = msgspec.structs.replace(device.lane.setting, direction=None)

    assert before is not None
    assert (before.most, before.direction, before.ticket_type) == (5, "in", "Group")
    assert after is not None
    assert after.most == 2
    assert out is not None
    assert (out.most, out.direction) == (3, "out")
    assert supervision(device).outlook(Scan(single)) is None
    assert len(bodies_of(device)) == 2  # the boot and the one scan


async def test_the_last_of_a_group_and_who_is_denied_are_asked_nothing(tmp_path: Path) -> None:
    """Where one is left or none there is no number to choose."""
    office = TicketOffice()
    digits, void = office.sell(GROUP), office.sell(GROUP, state="cancelled")
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits, count=4))
    assert supervision(device).outlook(Scan(digits)) is None
    await device.lane.scan(Scan(digits))
    assert supervision(device).outlook(Scan(digits)) is None
    assert supervision(device).outlook(Scan(void)) is None
    assert supervision(device).outlook(Scan("garbage")) is None


async def test_debt_may_be_acknowledged_only_where_the_zone_admits_it(tmp_path: Path) -> None:
    """The answer says whether staff may let in after telling of the debt."""
    office = TicketOffice()
    digits = office.sell(state="pending")
    strict = await open_device(tmp_path / "strict", office)
    denied = await strict.lane.scan(Scan(digits))
    assert (denied.reason, denied.may_acknowledge) == ("unpaid", False)

    zone = ZoneConfig(id=ZONE, name="Hall", admit_pending=True)
    office.config = msgspec.structs.replace(office.config, zones=(zone,))
    lenient = await open_device(tmp_path / "lenient", office)
    denied = await lenient.lane.scan(Scan(digits))
    assert (denied.reason, denied.may_acknowledge) == ("unpaid", True)
    told = await lenient.lane.scan(
        Scan(digits, pending_acknowledged=True, claim_id=denied.claim_id)
    )
    assert (told.verdict, told.claim_id) == ("admit", denied.claim_id)


async def test_who_was_told_of_the_debt_is_offered_the_way_out_at_an_arm(tmp_path: Path) -> None:
    """As everybody else there: before somebody has gone, nothing of it is on record."""
    zone = ZoneConfig(id=ZONE, name="Hall", admit_pending=True, reentry_after_exit=True)
    office = TicketOffice(config=make_config(zones=(zone,)))
    digits = office.sell(state="pending")
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits, pending_acknowledged=True))
    leaving = Scan(digits, direction="out", awaits_passage=True)
    assert supervision(device).offer_exit(leaving) is None
    told = msgspec.structs.replace(leaving, pending_acknowledged=True)
    offer = supervision(device).offer_exit(told)
    assert offer is not None
    assert (offer.reason, offer.is_offered) == ("exit", True)


async def test_an_override_goes_the_way_that_was_refused(tmp_path: Path) -> None:
    """Who was not let out at a gate for both ways is let out, and not in once more."""
    strict = (ZoneConfig(id=ZONE, name="Hall", strict_anti_passback=True),)
    office = TicketOffice(config=make_config(zones=strict))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    out = Scan(digits, direction=Direction.OUT)
    refused = await device.lane.scan(out)

    answer = device.lane.override(Override(out.after(refused), "left_without_scan", PERSON))

    assert (refused.reason, answer.reason) == ("not_inside", "override")
    assert (answer.direction, answer.claim_id) == ("out", refused.claim_id)
    body = bodies_of(device)[-1]
    assert isinstance(body, ScanBody)
    assert body.direction == "out"


async def test_whoever_was_let_in_on_a_ticket_gets_out(tmp_path: Path) -> None:
    """The second whom a supervisor let in on it is not held at the exit, and a third is."""
    strict = (ZoneConfig(id=ZONE, name="Hall", strict_anti_passback=True),)
    office = TicketOffice(config=make_config(zones=strict))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits))
    denied = await device.lane.scan(Scan(digits))
    device.lane.override(Override(Scan(digits).after(denied), "other", PERSON))

    out = [await device.lane.scan(Scan(digits, direction=Direction.OUT)) for _ in range(3)]

    assert [answer.reason for answer in out] == ["exit", "exit", "not_inside"]
