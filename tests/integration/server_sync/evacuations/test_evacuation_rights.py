"""Who may say what of an evacuation: a stop anybody, a return nobody without a badge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.journal.entry import EvacuationBody
from shared.kernel.id_types import EvacuationId
from shared.kernel.instant import MINUTE
from shared.wire.feed import EvacuationNotice, Use
from tests.factories.evacuations import NAME, Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.wired_gates import open_gate

TURNED_AWAY = {"already_used", "rules_denied"}
"""A stop counts whoever says it: then nobody is let in, on whatever ticket."""


async def fill(office: LedgerOffice, gate: GateDevice, tickets: int = 3) -> None:
    """Let holders in; each ticket is used then."""
    for code in office.codes[:tickets]:
        assert (await office.claimed(gate, code))["verdict"] == "admit"
    office.office.clock.advance(MINUTE)


async def upload(office: LedgerOffice, gate: GateDevice, *bodies: EvacuationBody) -> None:
    for body in bodies:
        gate.journal.add(body, office.event_id, office.now)
    await office.exchanged(gate, gate.journal.entries)
    office.office.clock.advance(MINUTE)


async def again(office: LedgerOffice, gate: GateDevice, tickets: int = 3) -> set[str]:
    """Show the tickets once more; returns the reasons."""
    return {(await office.claimed(gate, code))["reason"] for code in office.codes[:tickets]}


async def kinds(office: LedgerOffice) -> list[str]:
    return [one["kind"] for one in await office.conflicts()]


async def exits(office: LedgerOffice, gate: GateDevice) -> list[Use]:
    feed = await office.read_feed(gate)
    return [item for item in feed if isinstance(item, Use) and item.direction == "out"]


@pytest.mark.either_database
@pytest.mark.parametrize("role", ["till", "gate", "both"])
async def test_a_device_without_a_badge_opens_no_used_ticket(
    ledger_office: LedgerOffice, role: str
) -> None:
    """A stolen key writes any supervisor's name: stop and return stand, the return is named."""
    honest, rogue = await ledger_office.enrol(0), await ledger_office.enrol(0, role=role)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, honest)
    unsigned = [
        msgspec.structs.replace(jo.word(rogue, phase), signature=b"")
        for phase in ("stop", "return")
    ]
    await upload(ledger_office, rogue, *unsigned)
    assert await again(ledger_office, honest) <= TURNED_AWAY
    assert await exits(ledger_office, honest) == []
    assert await kinds(ledger_office) == ["evacuation_unproven"]


@pytest.mark.either_database
async def test_a_signature_serves_its_own_word_only(ledger_office: LedgerOffice) -> None:
    """Copied from another device's journal, or put under another evacuation, it is none."""
    honest, rogue = await ledger_office.enrol(0), await ledger_office.enrol(0)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, honest)
    good = jo.word(honest, "return")
    await upload(
        ledger_office,
        rogue,
        jo.word(rogue, "stop"),
        good,
        jo.word(rogue, "stop", name=EvacuationId("cd" * 16)),
        msgspec.structs.replace(jo.word(rogue, "return"), evacuation_id="cd" * 16),
    )
    assert await again(ledger_office, honest) <= TURNED_AWAY
    assert await kinds(ledger_office) == ["evacuation_unproven"] * 2


@pytest.mark.either_database
async def test_a_return_of_another_zone_is_kept_and_named(ledger_office: LedgerOffice) -> None:
    """A gate's word empties the zone that it leads into, and no other."""
    path = f"{ledger_office.path}/zones"
    office, owner = ledger_office.office, ledger_office.owner
    zone = await office.ok("POST", path, owner, json={"name": "Backstage"})
    body = {"name": "Stage door", "zone_id": zone["id"]}
    gate = await office.ok("POST", f"{ledger_office.path}/gates", owner, json=body)
    ledger_office.gates.append(gate["id"])
    honest, rogue = await ledger_office.enrol(0), await ledger_office.enrol(-1)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, honest)
    await upload(ledger_office, rogue, jo.word(rogue, "stop"), jo.word(rogue, "return"))
    assert await again(ledger_office, honest) <= TURNED_AWAY
    assert await kinds(ledger_office) == ["evacuation_unproven"]


