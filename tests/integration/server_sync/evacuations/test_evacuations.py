"""An evacuation at one gate, as the ledger takes it and tells the others."""

from __future__ import annotations

import pytest

from shared.admission.evacuation import is_evacuation_exit
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import EvacuationBody, UndoBody
from shared.kernel.id_types import ClaimId, EvacuationId
from shared.kernel.instant import HOUR, MINUTE, SECOND, Instant
from shared.wire.feed import EvacuationNotice, Use
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.either_database


async def test_holders_return_once_at_any_gate(ledger_office: LedgerOffice) -> None:
    """The zone admits once: after the evacuation one more entry is granted, and no conflict."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    code = ledger_office.codes[0]
    await ledger_office.claimed(north, code)
    assert (await ledger_office.claimed(south, code))["reason"] == "already_used"
    ledger_office.office.clock.advance(MINUTE)

    jo = await Chief.appoint(ledger_office)
    jo.say(north, "stop")
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await ledger_office.claimed(south, code))["reason"] == "rules_denied"
    jo.say(north, "return")
    await ledger_office.exchanged(north, north.journal.entries)
    ledger_office.office.clock.advance(MINUTE)

    assert (await ledger_office.claimed(south, code))["reason"] == "reentry"
    assert (await ledger_office.claimed(north, code))["reason"] == "already_used"
    assert await ledger_office.conflicts() == []
    feed = await ledger_office.read_feed(south)
    told = [item.phase for item in feed if isinstance(item, EvacuationNotice)]
    assert told == ["stop", "return"]
    (left,) = [item for item in feed if isinstance(item, Use) and item.direction == "out"]
    assert is_evacuation_exit(left.claim_id)
    assert left.ticket_id == ledger_office.tickets[0]


async def test_nobody_is_let_into_a_zone_that_is_being_evacuated(
    ledger_office: LedgerOffice,
) -> None:
    """A scanner that keeps no journal and hears no feed is told by the ledger; exits pass."""
    gate, scanner = await ledger_office.enrol(0), await ledger_office.enrol(1)
    inside, outside, unseen = ledger_office.codes[:3]
    assert (await ledger_office.claimed(scanner, inside, "before"))["verdict"] == "admit"
    jo = await Chief.appoint(ledger_office)
    said = decode_entry(jo.say(gate, "stop").entry)
    await ledger_office.exchanged(gate, gate.journal.entries)

    stopped = await ledger_office.claimed(scanner, outside)
    assert (stopped["verdict"], stopped["reason"]) == ("deny", "rules_denied")
    assert stopped["stop"] == "evacuation"
    body = decode_body(said)
    assert isinstance(body, EvacuationBody)
    assert stopped["stopped_by"] == [body.evacuation_id]
    assert "evacuated" in stopped["next_step"]
    # Who was let in before is told so again, and everybody may leave, seen coming or not.
    assert (await ledger_office.claimed(scanner, inside, "before"))["verdict"] == "admit"
    for code in (inside, unseen):
        left = await ledger_office.claimed(scanner, code, direction="out")
        assert (left["verdict"], left["reason"]) == ("admit", "exit")

    jo.say(gate, "over")
    await ledger_office.exchanged(gate, gate.journal.entries)
    assert (await ledger_office.claimed(scanner, outside))["reason"] == "ok"


async def test_a_second_word_on_the_return_records_nobody_twice(
    ledger_office: LedgerOffice,
) -> None:
    """Two gates begin the same return: each ticket has left once."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for code in ledger_office.codes[:3]:
        await ledger_office.claimed(north, code)
    ledger_office.office.clock.advance(MINUTE)
    jo = await Chief.appoint(ledger_office)
    for gate in (north, south):
        jo.say(gate, "stop", "return")
        await ledger_office.exchanged(gate, gate.journal.entries)
    feed = await ledger_office.read_feed(south)
    exits = [item for item in feed if isinstance(item, Use) and item.direction == "out"]
    assert len(exits) == 3


async def test_returns_that_were_made_alone_are_no_double_use(
    ledger_office: LedgerOffice,
) -> None:
    """A gate that is cut off evacuates and lets its holders back in; a copy is still found."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(north, 0)
    ledger_office.office.clock.advance(MINUTE)
    jo = await Chief.appoint(ledger_office)
    jo.say(north, "stop", "return")
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(north, 0, reason="reentry")
    await ledger_office.exchanged(north, north.journal.entries)
    # Posted in one batch, the return comes before the exits that explain it.
    kinds = [one["kind"] for one in await ledger_office.conflicts() if not one["disposition"]]
    assert kinds == []
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(south, 0)
    await ledger_office.exchanged(south, south.journal.entries)
    kinds = [one["kind"] for one in await ledger_office.conflicts() if not one["disposition"]]
    assert kinds == ["double_use"]


async def test_entry_that_arrives_after_the_return_accuses_nobody(
    ledger_office: LedgerOffice,
) -> None:
    """A gate was cut off before the evacuation; its holder came back at another gate meanwhile."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(south, 0)
    ledger_office.office.clock.advance(MINUTE)
    (await Chief.appoint(ledger_office)).say(north, "stop", "return")
    ledger_office.office.clock.advance(MINUTE)
    back = ledger_office.scan(north, 0)
    for gate in (north, south):
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert await ledger_office.conflicts() == []
    undo = UndoBody(back.claim_id, ledger_office.tickets[0], "us_1", "turned back")
    north.journal.add(undo, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await ledger_office.claimed(north, ledger_office.codes[0]))["reason"] == "reentry"
    assert (await ledger_office.claimed(north, ledger_office.codes[0]))["reason"] == "already_used"


