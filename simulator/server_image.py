"""An empty server as an installation leaves it: a migrated database and a folder of secrets.

Migrations need threads, locks and a real file, so they run once, before any world begins.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from server.keys.vault import open_vault
from server.migrate import migrate
from server.settings import Settings, make_data_folder
from simulator.dice import Dice
from simulator.entropy import SimEntropy
from simulator.server_disk import SERVER_FILE
from simulator.stage import WORLD_START


class ServerImage(msgspec.Struct, frozen=True):
    """What every world's server starts from.

    Attributes:
        settings: The same for all; the database's file is on the simulated disk.
        database: The migrated, empty database.
    """

    settings: Settings
    database: bytes


@contextmanager
def prepared_image() -> Iterator[ServerImage]:
    """Install a server into a temporary folder, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-simulator-") as name:
        folder = Path(name)
        entropy = SimEntropy(Dice("server image"))
        make_data_folder(folder)
        open_vault(folder, entropy)
        file = folder / SERVER_FILE
        settings = Settings(
            database=f"sqlite:///{file}",
            data_folder=folder,
            public_url="https://server.example",
            access_token_secret=entropy.random_bytes(32),
            rate_limit_per_minute=1_000_000,
        )
        asyncio.run(migrate(settings, WORLD_START))
        content = file.read_bytes()
        file.unlink()
        yield ServerImage(settings, content)
