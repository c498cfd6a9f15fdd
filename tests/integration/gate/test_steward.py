"""A steward's badge at the start of a shift: verdicts name holders until it ends, no longer."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.answer import DutyChange, ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.gate.steward_duty import DUTY_MAX
from shared.credential.badges_and_pins import hash_badge
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import NoteBody
from shared.kernel.errors import BadInput
from shared.manifest.event_config import StewardConfig
from shared.manifest.sealed_holders_for_verdict import HolderRow, seal_holders
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed, seal_names
from shared.manifest.signed_document import DocumentKind
from tests.factories.gate_event import (
    EVENT,
    ORGANIZATION,
    STARTS,
    TicketOffice,
    build_manifest,
    make_config,
)
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer

BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
SAM = StewardConfig("sv_sam", "Sam", hash_badge(BADGE, ORGANIZATION))


class Venue:
    """A gate, and a server that sells tickets to named holders."""

    def __init__(self, folder: Path) -> None:
        self.office = TicketOffice(config=make_config(stewards=(SAM,)))
        self.codes = [self.office.sell() for _ in range(6)]
        self.server = FakeSyncServer(self.office, ManualClock())
        self.device = PairedGate(folder, self.server)

    def publish(self) -> None:
        """Publish, with every holder's name sealed for the steward's badge."""
        self.server.publish()
        header, chunks = build_manifest(
            self.office.config,
            self.office.keyring,
            list(self.office.rows.values()),
            sequence=self.server.manifest_sequence,
        )
        rows = [HolderRow(ticket_id, "Anna Müller", "1042") for ticket_id in self.office.rows]
        rows.sort(key=lambda row: row.ticket_id)
        names = seal_names(
            ((row.ticket_id, row.name) for row in rows),
            event_id=EVENT,
            supervisors=[(SAM.id, badge_public_key(badge_seed(BADGE, ORGANIZATION)))],
            entropy=SeededEntropy("names"),
        )
        refs, pieces = seal_holders(rows, event_id=EVENT, names_key=names.key)
        header = msgspec.structs.replace(
            header, name_chunks=names.refs, name_seals=names.seals, holder_chunks=refs
        )
        self.sealed = {ref.sha256 for ref in header.name_chunks + header.holder_chunks}
        self.server.manifest = self.office.signer.sign(DocumentKind.MANIFEST, header, STARTS)
        self.server.chunks = chunks | names.chunks | pieces

    async def open(self) -> AttendedGate:
        """Open the gate, and sync."""
        backend = ProfileFolder(self.device.folder, self.device.system())
        gate = await backend.open(None, lambda: None)
        await gate.sync_once(lambda _: None)
        return gate


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    venue = Venue(tmp_path)
    venue.publish()
    return venue


async def holder(gate: AttendedGate, code: str) -> tuple[str, str]:
    answer = await gate.attend(Scan(code, count=1))
    assert isinstance(answer, ScanAnswer)
    return answer.holder, answer.order


async def show_badge(gate: AttendedGate) -> DutyChange:
    change = await gate.attend(Scan(BADGE))
    assert isinstance(change, DutyChange)
    return change


async def test_verdicts_name_the_holder_between_two_scans_of_the_badge(
    venue: Venue, tmp_path: Path
) -> None:
    """The journal says who was on duty and when; no file says whom they let in."""
    gate = await venue.open()
    assert await holder(gate, venue.codes[0]) == ("", "")
    assert await show_badge(gate) == DutyChange(SAM.id, "Sam", is_on=True, shows_names=True)
    assert gate.status().steward == "Sam"
    assert await holder(gate, venue.codes[1]) == ("Anna Müller", "1042")
    assert all(not answer.holder for answer in gate.recent(20))
    assert await show_badge(gate) == DutyChange(SAM.id, "Sam", is_on=False)
    assert await holder(gate, venue.codes[2]) == ("", "")
    journal = gate.store.journal
    bodies = [decode_body(decode_entry(one.entry)) for _, one in journal.read(1, journal.last_seq)]
    notes = [body for body in bodies if isinstance(body, NoteBody) and body.person == SAM.id]
    assert [note.topic for note in notes] == ["duty_begun", "duty_ended"]
    await gate.close()
    assert not any(b"Anna" in content for content in read_all(tmp_path))


def read_all(folder: Path) -> list[bytes]:
    """Return what all files of a folder hold; there are some."""
    found = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert found
    return found


async def test_names_that_a_power_cut_took_come_with_the_next_sync(
    venue: Venue, tmp_path: Path
) -> None:
    """They are read where they lie: what is gone is fetched again, and nothing is loaded anew."""
    gate = await venue.open()
    lose_pieces(tmp_path, venue.sealed)
    venue.server.is_cut = True
    await show_badge(gate)
    assert await holder(gate, venue.codes[0]) == ("", "")
    venue.server.is_cut = False
    venue.server.chunk_requests.clear()
    await gate.sync_once(lambda _: None)
    assert set(venue.server.chunk_requests) == venue.sealed
    assert await holder(gate, venue.codes[1]) == ("Anna Müller", "1042")
    await gate.close()


def lose_pieces(folder: Path, pieces: set[bytes]) -> None:
    """Take files away that are named so; all of them are there."""
    names = {piece.hex() for piece in pieces}
    found = [path for path in folder.rglob("*") if path.name in names]
    assert len(found) == len(names) > 1
    for path in found:
        path.unlink()


async def test_a_shift_ends_with_the_lock_the_program_its_time_and_the_badge(
    venue: Venue,
) -> None:
    """Whoever comes to the gate afterwards sees no name."""
    gate = await venue.open()
    await show_badge(gate)
    gate.end_duty()
    assert await holder(gate, venue.codes[0]) == ("", "")
    await show_badge(gate)
    await gate.close()

    gate = await venue.open()
    assert await holder(gate, venue.codes[1]) == ("", "")
    await show_badge(gate)
    venue.device.clock.advance(DUTY_MAX)
    assert await holder(gate, venue.codes[2]) == ("", "")
    assert gate.status().steward == ""

    await show_badge(gate)
    assert await holder(gate, venue.codes[3]) == ("Anna Müller", "1042")
    venue.office.config = msgspec.structs.replace(venue.office.config, stewards=(), sequence=2)
    venue.publish()
    await gate.sync_once(lambda _: None)
    assert gate.status().steward == ""
    assert await holder(gate, venue.codes[4]) == ("", "")
    await gate.close()


async def test_a_stewards_badge_unlocks_nothing(venue: Venue) -> None:
    """It is no supervisor's: no menu, no override, no signature."""
    gate = await venue.open()
    await show_badge(gate)
    assert gate.find_badge(BADGE) is None
    assert not gate.is_badge_good()
    await gate.close()


async def test_a_steward_searches_by_name_only_where_the_event_says_so(venue: Venue) -> None:
    """As before it takes a supervisor, unless the organizer's policy says otherwise."""
    gate = await venue.open()
    await show_badge(gate)
    assert gate.status().searcher == ""
    with pytest.raises(BadInput):
        gate.search_names("anna", SAM.id)
    changes = {"stewards_may_search": True, "sequence": 2}
    venue.office.config = msgspec.structs.replace(venue.office.config, **changes)
    venue.publish()
    await gate.sync_once(lambda _: None)
    assert gate.status().searcher == SAM.id
    assert len(gate.search_names("anna", SAM.id)) == len(venue.codes)
    gate.forget_names()
    gate.end_duty()
    with pytest.raises(BadInput):
        gate.search_names("anna", SAM.id)
    await gate.close()
