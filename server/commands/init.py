"""`gatekeeper-server init`: make everything that `serve` would make, without serving."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from server.commands.options import add_verb, print_line, settings_of, shown_database

if TYPE_CHECKING:
    from command_line.program import Subparsers


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
    from server.commands.start_up import prepare_at_work

    settings = settings_of(args)
    state = asyncio.run(prepare_at_work(settings))
    print_line(
        data_folder=str(settings.data_folder),
        database=shown_database(settings.database),
        revision=state.revision,
        epoch=state.ledger.epoch,
    )
    return 0
