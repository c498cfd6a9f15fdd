"""A dishonest steward: the screen of an honest gate, and its cable. No key, no folder.

Whatever they do at the screen leaves an entry. With a supervisor's badge at work an override lets
in whom it may, signed with who and why; without it, or in somebody else's name, the entry is named
to the organizer. A holder found by name, and a ruling on a conflict, need the badge as well: what
nobody has signed holds at that gate alone.

Proven elsewhere: PINs' tries and pauses, what a locked gate refuses, practice at the gate
(`gate/test_attended_gate.py`), evacuations (`test_evacuation_rights.py`), overrides in
forged journals (`test_passage_rights.py`), programs
killed amid a scan (`gate/test_lane_killed.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Decline, Override, Scan, Settle, Undo
from gatekeeper.gate.scanned import PickedTicket
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Body, ReleaseBody, ScanBody, UndoBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from shared.kernel.instant import Duration
from tests.adversaries.scene import named, on_ticket
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate

WHY = "organizer"
SEEN = "identity_confirmed"


@dataclass
class Doors:
    """Two gates of one zone in step with the ledger, and who may supervise.

    Attributes:
        steward: The gate whose screen the steward has.
        other: An honest one.
        chief: Whose badge the steward may borrow.
        absent: A supervisor who is not there.
    """

    office: LedgerOffice
    steward: WiredGate
    other: WiredGate
    chief: Chief
    absent: Chief

    def show_badge(self) -> None:
        """Let the supervisor unlock the steward's gate."""
        self.steward.session.names.take_badge(self.chief.person, self.chief.badge)

    def lock(self) -> None:
        """Let the supervisor leave."""
        self.steward.session.names.forget()

    def override(self, ticket: int, person: str) -> str:
        """Let a holder pass on a supervisor's word; returns the reason."""
        supervision = self.steward.session.supervision
        return supervision.override(Override(Scan(self.office.codes[ticket]), WHY, person)).reason

    async def find(self, ticket_id: TicketId, person: str) -> ScanAnswer:
        """Let a holder in whom a supervisor is said to have found by name."""
        return await self.steward.session.scan(Scan(PickedTicket(ticket_id, person, SEEN)))

    async def sync(self) -> None:
        """Bring both in step."""
        await self.steward.mend()
        await self.other.sync()

    def entries(self) -> list[Body | None]:
        """Read what the steward's gate has on record."""
        journal = self.steward.session.store.journal
        signed = [one for _, one in journal.read(1, journal.last_seq)]
        return [decode_body(decode_entry(one.entry)) for one in signed]

    def passages(self) -> list[ScanBody]:
        """Read the admissions among them."""
        scans = [one for one in self.entries() if isinstance(one, ScanBody)]
        return [one for one in scans if one.verdict == "admit"]


@pytest.fixture
async def doors(ledger_office: LedgerOffice, tmp_path: Path) -> AsyncIterator[Doors]:
    chief, absent = [await Chief.appoint(ledger_office, name) for name in ("Jo", "Mira")]
    await ledger_office.office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    steward = await open_gate(ledger_office, tmp_path, 0)
    other = await open_gate(ledger_office, tmp_path, 1)
    opened = Doors(ledger_office, steward, other, chief, absent)
    await opened.sync()
    yield opened
    for gate in (steward, other):
        await gate.session.close()


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "cut off"])
async def test_override_with_the_badge_says_who_and_why_and_blames_nobody(
    doors: Doors, is_cut: bool
) -> None:
    """Of a used ticket, and of a blocked one; each has its entry, signed."""
    await on_ticket(doors.office, 1, "block", blocked=True)
    await doors.sync()
    assert (await doors.steward.scan(doors.office.codes[0])).verdict == "admit"
    if is_cut:
        await doors.steward.cut()
    doors.show_badge()
    assert [doors.override(ticket, doors.chief.person) for ticket in (0, 1)] == ["override"] * 2
    found = doors.passages()[-2:]
    assert [(one.person, one.why) for one in found] == [(doors.chief.person, WHY)] * 2
    assert all(one.signature for one in found)
    await doors.sync()
    assert not await named(doors.office)


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "cut off"])
async def test_override_without_the_badge_or_in_anothers_name_is_named(
    doors: Doors, is_cut: bool
) -> None:
    """Locked again, in the name of who is not there, of nobody, and of one who was dismissed."""
    if is_cut:
        await doors.steward.cut()
    doors.override(0, doors.chief.person)
    doors.show_badge()
    doors.override(1, doors.absent.person)
    doors.override(2, "sv_nobody")
    await doors.chief.dismiss()
    doors.office.office.clock.advance(Duration(1_000_000))
    doors.override(3, doors.chief.person)
    doors.lock()
    doors.override(4, doors.chief.person)
    await doors.sync()
    assert await named(doors.office) == {"override_unsigned": 5}
    assert len(doors.passages()) == 5
    for ticket in range(5):  # they did pass, and their codes were seen: nobody else does
        assert (await doors.other.scan(doors.office.codes[ticket])).reason == "already_used"


