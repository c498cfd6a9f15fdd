"""`gatekeeper-server create-admin`: make an account that runs the installation."""

from __future__ import annotations

import argparse
import asyncio

from command_line.exit_statuses import say_line
from server.commands.asking_operator import add_password_option, ask_secret
from server.commands.options import print_line, settings_of, show_example
from shared.kernel.errors import BadInput


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server create-admin --email ada@example.org --name 'Ada L.'")
    parser.add_argument("--email", required=True, help="the address the account signs in with")
    parser.add_argument("--name", required=True, help="the person's name, as others see it")
    add_password_option(parser)


def run(args: argparse.Namespace) -> int:
    """Make the account; 1 if the address has one already."""
    from server.accounts.password_hashes import PasswordHashes
    from server.accounts.users import register
    from server.commands.command_audit import audited
    from server.start_up.preparing_and_opening_epochs import prepared_context

    _check_email(args.email)
    if not args.name.strip():
        raise BadInput("--name must be the person's name, as others see it")
    password = ask_secret(args.password_file, "Password")
    settings = settings_of(args)

    async def create() -> str | None:
        async with prepared_context(settings) as context:
            with audited(context.clock, context.entropy, "create-admin"):
                return await register(
                    context,
                    PasswordHashes(context.entropy),
                    email=args.email,
                    name=args.name,
                    password=password,
                    is_platform_admin=True,
                )

    user_id = asyncio.run(create())
    if user_id is None:
        say_line("gatekeeper-server", "this address already has an account")
        return 1
    print_line(user_id=user_id, email=args.email)
    return 0


def _check_email(email: str) -> None:
    """Refuse what signing in would refuse: an account that nobody can use."""
    from server.http.body_and_answer_types import Email
    from server.http.json_body import find_errors

    for wrong in find_errors(email, Email, "--email"):
        raise BadInput(f"{wrong.field} {wrong.message}")
