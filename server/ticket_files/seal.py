"""Pieces of files at rest: sealed under a secret of the data folder, bound to their place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from server.data_seal import DataSeal
from server.settings import load_secret
from shared.kernel.errors import StoreFault
from shared.kernel.ports import Entropy

SEAL_NAME: Final = "ticket-files"


def open_file_seal(data_folder: Path, entropy: Entropy) -> DataSeal:
    """Open the data folder's seal of tickets' files, making its secret on first use.

    Raises:
        StoreFault: if the secret can be neither read nor made.
    """
    return DataSeal(load_secret(data_folder, SEAL_NAME, entropy), _refuse)


def _refuse() -> StoreFault:
    return StoreFault(
        f"a file of tickets cannot be opened: put secrets/{SEAL_NAME}.key of the data"
        " folder that made it back in its place, or have the file written again"
    )
