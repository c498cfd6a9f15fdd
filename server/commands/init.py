"""`gatekeeper-server init`: make everything that `serve` would make, without serving."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from server.commands.options import add_verb, print_line, settings_of, shown_database
from server.settings import Settings
from server.system import SystemClock

if TYPE_CHECKING:
    from command_line.program import Subparsers
    from server.commands.preparation import Prepared


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    add_verb(
        subparsers,
        "init",
        about="create the data folder, its secrets and the database",
        example="GATEKEEPER_DATA=/var/lib/gatekeeper gatekeeper-server init",
    )


def run(args: argparse.Namespace) -> int:
    """Create what is missing."""
    settings = settings_of(args)
    state = asyncio.run(_prepare(settings))
    print_line(
        data_folder=str(settings.data_folder),
        database=shown_database(settings.database),
        revision=state.revision,
        epoch=state.ledger.epoch,
    )
    return 0


async def _prepare(settings: Settings) -> Prepared:
    from server.commands.at_work import at_work
    from server.commands.preparation import prepare

    async with at_work(settings):
        return await prepare(settings, SystemClock())
