"""`gatekeeper-server migrate`: bring the database to this program's version."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from server.commands.options import add_verb, print_line, settings_of
from server.settings import Settings
from server.system import SystemClock, SystemEntropy

if TYPE_CHECKING:
    from command_line.program import Subparsers
    from server.commands.ledger_standing import Standing
    from server.commands.preparation import Prepared


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    parser = add_verb(
        subparsers,
        "migrate",
        about="bring the database to this program's version",
        example="gatekeeper-server migrate --database postgresql://gatekeeper@db/gatekeeper",
    )
    parser.add_argument("--starts-server", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Migrate; nothing happens if it is up to date."""
    from server.commands.ledger_standing import read_standing
    from server.commands.preparation import check_secret, prepared_context

    settings = settings_of(args)
    state = asyncio.run(_prepare(settings, starts_server=args.starts_server))
    asyncio.run(check_secret(settings, SystemEntropy()))

    async def read() -> Standing:
        async with prepared_context(settings) as context:
            return await read_standing(context)

    standing = asyncio.run(read())
    print_line(
        revision=state.revision,
        epoch=standing.state.epoch,
        ledger_open=standing.state.open,
        waiting=len(standing.pending),
    )
    return 0


async def _prepare(settings: Settings, *, starts_server: bool) -> Prepared:
    from server.commands.at_work import at_work
    from server.commands.preparation import prepare
    from server.db.restore_locks import check_not_put_back

    await check_not_put_back(settings)
    async with at_work(settings, starts_server=starts_server):
        return await prepare(settings, SystemClock())