@pytest.mark.either_database
async def test_a_return_waits_for_its_stop(ledger_office: LedgerOffice) -> None:
    """The gate that stopped entry is heard last: the return counts as of when it was said."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(0)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, north)
    stop = jo.word(north, "stop")
    ledger_office.office.clock.advance(MINUTE)
    said_at = ledger_office.now
    await upload(ledger_office, south, jo.word(south, "return"))
    assert await again(ledger_office, north) == {"already_used"}
    assert await kinds(ledger_office) == []
    await upload(ledger_office, north, stop)
    assert {one.at for one in await exits(ledger_office, north)} == {said_at}
    assert await again(ledger_office, north) == {"reentry"}
    assert await again(ledger_office, north) == {"already_used"}
    assert await kinds(ledger_office) == []


@pytest.mark.either_database
async def test_who_is_a_supervisor_no_more_lets_nobody_return(
    ledger_office: LedgerOffice,
) -> None:
    """What was said before the removal counts, however late it comes; nothing said after does."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(0)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, north)
    in_time = [jo.word(south, "stop"), jo.word(south, "return")]
    for body in in_time:
        south.journal.add(body, ledger_office.event_id, ledger_office.now)
    ledger_office.office.clock.advance(MINUTE)
    await jo.dismiss()
    ledger_office.office.clock.advance(MINUTE)
    late = [jo.word(north, phase, name=EvacuationId("cd" * 16)) for phase in ("stop", "return")]
    await upload(ledger_office, north, *late)
    assert await again(ledger_office, north) <= TURNED_AWAY
    assert await kinds(ledger_office) == ["evacuation_unproven"]
    assert await exits(ledger_office, north) == []
    await ledger_office.exchanged(south, south.journal.entries)
    assert len(await exits(ledger_office, north)) == 3


@pytest.mark.either_database
async def test_what_a_badge_has_signed_counts_after_another_was_drawn(
    ledger_office: LedgerOffice,
) -> None:
    """By the badge of that instant, however late it comes; what it signs afterwards does not."""
    office = ledger_office
    north, south = await office.enrol(0), await office.enrol(0)
    jo = await Chief.appoint(office)
    await fill(office, north)
    for body in (jo.word(south, "stop"), jo.word(south, "return")):
        south.journal.add(body, office.event_id, office.now)
    office.office.clock.advance(MINUTE)
    new = await (await jo.take_another_badge()).take_another_badge()
    office.office.clock.advance(MINUTE)
    late = [jo.word(north, phase, name=EvacuationId("cd" * 16)) for phase in ("stop", "return")]
    await upload(office, north, *late)
    assert await kinds(office) == ["evacuation_unproven"]
    assert await exits(office, north) == []
    await office.exchanged(south, south.journal.entries)
    assert len(await exits(office, north)) == 3
    present = [
        new.word(north, phase, name=EvacuationId("ef" * 16)) for phase in ("stop", "return")
    ]
    await upload(office, north, *present)
    assert await kinds(office) == ["evacuation_unproven"], "the new badge signs"


