"""`gatekeeper-server create-admin`: make an account that runs the installation."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands.options import add_verb, print_line, settings_of

if TYPE_CHECKING:
    from command_line.program import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    parser = add_verb(
        subparsers,
        "create-admin",
        about="make an account that runs the installation",
        example="gatekeeper-server create-admin --email ada@example.org --name 'Ada L.'",
    )
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="read the password from here; else it is asked for, or read from standard input",
    )


def run(args: argparse.Namespace) -> int:
    """Make the account; 1 if the address has one already."""
    from server.accounts.passwords import PasswordHashes
    from server.accounts.service import register
    from server.commands.preparation import prepare
    from server.db.engine import Database
    from server.db.unit import Context
    from server.system import SystemClock, SystemEntropy

    password = _read_password(args.password_file)
    settings = settings_of(args)
    clock, entropy = SystemClock(), SystemEntropy()

    async def create() -> str | None:
        await prepare(settings, clock)
        database = Database(settings.database, pool_size=1)
        try:
            return await register(
                Context(database, clock, entropy),
                PasswordHashes(entropy),
                email=args.email,
                name=args.name,
                password=password,
                is_platform_admin=True,
            )
        finally:
            await database.close()

    user_id = asyncio.run(create())
    if user_id is None:
        print("gatekeeper-server: this address has an account already", file=sys.stderr)
        return 1
    print_line(user_id=user_id, email=args.email)
    return 0


def _read_password(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")
