"""Pieces of manifests on disk: kept by hash, fetched again where they are not whole."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.store.chunk_store import ChunkStore
from gatekeeper.store.disk import FolderDisk
from shared.kernel.ed25519 import sha256
from shared.manifest.header import ChunkRef

PIECE = b"tickets" * 100
REF = ChunkRef(0, 1, len(PIECE), sha256(PIECE))


def test_a_whole_piece_is_not_fetched_again(tmp_path: Path) -> None:
    """What is here and whole is not missing."""
    chunks = ChunkStore(FolderDisk(tmp_path))
    assert chunks.missing([REF, REF]) == [REF]
    chunks.put(REF, PIECE)
    assert chunks.missing([REF]) == []
    assert chunks.read(REF) == PIECE


def test_a_piece_that_a_power_cut_has_spoilt_is_fetched_again(tmp_path: Path) -> None:
    """A file of the right name with half its content is as good as none."""
    disk = FolderDisk(tmp_path)
    chunks = ChunkStore(disk)
    chunks.put(REF, PIECE)
    disk.write(f"chunks/{REF.sha256.hex()}", PIECE[: len(PIECE) // 2])
    assert chunks.missing([REF]) == [REF]
    chunks.put(REF, PIECE)
    assert chunks.missing([REF]) == []