async def test_word_that_arrives_after_the_return_withdraws_the_double_use(
    ledger_office: LedgerOffice,
) -> None:
    """Two entries looked like two persons until the third gate's journal told why."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    third = await ledger_office.enrol(1)
    ledger_office.scan(south, 0)
    ledger_office.office.clock.advance(MINUTE)
    (await Chief.appoint(ledger_office)).say(third, "stop", "return")
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(north, 0)
    for gate in (north, south):
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert [one["disposition"] for one in await ledger_office.conflicts()] == [""]
    await ledger_office.exchanged(third, third.journal.entries)
    assert [one["disposition"] for one in await ledger_office.conflicts()] == ["withdrawn"]


async def test_exit_of_an_entry_that_is_taken_back_gives_nothing_back(
    ledger_office: LedgerOffice,
) -> None:
    """Who was never inside did not have to leave: the ticket is good for one entry only."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    body = ledger_office.scan(south, 0)
    undo = UndoBody(body.claim_id, ledger_office.tickets[0], "us_1", "turned back")
    south.journal.add(undo, ledger_office.event_id, ledger_office.now + SECOND)
    ledger_office.office.clock.advance(MINUTE)
    await ledger_office.exchanged(south, south.journal.entries[:2])
    (await Chief.appoint(ledger_office)).say(north, "stop", "return")
    await ledger_office.exchanged(north, north.journal.entries)
    await ledger_office.exchanged(south, south.journal.entries[2:])
    answers = [await ledger_office.claimed(north, ledger_office.codes[0]) for _ in range(2)]
    assert [one["reason"] for one in answers] == ["ok", "already_used"]


async def test_a_claim_cannot_pass_for_an_exit_by_evacuation(ledger_office: LedgerOffice) -> None:
    """The names of those exits are the ledger's own."""
    gate = await ledger_office.enrol()
    answer = await ledger_office.claim(
        gate, ledger_office.codes[0], ClaimId("evacuation:00"), direction="out"
    )
    assert answer.status_code == 422


async def test_an_unaware_gate_that_scans_the_leavers_out_accuses_nobody(
    ledger_office: LedgerOffice,
) -> None:
    """One gate evacuates alone and lets all return; the other one had scanned them out."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    jo = await Chief.appoint(ledger_office)
    for ticket in range(3):
        ledger_office.scan(north, ticket)
    ledger_office.office.clock.advance(MINUTE)
    began = ledger_office.now
    stop = jo.word(north, "stop")
    north.journal.add(stop, ledger_office.event_id, ledger_office.now)
    ledger_office.office.clock.advance(MINUTE)
    for ticket in range(2):
        ledger_office.scan(south, ticket, direction="out", reason="exit")
    ledger_office.office.clock.advance(MINUTE)
    back = jo.word(north, "return", began=began)
    north.journal.add(back, ledger_office.event_id, ledger_office.now)
    ledger_office.office.clock.advance(MINUTE)
    for ticket in range(3):
        ledger_office.scan(north, ticket, reason="reentry")
    for gate in (north, south):
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert [one for one in await ledger_office.conflicts() if not one["disposition"]] == []


@pytest.mark.parametrize(
    "is_second_heard_first", [True, False], ids=["second first", "first first"]
)
async def test_who_comes_back_from_one_alarm_by_the_return_of_another_accuses_nobody(
    ledger_office: LedgerOffice, *, is_second_heard_first: bool
) -> None:
    """Two gates are cut off, each with an alarm of its own; the one that is over first lets in."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    clock, event_id = ledger_office.office.clock, ledger_office.event_id
    jo = await Chief.appoint(ledger_office)
    other = EvacuationId("cd" * 16)
    ledger_office.scan(north, 0)
    clock.advance(MINUTE)
    began = ledger_office.now
    north.journal.add(jo.word(north, "stop"), event_id, began)
    clock.advance(MINUTE)
    ledger_office.scan(north, 0, direction="out", reason="exit")
    clock.advance(MINUTE)
    jo.say(south, "stop", "return", name=other)
    clock.advance(MINUTE)
    ledger_office.scan(south, 0)
    clock.advance(MINUTE)
    north.journal.add(jo.word(north, "return", began=began), event_id, ledger_office.now)
    clock.advance(MINUTE)
    for gate in (south, north) if is_second_heard_first else (north, south):
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert [one for one in await ledger_office.conflicts() if not one["disposition"]] == []
    answers = [await ledger_office.claimed(north, ledger_office.codes[0]) for _ in range(2)]
    assert [one["reason"] for one in answers] == ["reentry", "already_used"]


