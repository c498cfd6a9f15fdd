"""A gate's store in a folder of a test's own."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.store import JournalAuthor, Store
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId
from tests.fakes.entropy import SeededEntropy


def open_store(folder: Path) -> Store:
    """Open a store; the same folder again has what it kept."""
    return Store(
        FolderDisk(folder),
        JournalAuthor(DeviceId("dv_1"), SigningKey(bytes(32)), SeededEntropy("t")),
    )
