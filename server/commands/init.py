"""`gatekeeper-server init`: make everything that `serve` would make, without serving."""

from __future__ import annotations

import argparse
import asyncio

from server.commands.options import print_line, settings_of, show_example, shown_database


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "GATEKEEPER_DATA=/var/lib/gatekeeper gatekeeper-server init")


def run(args: argparse.Namespace) -> int:
    """Create what is missing."""
    from server.start_up.preparing_and_opening_epochs import prepare_at_work

    settings = settings_of(args)
    state = asyncio.run(prepare_at_work(settings))
    print_line(
        data_folder=str(settings.data_folder),
        database=shown_database(settings.database),
        revision=state.revision,
        epoch=state.ledger.epoch,
    )
    return 0
