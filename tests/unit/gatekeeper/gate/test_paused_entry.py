"""A gate at which the organizer has paused entry: who waits, who passes, whose word counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Override, Scan
from shared.admission.facts import Direction
from shared.credential.manual_code import format_manual_code
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import SECOND, Instant
from shared.kernel.trouble import Trouble, TroubleKind
from shared.manifest.event_config import EntryPause
from tests.factories.gate_event import NORTH, SOUTH, STARTS, ZONE, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

PLACES = pytest.mark.parametrize("place", [NORTH, ZONE], ids=["gate", "zone"])
CUT = Trouble(TroubleKind.UNREACHABLE, "the cable is cut")
PERSON = "sv_0123456789ab"


class Venue:
    """A server and one synced gate of it."""

    def __init__(self, folder: Path) -> None:
        self.office = TicketOffice(config=make_config())
        self.server = FakeSyncServer(self.office, ManualClock())
        self.gate = PairedGate(folder, self.server)
        self.session: GateSession | None = None

    async def open(self) -> GateSession:
        self.server.publish()
        self.session = await self.gate.open()
        await self.session.sync_once()
        return self.session

    def pause(self, *places: str) -> None:
        """Say where entry is paused; the gate hears of it with its next sync."""
        config = msgspec.structs.replace(
            self.office.config,
            sequence=self.office.config.sequence + 1,
            pauses=tuple(EntryPause(place, STARTS) for place in places),
        )
        self.office.config = config
        self.server.change_config()


def said_last(session: GateSession) -> tuple[str, str]:
    """Return the verdict of the journal's last entry, and why that was."""
    journal = session.store.journal
    ((_, signed),) = journal.read(journal.last_seq, journal.last_seq)
    body = decode_body(decode_entry(signed.entry))
    assert isinstance(body, ScanBody)
    return body.verdict, body.why


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    """Give a venue; its gate is closed at the end."""
    made = Venue(tmp_path)
    yield made
    if made.session is not None:
        await made.session.close()


@PLACES
async def test_nobody_is_let_in_and_nothing_is_spent_by_it(venue: Venue, place: str) -> None:
    """A holder is told to wait, the entry says why, and the same ticket is good afterwards."""
    code = venue.office.sell()
    session = await venue.open()
    venue.pause(place)
    await session.sync_once()
    assert session.status().paused_at == STARTS

    asked = len(venue.server.claims_seen)
    answer = await session.scan(Scan(code))
    assert (answer.verdict, answer.reason, answer.stop) == ("deny", "rules_denied", "paused")
    assert (answer.paused_at, answer.remaining) == (STARTS, 1)
    assert len(venue.server.claims_seen) == asked, "nobody's word opens it"
    assert said_last(session) == ("deny", "paused")

    venue.pause()
    await session.sync_once()
    assert session.status().paused_at is None
    assert (await session.scan(Scan(code))).reason == "ok"


async def test_another_gate_of_the_zone_lets_in_while_one_is_paused(venue: Venue) -> None:
    """A gate's pause is that gate's."""
    code = venue.office.sell()
    session = await venue.open()
    venue.pause(SOUTH)
    await session.sync_once()
    assert session.status().paused_at is None
    assert (await session.scan(Scan(code))).reason == "ok"


async def test_exits_pass_and_a_retry_is_answered_as_before(venue: Venue) -> None:
    """Who is in is not kept in; who was let in before the pause was let in."""
    inside = venue.office.sell()
    session = await venue.open()
    first = await session.scan(Scan(inside, claim_id=ClaimId("ab" * 16)))
    assert first.reason == "ok"
    venue.pause(ZONE)
    await session.sync_once()
    again = await session.scan(Scan(inside, claim_id=ClaimId("ab" * 16)))
    assert (again.reason, again.is_repeat, again.stop) == ("ok", True, "")
    out = await session.scan(Scan(inside, direction=Direction.OUT))
    assert (out.reason, out.stop) == ("exit", "")
    back = await session.scan(Scan(inside))
    assert (back.verdict, back.stop) == ("deny", "paused")


@PLACES
async def test_a_supervisor_does_not_override_it(venue: Venue, place: str) -> None:
    """Whoever paused entry knows why; the gate does not."""
    code = venue.office.sell()
    session = await venue.open()
    venue.pause(place)
    await session.sync_once()
    with pytest.raises(BadInput, match="paused") as refused:
        session.supervision.override(Override(Scan(code), "organizer", PERSON))
    assert refused.value.kind is TroubleKind.ENTRY_PAUSED


