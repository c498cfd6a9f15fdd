"""Questions of a ticket type at a lane: asked on the first way in, on record with the entry."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.ending_last_run import restate
from gatekeeper.gate.requests import Decline, Override, Scan, Undo
from shared.admission.facts import Direction
from shared.journal.entry import ScanBody
from shared.kernel.id_types import ClaimId, TicketTypeId
from shared.manifest.door_questions import DoorAnswer, DoorQuestion
from shared.manifest.event_config import TicketTypeConfig
from shared.wire.claim import ClaimAnswer, ClaimRequest, tell_questions
from tests.factories.gate_device import GateDevice, open_device
from tests.factories.gate_event import GROUP, STANDARD, TicketOffice, make_config
from tests.unit.gatekeeper.gate.test_lane_connected import Venue
from tests.unit.gatekeeper.gate.test_overriding import bodies_of, supervision

BAGS = DoorQuestion("bags", "Any bags larger than A4?", ("No", "Yes"))
DRINK = DoorQuestion("drink", "Welcome drink?", ("Wine", "Juice", "None"))
SAID = (DoorAnswer("bags", 1), DoorAnswer("drink", 0))
KIND = TicketTypeConfig(
    id=TicketTypeId("tt_std"), code=STANDARD, name="Day", questions=(BAGS, DRINK)
)
GROUPS = TicketTypeConfig(
    id=TicketTypeId("tt_grp"), code=GROUP, name="Group", persons=5, questions=(BAGS,)
)
TYPES = (KIND, GROUPS)


def entries_of(device: GateDevice) -> list[ScanBody]:
    """Return the scans of the device's journal that let somebody pass, oldest first."""
    bodies = [one for one in bodies_of(device) if isinstance(one, ScanBody)]
    return [one for one in bodies if one.verdict == "admit"]


async def test_the_answers_stand_in_the_entry_of_the_passage(tmp_path: Path) -> None:
    """Nobody passes before the last answer; then one entry tells of the passage and of them."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell()
    device = await open_device(tmp_path, office)

    asked = await device.lane.scan(Scan(digits))
    assert (asked.verdict, asked.reason, asked.questions) == ("refer", "question", (BAGS, DRINK))
    half = Scan(digits, claim_id=asked.claim_id, answers=SAID[:1])
    again = await device.lane.scan(half)
    assert (again.reason, again.questions) == ("question", (DRINK,))
    assert entries_of(device) == []
    whole = msgspec.structs.replace(half, claim_id=again.claim_id, answers=SAID[::-1])
    admitted = await device.lane.scan(whole)

    assert (admitted.reason, admitted.claim_id) == ("ok", asked.claim_id)
    assert [one.answers for one in entries_of(device)] == [SAID]
    repeated = await device.lane.scan(whole)
    assert (repeated.is_repeat, len(entries_of(device))) == (True, 1)


async def test_an_answer_that_is_none_leaves_the_question_open(tmp_path: Path) -> None:
    """Numbers that the question has not, and questions that nobody asks, are no answers."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    wrong = (DoorAnswer("bags", 2), DoorAnswer("hat", 0), SAID[1])
    answer = await device.lane.scan(Scan(digits, answers=wrong))
    assert (answer.reason, answer.questions) == ("question", (BAGS,))
    admitted = await device.lane.scan(Scan(digits, answers=(*wrong, *SAID)))
    assert admitted.reason == "ok"
    assert entries_of(device)[-1].answers == SAID


async def test_nobody_is_asked_on_the_way_out_nor_on_coming_back(tmp_path: Path) -> None:
    """And what is said then is no answer."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits, answers=SAID))
    out = await device.lane.scan(Scan(digits, direction=Direction.OUT, answers=SAID))
    back = await device.lane.scan(Scan(digits, answers=SAID))
    assert (out.reason, back.reason) == ("exit", "reentry")
    assert [one.answers for one in entries_of(device)] == [SAID, (), ()]


async def test_a_ticket_for_several_is_asked_once(tmp_path: Path) -> None:
    """Who comes later on the same ticket was asked with the first."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell(GROUP)
    device = await open_device(tmp_path, office)
    assert (await device.lane.scan(Scan(digits, count=2))).reason == "question"
    first = await device.lane.scan(Scan(digits, count=2, answers=SAID[:1]))
    later = await device.lane.scan(Scan(digits, count=3))
    assert [first.reason, later.reason] == ["ok", "ok"]
    assert [one.answers for one in entries_of(device)] == [SAID[:1], ()]


async def test_who_was_taken_back_is_asked_again(tmp_path: Path) -> None:
    """An entry that was undone is none."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    first = await device.lane.scan(Scan(digits, answers=SAID))
    supervision(device).do(Undo(first.claim_id, "did_not_enter"))
    assert (await device.lane.scan(Scan(digits))).reason == "question"
    assert (await device.lane.scan(Scan(digits, answers=SAID))).reason == "ok"
    assert [one.answers for one in entries_of(device)] == [SAID, SAID]


async def test_a_restart_between_question_and_answer_loses_nothing(tmp_path: Path) -> None:
    """Nothing was recorded, so all is asked anew; what was recorded is still there."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    asked = await device.lane.scan(Scan(digits, answers=SAID[:1]))
    device.restart()
    again = await device.lane.scan(Scan(digits))
    assert (asked.reason, again.questions) == ("question", (BAGS, DRINK))
    await device.lane.scan(Scan(digits, claim_id=asked.claim_id, answers=SAID))
    device.restart()
    assert [one.answers for one in entries_of(device)] == [SAID]
    assert (await device.lane.scan(Scan(digits))).reason == "already_used"


