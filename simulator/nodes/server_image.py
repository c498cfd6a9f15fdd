"""An empty server as an installation leaves it: a migrated database and a folder of secrets.

Migrations need threads, locks and a real file, so they run once, before any world begins. All
secrets that a server makes at its first start are there: worlds share the folder, and the first
world of a process would else draw them by its own dice, and be another than it is alone.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from server.accounts.second_factor import open_seal as open_factor_seal
from server.keys.vault import open_vault
from server.settings import Settings, make_data_folder
from server.start_up.migrating import migrate
from server.ticket_files.wanted_files import open_file_seal
from server.webhooks.webhook_setup import open_webhook_seal
from simulator.kernel.dice import Dice
from simulator.kernel.entropy import SimEntropy
from simulator.kernel.server_disk import SERVER_FILE
from simulator.kernel.stage import WORLD_START

OPENED_AT_START: Final = (open_vault, open_factor_seal, open_webhook_seal, open_file_seal)


class ServerImage(msgspec.Struct, frozen=True):
    """What every world's server starts from.

    Attributes:
        settings: The same for all; the database's file is on the simulated disk.
        database: The migrated, empty database.
    """

    settings: Settings
    database: bytes

    def list_files(self) -> list[str]:
        """Name what is in the folder that all worlds share."""
        return sorted(str(one) for one in self.settings.data_folder.rglob("*"))


@contextmanager
def prepared_image() -> Iterator[ServerImage]:
    """Install a server into a temporary folder, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-simulator-") as name:
        folder = Path(name)
        entropy = SimEntropy(Dice("server image"))
        make_data_folder(folder)
        for open_secret in OPENED_AT_START:
            open_secret(folder, entropy)
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
