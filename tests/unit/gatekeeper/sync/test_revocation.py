"""A revoked device erases what it has no business with, byte for byte, and keeps its journal."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.requests import Scan
from gatekeeper.store.chain_check import verify_journal
from gatekeeper.store.database import JOURNAL_NAME
from gatekeeper.store.disk import FolderDisk
from shared.kernel.errors import BadInput, Rejected, StoreFault
from shared.kernel.id_types import DeviceId
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed, seal_names
from shared.manifest.signed_document import DocumentKind
from tests.factories.gate_event import EVENT, ORGANIZATION, TicketOffice, build_manifest
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer

BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
JO = "sv_0123456789ab"
FIRST = SupervisorConfig(
    id=JO, name="Jo Lindqvist", pin_hash="$argon2id$first-hash", badge_hash="ab" * 32
)
LATER = SupervisorConfig(
    id=JO, name="Jo Lindqvist-Ahmadi", pin_hash="$argon2id$second-hash", badge_hash="cd" * 32
)


def publish_names(server: FakeSyncServer, office: TicketOffice) -> bytes:
    """Publish with sealed names; returns a sealed piece."""
    server.publish()
    header, chunks = build_manifest(
        office.config, office.keyring, list(office.rows.values()), sequence=1
    )
    sealed = seal_names(
        [(ticket_id, "Anna Müller") for ticket_id in office.rows],
        event_id=EVENT,
        supervisors=[(JO, badge_public_key(badge_seed(BADGE, ORGANIZATION)))],
        entropy=SeededEntropy("names"),
    )
    header = msgspec.structs.replace(header, name_chunks=sealed.refs, name_seals=sealed.seals)
    server.manifest = office.signer.sign(DocumentKind.MANIFEST, header, server.clock.wall())
    server.chunks = chunks | sealed.chunks
    return sealed.chunks[sealed.refs[1].sha256]


def lies_on_disk(folder: Path, needle: bytes) -> bool:
    """Tell whether any file holds these bytes, in a row or in a page that nobody uses."""
    return any(needle in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_names_supervisors_and_tickets_are_gone_from_the_disk(tmp_path: Path) -> None:
    """Also those that newer ones had replaced, from free pages and from the log."""
    office = TicketOffice()
    first, second = office.sell(), office.sell()
    office.config = msgspec.structs.replace(office.config, supervisors=(FIRST,))
    server = FakeSyncServer(office, ManualClock())
    piece = publish_names(server, office)
    session = await PairedGate(tmp_path, server).open()
    await session.sync_once()
    office.config = msgspec.structs.replace(office.config, supervisors=(LATER,), sequence=2)
    server.change_config()
    await session.sync_once()
    assert (await session.scan(Scan(first))).reason == "ok"
    session.names.take_badge(JO, BADGE)
    assert len(session.names.search("anna", JO)) == 2
    needles = (
        piece,
        *(word.encode() for one in (FIRST, LATER) for word in (one.name, one.pin_hash)),
    )
    assert all(lies_on_disk(tmp_path, needle) for needle in needles)

    server.revoked.add("dv_north")
    await session.sync_once()
    assert not [needle for needle in needles if lies_on_disk(tmp_path, needle)]
    disk = FolderDisk(tmp_path)
    assert not [name for name in disk.names("") if name.startswith("manifest")]
    assert not disk.names("chunks")
    with pytest.raises(BadInput, match="no data"):
        session.names.search("anna", JO)
    answer = await session.scan(Scan(second))
    assert (answer.verdict, answer.reason) == ("refer", "stale_manifest")
    with pytest.raises(Rejected, match="revoked"):
        await session.sync_once()
    assert server.entry_count(DeviceId("dv_north")) == session.store.journal.last_seq
    await session.close()
    assert not [needle for needle in needles if lies_on_disk(tmp_path, needle)]


async def test_the_journal_is_whole_and_names_the_admission(tmp_path: Path) -> None:
    """The evidence outlives the names, through a restart as well."""
    office = TicketOffice()
    code = office.sell()
    server = FakeSyncServer(office, ManualClock())
    publish_names(server, office)
    gate = PairedGate(tmp_path, server)
    session = await gate.open()
    await session.sync_once()
    admitted = await session.scan(Scan(code))
    server.revoked.add("dv_north")
    await session.sync_once()
    await session.close()

    session = await gate.open()
    assert session.store.uses.find(admitted.claim_id) is not None
    (kept, *_) = [one for one in session.recent(9) if one.claim_id == admitted.claim_id]
    assert kept.verdict == "admit"
    assert session.status().tickets == 0
    journal = session.store.journal
    report = verify_journal(journal.read, journal.boots, DeviceId("dv_north"), gate.public_key)
    assert (report.entries, report.problems) == (journal.last_seq, ())
    await session.close()


async def test_what_another_program_held_back_is_erased_the_next_time(tmp_path: Path) -> None:
    """A reader of the database delays it; no file is thrown away before, so nothing is lost."""
    office = TicketOffice()
    office.sell()
    server = FakeSyncServer(office, ManualClock())
    piece = publish_names(server, office)
    session = await PairedGate(tmp_path, server).open()
    await session.sync_once()
    server.revoked.add("dv_north")
    reader = FolderDisk(tmp_path).connect(JOURNAL_NAME)
    reader.execute("BEGIN; SELECT count(*) FROM entry").fetchall()
    with pytest.raises(StoreFault):
        await session.sync_once()
    assert lies_on_disk(tmp_path, piece)
    reader.close()
    with pytest.raises(Rejected, match="revoked"):
        await session.sync_once()
    assert not lies_on_disk(tmp_path, piece)
    await session.close()