async def test_a_part_of_the_journal_that_was_lost_is_told_again_with_its_answers(
    tmp_path: Path,
) -> None:
    """What the device still knows of its passages includes what was answered."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    await device.lane.scan(Scan(digits, answers=SAID))
    last = device.store.journal.last_seq
    with device.store.transaction("lose"):
        device.store.journal._connection.execute("DELETE FROM entry WHERE seq = ?", (last,))
        device.store.journal.lost_range = (last, last)
        restate(device.store, device.recorder.stamp())
    assert [one.answers for one in entries_of(device)] == [SAID]


async def test_an_override_keeps_what_was_answered(tmp_path: Path) -> None:
    """A supervisor's word lets in unasked; answers that were given by then are on record."""
    kind = msgspec.structs.replace(KIND, check_id=True)
    office = TicketOffice(config=make_config(ticket_types=(kind,)))
    unasked, answered = office.sell(), office.sell()
    device = await open_device(tmp_path, office)
    asked = await device.lane.scan(Scan(unasked))
    device.lane.override(Override(Scan(unasked).after(asked), "other", "sv_1"))
    request = Scan(answered, answers=SAID)
    proof = await device.lane.scan(request)
    assert proof.reason == "check_id"
    device.lane.override(Override(request.after(proof), "other", "sv_1"))
    assert [one.answers for one in entries_of(device)] == [(), SAID]
    assert {one.reason for one in entries_of(device)} == {"override"}


async def test_who_is_refused_at_a_question_is_not_let_in(tmp_path: Path) -> None:
    """The refusal is on record, and the answers are asked for anew the next time."""
    office = TicketOffice(config=make_config(ticket_types=TYPES))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    asked = await device.lane.scan(Scan(digits))
    supervision(device).do(Decline(asked.claim_id, asked.ticket_id, "not_answered"))
    later = await device.lane.scan(Scan(digits, claim_id=asked.claim_id))
    assert (later.reason, later.claim_id == asked.claim_id) == ("question", False)
    assert entries_of(device) == []


@pytest.mark.parametrize(
    ("policy", "reasons"),
    [
        ("open", ("question", "ok")),
        ("supervisor", ("supervisor", "supervisor")),
        ("closed", ("offline_policy", "offline_policy")),
    ],
)
async def test_a_gate_that_is_cut_off_asks_where_it_may_let_in(
    tmp_path: Path, policy: str, reasons: tuple[str, str]
) -> None:
    """Nobody is asked anything whom the gate may not let in anyway."""
    office = TicketOffice(config=make_config(ticket_types=TYPES, offline_policy=policy))
    digits = office.sell()
    device = await open_device(tmp_path, office)
    first = await device.lane.scan(Scan(digits))
    second = await device.lane.scan(Scan(digits, claim_id=first.claim_id, answers=SAID))
    assert (first.reason, second.reason) == reasons


async def test_a_home_that_is_cut_off_asks_and_lets_in(tmp_path: Path) -> None:
    """Another gate's ticket is not its to let in, and nobody is asked anything."""
    venue = Venue(tmp_path, ticket_types=TYPES, offline_policy="home", claim_budget_ms=20)
    ours = venue.office.sell(home_device_id="dv_north")
    other = venue.office.sell(home_device_id="dv_south")
    session = await venue.open()
    venue.server.is_cut = True
    assert (await session.scan(Scan(ours))).reason == "question"
    assert (await session.scan(Scan(ours, answers=SAID))).reason == "ok"
    denied = [(await session.scan(Scan(other, answers=said))).reason for said in ((), SAID)]
    assert denied[1] == "offline_policy"
    await session.close()


async def test_the_ledger_is_asked_with_the_answers_once_all_are_there(tmp_path: Path) -> None:
    """The claim brings them; before that there is none."""
    venue = Venue(tmp_path, ticket_types=TYPES)
    code = venue.office.sell()
    session = await venue.open()
    first = await session.scan(Scan(code))
    assert (first.reason, first.mode, venue.server.claims_seen) == ("question", "online", [])
    second = await session.scan(Scan(code, claim_id=first.claim_id, answers=SAID))
    assert (second.reason, second.claim_id) == ("ok", first.claim_id)
    assert list(venue.server.uses) == [first.claim_id]
    await session.close()


async def test_what_the_ledger_asks_by_a_newer_plan_is_asked_and_recorded(tmp_path: Path) -> None:
    """This gate's plan knows no question: the ledger's own words are on the screen."""
    office = TicketOffice(config=make_config())
    digits = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    device.gate_clock.check_against(device.clock.wall())
    claims: list[ClaimRequest] = []

    async def ask(request: ClaimRequest) -> ClaimAnswer:
        claims.append(request)
        reason = "ok" if request.answers else "question"
        return ClaimAnswer(
            verdict="admit" if request.answers else "refer",
            reason=reason,
            ticket_id=None,
            remaining=0,
            claim_id=ClaimId(request.claim_id),
            at=request.scanned_at,
            epoch=1,
            sequence=7 if request.answers else None,
            questions=() if request.answers else tell_questions((DRINK,)),
        )

    device.ask_ledger = ask
    device.restart()
    device.uplink.note_contact()
    first = await device.lane.scan(Scan(digits))
    assert (first.reason, first.questions) == ("question", (DRINK,))
    second = await device.lane.scan(Scan(digits, claim_id=first.claim_id, answers=SAID[1:]))
    assert second.reason == "ok"
    assert claims[-1].answers == {"drink": 0}
    assert [one.answers for one in entries_of(device)] == [SAID[1:]]