async def test_cancelled_or_superseded_ticket_is_never_let_in_by_a_gate_that_knows(
    doors: Doors,
) -> None:
    """Not by a badge either; nor what is no ticket of this event."""
    await on_ticket(doors.office, 0, "refund", reason="changed mind")
    await on_ticket(doors.office, 1, "reissue")
    await doors.sync()
    doors.show_badge()
    for ticket in (0, 1):
        with pytest.raises(BadInput):
            doors.override(ticket, doors.chief.person)
    with pytest.raises(BadInput):
        doors.steward.session.supervision.override(Override(Scan("4711"), WHY, doors.chief.person))
    assert doors.passages() == []


async def test_holder_found_by_name_passes_by_the_badge_alone(doors: Doors) -> None:
    """In anybody's name without it nobody is let in while the ledger can be asked."""
    ids = doors.office.tickets
    for person in (doors.chief.person, doors.absent.person, ""):
        told = await doors.find(ids[0], person)
        assert told.verdict != "admit"
    doors.show_badge()
    told = await doors.find(ids[0], doors.chief.person)
    assert told.verdict == "admit"
    assert (await doors.other.scan(doors.office.codes[0])).reason == "already_used"
    await doors.sync()
    assert not await named(doors.office)


async def test_cut_off_whom_it_finds_without_the_badge_is_named_and_spends_no_ticket(
    doors: Doors,
) -> None:
    """The holder whose ticket it was still gets in elsewhere; with the badge it is spent."""
    ids = doors.office.tickets
    await doors.steward.cut()
    await doors.find(ids[0], doors.absent.person)
    doors.show_badge()
    await doors.find(ids[1], doors.chief.person)
    assert len(doors.passages()) == 2
    await doors.sync()
    assert await named(doors.office) == {"passage_unproven": 1}
    assert (await doors.other.scan(doors.office.codes[0])).verdict == "admit"
    assert (await doors.other.scan(doors.office.codes[1])).reason == "already_used"


async def test_taking_back_and_letting_another_in_leaves_each_as_an_entry(doors: Doors) -> None:
    """A friend gets in on the ticket of somebody inside: two admissions and an undo on record.

    Five of them raise an alarm: `test_alarms.py`.
    """
    code = doors.office.codes[0]
    first = await doors.steward.scan(code)
    doors.steward.session.supervision.do(Undo(first.claim_id, "did_not_enter", doors.chief.person))
    await doors.sync()
    assert (await doors.steward.scan(code)).verdict == "admit"
    assert (await doors.other.scan(code)).verdict == "deny"
    (undone,) = [one for one in doors.entries() if isinstance(one, UndoBody)]
    assert (undone.person, undone.why) == (doors.chief.person, "did_not_enter")
    assert len(doors.passages()) == 2


async def test_turning_somebody_away_is_on_record_and_spends_nothing(doors: Doors) -> None:
    """Who was admitted cannot be declined; who was refused is not spent by that."""
    code = doors.office.codes[0]
    admitted = await doors.steward.scan(code)
    supervision = doors.steward.session.supervision
    with pytest.raises(BadInput):
        supervision.do(Decline(admitted.claim_id, admitted.ticket_id, "proof_not_shown"))
    refused = await doors.steward.scan(code)
    supervision.do(Decline(refused.claim_id, admitted.ticket_id, "proof_not_shown"))
    assert any(isinstance(one, ReleaseBody) for one in doors.entries())
    assert (await doors.other.scan(code)).verdict == "deny"


async def test_pulling_the_cable_gives_each_copy_one_entry_and_names_it(doors: Doors) -> None:
    """And no second one at that gate."""
    code = doors.office.codes[0]
    assert (await doors.other.scan(code)).verdict == "admit"
    await doors.steward.cut()
    verdicts = [(await doors.steward.scan(code)).verdict for _ in range(3)]
    assert verdicts.count("admit") <= 1
    await doors.sync()
    assert (await named(doors.office)).total() == verdicts.count("admit")


@pytest.mark.parametrize("has_badge", [True, False], ids=["with the badge", "without"])
async def test_ruling_on_a_conflict_wants_the_badge(doors: Doors, has_badge: bool) -> None:
    """What nobody has signed takes it off that gate's list, and stays open at the organizer's."""
    await test_pulling_the_cable_gives_each_copy_one_entry_and_names_it(doors)
    if has_badge:
        doors.show_badge()
    supervision = doors.steward.session.supervision
    (found,) = supervision.conflicts()
    supervision.do(Settle(found.conflict_id, "let_stay", doors.chief.person))
    await doors.sync()
    assert sum((await named(doors.office)).values()) == (0 if has_badge else 1)