@pytest.mark.either_database
async def test_what_a_withdrawn_badge_has_signed_waits_for_the_organizer(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever has a copy signs for any instant; the next badge does not bring it back."""
    office = ledger_office
    north, south = await office.enrol(0), await office.enrol(0)
    jo = await Chief.appoint(office)
    await fill(office, north)
    for body in (jo.word(south, "stop"), jo.word(south, "return")):
        south.journal.add(body, office.event_id, office.now)
    office.office.clock.advance(MINUTE)
    await jo.lose_the_badge()
    await jo.take_another_badge()
    await office.exchanged(south, south.journal.entries)
    assert await kinds(office) == ["evacuation_unproven"]
    assert await exits(office, north) == []


@pytest.mark.either_database
async def test_a_stop_counts_from_any_device_and_ends_by_a_badge_only(
    ledger_office: LedgerOffice,
) -> None:
    """Entry stops whoever says so; what would let people in again wants more than a key."""
    north, till = await ledger_office.enrol(0), await ledger_office.enrol(1, role="till")
    jo = await Chief.appoint(ledger_office)
    stop = msgspec.structs.replace(jo.word(till, "stop"), signature=b"", person="")
    over = msgspec.structs.replace(jo.word(till, "over"), signature=b"")
    await upload(ledger_office, till, stop, over)

    async def told() -> list[str]:
        feed = await ledger_office.read_feed(north)
        return [item.phase for item in feed if isinstance(item, EvacuationNotice)]

    assert await told() == ["stop"]
    await upload(ledger_office, north, jo.word(north, "over"))
    assert await told() == ["stop", "over"]


@pytest.mark.either_database
async def test_a_stop_with_a_time_of_return_sends_nobody_out(
    ledger_office: LedgerOffice,
) -> None:
    """Gates take everybody for outside from `emptied_at` on: only a return may say it."""
    north, rogue = await ledger_office.enrol(0), await ledger_office.enrol(0)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, north)
    stop = jo.word(rogue, "stop", emptied=ledger_office.now)
    await upload(ledger_office, rogue, stop)
    feed = await ledger_office.read_feed(north)
    told = [item for item in feed if isinstance(item, EvacuationNotice)]
    assert [(one.phase, one.emptied_at) for one in told] == [("stop", None)]


async def rule(office: LedgerOffice, ruling: str, **more: Any) -> Any:
    body = {"evacuation_id": NAME, "zone_id": office.zone_id, "ruling": ruling} | more
    return await office.office.ok(
        "POST", f"{office.path}/evacuations/rulings", office.owner, json=body
    )


@pytest.mark.either_database
async def test_the_organizer_takes_a_return_back(ledger_office: LedgerOffice) -> None:
    """The tickets are used again, gates hear of it, and who came back meanwhile is named."""
    north = await ledger_office.enrol(0)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, north)
    await upload(ledger_office, north, jo.word(north, "stop"), jo.word(north, "return"))
    assert (await ledger_office.claimed(north, ledger_office.codes[0]))["reason"] == "reentry"
    ledger_office.office.clock.advance(MINUTE)

    answer = await rule(ledger_office, "annul")

    assert {one["standing"] for one in answer if one["phase"] == "over"} == {"annulled"}
    assert await again(ledger_office, north) == {"already_used"}
    assert await kinds(ledger_office) == ["double_use"]
    feed = await ledger_office.read_feed(north)
    told = [item for item in feed if isinstance(item, EvacuationNotice)]
    assert (told[-1].phase, told[-1].annulled, told[-1].emptied_at) == ("over", True, None)
    # No gate brings it back.
    await upload(ledger_office, north, jo.word(north, "stop"), jo.word(north, "return"))
    assert await again(ledger_office, north) == {"already_used"}
    assert sorted(set(await kinds(ledger_office))) == ["double_use", "evacuation_unproven"]
    path = f"{ledger_office.path}/evacuations"
    listed = await ledger_office.office.ok("GET", path, ledger_office.owner)
    (ruled,) = [one for one in listed if one["device_id"] is None]
    assert (ruled["standing"], ruled["person"]) == ("annulled", ledger_office.owner.user_id)


async def test_the_organizer_confirms_what_no_badge_has_signed(
    ledger_office: LedgerOffice,
) -> None:
    """A badge of before signs nothing: its return counts once the organizer has said so."""
    north = await ledger_office.enrol(0)
    jo = await Chief.appoint(ledger_office)
    await fill(ledger_office, north)
    unsigned = [
        msgspec.structs.replace(jo.word(north, phase), signature=b"")
        for phase in ("stop", "return")
    ]
    await upload(ledger_office, north, *unsigned)
    assert await again(ledger_office, north) <= TURNED_AWAY
    await rule(ledger_office, "confirm", device_id=north.id, phase="return")
    ledger_office.office.clock.advance(MINUTE)
    assert await again(ledger_office, north) == {"reentry"}
    assert await again(ledger_office, north) == {"already_used"}


@pytest.mark.either_database
async def test_what_nobody_has_said_cannot_be_ruled_on(ledger_office: LedgerOffice) -> None:
    """An evacuation that is not known is not found."""
    body = {"evacuation_id": NAME, "zone_id": ledger_office.zone_id, "ruling": "annul"}
    path = f"{ledger_office.path}/evacuations/rulings"
    answer = await ledger_office.office.call("POST", path, ledger_office.owner, json=body)
    assert answer.status_code == 404


@pytest.mark.either_database
async def test_an_unsigned_return_holds_at_its_own_gate_while_that_is_cut_off(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Connected, the ledger lets nobody in before the organizer confirms the word."""
    office = ledger_office
    north = await open_gate(office, tmp_path, 0)
    inside, outside, later = office.codes[:3]
    await north.sync()
    assert (await north.scan(inside)).reason == "ok"
    for say in (north.session.evacuation.begin, north.session.evacuation.start_return):
        office.office.clock.advance(MINUTE)
        say("sv_0123456789ab")
        await north.sync()
    office.office.clock.advance(MINUTE)
    answer = await north.scan(inside)
    assert (answer.verdict, answer.stop, answer.mode) == ("deny", "evacuation", "online")
    assert await kinds(office) == ["evacuation_unproven"]
    await north.cut()
    assert [(await north.scan(code)).reason for code in (inside, outside)] == ["reentry", "ok"]
    listed = await office.office.ok("GET", f"{office.path}/evacuations", office.owner)
    (kept,) = [one for one in listed if one["standing"] == "kept"]
    word = ("evacuation_id", "zone_id", "device_id", "phase")
    ruling = {"ruling": "confirm"} | {name: kept[name] for name in word}
    await office.office.ok("POST", f"{office.path}/evacuations/rulings", office.owner, json=ruling)
    await north.mend()
    assert (await north.scan(later)).reason == "ok"
    assert await kinds(office) == ["evacuation_unproven"], "who came back by it is no double use"
    await north.session.close()
