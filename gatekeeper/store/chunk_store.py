"""Verified pieces of manifests, kept by hash: a cut download goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gatekeeper.store.disk import Disk
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadSignature
from shared.kernel.trouble import TroubleKind
from shared.manifest.header import ChunkRef, ManifestHeader

_FOLDER: Final = "chunks"


def chunk_refs(header: ManifestHeader) -> tuple[ChunkRef, ...]:
    """Return all pieces of a manifest."""
    pieces = header.chunks + header.manual_chunks + header.name_chunks
    return pieces + header.holder_chunks + header.seat_chunks


class ChunkStore:
    """The folder of pieces.

    Attributes:
        has_lost: A piece was asked for that is gone, or was damaged; until all are fetched again.
    """

    def __init__(self, disk: Disk) -> None:
        """Use a profile's disk."""
        self._disk = disk
        self.has_lost = False

    @property
    def is_used(self) -> bool:
        """Whether there is any piece."""
        return bool(self._disk.names(_FOLDER))

    def missing(self, refs: Iterable[ChunkRef]) -> list[ChunkRef]:
        """Return the pieces that are not here, in order, each once.

        A piece that a power cut has spoilt is not here either, and is thrown away.
        """
        held = set(self._disk.names(_FOLDER))
        wanted = {
            ref.sha256: ref
            for ref in refs
            if ref.sha256.hex() not in held or not self._is_whole(ref)
        }
        return list(wanted.values())

    def put(self, ref: ChunkRef, chunk: bytes) -> None:
        """Keep a piece that was fetched, if it is the one that was signed for.

        Raises:
            BadSignature: if it is not.
            StoreFault: if the disk refuses.
        """
        verify_chunk(ref, chunk)
        self._disk.write(f"{_FOLDER}/{ref.sha256.hex()}", chunk, durable=False)

    def read(self, ref: ChunkRef) -> bytes:
        """Return a piece, verified again; one that is damaged is thrown away.

        Raises:
            BadSignature: if it is missing or damaged; the next sync fetches it anew.
            StoreFault: if the disk fails.
        """
        name = f"{_FOLDER}/{ref.sha256.hex()}"
        chunk = self._disk.read(name) or b""
        try:
            verify_chunk(ref, chunk)
        except BadSignature:
            self._disk.remove(name)
            self.has_lost = True
            message = "part of the event’s data was damaged on this disk; sync again to fetch it"
            raise BadSignature(message, kind=TroubleKind.DATA_DAMAGED) from None
        return chunk

    def _is_whole(self, ref: ChunkRef) -> bool:
        try:
            self.read(ref)
        except BadSignature:
            return False
        return True

    def keep_only(self, refs: Iterable[ChunkRef]) -> None:
        """Throw away all pieces but these."""
        wanted = {ref.sha256.hex() for ref in refs}
        for name in self._disk.names(_FOLDER):
            if name not in wanted:
                self._disk.remove(f"{_FOLDER}/{name}")


def verify_chunk(ref: ChunkRef, chunk: bytes) -> None:
    """Refuse bytes that are not the piece that the header names.

    Raises:
        BadSignature: if size or hash differ.
    """
    if len(chunk) != ref.size or sha256(chunk) != ref.sha256:
        raise BadSignature(
            "part of the event’s data was altered on its way; none of it was used, and the gate"
            " keeps what it had"
        )