async def test_nor_where_the_ledger_alone_has_told_of_it(venue: Venue) -> None:
    """The feed is a moment late; once the gate has heard how things stand, that counts."""
    code = venue.office.sell()
    session = await venue.open()
    venue.pause(ZONE)
    answer = await session.scan(Scan(code))
    assert (answer.stop, session.status().paused_at) == ("paused", None)
    override = Override(Scan(code).after(answer), "organizer", PERSON)
    with pytest.raises(BadInput, match="paused") as refused:
        session.supervision.override(override)
    assert refused.value.kind is TroubleKind.ENTRY_PAUSED
    venue.pause()
    venue.server.clock.advance(SECOND)
    venue.gate.clock.advance(SECOND)
    await session.sync_once()
    assert session.supervision.override(override).reason == "override"


async def test_a_gate_that_has_not_heard_is_told_by_the_ledger(venue: Venue) -> None:
    """Connected, its claim is refused with the pause; cut off, it goes on until it hears."""
    code, other = venue.office.sell(), venue.office.sell()
    session = await venue.open()
    venue.pause(ZONE)
    answer = await session.scan(Scan(code))
    assert (answer.verdict, answer.stop, answer.paused_at) == ("deny", "paused", STARTS)
    assert said_last(session) == ("deny", "paused")
    assert session.status().paused_at is None
    session._uplink.note_failure(CUT)
    assert (await session.scan(Scan(other))).reason == "ok"


async def test_an_evacuation_is_said_before_a_pause(venue: Venue) -> None:
    """Where both hold, who stands there must leave."""
    code = venue.office.sell()
    session = await venue.open()
    venue.pause(ZONE)
    await session.sync_once()
    session.evacuation.begin(PERSON)
    answer = await session.scan(Scan(code))
    assert (answer.stop, answer.paused_at) == ("evacuation", None)


async def test_a_wrong_clock_and_old_data_change_nothing(venue: Venue) -> None:
    """A pause is no rule of times: no supervisor is called because the clock cannot be trusted."""
    code = venue.office.sell()
    session = await venue.open()
    venue.pause(NORTH)
    await session.sync_once()
    session._uplink.note_failure(CUT)
    venue.gate.clock.set_wall(Instant(STARTS - 1))
    assert (await session.scan(Scan(code))).stop == "paused"


async def test_a_ledger_that_was_put_back_pauses_by_its_own_word(venue: Venue) -> None:
    """Of a pause that it has lost nobody would know at the desk, and nobody could resume it."""
    code = venue.office.sell()
    session = await venue.open()
    copy = venue.server.copy()
    venue.pause(ZONE)
    await session.sync_once()
    assert session.status().paused_at == STARTS
    venue.server.restore(copy)
    venue.server.epoch += 1
    venue.office.config = make_config()
    for _ in range(3):
        await session.sync_once()
    assert session.status().paused_at is None
    assert (await session.scan(Scan(code))).reason == "ok"


async def test_a_manual_code_tells_of_no_ticket_meanwhile(venue: Venue) -> None:
    """Nobody learns by trying at a closed gate which codes are good, and none is counted."""
    venue.office.sell(manual_code=77)
    session = await venue.open()
    venue.pause(ZONE)
    await session.sync_once()
    for code in (77, *range(20)):
        answer = await session.scan(Scan(format_manual_code(code), is_manual=True))
        assert (answer.reason, answer.stop) == ("rules_denied", "paused")
        assert (answer.ticket_id, answer.ticket_type, answer.remaining) == (None, None, None)
    venue.pause()
    await session.sync_once()
    assert (await session.scan(Scan(format_manual_code(77), is_manual=True))).reason == "ok"


async def test_an_exit_by_a_code_that_nobody_has_is_a_persons_to_decide(venue: Venue) -> None:
    """Also while everybody has to leave: it may be newer than what is known here."""
    session = await venue.open()
    session.evacuation.begin(PERSON)
    unknown = Scan(format_manual_code(5), is_manual=True, direction=Direction.OUT)
    assert (await session.scan(unknown)).reason == "supervisor"
