"""`gatekeeper-server reset-password`: another password for an account, at the server's machine."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from command_line.exit_statuses import say_line
from server.commands.asking_operator import add_password_option, ask_secret
from server.commands.options import print_line, settings_of, show_example
from shared.kernel.errors import BadInput

if TYPE_CHECKING:
    from server.accounts.password_changes import Reset
    from server.settings import Settings


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server reset-password --email ada@example.org")
    parser.add_argument("--email", required=True, help="the account's address")
    parser.add_argument(
        "--recovery-code",
        action="store_true",
        help="ask for the recovery code first, or read it as a line of standard input; do nothing"
        " without it",
    )
    add_password_option(parser)


def run(args: argparse.Namespace) -> int:
    """Change it; 1 if there is no such account, or the code is another one."""
    from server.accounts.password_changes import reset_password
    from server.accounts.password_hashes import PasswordHashes
    from server.commands.command_audit import audited
    from server.start_up.preparing_and_opening_epochs import prepared_context

    settings = settings_of(args)
    if args.recovery_code and not _has_code(settings):
        say_line("gatekeeper-server", "this is not the recovery code of this server")
        return 1
    password = ask_secret(args.password_file, "Password")

    async def reset() -> Reset | None:
        async with prepared_context(settings) as context:
            hashes = PasswordHashes(context.entropy)
            with audited(context.clock, context.entropy, "reset-password"):
                return await reset_password(context, hashes, email=args.email, password=password)

    done = asyncio.run(reset())
    if done is None:
        say_line("gatekeeper-server", "no account has this address")
        return 1
    if done.had_second_factor:
        say_line("gatekeeper-server", "its second factor is turned off")
    print_line(email=args.email, reset=True, second_factor_removed=done.had_second_factor)
    return 0


def _has_code(settings: Settings) -> bool:
    from server.copies.server_copy_plan import is_code, load_plan

    plan = load_plan(settings)
    if plan is None:
        raise BadInput("this server has no recovery code; create one: gatekeeper-server copy code")
    return is_code(plan, sys.stdin.readline())
