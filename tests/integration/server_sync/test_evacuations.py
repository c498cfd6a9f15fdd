"""An evacuation at one gate, as the ledger takes it and tells the others."""

from __future__ import annotations

from shared.admission.evacuation import is_evacuation_exit
from shared.journal.entry import EvacuationBody, UndoBody
from shared.kernel.instant import MINUTE, SECOND
from shared.wire.feed import EvacuationNotice, Use
from tests.factories.ledger_office import GateDevice, LedgerOffice

NAME = "ab" * 16


def say(office: LedgerOffice, gate: GateDevice, phase: str, *, is_emptied: bool = False) -> None:
    """Put a phase into a gate's journal."""
    emptied_at = office.now if is_emptied else None
    body = EvacuationBody(
        NAME, office.zone_id, phase, gate.gate_id, office.now, emptied_at, "us_supervisor"
    )
    gate.journal.add(body, office.event_id, office.now)


async def test_holders_return_once_at_any_gate(ledger_office: LedgerOffice) -> None:
    """The zone admits once: after the evacuation one more entry is granted, and no conflict."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    code = ledger_office.codes[0]
    await ledger_office.claimed(north, code)
    assert (await ledger_office.claimed(south, code))["reason"] == "already_used"
    ledger_office.office.clock.advance(MINUTE)

    say(ledger_office, north, "stop")
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await ledger_office.claimed(south, code))["reason"] == "already_used"
    say(ledger_office, north, "return", is_emptied=True)
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


async def test_a_second_word_on_the_return_records_nobody_twice(
    ledger_office: LedgerOffice,
) -> None:
    """Two gates begin the same return: each ticket has left once."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for code in ledger_office.codes[:3]:
        await ledger_office.claimed(north, code)
    ledger_office.office.clock.advance(MINUTE)
    for gate in (north, south):
        say(ledger_office, gate, "return", is_emptied=True)
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
    say(ledger_office, north, "stop")
    say(ledger_office, north, "return", is_emptied=True)
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
    say(ledger_office, north, "return", is_emptied=True)
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
    say(ledger_office, third, "return", is_emptied=True)
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
    say(ledger_office, north, "return", is_emptied=True)
    await ledger_office.exchanged(north, north.journal.entries)
    await ledger_office.exchanged(south, south.journal.entries[2:])
    answers = [await ledger_office.claimed(north, ledger_office.codes[0]) for _ in range(2)]
    assert [one["reason"] for one in answers] == ["ok", "already_used"]


async def test_a_claim_cannot_pass_for_an_exit_by_evacuation(ledger_office: LedgerOffice) -> None:
    """The names of those exits are the ledger's own."""
    gate = await ledger_office.enrol()
    answer = await ledger_office.claim(
        gate, ledger_office.codes[0], "evacuation:00", direction="out"
    )
    assert answer.status_code == 422
