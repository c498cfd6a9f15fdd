"""`gatekeeper-server migrate`: bring the database to this program's version."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from command_line.clock_and_randomness import SystemEntropy
from server.commands.options import print_line, settings_of, show_example

if TYPE_CHECKING:
    from server.commands.ledger_standing import Standing
    from shared.kernel.instant import Duration


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(
        parser, "gatekeeper-server migrate --database postgresql://gatekeeper@db/gatekeeper"
    )
    parser.add_argument("--starts-server", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Migrate; nothing happens if it is up to date."""
    from server.commands.ledger_standing import read_standing
    from server.db.database_time import database_ahead
    from server.start_up.preparing_and_opening_epochs import (
        check_secret,
        prepare_at_work,
        prepared_context,
    )

    settings = settings_of(args)
    state = asyncio.run(prepare_at_work(settings, starts_server=args.starts_server))
    asyncio.run(check_secret(settings, SystemEntropy()))

    async def read() -> tuple[Standing, Duration]:
        async with prepared_context(settings) as context:
            ahead = await database_ahead(context.database, context.clock)
            return await read_standing(context), ahead

    standing, ahead = asyncio.run(read())
    more = {"database_ahead_us": ahead} if args.starts_server else {}
    print_line(
        revision=state.revision,
        epoch=standing.state.epoch,
        ledger_open=standing.state.open,
        waiting=len(standing.pending),
        **more,
    )
    return 0