@pytest.mark.parametrize("is_uploaded_first", [True, False], ids=["return first", "at once"])
async def test_who_came_back_at_a_gate_whose_clock_was_set_back_is_inside(
    ledger_office: LedgerOffice, *, is_uploaded_first: bool
) -> None:
    """Its journal says that the return came first: no further entry, and nobody is accused."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    code = ledger_office.codes[0]
    await ledger_office.claimed(south, code)
    ledger_office.office.clock.advance(HOUR)
    (await Chief.appoint(ledger_office)).say(north, "stop", "return")
    if is_uploaded_first:
        await ledger_office.exchanged(north, north.journal.entries)
    wall = ledger_office.now - 30 * MINUTE
    ledger_office.scan(north, 0, wall=wall, reason="reentry")
    ledger_office.scan(north, 1, wall=wall)
    ledger_office.office.clock.advance(MINUTE)
    await ledger_office.exchanged(north, north.journal.entries)
    for number in (0, 1):
        again = await ledger_office.claimed(south, ledger_office.codes[number])
        assert again["reason"] == "already_used"
    assert await ledger_office.conflicts() == []


async def test_who_came_in_at_a_gate_that_had_been_told_of_the_return_did_not_leave(
    ledger_office: LedgerOffice,
) -> None:
    """The gate's clock says that it was before; how far it had read the feed says better."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.office.clock.advance(HOUR)
    (await Chief.appoint(ledger_office)).say(north, "stop", "return")
    await ledger_office.exchanged(north, north.journal.entries)
    knew = len(await ledger_office.read_feed(south))
    wall = ledger_office.now - 30 * MINUTE
    ledger_office.scan(south, 0, wall=wall, cursor=knew)
    ledger_office.scan(south, 1, wall=wall, cursor=0)  # it may have been before
    ledger_office.office.clock.advance(MINUTE)
    await ledger_office.exchanged(south, south.journal.entries)
    answers = [await ledger_office.claimed(north, code) for code in ledger_office.codes[:2]]
    assert [one["reason"] for one in answers] == ["already_used", "reentry"]
    assert await ledger_office.conflicts() == []


async def test_who_was_let_in_after_a_return_is_inside_though_the_server_s_clock_was_set_back(
    ledger_office: LedgerOffice,
) -> None:
    """The ledger's grant follows the return: when it is heard of again nobody has left."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.office.clock.advance(HOUR)
    (await Chief.appoint(ledger_office)).say(south, "stop", "return")
    await ledger_office.exchanged(south, south.journal.entries)
    ledger_office.office.clock.step_wall(-30 * MINUTE)
    code = ledger_office.codes[0]
    assert (await ledger_office.claimed(north, code, "first"))["reason"] == "ok"
    ledger_office.scan(north, 0, claim_id="first", mode="online")
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await ledger_office.claimed(south, code))["reason"] == "already_used"
    feed = await ledger_office.read_feed(north)
    (entry,) = [item for item in feed if isinstance(item, Use)]
    (emptied_at,) = [
        item.emptied_at
        for item in feed
        if isinstance(item, EvacuationNotice) and item.emptied_at is not None
    ]
    assert entry.at > emptied_at
    assert await ledger_office.conflicts() == []


async def test_the_end_of_an_evacuation_says_of_the_return_what_gates_were_told(
    ledger_office: LedgerOffice,
) -> None:
    """The gate's clock is ahead: its return counted as of when it came, and who came back since
    did not leave by the end of it."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.office.clock.advance(HOUR)
    jo = await Chief.appoint(ledger_office)
    ahead = Instant(ledger_office.now + 3 * MINUTE)
    jo.say(north, "stop", "return", wall=ahead)
    await ledger_office.exchanged(north, north.journal.entries)
    knew = len(await ledger_office.read_feed(south))
    ledger_office.office.clock.advance(MINUTE)
    came = ledger_office.now
    ledger_office.scan(south, 0, cursor=knew)
    await ledger_office.exchanged(south, south.journal.entries)
    ledger_office.office.clock.advance(10 * MINUTE)
    body = jo.word(north, "over", began=ahead, emptied=ahead)
    north.journal.add(body, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)

    feed = await ledger_office.read_feed(south)
    *_, back, over = [item for item in feed if isinstance(item, EvacuationNotice)]
    assert (back.phase, over.phase) == ("return", "over")
    assert (over.begun_at, over.emptied_at) == (back.begun_at, back.emptied_at)
    assert back.emptied_at is not None
    assert back.emptied_at < came
