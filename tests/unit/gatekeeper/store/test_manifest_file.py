"""Manifests at rest: every listed ticket is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.manifest_file import ManifestFile, build_manifest_file, file_name
from shared.kernel.errors import Malformed, StoreFault
from shared.kernel.id_types import TicketId
from shared.kernel.instant import Instant
from shared.manifest.chunk_columns import CLASS_SIZE, ID_SIZE, encode_columns, pack_numbers
from shared.manifest.header import ChunkRef, ManifestHeader
from shared.manifest.signed_document import DocumentKind
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.gate_event import TicketOffice, build_manifest
from tests.fakes.power_cut_disk import PowerCutDisk

IDS = st.integers(0, 2**64 - 1)
OFFICE = TicketOffice()


def load(
    disk: PowerCutDisk | FolderDisk, header: ManifestHeader, chunks: dict[bytes, bytes]
) -> ManifestFile:
    """Build and open a manifest."""
    document = OFFICE.signer.sign(DocumentKind.MANIFEST, header, Instant(1))

    def read(ref: ChunkRef) -> bytes:
        return chunks[ref.sha256]

    name = build_manifest_file(disk, document, header, read, lambda _count: None)
    return ManifestFile(disk, name)


@given(
    listed=st.dictionaries(IDS, st.integers(0, 2), max_size=400),
    others=st.lists(IDS, max_size=20),
    bits=st.integers(0, 10),
)
def test_find_class_finds_listed_tickets_only(
    listed: dict[int, int], others: list[int], bits: int
) -> None:
    """Whatever the ids and however the chunks are cut, a look-up is exact."""
    variants = [TicketClass(ticket_type_code=1, state="paid", variant=str(n)) for n in range(3)]
    rows = [
        TicketRow(TicketId(ticket_id), variants[n], manual_code=ticket_id & 0xFFFFFFFFFF)
        for ticket_id, n in listed.items()
    ]
    header, chunks = build_manifest(OFFICE.config, (), rows, sequence=1, prefix_bits=bits)
    manifest = load(PowerCutDisk(), header, chunks)

    for ticket_id, number in listed.items():
        found = manifest.find_class(TicketId(ticket_id))
        assert found is not None
        assert header.classes[found] == variants[number]
        assert manifest.find_code(TicketId(ticket_id)) == ticket_id & 0xFFFFFFFFFF
    for ticket_id in [*others, *(one + 1 for one in listed if one < 2**64 - 1)]:
        if ticket_id not in listed:
            assert manifest.find_class(TicketId(ticket_id)) is None
            assert manifest.find_code(TicketId(ticket_id)) is None
    codes = {row.manual_code for row in rows}
    for code in codes:
        assert code is not None
        named = manifest.find_manual(code)
        assert named is not None
        assert named & 0xFFFFFFFFFF == code
    manifest.close()


def test_a_chunk_under_a_wrong_prefix_is_refused() -> None:
    """A piece must hold the ids that its line in the header says."""
    table = (pack_numbers([5], ID_SIZE), ID_SIZE), (pack_numbers([0], CLASS_SIZE), CLASS_SIZE)
    chunk = encode_columns(*table)
    header, _ = build_manifest(
        OFFICE.config,
        (),
        [TicketRow(TicketId(5), TicketClass(ticket_type_code=1, state="paid"))],
        sequence=1,
        prefix_bits=1,
    )
    (ref,) = header.chunks
    forged = ManifestHeader(
        **{name: getattr(header, name) for name in header.__struct_fields__ if name != "chunks"},
        chunks=(ChunkRef(1, 1, ref.size, ref.sha256),),
    )
    disk = PowerCutDisk()
    with pytest.raises(Malformed, match="does not hold"):
        load(disk, forged, {ref.sha256: chunk})
    assert disk.names("") == []


def test_a_missing_or_damaged_file_says_to_sync(tmp_path: Path) -> None:
    """A manifest can be thrown away; the message says how to get it back."""
    disk = FolderDisk(tmp_path)
    with pytest.raises(StoreFault, match="sync once"):
        ManifestFile(disk, "manifest-1-1.db")
    (tmp_path / "manifest-1-1.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreFault, match="sync once"):
        ManifestFile(disk, "manifest-1-1.db")


def test_a_power_cut_before_the_commit_leaves_no_manifest_that_is_used() -> None:
    """Until the journal database names the file, the old manifest is the manifest."""
    header, chunks = build_manifest(
        OFFICE.config,
        (),
        [TicketRow(TicketId(5), TicketClass(ticket_type_code=1, state="paid"))],
        sequence=1,
    )
    disk = PowerCutDisk()
    load(disk, header, chunks).close()
    for seed in range(8):
        after = ManifestFile(disk.cut(seed), file_name(header))
        assert after.find_class(TicketId(5)) == 0
        after.close()
